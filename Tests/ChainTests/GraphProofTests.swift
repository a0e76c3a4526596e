import Chain
import Testing

/// The chain as shipped: one source, Tiers 1 to 3, one retry over the target.
private enum Shipped {
    static let source = 0
    static let primary = 1
    static let again = 2
    static let coerce = 3
    static let persist = 4
    static let table = 5
    static let tableAgain = 6

    static let graph = Graph(
        nodes: [
            Graph.Node(name: "feed", kind: .source, defaultEdge: persist),
            Graph.Node(
                name: "primary", kind: .tier, edges: [.schemaDrift: coerce],
                classEdges: [.dependency: again], defaultEdge: persist),
            Graph.Node(
                name: "again", kind: .retry(RetryPolicy(), over: primary), defaultEdge: coerce),
            Graph.Node(name: "coerce", kind: .tier, defaultEdge: persist),
            Graph.Node(name: "persist", kind: .persist),
            Graph.Node(
                name: "table", kind: .sink, classEdges: [.dependency: tableAgain],
                defaultEdge: persist),
            Graph.Node(
                name: "table_again", kind: .retry(RetryPolicy(), over: table),
                defaultEdge: persist),
        ], entry: primary, sink: table)
}

/// A fault, how it is planted in the shipped chain, and what a person must read of it.
struct Planted: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: GraphFault.Code
    var says: [String]
    var plant: @Sendable (inout Graph) -> Void

    init(
        _ name: String, _ code: GraphFault.Code, says: [String],
        _ plant: @escaping @Sendable (inout Graph) -> Void
    ) {
        testDescription = name
        self.code = code
        self.says = says
        self.plant = plant
    }

    static let wrongWays: [Planted] = [
        Planted("two tiers in a circle", .cycle, says: ["primary -> coerce -> primary"]) {
            $0.nodes[Shipped.coerce].edges[.divergence] = Shipped.primary
        },
        Planted("a tier after itself", .cycle, says: ["coerce -> coerce"]) {
            $0.nodes[Shipped.coerce].edges[.timeout] = Shipped.coerce
        },
        Planted(
            "a retry's own edge back", .cycle,
            says: ["primary -> again (over primary) -> primary"]
        ) {
            $0.nodes[Shipped.again].edges[.timeout] = Shipped.primary
        },
        Planted(
            "back through what a retry tries", .cycle,
            says: ["again (over primary) -> coerce -> again (over primary)"]
        ) {
            $0.nodes[Shipped.coerce].edges[.timeout] = Shipped.again
            $0.nodes[Shipped.again].defaultEdge = Shipped.persist
        },
        Planted(
            "from the sink to a tier that leads back", .cycle,
            says: ["coerce -> table -> coerce", "refuses", "persist node"]
        ) {
            $0.nodes[Shipped.table].edges[.schemaDrift] = Shipped.coerce
        },
        Planted("a node that nothing leads to", .unreachable, says: ["spare can't be reached"]) {
            $0.nodes.append(
                Graph.Node(name: "spare", kind: .tier, defaultEdge: Shipped.persist))
        },
        Planted("a node for denied alone", .unreachable, says: ["spare can't be reached"]) {
            $0.nodes.append(Graph.Node(name: "spare", kind: .persist))
            $0.nodes[Shipped.primary].edges[.denied] = 7
        },
        Planted(
            "no edge for two signals", .noEdge,
            says: ["primary has no edge for divergence, unrecoverable", "default"]
        ) {
            $0.nodes[Shipped.primary].defaultEdge = nil
            $0.nodes[Shipped.primary].edges[.schemaDrift] = Shipped.coerce
        },
        Planted(
            "no edge for signals of the future", .noEdge, says: ["record signals that a newer"]
        ) {
            $0.nodes[Shipped.coerce].defaultEdge = nil
            $0.nodes[Shipped.coerce].classEdges[.dependency] = Shipped.persist
            for signal in [Signal.schemaDrift, .divergence, .unrecoverable] {
                $0.nodes[Shipped.coerce].edges[signal] = Shipped.persist
            }
        },
        Planted("a source without unrecoverable", .noEdge, says: ["feed", "unrecoverable"]) {
            $0.nodes[Shipped.source].defaultEdge = nil
            $0.nodes[Shipped.source].edges[.schemaDrift] = Shipped.persist
        },
        Planted("a retry without timeout", .noEdge, says: ["again", "timeout"]) {
            $0.nodes[Shipped.again].defaultEdge = nil
            $0.nodes[Shipped.again].edges[.transient] = Shipped.coerce
        },
        Planted(
            "a tier without edges", .endsNowhere,
            says: ["the path primary -> coerce ends nowhere", "persist node"]
        ) {
            $0.nodes[Shipped.coerce].defaultEdge = nil
        },
        Planted("a source without edges", .endsNowhere, says: ["the path feed ends nowhere"]) {
            $0.nodes[Shipped.source].defaultEdge = nil
        },
        Planted(
            "a sink without edges", .endsNowhere, says: ["the path primary -> table ends nowhere"]
        ) {
            $0.nodes[Shipped.table].defaultEdge = nil
            $0.nodes[Shipped.table].classEdges = [:]
            $0.nodes.removeLast()
        },
        Planted(
            "a tier that steps down into a retry over the sink", .edgeIntoSink,
            says: ["coerce's edge for timeout leads to table_again", "no tier has taken"]
        ) {
            $0.nodes[Shipped.coerce].edges[.timeout] = Shipped.tableAgain
        },
    ]

    static let wrongParts: [Planted] = [
        Planted(
            "a drifted record retried", .recordRetried,
            says: ["primary's edge for schema_drift leads to again", "fail again unchanged"]
        ) {
            $0.nodes[Shipped.primary].edges[.schemaDrift] = Shipped.again
        },
        Planted(
            "every record signal retried by default", .recordRetried,
            says: ["coerce's edge for schema_drift, divergence, unrecoverable leads to again"]
        ) {
            $0.nodes[Shipped.coerce].defaultEdge = Shipped.again
        },
        Planted(
            "a payload too large, retried whole", .capacityRetried,
            says: ["primary's edge for capacity leads to again", "same size"]
        ) {
            $0.nodes[Shipped.again].kind = .retry(
                RetryPolicy(halves: false), over: Shipped.primary)
        },
        Planted("an edge into a source", .edgeIntoSource, says: ["timeout leads to feed"]) {
            $0.nodes[Shipped.coerce].edges[.timeout] = Shipped.source
        },
        Planted(
            "an edge into the sink", .edgeIntoSink, says: ["timeout leads to table", "success"]
        ) {
            $0.nodes[Shipped.coerce].edges[.timeout] = Shipped.table
        },
        Planted(
            "a store that hands to a tier", .edgeFromPersist, says: ["persist's edge", "store"]
        ) {
            $0.nodes[Shipped.persist].edges[.unavailable] = Shipped.coerce
        },
        Planted("an edge out of range", .noSuchNode, says: ["coerce's edge for crash", "node 99"]) {
            $0.nodes[Shipped.coerce].edges[.crash] = 99
        },
        Planted("a class's edge below range", .noSuchNode, says: ["every record signal", "-1"]) {
            $0.nodes[Shipped.coerce].classEdges[.record] = -1
        },
        Planted("a retry over a store", .retryTarget, says: ["again tries persist again"]) {
            $0.nodes[Shipped.again].kind = .retry(RetryPolicy(), over: Shipped.persist)
        },
        Planted("a retry over a retry", .retryTarget, says: ["again tries table_again again"]) {
            $0.nodes[Shipped.again].kind = .retry(RetryPolicy(), over: Shipped.tableAgain)
        },
        Planted("a retry of itself", .retryTarget, says: ["again tries itself"]) {
            $0.nodes[Shipped.again].kind = .retry(RetryPolicy(), over: Shipped.again)
        },
        Planted("a retry of nothing", .retryTarget, says: ["again tries node 42"]) {
            $0.nodes[Shipped.again].kind = .retry(RetryPolicy(), over: 42)
        },
        Planted("a single attempt", .retryAttempts, says: ["again makes 1 attempts", "2 or more"]) {
            $0.nodes[Shipped.again].kind = .retry(
                RetryPolicy(attempts: 1), over: Shipped.primary)
        },
        Planted("an entry that is a store", .entry, says: ["begins at persist"]) {
            $0.entry = Shipped.persist
        },
        Planted("an entry that is nothing", .entry, says: ["begins at node 17"]) { $0.entry = 17 },
        Planted("a tier for a sink", .sink, says: ["no sink", "coerce"]) {
            $0.sink = Shipped.coerce
        },
        Planted("a sink that is nothing", .sink, says: ["no sink", "node -3"]) { $0.sink = -3 },
        Planted("a second sink", .sink, says: ["other is a second sink beside table"]) {
            $0.nodes.append(Graph.Node(name: "other", kind: .sink, defaultEdge: Shipped.persist))
        },
        Planted("two nodes of one name", .duplicateName, says: ["two nodes are named coerce"]) {
            $0.nodes[Shipped.persist].name = "coerce"
        },
    ]
}

