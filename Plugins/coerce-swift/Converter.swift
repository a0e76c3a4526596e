/// A value that was brought to its target.
struct Converted {
    let kind: JSONKind
    /// A text decoded, all else as JSON; valid until the next conversion.
    let text: Bytes
    let loss: Loss

    /// Whether it is what the value was.
    func isSame(as value: Value) -> Bool {
        switch (kind, value.kind) {
        case (.string, .string), (.number, .number): text.equals(value.text)
        default: false
        }
    }
}

/// The rules of the targets that are single values. Each answers nil for what is kept as it is.
struct Converter: ~Copyable {
    private var room = ByteBuffer()
    /// The digits of a time that a number said.
    private var fraction = ByteBuffer()
    private var binaries = BinaryConverter()

    mutating func convert(_ value: Value, _ field: Field) throws(Reason) -> Converted? {
        room.clear()
        return switch field.target {
        case .boolean(let words): try boolean(value, words, field.allowed)
        case .integer(let range): try integer(value, range, field.allowed)
        case .binary(let format): try binary(value, format, field.allowed)
        case .decimal(let precision, let scale):
            try decimal(value, DecimalForm(precision: precision, scale: scale), field.allowed)
        case .string(let minimum, let maximum):
            try string(value, minimum, maximum, field.allowed)
        case .date(let forms): try date(value, forms, field.allowed)
        case .dateTime(let rules): try dateTime(value, rules, field.allowed)
        case .uuid: try uuid(value)
        case .enumeration: try enumeration(value)
        case .any, .null, .array, .object: throw .wrongType
        }
    }

    private func made(_ kind: JSONKind, _ loss: Loss) -> Converted {
        Converted(kind: kind, text: room.bytes, loss: loss)
    }

    private func made(_ truth: Bool) -> Converted {
        Converted(
            kind: .boolean(truth), text: Bytes(truth ? "true" : "false"), loss: .representation)
    }

    private func enumeration(_ value: Value) throws(Reason) -> Converted? {
        switch value.kind {
        case .object, .array: throw .wrongType
        default: return nil
        }
    }
}

// MARK: - Numbers

extension Converter {
    private func numeral(
        _ value: Value, _ allowed: Allowed, exponent: Bool = false
    ) throws(Reason) -> Numeral {
        switch value.kind {
        case .number: return Numeral(json: value.text)
        case .string:
            guard let numeral = Numeral(value.text, exponent: exponent) else { throw .notANumber }
            if numeral.hasLeadingZeros, !allowed.contains(.leadingZeros) { throw .leadingZeros }
            return numeral
        default: throw .wrongType
        }
    }

    private mutating func integer(
        _ value: Value, _ range: IntegerRange, _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        if case .boolean(let truth) = value.kind {
            guard allowed.contains(.booleanAsInteger) else { throw .wrongType }
            return Converted(kind: .number, text: Bytes(truth ? "1" : "0"), loss: .representation)
        }
        let loss = try range.write(numeral(value, allowed), allowed, to: &room)
        return made(.number, loss)
    }

    private mutating func decimal(
        _ value: Value, _ form: DecimalForm, _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        let loss = try form.write(numeral(value, allowed), allowed, to: &room)
        return made(.string, loss)
    }

    private mutating func binary(
        _ value: Value, _ format: BinaryFormat, _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        let numeral = try numeral(value, allowed, exponent: true)
        if try binaries.writeRounded(numeral, format, allowed, to: &room) {
            return made(.number, .precision)
        }
        if case .number = value.kind { return nil }
        if numeral.isNegative { room.append(UInt8(ascii: "-")) }
        room.append(numeral.withoutLeadingZeros)
        return made(.number, .representation)
    }
}

// MARK: - Texts

extension Converter {
    private func boolean(
        _ value: Value, _ words: TruthWords, _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        switch value.kind {
        case .boolean: return nil
        case .string:
            if words.yes.contains(where: { $0.equals(value.text) }) || value.text.equals("true") {
                return made(true)
            }
            if words.no.contains(where: { $0.equals(value.text) }) || value.text.equals("false") {
                return made(false)
            }
            throw .notABoolean
        case .number:
            guard allowed.contains(.integerAsBoolean) else { throw .wrongType }
            let numeral = Numeral(json: value.text)
            if numeral.isZero { return made(false) }
            guard numeral.isInteger, !numeral.isNegative, numeral.magnitude == 1 else {
                throw .notABoolean
            }
            return made(true)
        default: throw .wrongType
        }
    }

    private mutating func string(
        _ value: Value, _ minimum: Int, _ maximum: Int, _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        switch value.kind {
        case .object, .array: guard allowed.contains(.jsonAsText) else { throw .wrongType }
        default: break
        }
        var text = value.text
        var loss = Loss.representation
        if let end = text.end(ofPoints: maximum) {
            guard allowed.contains(.truncation) else { throw .tooLong }
            text = text.part(0, end)
            if allowed.contains(.trim) { text = text.trimmedAtEnd }
            loss = .truncation
        }
        // A text of that many code points or more has an end of one fewer.
        guard minimum == 0 || text.end(ofPoints: minimum - 1) != nil else { throw .tooShort }
        return Converted(kind: .string, text: text, loss: loss)
    }

