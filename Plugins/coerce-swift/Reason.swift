/// Why a value is a misfit, or a record is refused: the closed list of docs/coercion.md.
enum Reason: Error {
    case wrongType, nullNotAllowed, loneSurrogate, notANumber, leadingZeros, fractionLoss
    case precisionLoss, scaleLoss, outOfRange, notABoolean, tooLong, tooShort, notADate, timeLoss
    case notADateTime, zoneUnknown, unitUnknown, notAUUID, notInEnum, missing, duplicateMember
    case notJSON, notAnObject

    /// The word, a colon, and a sentence for a person.
    var sentence: StaticString {
        switch self {
        case .wrongType:
            "wrong_type: no rule brings a value of this JSON type to the declared type"
        case .nullNotAllowed: "null_not_allowed: null is not declared"
        case .loneSurrogate:
            "lone_surrogate: the text holds a lone surrogate, which UTF-8 can't say"
        case .notANumber: "not_a_number: the text is not a number in the accepted form"
        case .leadingZeros: "leading_zeros: leading zeros mean a label, and are not declared"
        case .fractionLoss: "fraction_loss: a fraction would be cut off"
        case .precisionLoss: "precision_loss: digits would be lost"
        case .scaleLoss: "scale_loss: digits beyond the scale would be lost"
        case .outOfRange: "out_of_range: the value is outside the range of the type"
        case .notABoolean: "not_a_boolean: the value means neither true nor false"
        case .tooLong: "too_long: the text is longer than maxLength"
        case .tooShort: "too_short: the text is shorter than minLength"
        case .notADate: "not_a_date: the text is not a day in an accepted form"
        case .timeLoss: "time_loss: the time of day would be cut off"
        case .notADateTime: "not_a_date_time: the text is not a time in an accepted form"
        case .zoneUnknown: "zone_unknown: the time has no zone, and none is declared"
        case .unitUnknown: "unit_unknown: the unit of a number as a time is not declared"
        case .notAUUID: "not_a_uuid: the text is not a UUID"
        case .notInEnum: "not_in_enum: the value is not a member of enum"
        case .missing: "missing: a required member is missing"
        case .duplicateMember: "duplicate_member: the object has this name twice"
        case .notJSON:
            "not_json: the bytes are not one JSON text in UTF-8, at most 1024 levels deep"
        case .notAnObject: "not_an_object: the record is not a JSON object"
        }
    }

    /// The word alone.
    var word: Bytes {
        let whole = Bytes(sentence)
        return whole.part(0, whole.firstIndex(of: UInt8(ascii: ":")) ?? 0)
    }
}

/// What a conversion cost, smallest first.
enum Loss: Int32, Comparable {
    case none, representation, precision, truncation, `default`

    static func < (left: Loss, right: Loss) -> Bool { left.rawValue < right.rawValue }
}

/// What ends the walk of a value.
/// It never leaves the call, and so the thread, that the bytes belong to.
struct Trouble: Error, @unchecked Sendable {
    enum Kind {
        /// The value does not fit; where it is optional it is rescued.
        case misfit
        /// The record can't be taken at all.
        case reject
    }

    let kind: Kind
    let reason: Reason
    /// The value in question as it is written, or empty.
    let before: Bytes

    static func misfit(_ reason: Reason, _ before: Bytes) -> Trouble {
        Trouble(kind: .misfit, reason: reason, before: before)
    }

    static func reject(_ reason: Reason, _ before: Bytes) -> Trouble {
        Trouble(kind: .reject, reason: reason, before: before)
    }
}