struct GraphProofTests {
    @Test func theShippedChainHasNoFault() {
        #expect(Shipped.graph.faults() == [])
    }

    @Test(arguments: Planted.wrongWays + Planted.wrongParts)
    func aPlantedFaultIsNamed(_ planted: Planted) throws {
        var graph = Shipped.graph
        planted.plant(&graph)
        let faults = graph.faults()
        let found = faults.filter { fault in
            fault.code == planted.code && planted.says.allSatisfy { fault.message.contains($0) }
        }
        #expect(found.count == 1, "\(faults.map(\.message))")
    }

    @Test(arguments: Planted.wrongWays)
    func aFaultIsToldOnceAndAlone(_ planted: Planted) {
        var graph = Shipped.graph
        planted.plant(&graph)
        let codes = graph.faults().map(\.code)
        #expect(codes == [planted.code], "\(graph.faults().map(\.message))")
    }

    @Test func aRetryOfATierThatNeverLeadsToItIsFine() {
        var graph = Shipped.graph
        graph.nodes[Shipped.primary].classEdges = [:]
        graph.nodes[Shipped.coerce].classEdges[.dependency] = Shipped.again
        // Coerce falls back to trying the primary again; the primary's drift must not lead back.
        graph.nodes[Shipped.primary].edges = [:]
        graph.nodes[Shipped.primary].edges[.backpressure] = Shipped.coerce
        graph.nodes[Shipped.again].defaultEdge = Shipped.persist
        #expect(graph.faults() == [])
    }

