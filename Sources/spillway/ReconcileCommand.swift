import ArgumentParser
import Chain
import Ledger
import Pipeline

struct ReconcileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Takes deferred records through the chain again, from their raw bytes.",
        discussion: """
            What the sink takes ends as delivered, or as superseded when the target has something \
            newer; what comes down again stays, one attempt more.
            """)

    @OptionGroup var file: ConfigurationArgument
    @OptionGroup var selection: TaskSelection
    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Result: Encodable {
        var tasks: Int
        var delivered: Int
        var stay: Int
        var replaced: Int
        var sums: Sums
    }

    func run() throws {
        let assembly = try Assembly(try file.load(), for: .reconcile, log: PluginLines.print)
        let report = try Reconcile(assembly).perform(selection.filter)
        if json {
            try Output.json(
                Result(
                    tasks: report.tasks, delivered: report.delivered, stay: report.stay,
                    replaced: report.replaced, sums: report.sums))
        } else {
            let outcomes = report.sums.outcomes
            print(
                "\(report.tasks) taken up: \(report.delivered) delivered (\(outcomes.inserted) inserted,"
                    + " \(outcomes.updated) updated, \(outcomes.unchanged) unchanged,"
                    + " \(outcomes.superseded) superseded), \(report.stay) stay,"
                    + " \(report.replaced) replaced by a remainder")
        }
        if report.stay + report.replaced > 0 { throw ExitCode(Status.moreDeferred.rawValue) }
    }
}

/// Which tasks a command is about.
struct TaskSelection: ParsableArguments {
    @Option(name: .customLong("id"), help: "Only this task; may be given again.")
    var ids: [Int64] = []
    @Option(help: "Only tasks whose last signal is this.")
    var signal: String?
    @Option(help: "Only tasks of this source.")
    var source: String?
    @Option(help: "Only tasks whose base key begins so.")
    var key: String?

    var filter: TaskFilter {
        TaskFilter(
            ids: ids.isEmpty ? nil : ids, signal: signal, source: source, keyPrefix: key)
    }
}
