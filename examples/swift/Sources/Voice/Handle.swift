/// An object of the library. The last reference frees it, so it is never freed during a call on it.
///
/// Sendable, since the library guards each object. The types that hold a handle decide which calls may run at the
/// same time.
final class Handle: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer?) -> Void

    /// Takes the pointer that `open` writes.
    init(
        free: @escaping @Sendable (OpaquePointer?) -> Void,
        open: (UnsafeMutablePointer<OpaquePointer?>) throws -> Void
    ) throws {
        var opened: OpaquePointer?
        try open(&opened)
        guard let opened else { throw VoiceError.invalid("the library opened nothing") }
        self.pointer = opened
        self.free = free
    }

    deinit {
        free(pointer)
    }

    /// Makes one call on the object, which stays alive until the call ends.
    func call(_ function: (OpaquePointer) -> OpaquePointer?) throws {
        try withExtendedLifetime(self) { try check(function(pointer)) }
    }

    /// Makes one call on the object and another one, both of which stay alive until the call ends.
    func call(with other: Handle?, _ function: (OpaquePointer, OpaquePointer?) -> OpaquePointer?) throws {
        try withExtendedLifetime((self, other)) { try check(function(pointer, other?.pointer)) }
    }
}
