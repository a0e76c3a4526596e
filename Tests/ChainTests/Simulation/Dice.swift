import Chain

/// Answers that depend on the seed and on what is asked, never on when it is asked: a replay after a
/// crash, another number of lanes or a second play of the same seed meets the same faults.
struct Dice: Sendable {
    /// What a roll is for, so that two questions about the same numbers are independent.
    enum Question: UInt64 {
        case verdict, call, signal, flaky, put, commit, batchSize, hold, time, sinkVerdict, crash
    }

    let seed: UInt64

    func roll(
        _ question: Question, _ first: UInt64, _ second: UInt64 = 0, _ third: UInt64 = 0
    ) -> UInt64 {
        var state = seed &+ question.rawValue &* 0x9E37_79B9_7F4A_7C15
        for part in [first, second, third] {
            state ^= part &+ 0x9E37_79B9_7F4A_7C15 &+ (state << 6) &+ (state >> 2)
            var one = SplitMix64(seed: state)
            state = one.next()
        }
        return state
    }

    /// Whether something of so many in a thousand happens.
    func happens(
        _ perMille: UInt64, _ question: Question, _ first: UInt64, _ second: UInt64 = 0,
        _ third: UInt64 = 0
    ) -> Bool {
        roll(question, first, second, third) % 1000 < perMille
    }
}

/// The hash of everything that was done, in its order.
struct Trace: Equatable, Sendable {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var steps = 0

    mutating func note(_ code: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0) {
        steps += 1
        for part in [code, a, b] {
            hash = (hash ^ part) &* 0x0000_0100_0000_01B3
            hash ^= hash >> 29
        }
    }
}
