import Chain

/// Random graphs that can't lose a record: tiers one after the other, retries over some of them and
/// over the sink, stores that stand in for each other, edges that only lead onward.
struct RandomGraph {
    static let source = 0
    static let sink = 1
    static let entry = 2

    private var nodes: [Graph.Node] = []
    private var tiers: [NodeID] = []
    private var stores: [NodeID] = []
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    /// A plan of a random graph. One with a node that nothing leads to is thrown away; any other fault
    /// that the proof finds in a graph of this make is an error of one of the two.
    static func plan(seed: UInt64) throws(GraphFaults) -> Plan {
        var seed = seed
        while true {
            var maker = RandomGraph(seed: seed)
            do {
                return try Plan(proving: maker.make())
            } catch  where error.faults.allSatisfy({ $0.code == .unreachable }) {
                seed = maker.random.next()
            }
        }
    }

    mutating func make() -> Graph {
        lay()
        for place in tiers.indices { connect(tierAt: place) }
        for (place, store) in stores.enumerated() where place + 1 < stores.count {
            nodes[store].defaultEdge = stores[place + 1]
        }
        connectSink()
        nodes[Self.source].defaultEdge = stores[0]
        if tiers.count > 1, chance(3) { nodes[Self.source].edges[.schemaDrift] = tiers[1] }
        return Graph(nodes: nodes, entry: Self.entry, sink: Self.sink)
    }

    private mutating func chance(_ oneIn: UInt64) -> Bool { random.next() % oneIn == 0 }

    private mutating func lay() {
        nodes = [
            Graph.Node(name: "source", kind: .source), Graph.Node(name: "sink", kind: .sink),
        ]
        for number in 0..<Int.random(in: 1...3, using: &random) {
            tiers.append(nodes.count)
            nodes.append(Graph.Node(name: "tier\(number)", kind: .tier))
        }
        for number in 0..<Int.random(in: 1...2, using: &random) {
            stores.append(nodes.count)
            nodes.append(Graph.Node(name: "store\(number)", kind: .persist))
        }
    }

    /// Somewhere beyond the tier at a place.
    private mutating func onward(_ place: Int) -> NodeID {
        let targets = tiers[(place + 1)...] + stores[...0]
        return targets.randomElement(using: &random) ?? stores[0]
    }

    private mutating func connect(tierAt place: Int) {
        let tier = tiers[place]
        let next = place + 1 < tiers.count ? tiers[place + 1] : stores[0]
        nodes[tier].defaultEdge = next
        for signal in [Signal.divergence, .unrecoverable, .timeout, .crash] where chance(3) {
            nodes[tier].edges[signal] = onward(place)
        }
        if chance(2) { nodes[tier].classEdges[.record] = onward(place) }
        let shares: [UInt32] = [1_000_000, 1_000_000, 500_000, 250_000]
        nodes[tier].toleranceAfter = shares.randomElement(using: &random) ?? 0
        if place > 0 { nodes[tier].toleranceBefore = shares.randomElement(using: &random) ?? 0 }
        guard chance(2) else { return }
        let retry = addRetry(over: tier, halves: !chance(3), next: onward(place))
        // Now and then the retry tries the next tier instead of the same one.
        if place + 1 < tiers.count, chance(5) {
            nodes[retry].kind = .retry(policy(halves: true), over: tiers[place + 1])
            nodes[retry].defaultEdge = onward(place + 1)
        }
        nodes[tier].classEdges[.dependency] = retry
        if case .retry(let policy, _) = nodes[retry].kind, !policy.halves {
            nodes[tier].edges[.capacity] = onward(place)
        }
        nodes[tier].classEdges[.record] = nodes[tier].classEdges[.record] ?? next
    }

    private mutating func policy(halves: Bool) -> RetryPolicy {
        RetryPolicy(
            attempts: UInt32.random(in: 2...4, using: &random), base: 100_000_000,
            cap: 1_000_000_000, halves: halves)
    }

    private mutating func addRetry(over: NodeID, halves: Bool, next: NodeID) -> NodeID {
        nodes.append(
            Graph.Node(
                name: "retry\(nodes.count)",
                kind: .retry(policy(halves: halves), over: over), defaultEdge: next))
        return nodes.count - 1
    }

    private mutating func connectSink() {
        nodes[Self.sink].defaultEdge = stores.randomElement(using: &random)
        guard !chance(3) else { return }
        let retry = addRetry(over: Self.sink, halves: chance(2), next: stores[0])
        nodes[Self.sink].classEdges[.dependency] = retry
    }
}
