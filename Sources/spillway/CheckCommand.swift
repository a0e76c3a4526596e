import ArgumentParser
import Chain
import Pipeline

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Proves that no record can get lost in a configuration's chain.",
        discussion: """
            Checks keys and types, that every signal of every node has an edge, that every path ends \
            in the sink or a store, that plugins load and take their options and contract. Opens \
            neither stores nor the sink.
            """)

    enum Drawing: String, ExpressibleByArgument, CaseIterable {
        case mermaid, dot
    }

    @OptionGroup var file: ConfigurationArgument
    @Option(help: "Print the chain's graph instead: mermaid or dot.")
    var graph: Drawing?
    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Result: Encodable {
        var pipeline: String
        var nodes: [String]
        var ok = true
    }

    func run() throws {
        let check = try Check(try file.load(), log: PluginLines.print)
        switch graph {
        case .mermaid: print(check.graph.mermaid, terminator: "")
        case .dot: print(check.graph.dot, terminator: "")
        case nil:
            if json {
                try Output.json(
                    Result(
                        pipeline: check.configuration.pipeline, nodes: check.graph.nodes.map(\.name)
                    ))
            } else {
                printForPeople(check)
            }
        }
    }

    private func printForPeople(_ check: Check) {
        let graph = check.graph
        for (id, node) in graph.nodes.enumerated() {
            var targets: [NodeID: [String]] = [:]
            for signal in Signal.all where !Graph.needNoEdge.contains(signal) {
                guard let target = graph.next(after: id, on: signal) else { continue }
                targets[target, default: []].append(signal.name)
            }
            let edges = targets.sorted { $0.key < $1.key }.map { target, signals in
                "\(signals.count > 3 ? "\(signals.count) signals" : signals.joined(separator: ", "))"
                    + " → \(graph.nodes[target].name)"
            }
            print("  \(node.name)\(edges.isEmpty ? "" : ": ")\(edges.joined(separator: "; "))")
        }
        print("\(check.configuration.pipeline): no record can get lost in this chain.")
    }
}
