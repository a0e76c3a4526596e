/// Scalars with their units. Each answers nil, with a diagnostic, for what it can't read.
extension ConfigurationReader {
    /// Text that is not empty.
    func text(_ value: YAMLValue) -> String? {
        guard case .scalar(let text, _) = value.content else {
            report(value, "must be text, not \(value.kind)")
            return nil
        }
        guard !text.isEmpty, !value.isNull else {
            report(value, "must not be empty")
            return nil
        }
        return text
    }

    /// A name: letters, digits, `_` and `-`.
    func name(_ value: YAMLValue) -> String? {
        text(value).flatMap { name($0, value.location, value.path) }
    }

    func name(_ text: String, _ location: SourceLocation, _ path: String) -> String? {
        if Self.isName(text) { return text }
        report(location, path, "`\(text)` is no name: use letters, digits, `_` and `-`")
        return nil
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
                    || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    func boolean(_ value: YAMLValue) -> Bool? {
        if case .scalar(let text, isQuoted: false) = value.content {
            if text == "true" { return true }
            if text == "false" { return false }
        }
        report(value, "must be `true` or `false`, not \(value.kind)")
        return nil
    }

    /// A whole number in a range.
    func integer<Number: FixedWidthInteger>(
        _ value: YAMLValue, _ range: ClosedRange<Number>
    ) -> Number? {
        if case .scalar(let text, _) = value.content, let number = Number(text),
            range.contains(number)
        {
            return number
        }
        let bounds =
            range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        report(value, "must be a whole number \(bounds), not \(value.kind)")
        return nil
    }

    /// One of a few words.
    func word(_ value: YAMLValue, among known: [String]) -> String? {
        guard let text = text(value) else { return nil }
        if known.contains(text) { return text }
        report(
            value, "`\(text)` is not known here", NearestWord.suggestion(for: text, among: known))
        return nil
    }

    /// A time in nanoseconds.
    func duration(_ value: YAMLValue, from lowest: UInt64 = 0) -> UInt64? {
        quantity(value, Self.timeUnits, what: "a time", example: "30s", from: lowest)
    }

    /// A size in bytes, at least 1.
    func size(_ value: YAMLValue) -> UInt64? {
        quantity(value, Self.sizeUnits, what: "a size", example: "64MiB", from: 1)
    }

    /// A share of a whole.
    func share(_ value: YAMLValue, through highest: UInt32 = 1_000_000) -> Share? {
        let percent = ("%", UInt64(10_000))
        if case .scalar(let text, _) = value.content,
            let amount = Self.amount(text, [percent]), amount <= highest
        {
            return Share(millionths: UInt32(amount))
        }
        report(
            value,
            "must be a share from 0% to \(highest / 10_000)%, such as `20%`, not \(value.kind)")
        return nil
    }

    private static let timeUnits: [(String, UInt64)] = [
        ("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    private static let sizeUnits: [(String, UInt64)] = [
        ("B", 1), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    private func quantity(
        _ value: YAMLValue, _ units: [(String, UInt64)], what: String, example: String,
        from lowest: UInt64
    ) -> UInt64? {
        guard case .scalar(let text, _) = value.content, let amount = Self.amount(text, units)
        else {
            report(
                value, "must be \(what) such as `\(example)`, not \(value.kind)",
                "units are " + units.map(\.0).joined(separator: ", "))
            return nil
        }
        if amount >= lowest { return amount }
        report(value, "\(value.kind) is too small: it must be more than 0")
        return nil
    }

    /// A decimal number with a unit, in the smallest unit; nil unless it is whole there and fits.
    static func amount(_ text: String, _ units: [(String, UInt64)]) -> UInt64? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let factor = units.first(where: { $0.0 == unit })?.1 else { return nil }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.count <= 19 }),
            let whole = UInt64(parts[0])
        else { return nil }
        let (amount, overflow) = whole.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return amount }
        return fraction(parts[1], of: factor).flatMap {
            let (sum, overflow) = amount.addingReportingOverflow($0)
            return overflow ? nil : sum
        }
    }

    /// `digits` behind the point, of a unit; nil unless whole.
    private static func fraction(_ digits: Substring, of factor: UInt64) -> UInt64? {
        var scale: UInt64 = 1
        for _ in digits {
            let (next, overflow) = scale.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            scale = next
        }
        guard let number = UInt64(digits) else { return nil }
        let product = number.multipliedFullWidth(by: factor)
        guard product.high < scale else { return nil }
        let (quotient, remainder) = scale.dividingFullWidth(product)
        return remainder == 0 ? quotient : nil
    }
}
