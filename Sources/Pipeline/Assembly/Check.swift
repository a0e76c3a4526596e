public import Chain
public import PluginHost

/// What can be proven of a configuration without running it: its graph can't lose a record, its
/// plugins load, and its tiers, gates and sources accept their options and contract. Nothing is
/// written: stores and the sink are not opened.
public struct Check: Sendable {
    public let configuration: Configuration
    /// The proven graph.
    public let graph: Graph

    /// Checks a configuration.
    ///
    /// - Throws: everything that is wrong, each at its line.
    public init(
        _ configuration: Configuration, log: @escaping PluginLogSink = { _ in }
    ) throws(ConfigurationError) {
        let builder = GraphBuilder(configuration)
        let plan = try builder.plan()
        let workshop = try Workshop(configuration, ledger: nil, log: log)
        let parts = Parts(configuration, builder, workshop)
        _ = parts.readers()
        parts.tryTiers()
        parts.tryPlugins()
        try workshop.check()
        self.configuration = configuration
        graph = plan.graph
    }
}

extension Graph {
    /// The edges as lines of a drawing: from, label, to.
    private var drawnEdges: [(from: NodeID, label: String, to: NodeID)] {
        nodes.enumerated().flatMap { id, node in
            var labels: [NodeID: [String]] = [:]
            for (signal, target) in node.edges.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                labels[target, default: []].append(signal.name)
            }
            for (kind, target) in node.classEdges.sorted(by: { $0.key.rawValue < $1.key.rawValue })
            {
                labels[target, default: []].append(kind.name)
            }
            if let target = node.defaultEdge { labels[target, default: []].append("else") }
            var lines = labels.sorted { $0.key < $1.key }.map {
                (from: id, label: $0.value.joined(separator: ", "), to: $0.key)
            }
            switch node.kind {
            case .source: lines.insert((id, "", entry), at: 0)
            case .tier: lines.insert((id, "ok", sink), at: 0)
            case .retry(_, let over): lines.insert((id, "again", over), at: 0)
            case .persist, .sink: break
            }
            return lines
        }
    }

    /// The graph for Mermaid's flowcharts.
    public var mermaid: String {
        var text = "flowchart TD\n"
        for (id, node) in nodes.enumerated() {
            let name = node.name.replacing("\"", with: "'")
            switch node.kind {
            case .source: text += "    n\(id)([\"\(name)\"])\n"
            case .tier: text += "    n\(id)[\"\(name)\"]\n"
            case .retry: text += "    n\(id){{\"\(name)\"}}\n"
            case .persist: text += "    n\(id)[(\"\(name)\")]\n"
            case .sink: text += "    n\(id)[[\"\(name)\"]]\n"
            }
        }
        for edge in drawnEdges {
            let label = edge.label.isEmpty ? "" : "|\(edge.label)|"
            text += "    n\(edge.from) -->\(label) n\(edge.to)\n"
        }
        return text
    }

    /// The graph for Graphviz.
    public var dot: String {
        var text = "digraph chain {\n    node [fontname=\"sans-serif\"]\n"
        for (id, node) in nodes.enumerated() {
            let shape =
                switch node.kind {
                case .source: "ellipse"
                case .tier: "box"
                case .retry: "hexagon"
                case .persist: "cylinder"
                case .sink: "box3d"
                }
            let name = node.name.replacing("\"", with: "\\\"")
            text += "    n\(id) [label=\"\(name)\" shape=\(shape)]\n"
        }
        for edge in drawnEdges {
            text += "    n\(edge.from) -> n\(edge.to) [label=\"\(edge.label)\"]\n"
        }
        return text + "}\n"
    }
}
