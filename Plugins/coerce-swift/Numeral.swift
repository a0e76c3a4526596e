/// A decimal number as it is written, and its digits as one row: those before the point, then those
/// behind it. No arithmetic is done on the value, so its size and exponent cost nothing.
struct Numeral {
    let text: Bytes
    let isNegative: Bool
    /// Whether it is written with a point or an exponent.
    let hasPointOrExponent: Bool
    /// The digits before the point, and those behind it, as places in the text.
    private let whole: Range<Int>
    private let fraction: Range<Int>
    /// The place of the first digit in the row that is not zero, and one past the last one.
    let first: Int
    let end: Int
    /// How many digits of the row stand before the point, the exponent taken into account.
    let pointAt: Int

    /// What is no more looked at than as "very large".
    private static let largestExponent = 1 << 40

    /// Reads `-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?`, whole; nil: the text has another form.
    init?(_ text: Bytes, exponent isAllowed: Bool) {
        var at = 0
        func skipDigits() -> Range<Int> {
            let start = at
            while at < text.count, isDigit(text[at]) { at += 1 }
            return start..<at
        }
        isNegative = text.first == UInt8(ascii: "-")
        if isNegative { at += 1 }
        let whole = skipDigits()
        guard !whole.isEmpty else { return nil }
        var fraction = at..<at
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            fraction = skipDigits()
            guard !fraction.isEmpty else { return nil }
        }
        var exponent = 0
        var hasExponent = false
        if isAllowed, at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            hasExponent = true
            let isBelow = at < text.count && text[at] == UInt8(ascii: "-")
            if isBelow || (at < text.count && text[at] == UInt8(ascii: "+")) { at += 1 }
            let digits = skipDigits()
            guard !digits.isEmpty else { return nil }
            for digit in text[digits] where exponent < Self.largestExponent {
                exponent = exponent * 10 + Int(digit - UInt8(ascii: "0"))
            }
            exponent = min(exponent, Self.largestExponent) * (isBelow ? -1 : 1)
        }
        guard at == text.count else { return nil }
        self.text = text
        self.whole = whole
        self.fraction = fraction
        hasPointOrExponent = hasExponent || !fraction.isEmpty
        pointAt = whole.count + exponent
        (first, end) = Self.significant(text, whole, fraction)
    }

    /// A number of a valid JSON text.
    init(json text: Bytes) {
        self.init(text, exponent: true)!
    }

    /// Where the digits that are not zero begin and end in the row.
    private static func significant(
        _ text: Bytes, _ whole: Range<Int>, _ fraction: Range<Int>
    ) -> (first: Int, end: Int) {
        let gap = fraction.lowerBound - whole.upperBound
        func digit(_ place: Int) -> UInt8 {
            text[whole.lowerBound + place + (place < whole.count ? 0 : gap)]
        }
        var first = 0
        var end = whole.count + fraction.count
        while first < end, digit(first) == UInt8(ascii: "0") { first += 1 }
        while end > first, digit(end - 1) == UInt8(ascii: "0") { end -= 1 }
        return (first, end)
    }

    var isZero: Bool { first == end }
    /// Digits without leading and trailing zeros.
    var count: Int { end - first }
    var isInteger: Bool { isZero || end <= pointAt }
    var hasLeadingZeros: Bool { whole.count > 1 && text[whole.lowerBound] == UInt8(ascii: "0") }

    /// The digit at a place of the row, 0 to 9; beyond it all are 0.
    func digit(_ place: Int) -> UInt8 {
        guard place >= first, place < end else { return 0 }
        let at =
            place < whole.count
            ? whole.lowerBound + place : fraction.lowerBound + place - whole.count
        return text[at] - UInt8(ascii: "0")
    }

    /// The text from its first digit that is not needless, without the sign.
    var withoutLeadingZeros: Bytes {
        var start = whole.lowerBound
        while start + 1 < whole.upperBound, text[start] == UInt8(ascii: "0") { start += 1 }
        return text.part(start, text.count)
    }

    /// Whether both have the same value.
    func equals(_ other: Numeral) -> Bool {
        if isZero || other.isZero { return isZero && other.isZero }
        return isNegative == other.isNegative && hasMagnitude(of: other)
    }

    /// Whether both have the same value, signs aside; neither is zero.
    func hasMagnitude(of other: Numeral) -> Bool {
        count == other.count && pointAt - first == other.pointAt - other.first
            && (0..<count).allSatisfy { digit(first + $0) == other.digit(other.first + $0) }
    }

    /// The digits before the point as a number; nil: it does not fit.
    var magnitude: UInt64? {
        guard !isZero, pointAt > first else { return 0 }
        guard pointAt - first <= 20 else { return nil }
        var value: UInt64 = 0
        for place in first..<pointAt {
            let (tenfold, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, overTheTop) = tenfold.addingReportingOverflow(UInt64(digit(place)))
            guard !over, !overTheTop else { return nil }
            value = sum
        }
        return value
    }
}
