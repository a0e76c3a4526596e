/// What is wrong with a JSON text, and where.
struct JSONError: Error {
    let reason: StaticString
    /// The byte, from 0.
    let offset: Int
}

enum JSONKind {
    case null
    case boolean(Bool)
    case number, string, object, array
}

/// A strict pull reader for JSON (RFC 8259).
///
/// It works on bytes that someone else keeps alive, allocates nothing, checks UTF-8, bounds depth
/// without recursion, and keeps numbers and strings as they are written: views into the input.
/// Values are read one at a time: `value` takes a whole one; `enter`, `member` and `element` walk
/// into one.
struct JSONReader {
    static let maximumDepth = 1024

    let bytes: Bytes
    private(set) var at = 0
    private var depth = 0
    private var isFirst = false

    init(_ bytes: Bytes) { self.bytes = bytes }

    /// The kind of the next value, which is not taken.
    mutating func peek() throws(JSONError) -> JSONKind {
        skipSpace()
        guard at < bytes.count else { throw wrong("the end where a value should be") }
        switch bytes[at] {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"): return .boolean(true)
        case UInt8(ascii: "f"): return .boolean(false)
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw wrong("a character that starts no value")
        }
    }

    /// Whether nothing but white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return at == bytes.count
    }

    /// Takes the next value whole, however deep (up to `maximumDepth`), as it is written.
    mutating func value() throws(JSONError) -> Bytes {
        _ = try peek()
        let start = at
        let outer = depth
        var levels = Levels()
        repeat {
            var opened = false
            switch try peek() {
            case .object: opened = try open(object: true, &levels)
            case .array: opened = try open(object: false, &levels)
            case let kind: try takeScalar(kind)
            }
            while !opened, depth > outer {
                if try !close(object: levels.isObject(depth - outer - 1)) { break }
            }
        } while depth > outer
        return bytes.part(start, at)
    }

    /// Goes into the object or array that is next.
    mutating func enter() throws(JSONError) {
        switch try peek() {
        case .object, .array: break
        default: throw wrong("neither an object nor an array")
        }
        try deepen()
        isFirst = true
    }

    /// The next member's name as it is written, quotes included; its value is next. Nil: the object
    /// is ended, and left.
    mutating func member() throws(JSONError) -> Bytes? {
        try nextItem(UInt8(ascii: "}"), "neither ',' nor '}' after a member") ? try takeName() : nil
    }

    /// Whether there is another element, which is next; else the array is ended, and left.
    mutating func element() throws(JSONError) -> Bool {
        guard try nextItem(UInt8(ascii: "]"), "neither ',' nor ']' after an element") else {
            return false
        }
        _ = try peek()
        return true
    }
}

// MARK: - Containers

extension JSONReader {
    /// Which of the open levels are objects, a bit each.
    private struct Levels {
        private var bits = InlineArray<16, UInt64>(repeating: 0)

        func isObject(_ level: Int) -> Bool { bits[level >> 6] >> UInt64(level & 63) & 1 == 1 }

        mutating func set(_ level: Int, object: Bool) {
            let bit: UInt64 = 1 << UInt64(level & 63)
            bits[level >> 6] = object ? bits[level >> 6] | bit : bits[level >> 6] & ~bit
        }
    }

    private mutating func deepen() throws(JSONError) {
        guard depth < Self.maximumDepth else { throw wrong("nested deeper than 1024 levels") }
        at += 1
        depth += 1
    }

    /// Past the opening of a container and its first name; false: it was empty, and is left.
    private mutating func open(object: Bool, _ levels: inout Levels) throws(JSONError) -> Bool {
        let level = depth
        try deepen()
        skipSpace()
        if at < bytes.count, bytes[at] == (object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            at += 1
            depth -= 1
            return false
        }
        levels.set(level, object: object)
        if object { _ = try takeName() }
        return true
    }

    /// After a value inside a container: true when that was its end, false when another one follows.
    private mutating func close(object: Bool) throws(JSONError) -> Bool {
        skipSpace()
        guard at < bytes.count else { throw wrong("the end inside an object or array") }
        if bytes[at] == UInt8(ascii: ",") {
            at += 1
            if object { _ = try takeName() }
            return false
        }
        guard bytes[at] == (object ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
            throw wrong(
                object
                    ? "neither ',' nor '}' after a member" : "neither ',' nor ']' after an element")
        }
        at += 1
        depth -= 1
        return true
    }

