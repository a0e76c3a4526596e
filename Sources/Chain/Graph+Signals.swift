extension Graph.Kind {
    /// Classes of the signals on which records step down from such a node.
    ///
    /// A persist node has none: when it fails, intake stops, unless an edge leads to another store.
    var steppingClasses: [Signal.Class] {
        switch self {
        case .source: [.record]
        case .tier, .retry, .sink: [.record, .dependency]
        case .persist: []
        }
    }
}

extension Signal {
    /// The known signals of a class that need an edge, by number.
    static func stepping(in wanted: Class) -> [Signal] { steppingByClass[wanted] ?? [] }

    /// Stands for every signal of a class that this version does not know.
    static func unnamed(in wanted: Class) -> Signal {
        unnamedByClass[wanted] ?? Signal(rawValue: wanted.rawValue * 100)
    }

    private static let steppingByClass: [Class: [Signal]] = Dictionary(
        grouping: all.filter { !Graph.needNoEdge.contains($0) }, by: \.signalClass)

    private static let unnamedByClass: [Class: Signal] = Dictionary(
        uniqueKeysWithValues: Class.allCases.compactMap { wanted in
            let first = wanted.rawValue * 100
            return (first..<first + 100).map(Signal.init(rawValue:))
                .first { !all.contains($0) }.map { (wanted, $0) }
        })
}

extension Graph {
    /// The nodes that records can really step to from a node, the sink's success left out. An edge
    /// for `denied`, say, is written down but never taken.
    func steps(from id: NodeID) -> Set<NodeID> {
        let node = nodes[id]
        if case .persist = node.kind { return node.targets.filter(nodes.indices.contains) }
        var found: Set<NodeID> = []
        for wanted in node.kind.steppingClasses {
            found.formUnion(steps(from: id, in: wanted))
        }
        return found
    }

    /// The same for the signals of one class.
    func steps(from id: NodeID, in wanted: Signal.Class) -> Set<NodeID> {
        let signals = Signal.stepping(in: wanted) + [.unnamed(in: wanted)]
        return Set(signals.compactMap { next(after: id, on: $0) }.filter(nodes.indices.contains))
    }
}
