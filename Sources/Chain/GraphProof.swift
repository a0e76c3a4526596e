extension Graph {
    /// Proves that the chain can't lose a record, or says why it could.
    ///
    /// The rules: every edge, retry, entry and sink names a node that fits; no record can go round
    /// for ever; every node can be reached; every signal but those of ``needNoEdge`` has an edge;
    /// every path ends in the sink or in a store; nothing is tried again that would fail again.
    ///
    /// Never traps, whatever the graph holds.
    ///
    /// - Returns: every fault found, each with its own message; none when the graph may run.
    public func faults() -> [GraphFault] {
        var proof = GraphProof(graph: self)
        proof.checkNames()
        proof.checkEnds()
        proof.checkEdgeTargets()
        proof.checkRetries()
        proof.checkSignals()
        proof.checkCycles()
        proof.checkReachability()
        return proof.faults
    }
}

/// The faults of a graph as they are found, one rule after the other.
struct GraphProof {
    let graph: Graph
    private(set) var faults: [GraphFault] = []

    init(graph: Graph) {
        self.graph = graph
    }

    var nodes: [Graph.Node] { graph.nodes }

    func exists(_ id: NodeID) -> Bool { nodes.indices.contains(id) }

    /// A node's name, or its number where there is no such node.
    func name(_ id: NodeID) -> String {
        exists(id) ? nodes[id].name : "node \(id)"
    }

    func isRetry(_ id: NodeID) -> Bool {
        if exists(id), case .retry = nodes[id].kind { return true }
        return false
    }

    mutating func report(_ code: GraphFault.Code, _ ids: [NodeID], _ message: String) {
        faults.append(GraphFault(code: code, nodes: ids, message: message))
    }

    // MARK: - The nodes themselves

    mutating func checkNames() {
        var first: [String: NodeID] = [:]
        for (id, node) in nodes.enumerated() {
            if let other = first[node.name] {
                report(
                    .duplicateName, [other, id],
                    "two nodes are named \(node.name): give each a name of its own")
            } else {
                first[node.name] = id
            }
        }
    }

    mutating func checkEnds() {
        if !exists(graph.entry) {
            report(
                .entry, [graph.entry],
                "the chain begins at node \(graph.entry), which does not exist: begin it at a tier")
        } else if nodes[graph.entry].kind != .tier {
            report(
                .entry, [graph.entry],
                "the chain begins at \(name(graph.entry)), which is not a tier: begin it at the tier"
                    + " that every record tries first")
        }
        if !exists(graph.sink) || nodes[graph.sink].kind != .sink {
            report(
                .sink, [graph.sink],
                "the chain has no sink (\(name(graph.sink)) is none), so nothing could be delivered:"
                    + " add one")
        }
        for (id, node) in nodes.enumerated() where node.kind == .sink && id != graph.sink {
            report(
                .sink, [id],
                "\(node.name) is a second sink beside \(name(graph.sink)): a chain delivers to one")
        }
    }

    mutating func checkRetries() {
        for (id, node) in nodes.enumerated() {
            guard case .retry(let policy, let over) = node.kind else { continue }
            checkRetryTarget(of: id, over: over)
            if policy.attempts < 2 {
                report(
                    .retryAttempts, [id],
                    "\(node.name) makes \(policy.attempts) attempts, the first one included, so it"
                        + " would never try again: set 2 or more")
            }
        }
    }

    private mutating func checkRetryTarget(of id: NodeID, over: NodeID) {
        let retry = name(id)
        guard exists(over) else {
            report(
                .retryTarget, [id],
                "\(retry) tries node \(over) again, which does not exist: name a tier or the sink")
            return
        }
        guard over != id else {
            report(
                .retryTarget, [id],
                "\(retry) tries itself again: name the tier or the sink that it is to try")
            return
        }
        guard nodes[over].kind != .tier, nodes[over].kind != .sink else { return }
        report(
            .retryTarget, [id, over],
            "\(retry) tries \(name(over)) again, which is neither a tier nor the sink: name one")
    }

    // MARK: - The edges

    /// An edge as it is written.
    private struct Edge {
        var label: String
        var target: NodeID
    }

    /// A node's edges in the order of their signals, then classes, then the default.
    private func edges(of id: NodeID) -> [Edge] {
        let node = nodes[id]
        var found = node.edges.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { Edge(label: $0.key.name, target: $0.value) }
        found += node.classEdges.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { Edge(label: "every \($0.key) signal", target: $0.value) }
        if let target = node.defaultEdge {
            found.append(Edge(label: "every other signal", target: target))
        }
        return found
    }

