import Glibc
import SpillwayABI

/// Bytes that someone else owns, for as long as the call at hand.
typealias Bytes = UnsafeRawBufferPointer

extension spw_str {
    /// A view of text that lives as long as the program.
    init(_ text: StaticString) {
        self.init(
            data: UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self),
            size: text.utf8CodeUnitCount)
    }

    init(_ bytes: Bytes) {
        self.init(data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), size: bytes.count)
    }

    /// The bytes that are viewed; borrowed like the view.
    var bytes: Bytes { Bytes(start: data, count: data == nil ? 0 : size) }

    /// A copy as a string; what is not UTF-8 becomes U+FFFD.
    var string: String { String(decoding: bytes, as: UTF8.self) }

    func equals(_ text: StaticString) -> Bool { bytes.equals(text) }
}

extension spw_bytes {
    var bytes: Bytes { Bytes(start: data, count: data == nil ? 0 : size) }
}

extension UnsafeRawBufferPointer {
    init(_ text: StaticString) {
        self.init(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    func equals(_ other: Bytes) -> Bool {
        guard count == other.count else { return false }
        guard let mine = baseAddress, let its = other.baseAddress, count > 0 else { return true }
        return memcmp(mine, its, count) == 0
    }

    func equals(_ text: StaticString) -> Bool { equals(Bytes(text)) }

    /// The bytes from one place up to another, as a view that counts from 0.
    func part(_ start: Int, _ end: Int) -> Bytes { Bytes(rebasing: self[start..<end]) }
}

extension String {
    /// Hands out a view of the text, for the time of the closure.
    func withView<Result, Problem: Error>(
        _ body: (spw_str) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try Array(utf8).withBytes { bytes throws(Problem) in try body(spw_str(bytes)) }
    }
}

extension [UInt8] {
    /// Hands out a view of the bytes, for the time of the closure.
    func withBytes<Result, Problem: Error>(
        _ body: (Bytes) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try withUnsafeBufferPointer { utf8 throws(Problem) in try body(Bytes(utf8)) }
    }
}
