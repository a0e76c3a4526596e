import Chain
import Testing

@testable import Pipeline

@Suite("A configuration's chain as a graph")
struct GraphBuilderTests {
    private static func configuration(
        _ chain: String, sink: String = "on: { default: persist }"
    ) throws -> Configuration {
        try Configuration(
            text: """
                pipeline: small
                state: state
                sources:
                  - { name: feed, plugin: ndjson-source, on: { default: persist } }
                chain:
                \(chain)
                stores:
                  cold: { plugin: persist-files }
                  spare: { plugin: persist-files }
                sink: { name: target, plugin: sqlite-sink, \(sink) }
                """,
            file: "small.yml", environment: ["XDG_STATE_HOME": "/tmp"])
    }

    private static let persist = "  persist: { persist: cold }"

    @Test("every signal that Chain knows can be written in a configuration, and no other")
    func signalNames() {
        #expect(Set(SignalNames.signals) == Set(Signal.all.map(\.name)))
        #expect(Set(SignalNames.classes) == Set(Signal.Class.allCases.map(\.name)))
    }

    @Test("single signals win over classes, classes over the default")
    func edges() throws {
        let builder = GraphBuilder(
            try Self.configuration(
                """
                  primary: { plugin: contract, on: { timeout: late, dependency: again, default: persist } }
                  again: { retry: primary, on: { default: persist } }
                  late: { plugin: coerce-c, on: { default: persist } }
                \(Self.persist)
                """))
        let graph = try builder.plan().graph
        func next(_ signal: Signal) -> String? {
            graph.next(after: graph.entry, on: signal).map { graph.nodes[$0].name }
        }
        #expect(next(.timeout) == "late")
        #expect(next(.transient) == "again")
        #expect(next(.schemaDrift) == "persist")
    }

    @Test("a persist node's next store in line is a node that its own signals lead to")
    func nextStore() throws {
        let builder = GraphBuilder(
            try Self.configuration(
                """
                  primary: { plugin: contract, on: { default: persist } }
                  persist: { persist: cold, otherwise: spare }
                """))
        let plan = try builder.plan()
        let persist = try #require(builder.id("persist"))
        let next = try #require(plan.graph.next(after: persist, on: .unavailable))
        #expect(builder.stores[persist] == "cold")
        #expect(builder.stores[next] == "spare")
    }

    @Test("a fault of the graph is told at the node's line")
    func faultAtItsLine() throws {
        let builder = GraphBuilder(
            try Self.configuration(
                """
                  primary: { plugin: contract, on: { default: persist } }
                  lonely: { plugin: contract, on: { default: persist } }
                \(Self.persist)
                """))
        let error = #expect(throws: ConfigurationError.self) { _ = try builder.plan() }
        let fault = try #require(error?.diagnostics.first)
        #expect(fault.line == 7)
        #expect(fault.message.contains("lonely"))
    }

    @Test("an order that can't be kept is refused")
    func strictOrder() throws {
        let builder = GraphBuilder(
            try Self.configuration(
                """
                  primary: { plugin: contract, on: { default: persist } }
                \(Self.persist)
                """, sink: "order: strict, on: { default: persist }"))
        let error = #expect(throws: ConfigurationError.self) { _ = try builder.plan() }
        #expect(error?.diagnostics.first?.path == "sink.order")
    }
}
