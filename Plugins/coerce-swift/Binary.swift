import Glibc

/// Whether a numeral is exactly a double or float32, and the nearest one in its published form.
struct BinaryConverter: ~Copyable {
    private var lexeme = ByteBuffer()
    private var expansion = ByteBuffer()
    private var limbs: [UInt32] = []
    /// The locale in which a point is a point, whatever the host's is. Only memory can lack for it.
    private let locale = newlocale(1 << LC_NUMERIC, "C", nil)!

    deinit { freelocale(locale) }

    /// Writes the nearest number when the numeral is not exact, and answers true; an exact one is
    /// left to the caller.
    mutating func writeRounded(
        _ numeral: Numeral, _ format: BinaryFormat, _ allowed: Allowed, to room: inout ByteBuffer
    ) throws(Reason) -> Bool {
        if numeral.isZero || format.holdsPlainly(numeral) { return false }
        let value = nearest(numeral.text, format).magnitude
        guard value.isFinite else { throw .outOfRange }
        if value != 0, isExact(numeral, value, format) { return false }
        guard allowed.contains(.precision) else { throw .precisionLoss }
        if numeral.isNegative, value != 0 { room.append(UInt8(ascii: "-")) }
        write(value, format, to: &room)
        return true
    }

    private mutating func nearest(_ text: Bytes, _ format: BinaryFormat) -> Double {
        lexeme.clear()
        lexeme.append(text)
        return readLexeme(format)
    }

    private mutating func readLexeme(_ format: BinaryFormat) -> Double {
        lexeme.append(0)
        let start = lexeme.bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
        return switch format {
        case .double: strtod_l(start, nil, locale)
        case .float: Double(strtof_l(start, nil, locale))
        }
    }

    private mutating func isExact(
        _ numeral: Numeral, _ value: Double, _ format: BinaryFormat
    ) -> Bool {
        let exact = expand(value)
        if numeral.isInteger, exact.hasMagnitude(of: numeral) { return true }
        guard numeral.hasPointOrExponent, numeral.count <= format.mostDigits else { return false }
        let back = RoundedDigits(exact, at: exact.first + numeral.count)
        return exact.pointAt - back.first == numeral.pointAt - numeral.first
            && (0..<numeral.count).allSatisfy {
                back.digit(back.first + $0) == numeral.digit(numeral.first + $0)
            }
    }

    // MARK: - The published form

    private mutating func write(_ value: Double, _ format: BinaryFormat, to room: inout ByteBuffer)
    {
        if value <= format.integersEnd, value == value.rounded(.down) {
            room.append(decimal: UInt64(value))
            return
        }
        let exact = expand(value)
        var count = 1
        while count < 17, !readsBack(exact, count, value, format) { count += 1 }
        let digits = RoundedDigits(exact, at: exact.first + count)
        let isPlain = value >= 1e-6 && value < format.integersEnd
        if isPlain {
            writePlain(digits, count, to: &room)
        } else {
            writeScientific(digits, count, to: &room)
        }
    }

    /// Whether so many digits of a value lead back to it.
    private mutating func readsBack(
        _ exact: Numeral, _ count: Int, _ value: Double, _ format: BinaryFormat
    ) -> Bool {
        let digits = RoundedDigits(exact, at: exact.first + count)
        lexeme.clear()
        Self.append(digits, count, to: &lexeme)
        lexeme.append(UInt8(ascii: "e"))
        lexeme.append(signed: exact.pointAt - digits.first - count)
        return readLexeme(format) == value
    }

    private static func append(_ digits: RoundedDigits, _ count: Int, to room: inout ByteBuffer) {
        for place in 0..<count {
            room.append(UInt8(ascii: "0") + digits.digit(digits.first + place))
        }
    }

    private func writePlain(_ digits: RoundedDigits, _ count: Int, to room: inout ByteBuffer) {
        let point = digits.numeral.pointAt
        let start = min(digits.first, point - 1)
        for place in start..<max(digits.first + count, point) {
            if place == point { room.append(UInt8(ascii: ".")) }
            room.append(UInt8(ascii: "0") + digits.digit(place))
        }
    }

    private func writeScientific(_ digits: RoundedDigits, _ count: Int, to room: inout ByteBuffer) {
        for place in 0..<count {
            if place == 1 { room.append(UInt8(ascii: ".")) }
            room.append(UInt8(ascii: "0") + digits.digit(digits.first + place))
        }
        room.append(UInt8(ascii: "e"))
        room.append(signed: digits.numeral.pointAt - digits.first - 1)
    }

    // MARK: - All digits of a binary number

    private static let limb: UInt64 = 1_000_000_000

    /// The value in full: m·2^e is whole, and m·2^-e is m·5^e with e digits behind the point.
    private mutating func expand(_ value: Double) -> Numeral {
        let significand = UInt64(value.significand * 0x1p52)
        let power = Int(value.exponent) - 52
        limbs.removeAll(keepingCapacity: true)
        limbs.append(UInt32(significand % Self.limb))
        limbs.append(UInt32(significand / Self.limb))
        // The largest steps whose factor is below 10^9.
        let (factor, largestStep): (UInt64, Int) = power < 0 ? (5, 12) : (2, 29)
        var left = abs(power)
        while left > 0 {
            let step = min(left, largestStep)
            multiply(by: (0..<step).reduce(1) { product, _ in product * factor })
            left -= step
        }
        spell(exponent: min(power, 0))
        return Numeral(json: expansion.bytes)
    }

    private mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * factor + carry
            limbs[index] = UInt32(product % Self.limb)
            carry = product / Self.limb
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    /// The limbs as a JSON number, but for zeros ahead.
    private mutating func spell(exponent: Int) {
        expansion.clear()
        for value in limbs.reversed() {
            var divisor: UInt32 = 100_000_000
            while divisor > 0 {
                expansion.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
        }
        expansion.append(UInt8(ascii: "e"))
        expansion.append(signed: exponent)
    }
}

extension BinaryFormat {
    /// All digits of so many significant ones can tell two neighbours apart.
    fileprivate var mostDigits: Int { self == .double ? 17 : 9 }

    /// Up to here each whole number is exact.
    fileprivate var integersEnd: Double { self == .double ? 0x1p53 : 0x1p24 }

    /// Whether it takes no look at the value: few digits, far from the ends of the range.
    fileprivate func holdsPlainly(_ numeral: Numeral) -> Bool {
        let size = numeral.pointAt - numeral.first
        guard numeral.hasPointOrExponent else { return size <= (self == .double ? 15 : 7) }
        return switch self {
        case .double: numeral.count <= 15 && abs(size) <= 290
        case .float: numeral.count <= 6 && abs(size) <= 30
        }
    }
}
