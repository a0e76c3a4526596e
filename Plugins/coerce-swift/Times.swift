/// What reading a text in some form came to.
enum Reading<Value> {
    /// The text has another form.
    case other
    /// The form is right, but there is no such time.
    case wrong
    case read(Value)
}

/// A time as RFC 3339 writes it; a space for T and no zone are allowed.
struct TimeText {
    var moment: Moment
    /// The digits behind the second.
    var fraction = Bytes(start: nil, count: 0)
    var zone: Zone?

    /// `assumed` is the zone of a text that has none; it only decides where a leap second may be.
    static func read(_ text: Bytes, assumed: Zone?) -> Reading<TimeText> {
        guard text.count >= 19, var moment = readDay(text),
            let hour = text.digits(at: 11, 2), let minute = text.digits(at: 14, 2),
            let second = text.digits(at: 17, 2),
            text[10] | 0x20 == UInt8(ascii: "t") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":")
        else { return .other }
        (moment.hour, moment.minute, moment.second) = (hour, minute, second)
        var time = TimeText(moment: moment)
        var at = 19
        if text.has(UInt8(ascii: "."), at: at) {
            let start = at + 1
            at = start
            while at < text.count, isDigit(text[at]) { at += 1 }
            guard at > start else { return .other }
            time.fraction = text.part(start, at)
        }
        if at < text.count {
            guard let zone = Zone(text.part(at, text.count)) else { return .other }
            time.zone = zone
        }
        return time.exists(assumed) ? .read(time) : .wrong
    }

    /// `YYYY-MM-DD` and nothing else.
    static func isDay(_ text: Bytes) -> Bool {
        text.count == 10 && readDay(text)?.dayExists == true
    }

    private static func readDay(_ text: Bytes) -> Moment? {
        var moment = Moment()
        guard let year = text.digits(at: 0, 4), let month = text.digits(at: 5, 2),
            let day = text.digits(at: 8, 2), text.has(UInt8(ascii: "-"), at: 4),
            text.has(UInt8(ascii: "-"), at: 7)
        else { return nil }
        (moment.year, moment.month, moment.day) = (year, month, day)
        return moment
    }

    private func exists(_ assumed: Zone?) -> Bool {
        guard moment.dayExists, zone?.exists ?? true else { return false }
        guard moment.second == 60, moment.hour <= 23, moment.minute <= 59 else {
            return moment.timeExists
        }
        guard let zone = zone ?? assumed else { return true }
        return moment.inUTC(offset: zone.offset)?.mayHaveLeapSecond == true
    }

    /// Seconds since 1970-01-01T00:00:00Z; a time without zone counts as UTC.
    var seconds: Int { moment.seconds - (zone?.offset ?? 0) * 60 }

    /// Writes the same instant with Z, unless it is written so.
    mutating func moveToUTC() throws(Reason) {
        guard let zone, zone.text.count > 1 else { return }
        guard let moved = moment.inUTC(offset: zone.offset) else { throw .outOfRange }
        moment = moved
        self.zone = Zone(Bytes("Z"))
    }

    func write(to room: inout ByteBuffer) {
        moment.writeDay(to: &room)
        room.append(UInt8(ascii: "T"))
        room.append(moment.hour, digits: 2)
        room.append(UInt8(ascii: ":"))
        room.append(moment.minute, digits: 2)
        room.append(UInt8(ascii: ":"))
        room.append(moment.second, digits: 2)
        if fraction.count > 0 {
            room.append(UInt8(ascii: "."))
            room.append(fraction)
        }
        guard let zone else { return }
        if zone.text.count == 1 { room.append(UInt8(ascii: "Z")) } else { room.append(zone.text) }
    }
}

/// A form of a date or date-time that the contract declares.
struct TimeForm {
    private enum Token: Int, CaseIterable {
        case year, month, day, hour, minute, second

        var text: StaticString {
            switch self {
            case .year: "YYYY"
            case .month: "MM"
            case .day: "DD"
            case .hour: "HH"
            case .minute: "mm"
            case .second: "ss"
            }
        }
    }

    private enum Part {
        case token(Token)
        case literal(UInt8)
    }

    private let parts: [Part]

    /// Nil: a token is missing, is there twice, or has no meaning here.
    init?(_ text: Bytes, hasTime: Bool) {
        var parts: [Part] = []
        var counts = [0, 0, 0, 0, 0, 0]
        var at = 0
        while at < text.count {
            let rest = text.part(at, text.count)
            if let token = Token.allCases.first(where: { rest.starts(with: Bytes($0.text)) }) {
                parts.append(.token(token))
                counts[token.rawValue] += 1
                at += token.text.utf8CodeUnitCount
            } else {
                parts.append(.literal(text[at]))
                at += 1
            }
        }
        let times = hasTime ? 1 : 0
        guard counts[..<5] == [1, 1, 1, times, times], counts[5] <= times else { return nil }
        self.parts = parts
    }

    /// The moment that a text of this form names; nil: another form, or no such moment.
    func read(_ text: Bytes) -> Moment? {
        var moment = Moment()
        var at = 0
        for part in parts {
            switch part {
            case .literal(let byte):
                guard text.has(byte, at: at) else { return nil }
                at += 1
            case .token(let token):
                let size = token.text.utf8CodeUnitCount
                guard let value = text.digits(at: at, size) else { return nil }
                Self.set(token, value, in: &moment)
                at += size
            }
        }
        return at == text.count && moment.dayExists && moment.timeExists ? moment : nil
    }

    private static func set(_ token: Token, _ value: Int, in moment: inout Moment) {
        switch token {
        case .year: moment.year = value
        case .month: moment.month = value
        case .day: moment.day = value
        case .hour: moment.hour = value
        case .minute: moment.minute = value
        case .second: moment.second = value
        }
    }
}

extension Moment {
    /// Writes `YYYY-MM-DD`.
    func writeDay(to room: inout ByteBuffer) {
        room.append(year, digits: 4)
        room.append(UInt8(ascii: "-"))
        room.append(month, digits: 2)
        room.append(UInt8(ascii: "-"))
        room.append(day, digits: 2)
    }
}
