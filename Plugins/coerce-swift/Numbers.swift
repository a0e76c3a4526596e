// Numerals to whole and decimal numbers. Results are written at the end of a buffer.

/// A numeral's row of digits, rounded half to even at a place, or cut off there.
struct RoundedDigits {
    let numeral: Numeral
    /// One past the last digit that is kept.
    let cut: Int
    /// The digit that a rounding up makes one larger: those behind it become 0.
    private let raised: Int?

    init(_ numeral: Numeral, at cut: Int, cutsOff: Bool = false) {
        self.numeral = numeral
        self.cut = cut
        guard !cutsOff, Self.roundsUp(numeral, cut) else {
            raised = nil
            return
        }
        var place = cut - 1
        while numeral.digit(place) == 9 { place -= 1 }
        raised = place
    }

    private static func roundsUp(_ numeral: Numeral, _ cut: Int) -> Bool {
        let next = numeral.digit(cut)
        guard next == 5, numeral.end <= cut + 1 else { return next >= 5 }
        return numeral.digit(cut - 1) % 2 == 1
    }

    var isZero: Bool { raised == nil && (numeral.isZero || numeral.first >= cut) }

    /// The place of the first digit that is not zero.
    var first: Int { min(numeral.first, raised ?? numeral.first) }

    func digit(_ place: Int) -> UInt8 {
        guard let raised, place >= raised else { return place < cut ? numeral.digit(place) : 0 }
        return place == raised ? numeral.digit(place) + 1 : 0
    }
}

extension IntegerRange {
    /// Writes the whole number that a numeral says.
    func write(
        _ numeral: Numeral, _ allowed: Allowed, to room: inout ByteBuffer
    ) throws(Reason) -> Loss {
        guard numeral.isInteger || allowed.contains(.truncation) else { throw .fractionLoss }
        guard let magnitude = numeral.magnitude, magnitude <= limit(negative: numeral.isNegative)
        else { throw .outOfRange }
        if numeral.isNegative, magnitude != 0 { room.append(UInt8(ascii: "-")) }
        room.append(decimal: magnitude)
        return numeral.isInteger ? .representation : .truncation
    }
}

/// Decimals of so many digits, so many of them behind the point.
struct DecimalForm {
    let precision: Int
    let scale: Int

    /// Writes the decimal that a numeral says.
    func write(
        _ numeral: Numeral, _ allowed: Allowed, to room: inout ByteBuffer
    ) throws(Reason) -> Loss {
        let cut = numeral.pointAt + scale
        let isExact = numeral.isZero || numeral.end <= cut
        let rounds = allowed.isSuperset(of: [.precision, .halfEven])
        guard isExact || rounds || allowed.contains(.truncation) else { throw .scaleLoss }
        let digits = RoundedDigits(numeral, at: cut, cutsOff: isExact || !rounds)
        let whole = digits.isZero ? 0 : max(0, numeral.pointAt - digits.first)
        guard whole <= precision - scale else { throw .outOfRange }
        write(digits, whole, to: &room)
        return isExact ? .representation : rounds ? .precision : .truncation
    }

    private func write(_ digits: RoundedDigits, _ whole: Int, to room: inout ByteBuffer) {
        let point = digits.numeral.pointAt
        if digits.numeral.isNegative, !digits.isZero { room.append(UInt8(ascii: "-")) }
        if whole == 0 { room.append(UInt8(ascii: "0")) }
        for place in point - whole..<point + scale {
            if place == point { room.append(UInt8(ascii: ".")) }
            room.append(UInt8(ascii: "0") + digits.digit(place))
        }
    }
}
