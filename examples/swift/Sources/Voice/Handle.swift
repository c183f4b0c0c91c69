/// An object of the library. The last reference frees it, so it is never freed during a call on it.
///
/// Sendable, as the library guards each object; which calls may meet is up to the types that hold a handle.
final class Handle: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer?) -> Void

    /// Takes what `open` writes through its parameter.
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

    /// Makes one call on the object, which stays alive until the call is over.
    func call(_ function: (OpaquePointer) -> OpaquePointer?) throws {
        try withExtendedLifetime(self) { try check(function(pointer)) }
    }
}
