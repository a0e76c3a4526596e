import ArgumentParser
import Chain
import Foundation
import Pipeline

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Reads the sources to their end and takes every record to its end.",
        discussion: """
            Stopped by SIGINT or SIGTERM it finishes what is under way; killed, it loses nothing: the \
            next run goes on where the sink says.
            """)

    @OptionGroup var file: ConfigurationArgument
    @Option(help: "Exit with 0 when no more records than this are deferred by the run.")
    var maxDeferred: UInt64 = 0
    @Flag(help: "Print the summary as JSON.")
    var json = false

    func run() throws {
        let configuration = try file.load()
        let assembly = try Assembly(configuration, for: .run, log: PluginLines.print)
        let run = try Run(assembly)
        let signals = StopSignals { run.stop() }
        let progress = ProgressLine(run)
        defer {
            progress.end()
            signals.end()
        }
        let report = try run.perform()
        progress.end()
        let summary = Summary(report, configuration)
        if json {
            try Output.json(summary)
        } else {
            summary.printForPeople()
        }
        if report.sums.deferred > maxDeferred { throw ExitCode(Status.moreDeferred.rawValue) }
    }
}