    mutating func checkEdgeTargets() {
        for id in nodes.indices {
            for edge in edges(of: id) { check(edge, from: id) }
        }
    }

    private mutating func check(_ edge: Edge, from id: NodeID) {
        let this = "\(name(id))'s edge for \(edge.label) leads to \(name(edge.target))"
        guard exists(edge.target) else {
            report(
                .noSuchNode, [id],
                "\(this), which does not exist: lead it to a node of this chain")
            return
        }
        switch nodes[edge.target].kind {
        case .source:
            report(
                .edgeIntoSource, [id, edge.target],
                "\(this), a source: records start there and never go back. Lead it to a tier, a"
                    + " retry or a persist node")
        case .sink:
            report(
                .edgeIntoSink, [id, edge.target],
                "\(this), the sink: only success leads there. Lead it to a tier, a retry or a"
                    + " persist node")
        case .retry(_, graph.sink) where nodes[id].kind != .persist && !isForSink(id):
            report(
                .edgeIntoSink, [id, edge.target],
                "\(this), which tries the sink: a record that no tier has taken would be delivered."
                    + " Lead it to a tier, a retry over a tier or a persist node")
        case .tier, .retry:
            guard nodes[id].kind == .persist else { return }
            report(
                .edgeFromPersist, [id, edge.target],
                "\(this), which is no store: when a store fails, intake stops, or another persist"
                    + " node takes over. Lead the edge to one, or remove it")
        case .persist:
            break
        }
    }

    /// Whether what is at a node was taken by a tier, and is for the sink.
    private func isForSink(_ id: NodeID) -> Bool {
        if case .retry(_, let over) = nodes[id].kind { return over == graph.sink }
        return id == graph.sink
    }

    // MARK: - The signals

    mutating func checkSignals() {
        for id in nodes.indices where nodes[id].kind != .persist {
            checkRetriedSignals(of: id)
            // A node without any edge is the end of a path that ends nowhere: one fault, not eleven.
            if !nodes[id].targets.isEmpty { checkMissingEdges(of: id) }
        }
    }

    private mutating func checkMissingEdges(of id: NodeID) {
        var missing: [String] = []
        for wanted in nodes[id].kind.steppingClasses {
            missing += Signal.stepping(in: wanted)
                .filter { graph.next(after: id, on: $0) == nil }.map(\.name)
            if graph.next(after: id, on: .unnamed(in: wanted)) == nil {
                missing.append("\(wanted) signals that a newer plugin may send")
            }
        }
        guard !missing.isEmpty else { return }
        report(
            .noEdge, [id],
            "\(name(id)) has no edge for \(missing.joined(separator: ", ")): a record with such a"
                + " signal could go nowhere. Add an edge for each, or a default")
    }

    private mutating func checkRetriedSignals(of id: NodeID) {
        for retry in graph.steps(from: id, in: .record).filter(isRetry).sorted() {
            let signals = (Signal.stepping(in: .record) + [.unnamed(in: .record)])
                .filter { graph.next(after: id, on: $0) == retry }
            report(
                .recordRetried, [id, retry],
                "\(name(id))'s edge for \(Self.list(signals)) leads to \(name(retry)), a retry: the"
                    + " record would fail again unchanged. Lead it to another tier or to a persist"
                    + " node")
        }
        checkRetriedCapacity(of: id)
    }

    private static func list(_ signals: [Signal]) -> String {
        let named = signals.filter { Signal.all.contains($0) }.map(\.name)
        return named.isEmpty ? "every other record signal" : named.joined(separator: ", ")
    }

    /// Halving means nothing to the sink, which takes a batch as one: there the attempts are the bound.
    private mutating func checkRetriedCapacity(of id: NodeID) {
        guard nodes[id].kind.steppingClasses.contains(.dependency),
            let target = graph.next(after: id, on: .capacity), exists(target),
            case .retry(let policy, let over) = nodes[target].kind,
            !policy.halves, over != graph.sink
        else { return }
        report(
            .capacityRetried, [id, target],
            "\(name(id))'s edge for capacity leads to \(name(target)), a retry that does not halve: a"
                + " payload that is too large would come again at the same size. Lead capacity"
                + " elsewhere, or let \(name(target)) halve")
    }
}
