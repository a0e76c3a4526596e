import ArgumentParser
import Foundation
import Ledger
import Pipeline

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows how far a pipeline is and what waits, from its state folder.")

    @OptionGroup var file: ConfigurationArgument
    @Flag(help: "Print as JSON.")
    var json = false

    private struct State: Encodable {
        var summary: Summary
        var tasks: [String: Int]
        var openBytes: UInt64
    }

    func run() throws {
        let configuration = try file.load()
        let ledger = try Ledger(folder: configuration.state, creating: false)
        let mark = try ledger.marks().first { $0.stream == configuration.pipeline }
        let tasks = try ledger.taskCounts(pipeline: configuration.pipeline)
        let bytes = try ledger.openBytes(pipeline: configuration.pipeline)
        guard let mark, let totals = Totals(mark: mark.data) else {
            throw Refusal(message: "\(configuration.pipeline) has not finished a run yet.")
        }
        let summary = Summary(
            totals: totals, sequence: mark.sequence, configuration: configuration)
        if json {
            let counts = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key.rawValue, $0.value) })
            try Output.json(State(summary: summary, tasks: counts, openBytes: bytes))
            return
        }
        let open = (tasks[.open] ?? 0) + (tasks[.parked] ?? 0)
        print(
            open == 0
                ? "\(configuration.pipeline): nothing waits."
                : "\(configuration.pipeline): \(open) deferred \(open == 1 ? "record waits" : "records wait")"
                    + " (\(Output.bytes(bytes))); see: spillway deferred list \(file.config)")
        print("as of \(Output.time(mark.updatedAt))")
        summary.printForPeople()
        if !tasks.isEmpty {
            print()
            Output.table(
                ["deferred", "tasks"],
                tasks.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { [$0.key.rawValue, String($0.value)] }, right: [1])
        }
    }
}
