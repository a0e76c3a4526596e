import Glibc

/// Bytes that grow at their end. Views stay valid until an append goes beyond what was reserved.
struct ByteBuffer: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var room: Int
    private(set) var count = 0

    init(room: Int = 256) {
        self.room = room
        start = .allocate(byteCount: room, alignment: 1)
    }

    deinit { start.deallocate() }

    var bytes: Bytes { Bytes(start: start, count: count) }

    /// The bytes from a place up to the end.
    func bytes(from place: Int) -> Bytes { Bytes(start: start + place, count: count - place) }

    /// Drops the bytes from a place on.
    mutating func truncate(to place: Int) { count = place }

    mutating func clear() { count = 0 }

    /// Room for so many more bytes.
    mutating func reserve(_ more: Int) {
        guard room - count < more else { return }
        room = max(count + more, room * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 1)
        moved.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = moved
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    mutating func append(_ bytes: Bytes) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        memcpy(start + count, source, bytes.count)
        count += bytes.count
    }

    mutating func append(_ text: StaticString) { append(Bytes(text)) }

    /// Appends decimal digits.
    mutating func append(decimal value: UInt64) {
        if value >= 10 { append(decimal: value / 10) }
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }

    mutating func append(signed value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(value.magnitude))
    }

    /// Appends so many digits of a number that is not negative, with zeros ahead.
    mutating func append(_ value: Int, digits: Int) {
        if digits > 1 { append(value / 10, digits: digits - 1) }
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
