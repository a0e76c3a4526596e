func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

func hexValue(_ byte: UInt8) -> UInt32? {
    if isDigit(byte) { return UInt32(byte - UInt8(ascii: "0")) }
    let small = byte | 0x20
    guard small >= UInt8(ascii: "a"), small <= UInt8(ascii: "f") else { return nil }
    return UInt32(small - UInt8(ascii: "a")) + 10
}

/// The length of the UTF-8 sequence at a place, or 0 when it is not well-formed (RFC 3629).
func utf8Length(_ bytes: Bytes, _ at: Int) -> Int {
    let first = bytes[at]
    func follows(_ offset: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
        at + offset < bytes.count && bytes[at + offset] >= low && bytes[at + offset] <= high
    }
    switch first {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: return follows(1) ? 2 : 0
    case 0xE0: return follows(1, 0xA0) && follows(2) ? 3 : 0
    case 0xED: return follows(1, 0x80, 0x9F) && follows(2) ? 3 : 0
    case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
    case 0xF0: return follows(1, 0x90) && follows(2) && follows(3) ? 4 : 0
    case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
    case 0xF4: return follows(1, 0x80, 0x8F) && follows(2) && follows(3) ? 4 : 0
    default: return 0
    }
}

extension ByteBuffer {
    /// Appends the text of a valid JSON string (as written, quotes included). False: it holds a lone
    /// surrogate, which no UTF-8 can say; what was appended up to there is to be dropped.
    mutating func appendText(ofJSON string: Bytes) -> Bool {
        let end = string.count - 1
        var at = 1
        while at < end {
            var plain = at
            while plain < end, string[plain] != UInt8(ascii: "\\") { plain += 1 }
            append(string.part(at, plain))
            at = plain
            guard at < end else { return true }
            if string[at + 1] != UInt8(ascii: "u") {
                append(unescaped(string[at + 1]))
                at += 2
                continue
            }
            guard let scalar = escapedScalar(string, &at, end) else { return false }
            for byte in UTF8.encode(scalar)! { append(byte) }
        }
        return true
    }

    /// Appends text as a JSON string, quotes included, with the fewest escapes.
    mutating func appendJSON(text: Bytes) {
        append(UInt8(ascii: "\""))
        var plain = 0
        for at in 0..<text.count {
            let byte = text[at]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
            append(text.part(plain, at))
            plain = at + 1
            appendEscape(byte)
        }
        append(text.part(plain, text.count))
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0..<0x20:
            append("u00")
            append(lowerHex(byte >> 4))
            append(lowerHex(byte & 15))
        default: append(byte)
        }
    }
}

func lowerHex(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + (digit - 10)
}

private func unescaped(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
}

/// The code unit of the \u escape at a place.
private func codeUnit(_ string: Bytes, _ at: Int) -> UInt32 {
    (2..<6).reduce(0) { $0 << 4 | (hexValue(string[at + $1]) ?? 0) }
}

/// The character that one \u escape, or a pair of surrogates, stands for; nil: a lone surrogate.
private func escapedScalar(_ string: Bytes, _ at: inout Int, _ end: Int) -> Unicode.Scalar? {
    let unit = codeUnit(string, at)
    at += 6
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit <= 0xDBFF, end - at >= 6, string[at] == UInt8(ascii: "\\"),
        string[at + 1] == UInt8(ascii: "u")
    else { return nil }
    let low = codeUnit(string, at)
    guard low >= 0xDC00, low <= 0xDFFF else { return nil }
    at += 6
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
}
