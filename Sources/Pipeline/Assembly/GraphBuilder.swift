public import Chain

/// Makes the chain's graph of a configuration, and knows which line each node comes from.
struct GraphBuilder {
    private(set) var graph: Graph
    /// Where each node is written.
    private(set) var locations: [SourceLocation]
    /// The store of each persist node.
    private(set) var stores: [NodeID: String] = [:]
    private var ids: [String: NodeID] = [:]
    /// Where an order is asked for that can't be kept.
    private let strict: SourceLocation?

    init(_ configuration: Configuration) {
        var nodes: [Graph.Node] = []
        locations = []
        strict = configuration.sink.order == .strict ? configuration.sink.location : nil
        for source in configuration.sources {
            ids[source.name] = nodes.count
            nodes.append(Graph.Node(name: source.name, kind: .source))
            locations.append(source.location)
        }
        for node in configuration.chain {
            ids[node.name] = nodes.count
            nodes.append(Graph.Node(name: node.name, kind: .tier))
            locations.append(node.location)
        }
        let sink = nodes.count
        ids[configuration.sink.name] = sink
        nodes.append(Graph.Node(name: configuration.sink.name, kind: .sink))
        locations.append(configuration.sink.location)
        var entry = sink
        if let first = configuration.chain.first, let id = ids[first.name] { entry = id }
        graph = Graph(nodes: nodes, entry: entry, sink: sink)
        for source in configuration.sources { connect(source.name, source.edges) }
        for node in configuration.chain { describe(node) }
        connect(configuration.sink.name, configuration.sink.edges)
    }

    func id(_ name: String) -> NodeID? { ids[name] }

    private mutating func describe(_ node: Configuration.Node) {
        guard let id = ids[node.name] else { return }
        switch node.work {
        case .tier(let tier):
            graph.nodes[id].kind = .tier
            graph.nodes[id].toleranceBefore =
                tier.before.map(\.tolerance.millionths).min() ?? 1_000_000
            graph.nodes[id].toleranceAfter =
                tier.after.map(\.tolerance.millionths).min() ?? 1_000_000
        case .retry(let retry):
            let policy = RetryPolicy(
                attempts: retry.attempts, base: retry.base, cap: retry.cap, halves: retry.halves)
            graph.nodes[id].kind = .retry(policy, over: ids[retry.target] ?? -1)
        case .persist(let persist):
            graph.nodes[id].kind = .persist
            stores[id] = persist.store
            addNextStore(persist, after: id)
        }
        connect(node.name, node.edges)
    }

    /// A persist node's next store in line is a persist node of its own.
    private mutating func addNextStore(_ persist: Configuration.Persist, after id: NodeID) {
        guard let store = persist.otherwise else { return }
        let next = graph.nodes.count
        graph.nodes.append(
            Graph.Node(name: "\(graph.nodes[id].name)-otherwise", kind: .persist))
        locations.append(persist.location)
        stores[next] = store
        graph.nodes[id].defaultEdge = next
    }

    private mutating func connect(_ name: String, _ edges: [Configuration.Edge]) {
        guard let id = ids[name] else { return }
        for edge in edges {
            let target = ids[edge.target] ?? -1
            switch edge.trigger {
            case .signal(let signal):
                if let signal = Signal(name: signal) { graph.nodes[id].edges[signal] = target }
            case .signalClass(let name):
                let found = Signal.Class.allCases.first { $0.name == name }
                if let found { graph.nodes[id].classEdges[found] = target }
            case .default:
                graph.nodes[id].defaultEdge = target
            }
        }
    }

    /// Proves the graph.
    func plan() throws(ConfigurationError) -> Plan {
        if let strict {
            throw ConfigurationError([
                Diagnostic(
                    strict, path: "sink.order",
                    message: "`strict` is not there yet: records are delivered in source order, but"
                        + " one that is deferred does not hold up later ones of its key; say"
                        + " `relaxed`")
            ])
        }
        do {
            return try Plan(proving: graph)
        } catch {
            throw ConfigurationError(
                error.faults.map { fault in
                    let node = fault.nodes.first { locations.indices.contains($0) }
                    return Diagnostic(
                        node.map { locations[$0] } ?? locations[0], message: fault.message)
                })
        }
    }
}

extension Signal.Class {
    /// The name used in configuration.
    public var name: String {
        switch self {
        case .record: "record"
        case .dependency: "dependency"
        case .operator: "operator"
        case .unknown: "unknown"
        }
    }
}

extension Breaker.Configuration {
    init(_ settings: Pipeline.Configuration.Breaker) {
        let signals = Set(settings.counted.compactMap { Signal(name: $0) })
        let classes = Set(
            settings.counted.compactMap { name in
                Signal.Class.allCases.first { $0.name == name }
            })
        self.init(
            failureRate: settings.failureRate.millionths, slowCall: settings.slowCall,
            slowRate: settings.slowRate.millionths, window: settings.window,
            minimumCalls: settings.minimumCalls, consecutiveFailures: settings.consecutive,
            recovery: settings.recovery, recoveryJitter: settings.jitter.millionths,
            probes: settings.probes, probeLease: settings.probeLease,
            counted: Breaker.CountedSignals(
                classes: classes, including: signals, excluding: [.breakerOpen]))
    }
}
