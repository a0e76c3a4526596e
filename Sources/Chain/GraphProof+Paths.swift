extension GraphProof {
    // MARK: - Cycles

    /// Every node that a record may go to from a node, by what is written.
    ///
    /// What a retry tries again is no edge of it: that way is bounded by its attempts. But a signal
    /// about the record takes the tried tier's own edge from there, and its success leads to the sink.
    private func ways(from id: NodeID) -> Set<NodeID> {
        var ways = nodes[id].targets.filter(exists)
        switch nodes[id].kind {
        case .tier:
            ways.formUnion(success)
        case .retry(_, let over) where exists(over) && nodes[over].kind == .tier:
            ways.formUnion(graph.steps(from: over, in: .record).filter { !isRetry($0) })
            ways.formUnion(success)
        case .retry, .source, .persist, .sink:
            break
        }
        return ways
    }

    private var success: Set<NodeID> {
        exists(graph.sink) && nodes[graph.sink].kind == .sink ? [graph.sink] : []
    }

    /// Finds one cycle, at least, in each knot of the graph: the shortest through each edge that leads
    /// back.
    mutating func checkCycles() {
        let ways = nodes.indices.map { self.ways(from: $0).sorted() }
        var reported: Set<[NodeID]> = []
        for (from, to) in Self.edgesBack(in: ways) {
            let cycle = Self.normalised(Self.shortestPath(from: to, to: from, in: ways)[...])
            if reported.insert(cycle).inserted { reportCycle(cycle) }
        }
    }

    /// The edges that lead to a node from which they were reached, by depth-first search.
    private static func edgesBack(in ways: [[NodeID]]) -> [(from: NodeID, to: NodeID)] {
        var found: [(from: NodeID, to: NodeID)] = []
        var isDone = Array(repeating: false, count: ways.count)
        for root in ways.indices where !isDone[root] {
            // A stack of our own: a chain may be longer than a thread's stack is deep.
            var path = [(node: root, way: 0)]
            var onPath: Set<NodeID> = [root]
            while let (here, way) = path.last {
                guard way < ways[here].count else {
                    isDone[here] = true
                    onPath.remove(here)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].way += 1
                let target = ways[here][way]
                if onPath.contains(target) {
                    found.append((here, target))
                } else if !isDone[target] {
                    path.append((target, 0))
                    onPath.insert(target)
                }
            }
        }
        return found
    }

    private static func shortestPath(
        from start: NodeID, to end: NodeID, in ways: [[NodeID]]
    ) -> [NodeID] {
        var came: [NodeID?] = Array(repeating: nil, count: ways.count)
        came[start] = start
        var open = [start]
        var next = 0
        while came[end] == nil, next < open.count {
            for target in ways[open[next]] where came[target] == nil {
                came[target] = open[next]
                open.append(target)
            }
            next += 1
        }
        return path(to: end, came)
    }

    /// The same cycle from whichever node it was found, begun at its lowest.
    private static func normalised(_ cycle: ArraySlice<NodeID>) -> [NodeID] {
        guard let lowest = cycle.min(), let start = cycle.firstIndex(of: lowest) else { return [] }
        return Array(cycle[start...] + cycle[..<start])
    }

    private mutating func reportCycle(_ cycle: [NodeID]) {
        let path = (cycle + cycle.prefix(1)).map(label).joined(separator: " -> ")
        if cycle.count > 1, cycle.contains(graph.sink) {
            report(
                .cycle, cycle,
                "cycle: \(path): a record that \(name(graph.sink)) refuses again and again would go"
                    + " round for ever. Lead \(name(graph.sink))'s edge to a persist node, or to a"
                    + " retry over \(name(graph.sink))")
        } else {
            report(
                .cycle, cycle,
                "cycle: \(path): a record could go round for ever. Lead one of these edges onward,"
                    + " to a persist node at the last")
        }
    }

    private func label(_ id: NodeID) -> String {
        guard case .retry(_, let over) = nodes[id].kind else { return name(id) }
        return "\(name(id)) (over \(name(over)))"
    }

    // MARK: - Reachability

    /// Checks that every node can be reached, and that no path stops where there is no edge.
    mutating func checkReachability() {
        guard exists(graph.entry), !success.isEmpty else { return }
        let came = arrivals()
        for id in nodes.indices {
            if came[id] == nil {
                report(
                    .unreachable, [id],
                    "\(name(id)) can't be reached: no edge that is ever taken leads to it from the"
                        + " entry, a source or the sink. Add one, or remove \(name(id))")
            }
            if nodes[id].kind != .persist, nodes[id].targets.isEmpty {
                reportEnd(of: Self.path(to: id, came))
            }
        }
    }

    /// For each node that can be reached, the node before it; for a first one, itself.
    private func arrivals() -> [NodeID?] {
        var came: [NodeID?] = Array(repeating: nil, count: nodes.count)
        var open = [graph.entry] + nodes.indices.filter { nodes[$0].kind == .source }
        for root in open { came[root] = root }
        var next = 0
        while next < open.count {
            let here = open[next]
            next += 1
            for target in arrivalSteps(from: here).sorted() where came[target] == nil {
                came[target] = here
                open.append(target)
            }
        }
        return came
    }

    private func arrivalSteps(from id: NodeID) -> Set<NodeID> {
        var steps = graph.steps(from: id)
        switch nodes[id].kind {
        case .tier: steps.formUnion(success)
        case .retry(_, let over) where exists(over): steps.insert(over)
        case .retry, .source, .persist, .sink: break
        }
        return steps
    }

    private static func path(to id: NodeID, _ came: [NodeID?]) -> [NodeID] {
        var path = [id]
        while let here = path.last, let before = came[here], before != here { path.append(before) }
        return path.reversed()
    }

    private mutating func reportEnd(of path: [NodeID]) {
        guard let last = path.last else { return }
        let names = path.map(name).joined(separator: " -> ")
        report(
            .endsNowhere, path,
            "the path \(names) ends nowhere: what \(name(last)) can't take would be lost, for it has"
                + " no edge at all. Add a default edge that leads to a persist node")
    }
}
