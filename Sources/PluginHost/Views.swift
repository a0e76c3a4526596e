internal import SpillwayABI

extension String {
    /// The text of a view; bytes that are not UTF-8 become U+FFFD.
    init(view: spw_str) {
        self.init(
            decoding: UnsafeRawBufferPointer(
                start: view.data, count: view.data == nil ? 0 : view.size),
            as: UTF8.self)
    }

    /// Calls with the text as a view, valid for that call.
    func withView<Result>(_ body: (spw_str) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) {
                body(spw_str(data: $0.baseAddress, size: $0.count))
            }
        }
    }
}

extension [UInt8] {
    /// A copy of the bytes of a view.
    init(view: spw_bytes) {
        self.init(UnsafeBufferPointer(start: view.data, count: view.data == nil ? 0 : view.size))
    }

    /// Calls with the bytes as a view, valid for that call.
    func withView<Result>(_ body: (spw_bytes) -> Result) -> Result {
        withUnsafeBufferPointer { body(spw_bytes(data: $0.baseAddress, size: $0.count)) }
    }

    /// Lower-case hexadecimal digits.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// Copies of texts and bytes at addresses that stay until the arena goes.
final class ByteArena {
    private var chunks: [UnsafeMutableRawPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var left = 0

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// Room, aligned to 16.
    func take(_ size: Int) -> UnsafeMutableRawPointer {
        let rounded = (size + 15) & ~15
        if rounded > left || next == nil { grow(rounded) }
        let taken = next.unsafelyUnwrapped
        next = taken + rounded
        left -= rounded
        return taken
    }

    private func grow(_ size: Int) {
        left = max(size, 4096)
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: left, alignment: 16)
        chunks.append(chunk)
        next = chunk
    }

    func copy(_ view: spw_bytes) -> spw_bytes {
        guard let data = view.data, view.size > 0 else { return spw_bytes() }
        let room = take(view.size)
        room.copyMemory(from: data, byteCount: view.size)
        return spw_bytes(data: room.assumingMemoryBound(to: UInt8.self), size: view.size)
    }

    func copy(_ view: spw_str) -> spw_str {
        guard let data = view.data, view.size > 0 else { return spw_str() }
        let room = take(view.size)
        room.copyMemory(from: data, byteCount: view.size)
        return spw_str(data: room.assumingMemoryBound(to: CChar.self), size: view.size)
    }

    func copy(_ text: String) -> spw_str {
        text.withView { copy($0) }
    }
}