    @Test func aTierThatOnlyARetryTriesIsReachable() {
        var graph = Shipped.graph
        graph.nodes.append(Graph.Node(name: "spare", kind: .tier, defaultEdge: Shipped.persist))
        graph.nodes[Shipped.again].kind = .retry(RetryPolicy(), over: 7)
        #expect(graph.faults() == [])
    }

    @Test func storesMayStandInForEachOther() {
        var graph = Shipped.graph
        graph.nodes.append(Graph.Node(name: "spare", kind: .persist))
        graph.nodes[Shipped.persist].classEdges[.dependency] = 7
        #expect(graph.faults() == [])
        graph.nodes[7].defaultEdge = Shipped.persist
        #expect(graph.faults().map(\.code) == [.cycle])
    }

    @Test func anEmptyGraphHasFaultsAndNoTrap() {
        let codes = Graph(nodes: [], entry: 0, sink: 0).faults().map(\.code)
        #expect(codes == [.entry, .sink])
    }

    @Test func aChainLongerThanAStackIsDeepIsProven() {
        let length = 20_000
        var nodes = (0..<length).map { index in
            Graph.Node(name: "t\(index)", kind: .tier, defaultEdge: index + 1)
        }
        nodes.append(Graph.Node(name: "persist", kind: .persist))
        nodes.append(Graph.Node(name: "sink", kind: .sink, defaultEdge: length))
        #expect(Graph(nodes: nodes, entry: 0, sink: length + 1).faults() == [])
    }
}

// MARK: - Any graph

/// Random graphs: right by construction, then spoilt in a few places, or not.
private struct GraphMaker {
    var random: SplitMix64

    /// Layers from a source down to a store; every edge leads to a later layer.
    mutating func rightGraph() -> Graph {
        let tiers = Int.random(in: 1...4, using: &random)
        let store = tiers + 1
        let sink = store + 1
        var nodes = [Graph.Node(name: "source", kind: .source, defaultEdge: 1)]
        for id in 1...tiers {
            nodes.append(Graph.Node(name: "tier\(id)", kind: .tier, defaultEdge: id + 1))
        }
        nodes[0].defaultEdge = Int.random(in: 1...store, using: &random)
        nodes.append(Graph.Node(name: "store", kind: .persist))
        nodes.append(Graph.Node(name: "sink", kind: .sink, defaultEdge: store))
        for id in 1...tiers {
            for signal in Signal.all where Bool.random(using: &random) {
                nodes[id].edges[signal] = Int.random(in: id + 1...store, using: &random)
            }
        }
        for over in Array(1...tiers) + [sink] where Bool.random(using: &random) {
            let policy = RetryPolicy(attempts: UInt32.random(in: 2...4, using: &random))
            let next = over == sink ? store : over + 1
            nodes[over].classEdges[.dependency] = nodes.count
            for signal in nodes[over].edges.keys where signal.signalClass == .dependency {
                nodes[over].edges[signal] = nil
            }
            nodes.append(
                Graph.Node(
                    name: "retry\(over)", kind: .retry(policy, over: over), defaultEdge: next))
        }
        return Graph(nodes: nodes, entry: 1, sink: sink)
    }

