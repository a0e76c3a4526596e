import Chain

/// What a schedule is played with: all of it follows from the seed.
struct Scenario: Sendable {
    let seed: UInt64
    let dice: Dice
    let plan: Plan
    /// A record's content: few different ones, so that equal records abound.
    let contents: [UInt8]
    let isKeyed: Bool
    var lanes: Int
    /// No crash, no breaker, no limit, no shared budget: nothing that hangs on time or on others.
    let isCalm: Bool
    /// How many crashes there may be, and how likely one is at each step, in a thousand.
    let crashes: Int
    let crashRate: UInt64
    /// Calls, single records, puts and commits that fail, in a thousand.
    let callRate: UInt64
    let flakyRate: UInt64
    let putRate: UInt64
    let commitRate: UInt64
    /// Verdicts that let a record go on as it is, in a hundred.
    let goodShare: UInt64
    let inFlight: UInt64
    let breaker: Breaker.Configuration

    var graph: Graph { plan.graph }

    init(seed: UInt64) throws(GraphFaults) {
        var random = SplitMix64(seed: seed ^ 0x5EED)
        self.seed = seed
        dice = Dice(seed: random.next())
        // Each graph meets four schedules.
        plan = try RandomGraph.plan(seed: seed / 4)
        contents = (0..<Int.random(in: 2...12, using: &random)).map { _ in
            UInt8.random(in: 0..<4, using: &random)
        }
        isKeyed = Bool.random(using: &random)
        lanes = Int.random(in: 1...3, using: &random)
        isCalm = random.next() % 8 == 0
        crashes = isCalm ? 0 : Int.random(in: 0...3, using: &random)
        crashRate = [2, 10, 40].randomElement(using: &random) ?? 0
        callRate = [0, 100, 300, 700].randomElement(using: &random) ?? 0
        flakyRate = [0, 50, 200].randomElement(using: &random) ?? 0
        putRate = [0, 200, 600].randomElement(using: &random) ?? 0
        commitRate = [0, 200, 600].randomElement(using: &random) ?? 0
        goodShare = [40, 70, 95].randomElement(using: &random) ?? 0
        inFlight = UInt64.random(in: 1...8, using: &random)
        breaker = Breaker.Configuration(
            failureRate: isCalm ? nil : 500_000, window: 6, minimumCalls: 3,
            recovery: 300_000_000, probeLease: 2_000_000_000)
    }

    /// Batch borders hang on the position and on the run: a restart cuts the same records otherwise.
    func batchSize(at position: Int, run: UInt64) -> Int {
        let wanted = 1 + Int(dice.roll(.batchSize, UInt64(position), run) % 5)
        return min(wanted, contents.count - position)
    }
}

/// What a tier thinks of a record, whenever and with whomever it comes.
enum Verdict: Equatable {
    case accepted
    case degraded
    case derived(UInt32)
    case filtered
    case rejected(Signal, byGate: Bool)
}

extension Scenario {
    func verdict(on record: Int, at node: NodeID) -> Verdict {
        let roll = dice.roll(.verdict, UInt64(record), UInt64(node))
        if roll % 100 < goodShare { return .accepted }
        switch (roll >> 8) % 16 {
        case 0...2: return .degraded
        case 3: return .derived(1 + UInt32(roll >> 16 & 1))
        case 4: return .filtered
        case 5: return .rejected(.duplicate, byGate: false)
        case 6...8: return .rejected(.schemaDrift, byGate: false)
        case 9...11: return .rejected(.divergence, byGate: true)
        case 12...13: return .rejected(.schemaDrift, byGate: true)
        case 14: return .rejected(.unrecoverable, byGate: false)
        default: return .rejected(Signal(rawValue: 150), byGate: false)
        }
    }

    /// What the sink refuses for good; nil when it takes the record.
    func refusal(of record: Int) -> Signal? {
        let roll = dice.roll(.sinkVerdict, UInt64(record))
        if roll % 100 < goodShare { return nil }
        switch (roll >> 8) % 8 {
        case 0: return .schemaDrift
        case 1: return .duplicate
        case 2: return .unrecoverable
        default: return nil
        }
    }

    /// What the source can't read.
    func isUnreadable(_ record: Int) -> Bool {
        dice.roll(.verdict, UInt64(record), 999) % 400 > 300 + goodShare
    }
}
