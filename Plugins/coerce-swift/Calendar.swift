/// A day and time by their parts, in the proleptic Gregorian calendar.
struct Moment {
    var year = 0, month = 0, day = 0
    var hour = 0, minute = 0, second = 0

    var dayExists: Bool {
        (1...9999).contains(year) && (1...12).contains(month) && day >= 1
            && day <= Self.days(in: month, of: year)
    }

    /// Whether the hour and minute exist, and the second, leap seconds aside.
    var timeExists: Bool { hour <= 23 && minute <= 59 && second <= 59 }

    /// Days since 1970-01-01.
    var dayNumber: Int {
        var days = Self.days(before: year) - Self.days(before: 1970) + day - 1
        for month in 1..<month { days += Self.days(in: month, of: year) }
        return days
    }

    /// Seconds since 1970-01-01T00:00:00Z, taken as UTC.
    var seconds: Int { dayNumber * 86400 + hour * 3600 + minute * 60 + second }

    /// The moment so many seconds after 1970-01-01T00:00:00Z; nil: not in the years 1 to 9999.
    init?(seconds: Int) {
        let (day, time) = Self.split(seconds, 86400)
        let sinceYearOne = day + Self.days(before: 1970)
        guard sinceYearOne >= 0, sinceYearOne < Self.days(before: 10000) else { return nil }
        year = sinceYearOne / 366 + 1  // at most a few too early
        while Self.days(before: year + 1) <= sinceYearOne { year += 1 }
        var rest = sinceYearOne - Self.days(before: year)
        month = 1
        while rest >= Self.days(in: month, of: year) {
            rest -= Self.days(in: month, of: year)
            month += 1
        }
        self.day = rest + 1
        hour = time / 3600
        minute = time / 60 % 60
        second = time % 60
    }

    init() {}

    /// The same instant in UTC, when this one is so many minutes east of it. The second stays as it
    /// is, a leap second too. Nil: not in the years 1 to 9999.
    func inUTC(offset: Int) -> Moment? {
        var whole = self
        whole.second = 0
        guard var moved = Moment(seconds: whole.seconds - offset * 60) else { return nil }
        moved.second = second
        return moved
    }

    /// Whether a second 60 may follow this minute of UTC.
    var mayHaveLeapSecond: Bool {
        hour == 23 && minute == 59 && ((month == 6 && day == 30) || (month == 12 && day == 31))
    }

    /// The quotient rounded down, and what is left.
    static func split<Number: BinaryInteger>(
        _ value: Number, _ by: Number
    ) -> (quotient: Number, rest: Number) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: by)
        return rest < 0 ? (quotient - 1, rest + by) : (quotient, rest)
    }

    private static func days(before year: Int) -> Int {
        let past = year - 1
        return past * 365 + past / 4 - past / 100 + past / 400
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A zone as it is written: "Z", "z", "+01:00", "-01:00".
struct Zone {
    let text: Bytes
    /// Minutes east of UTC.
    let offset: Int

    /// Nil: the text has another form, or no such offset exists (`exists` tells).
    init?(_ text: Bytes) {
        self.text = text
        if text.count == 1, text[0] | 0x20 == UInt8(ascii: "z") {
            offset = 0
            return
        }
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text[3] == UInt8(ascii: ":"), let hours = text.digits(at: 1, 2),
            let minutes = text.digits(at: 4, 2)
        else { return nil }
        let east = hours * 60 + minutes
        offset = text[0] == UInt8(ascii: "-") ? -east : east
        exists = hours <= 23 && minutes <= 59
    }

    private(set) var exists = true

    var isZ: Bool { text.equals("Z") }
    /// Whether `zone` may declare it.
    var isDeclarable: Bool { exists && !text.equals("z") }
}

extension UnsafeRawBufferPointer {
    /// So many digits as a number; nil: there are others, or fewer.
    func digits(at place: Int, _ size: Int) -> Int? {
        guard place + size <= count else { return nil }
        var value = 0
        for at in place..<place + size {
            guard isDigit(self[at]) else { return nil }
            value = value * 10 + Int(self[at] - UInt8(ascii: "0"))
        }
        return value
    }

    func has(_ byte: UInt8, at place: Int) -> Bool { place < count && self[place] == byte }
}