    mutating func anyID(_ graph: Graph) -> NodeID {
        Int.random(in: -2...graph.nodes.count + 1, using: &random)
    }

    mutating func spoil(_ graph: inout Graph) {
        let id = Int.random(in: 0..<graph.nodes.count, using: &random)
        let target = anyID(graph)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: graph.nodes[id].defaultEdge = nil
        case 1: graph.nodes[id].defaultEdge = target
        case 2: graph.nodes[id].classEdges[.dependency] = target
        case 3: graph.nodes[id].edges[Signal.all.randomElement(using: &random) ?? .crash] = target
        case 4: graph.nodes[id].kind = .retry(RetryPolicy(halves: false), over: target)
        case 5: graph.entry = target
        default: graph.sink = target
        }
    }
}

/// A record on its way, with every tier, store and sink failing as badly as it likes.
private struct Walk {
    let graph: Graph
    var random: SplitMix64
    static let signals =
        Signal.all.filter { !Graph.needNoEdge.contains($0) }
        + [199, 299, 777, 0, -5].map(Signal.init(rawValue:))

    /// How many calls it took to its end; nil when it did not end, or was lost.
    mutating func steps(limit: Int = 1000) -> Int? {
        var node = graph.entry
        var via: NodeID?
        var attempt: UInt32 = 1
        for step in 1...limit {
            if graph.nodes[node].kind == .persist { return step }
            if case .retry(_, let over) = graph.nodes[node].kind {
                via = node
                node = over
            }
            // Now and then a tier succeeds, so that the sink gets its say.
            if Int.random(in: 0..<4, using: &random) == 0 {
                if node == graph.sink { return step }
                (node, via, attempt) = (graph.sink, nil, 1)
                continue
            }
            guard let signal = Self.signals.randomElement(using: &random) else { return nil }
            let isRecord = signal.signalClass == .record
            if let retry = via, !isRecord, case .retry(let policy, _) = graph.nodes[retry].kind,
                attempt < policy.attempts
            {
                (node, attempt) = (retry, attempt + 1)
                continue
            }
            guard let next = graph.next(after: isRecord ? node : via ?? node, on: signal) else {
                return nil
            }
            (node, via, attempt) = (next, nil, 1)
        }
        return nil
    }
}

extension GraphProofTests {
    @Test(arguments: 0..<20)
    func aGraphThatIsRightByConstructionHasNoFault(block: UInt64) {
        for seed in block * 100..<(block + 1) * 100 {
            var maker = GraphMaker(random: SplitMix64(seed: seed))
            let graph = maker.rightGraph()
            #expect(graph.faults() == [], "seed \(seed)")
        }
    }

    /// Law 5: no chain that starts loses a record, or keeps one for ever.
    @Test(arguments: 0..<20)
    func inAGraphWithoutFaultsEveryRecordComesToAnEnd(block: UInt64) {
        var proven = 0
        for seed in block * 500..<(block + 1) * 500 {
            var maker = GraphMaker(random: SplitMix64(seed: seed))
            var graph = maker.rightGraph()
            for _ in 0..<Int.random(in: 0...2, using: &maker.random) { maker.spoil(&graph) }
            guard graph.faults().isEmpty else { continue }
            proven += 1
            for _ in 0..<20 {
                var walk = Walk(graph: graph, random: SplitMix64(seed: maker.random.next()))
                #expect(walk.steps() != nil, "seed \(seed): \(graph)")
            }
        }
        #expect(proven > 150)
    }

    @Test func nonsenseNeverTraps() {
        var maker = GraphMaker(random: SplitMix64(seed: 7))
        for _ in 0..<3000 {
            var graph = maker.rightGraph()
            for _ in 0..<12 { maker.spoil(&graph) }
            for fault in graph.faults() { #expect(!fault.message.isEmpty) }
        }
    }
}
