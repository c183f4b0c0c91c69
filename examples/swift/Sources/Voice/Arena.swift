import CVoice

/// Memory for the arguments of one call. The arena frees it: keep the arena until the call ends.
final class Arena {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// A NUL-terminated string, which must not contain a NUL; NULL for nil.
    func string(_ text: String?) throws -> UnsafePointer<CChar>? {
        guard let text else { return nil }
        guard !text.utf8.contains(0) else { throw VoiceError.invalid("a name or path holds a NUL") }
        return array(text.utf8CString)
    }

    func text(_ text: String) -> voice_text {
        voice_text(ptr: array(text.utf8CString), len: text.utf8.count)
    }

    /// A copy of `items`; NULL if there are none.
    func array<Items: Collection>(_ items: Items) -> UnsafePointer<Items.Element>? {
        guard !items.isEmpty else { return nil }
        let copy = UnsafeMutableBufferPointer<Items.Element>.allocate(capacity: items.count)
        _ = copy.initialize(from: items)
        blocks.append(UnsafeMutableRawPointer(copy.baseAddress!))
        return UnsafePointer(copy.baseAddress!)
    }
}

extension String {
    /// Copies a borrowed text.
    init(_ text: voice_text) {
        self.init(decoding: UnsafeRawBufferPointer(start: text.ptr, count: text.len), as: UTF8.self)
    }
}

/// Copies a borrowed array.
func copies<Item, Copy>(_ items: UnsafePointer<Item>?, _ count: Int, _ copy: (Item) -> Copy) -> [Copy] {
    UnsafeBufferPointer(start: items, count: count).map(copy)
}

extension Duration {
    init(milliseconds: UInt64) {
        self = .milliseconds(Int64(clamping: milliseconds))
    }

    /// The value for an option in which zero means the default.
    var asOption: UInt32 {
        get throws {
            guard self > .zero else { throw VoiceError.invalid("\(self) is no time to wait for") }
            let (seconds, attoseconds) = components
            let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
            return UInt32(min(max(milliseconds.rounded(.down), 1), Double(UInt32.max)))
        }
    }
}
