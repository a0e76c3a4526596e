/// What a field is to become.
enum Target {
    case any
    case null
    case boolean(words: TruthWords)
    case integer(IntegerRange)
    case binary(BinaryFormat)
    case decimal(precision: Int, scale: Int)
    case string(minimum: Int, maximum: Int)
    case date(forms: [TimeForm])
    case dateTime(TimeRules)
    case uuid
    case enumeration
    case array(items: Field, split: Bytes?)
    case object(Shape)
}

/// A field of the contract: its target, and what is allowed on the way there.
final class Field {
    let target: Target
    let isNullable: Bool
    let allowed: Allowed
    /// The members of `enum`, or nil.
    let constants: [Constant]?

    init(
        _ target: Target, isNullable: Bool = false, allowed: Allowed = [],
        constants: [Constant]? = nil
    ) {
        self.target = target
        self.isNullable = isNullable
        self.allowed = allowed
        self.constants = constants
    }

    static var any: Field { Field(.any) }
}

/// What `x-coerce` allows, as far as it is yes or no.
struct Allowed: OptionSet {
    let rawValue: UInt16

    static let trim = Allowed(rawValue: 1 << 0)
    static let emptyAsNull = Allowed(rawValue: 1 << 1)
    static let leadingZeros = Allowed(rawValue: 1 << 2)
    static let booleanAsInteger = Allowed(rawValue: 1 << 3)
    static let integerAsBoolean = Allowed(rawValue: 1 << 4)
    static let jsonAsText = Allowed(rawValue: 1 << 5)
    static let toUTC = Allowed(rawValue: 1 << 6)
    static let wrap = Allowed(rawValue: 1 << 7)
    static let precision = Allowed(rawValue: 1 << 8)
    static let truncation = Allowed(rawValue: 1 << 9)
    static let halfEven = Allowed(rawValue: 1 << 10)

    /// Those that are keys of their own.
    static let keys: [(name: StaticString, flag: Allowed)] = [
        ("trim", .trim), ("empty_as_null", .emptyAsNull), ("leading_zeros", .leadingZeros),
        ("boolean_as_integer", .booleanAsInteger), ("integer_as_boolean", .integerAsBoolean),
        ("json_as_text", .jsonAsText), ("to_utc", .toUTC), ("wrap", .wrap),
    ]
}

/// A member of `enum`; a text is decoded, a number as it is written.
enum Constant {
    case null
    case boolean(Bool)
    case number(Numeral)
    case text(Bytes)
}

/// The texts that mean true and false, besides "true" and "false".
struct TruthWords {
    var yes: [Bytes] = []
    var no: [Bytes] = []
}

struct IntegerRange {
    let bits: Int
    let isSigned: Bool

    /// The largest magnitude above and below zero.
    func limit(negative: Bool) -> UInt64 {
        let half: UInt64 = 1 << UInt64(bits - 1)
        if isSigned { return negative ? half : half - 1 }
        return negative ? 0 : half - 1 + half
    }
}

enum BinaryFormat {
    case double, float
}

struct TimeRules {
    /// Digits of a fraction at most; nil: any number.
    var digits: Int?
    var forms: [TimeForm] = []
    var zone: Zone?
    /// Digits behind the second of a number's unit; nil: a number is no time.
    var epochDigits: Int?
}

/// An object's members.
struct Shape {
    struct Member {
        /// Decoded.
        let name: Bytes
        let field: Field
        var isEssential = false
    }

    let members: [Member]
    /// In the order in which a missing one is looked for.
    let essential: [Int]
    /// Whether undeclared members are removed.
    let isClosed: Bool
    /// The members by name, for `find`.
    private let sorted: [Int]

    init(members: [Member], essential: [Int], isClosed: Bool) {
        self.members = members
        self.essential = essential
        self.isClosed = isClosed
        sorted = members.indices.sorted { members[$0].name.isBefore(members[$1].name) }
    }

    /// The number of the member with this name; `guess` is looked at first.
    func find(_ name: Bytes, guess: Int) -> Int? {
        if guess < members.count, members[guess].name.equals(name) { return guess }
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if members[sorted[middle]].name.isBefore(name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < sorted.count, members[sorted[low]].name.equals(name) else { return nil }
        return sorted[low]
    }
}

extension UnsafeRawBufferPointer {
    /// Some order: by length, then by bytes.
    fileprivate func isBefore(_ other: Bytes) -> Bool {
        guard count == other.count else { return count < other.count }
        return lexicographicallyPrecedes(other)
    }
}