    /// Past the comma, or out of the container at its end.
    private mutating func nextItem(
        _ closing: UInt8, _ otherwise: StaticString
    ) throws(JSONError) -> Bool {
        skipSpace()
        guard at < bytes.count else { throw wrong("the end inside an object or array") }
        let wasFirst = isFirst
        isFirst = false
        if bytes[at] == closing {
            at += 1
            depth -= 1
            return false
        }
        if !wasFirst {
            guard bytes[at] == UInt8(ascii: ",") else { throw wrong(otherwise) }
            at += 1
        }
        return true
    }

    /// A member's name and its colon.
    private mutating func takeName() throws(JSONError) -> Bytes {
        skipSpace()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
            throw wrong("a member without its name")
        }
        let start = at
        try takeString()
        let name = bytes.part(start, at)
        skipSpace()
        guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
            throw wrong("a name without its colon")
        }
        at += 1
        return name
    }
}

// MARK: - Scalars

extension JSONReader {
    private func wrong(_ reason: StaticString) -> JSONError {
        JSONError(reason: reason, offset: at)
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                at += 1
            default: return
            }
        }
    }

    private mutating func takeScalar(_ kind: JSONKind) throws(JSONError) {
        switch kind {
        case .string: try takeString()
        case .number: try takeNumber()
        case .null: try takeWord("null")
        case .boolean(let isTrue): try takeWord(isTrue ? "true" : "false")
        case .object, .array: break
        }
    }

    private mutating func takeWord(_ word: StaticString) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        guard bytes.count - at >= count, bytes.part(at, at + count).equals(word) else {
            throw wrong("a word that is not true, false or null")
        }
        at += count
    }

    private mutating func takeDigits() {
        while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    }

    private mutating func takeNumber() throws(JSONError) {
        let start = at
        func wrongNumber(_ reason: StaticString) -> JSONError {
            JSONError(reason: reason, offset: start)
        }
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        guard at < bytes.count, isDigit(bytes[at]) else {
            throw wrongNumber("a number without digits")
        }
        if bytes[at] == UInt8(ascii: "0") {
            at += 1
            if at < bytes.count, isDigit(bytes[at]) {
                throw wrongNumber("a number with a leading zero")
            }
        } else {
            takeDigits()
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            guard at < bytes.count, isDigit(bytes[at]) else {
                throw wrongNumber("a number without digits after its point")
            }
            takeDigits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
                at += 1
            }
            guard at < bytes.count, isDigit(bytes[at]) else {
                throw wrongNumber("a number without digits in its exponent")
            }
            takeDigits()
        }
    }

    private mutating func takeString() throws(JSONError) {
        at += 1
        while at < bytes.count {
            skipPlainText()
            guard at < bytes.count else { break }
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return
            } else if byte == UInt8(ascii: "\\") {
                try takeEscape()
            } else if byte < 0x20 {
                throw wrong("a control character inside a string")
            } else {
                let length = utf8Length(bytes, at)
                guard length > 0 else { throw wrong("bytes that are not UTF-8") }
                at += length
            }
        }
        throw wrong("a string without its end")
    }

    /// Past the ASCII characters that stand for themselves in a string.
    private mutating func skipPlainText() {
        var place = at
        while place < bytes.count, bytes[place] >= 0x20, bytes[place] < 0x80,
            bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\")
        {
            place += 1
        }
        at = place
    }

    private mutating func takeEscape() throws(JSONError) {
        guard at + 1 < bytes.count else { throw wrong("a string without its end") }
        switch bytes[at + 1] {
        case UInt8(ascii: "u"):
            guard bytes.count - at >= 6, (2..<6).allSatisfy({ hexValue(bytes[at + $0]) != nil })
            else {
                throw wrong("a \\u escape without four hexadecimal digits")
            }
            at += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        default: throw wrong("an escape that JSON does not have")
        }
    }
}