    private mutating func uuid(_ value: Value) throws(Reason) -> Converted? {
        guard case .string = value.kind else { throw .wrongType }
        let text = value.text
        guard text.count == 32 || text.count == 36 else { throw .notAUUID }
        var at = 0
        for place in 0..<36 {
            if place == 8 || place == 13 || place == 18 || place == 23 {
                if text.count == 36 {
                    guard text[at] == UInt8(ascii: "-") else { throw .notAUUID }
                    at += 1
                }
                room.append(UInt8(ascii: "-"))
                continue
            }
            guard hexValue(text[at]) != nil else { throw .notAUUID }
            // Digits have this bit already, and letters become small by it.
            room.append(text[at] | 0x20)
            at += 1
        }
        return made(.string, .representation)
    }
}

extension UnsafeRawBufferPointer {
    /// Where so many code points of a UTF-8 text end; nil: it has no more than that.
    fileprivate func end(ofPoints most: Int) -> Int? {
        guard count > most else { return nil }
        var points = 0
        for at in 0..<count where self[at] & 0xC0 != 0x80 {
            if points == most { return at }
            points += 1
        }
        return nil
    }
}

// MARK: - Times

extension Converter {
    private mutating func date(
        _ value: Value, _ forms: [TimeForm], _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        guard case .string = value.kind else { throw .wrongType }
        if TimeText.isDay(value.text) { return nil }
        for form in forms {
            guard let moment = form.read(value.text) else { continue }
            moment.writeDay(to: &room)
            return made(.string, .representation)
        }
        guard case .read(let time) = TimeText.read(value.text, assumed: nil) else {
            throw .notADate
        }
        guard allowed.contains(.truncation) else { throw .timeLoss }
        time.moment.writeDay(to: &room)
        return made(.string, .truncation)
    }

    private mutating func dateTime(
        _ value: Value, _ rules: TimeRules, _ allowed: Allowed
    ) throws(Reason) -> Converted? {
        var time = try readTime(value, rules, allowed)
        var loss = Loss.representation
        if time.zone == nil {
            guard let zone = rules.zone else { throw .zoneUnknown }
            time.zone = zone
            loss = .default
        }
        if let digits = rules.digits, time.fraction.count > digits {
            let surplus = time.fraction.part(digits, time.fraction.count)
            if surplus.contains(where: { $0 != UInt8(ascii: "0") }) {
                guard allowed.contains(.truncation) else { throw .precisionLoss }
                loss = max(loss, .truncation)
            }
            time.fraction = time.fraction.part(0, digits)
        }
        if allowed.contains(.toUTC) { try time.moveToUTC() }
        // Nanoseconds since 1970 have to fit in 64 bits, when that is what the time is for.
        if rules.digits == 9, !(-9_223_372_036...9_223_372_035).contains(time.seconds) {
            throw .outOfRange
        }
        time.write(to: &room)
        return made(.string, loss)
    }

    private mutating func readTime(
        _ value: Value, _ rules: TimeRules, _ allowed: Allowed
    ) throws(Reason) -> TimeText {
        switch value.kind {
        case .number:
            guard let digits = rules.epochDigits else { throw .unitUnknown }
            return try readEpoch(Numeral(json: value.text), digits)
        case .string:
            switch TimeText.read(value.text, assumed: rules.zone) {
            case .read(let time): return time
            case .wrong: throw .notADateTime
            case .other: break
            }
            for form in rules.forms {
                if let moment = form.read(value.text) { return TimeText(moment: moment) }
            }
            guard let digits = rules.epochDigits, let numeral = Numeral(value.text, exponent: false)
            else { throw .notADateTime }
            if numeral.hasLeadingZeros, !allowed.contains(.leadingZeros) { throw .leadingZeros }
            return try readEpoch(numeral, digits)
        default: throw .wrongType
        }
    }

    /// A number of units since 1970, which have so many digits behind the second.
    private mutating func readEpoch(_ numeral: Numeral, _ digits: Int) throws(Reason) -> TimeText {
        guard numeral.isInteger else { throw .fractionLoss }
        guard let magnitude = numeral.magnitude, let units = Int64(exactly: magnitude) else {
            throw .outOfRange
        }
        let perSecond = (0..<digits).reduce(1) { product, _ in product * 10 }
        let (seconds, rest) = Moment.split(numeral.isNegative ? -Int(units) : Int(units), perSecond)
        guard let moment = Moment(seconds: seconds) else { throw .outOfRange }
        fraction.clear()
        if digits > 0 { fraction.append(rest, digits: digits) }
        return TimeText(moment: moment, fraction: fraction.bytes, zone: Zone(Bytes("Z")))
    }
}
