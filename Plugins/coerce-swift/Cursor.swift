import Glibc

/// Walks JSON that is known to be valid.
struct Cursor {
    private let bytes: Bytes
    private var at = 0

    /// Goes into an object or array.
    init(into container: Bytes) {
        bytes = container
        at = 1
    }

    /// The next member's name as it is written; nil: the object is ended.
    mutating func name() -> Bytes? {
        guard nextItem() else { return nil }
        let name = value()
        skipSpace()
        at += 1  // the colon
        return name
    }

    /// The next element; nil: the array is ended.
    mutating func element() -> Bytes? { nextItem() ? value() : nil }

    /// The next value as it is written.
    mutating func value() -> Bytes {
        skipSpace()
        let start = at
        switch bytes[at] {
        case UInt8(ascii: "\""): skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
        default: skipScalar()
        }
        return bytes.part(start, at)
    }

    /// Past the comma; false: at the end.
    private mutating func nextItem() -> Bool {
        skipSpace()
        if bytes[at] == UInt8(ascii: ",") {
            at += 1
            return true
        }
        return bytes[at] != UInt8(ascii: "}") && bytes[at] != UInt8(ascii: "]")
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] <= UInt8(ascii: " ") { at += 1 }
    }

    private mutating func skipString() {
        repeat {
            let rest = bytes.part(at + 1, bytes.count)
            at += 1 + rest.place(of: UInt8(ascii: "\""))!
        } while isEscaped
        at += 1
    }

    /// Whether the quote here is part of its string: an odd number of backslashes stands before it.
    private var isEscaped: Bool {
        var start = at
        while bytes[start - 1] == UInt8(ascii: "\\") { start -= 1 }
        return (at - start) % 2 == 1
    }

    private mutating func skipContainer() {
        var depth = 0
        repeat {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            at += 1
        } while depth > 0
    }

    /// A number or word; inside a container something always follows it.
    private mutating func skipScalar() {
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...UInt8(ascii: " "):
                return
            default: at += 1
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The kind of a valid JSON value, by its first byte.
    var kind: JSONKind {
        switch self[0] {
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "t"): .boolean(true)
        case UInt8(ascii: "f"): .boolean(false)
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        default: .number
        }
    }

    var hasEscapes: Bool { place(of: UInt8(ascii: "\\")) != nil }

    /// Where a byte first occurs.
    fileprivate func place(of byte: UInt8) -> Int? {
        guard let start = baseAddress, let found = memchr(start, Int32(byte), count) else {
            return nil
        }
        return UnsafeRawPointer(found) - start
    }
}
