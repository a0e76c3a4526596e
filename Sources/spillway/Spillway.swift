import ArgumentParser
import Foundation
import Ledger
import Pipeline

/// The command line.
struct Spillway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spillway",
        abstract: "Keeps data syncs from losing data.",
        discussion: """
            Records flow through a chain of tiers. When a tier can't take one, a signal says why, and \
            the record steps down, until it is delivered or deferred: never lost, never doubled.

            Exit status: 0 all delivered (or no more deferred than --max-deferred), 3 finished with \
            more deferred, 2 bad usage or configuration, 1 failed.
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, CheckCommand.self, PluginCommand.self, DeferredCommand.self,
            ReconcileCommand.self, StatusCommand.self,
        ])
}

/// Exit status of every command.
enum Status: Int32 {
    case allDelivered = 0
    case failed = 1
    case badUsage = 2
    case moreDeferred = 3
}

@main
enum Main {
    static func main() {
        do {
            var command = try Spillway.parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch let error as ConfigurationError {
            fail("\(error)", .badUsage)
        } catch let error as RunError {
            fail("spillway: \(error)", error.code == .configuration ? .badUsage : .failed)
        } catch let error as LedgerError {
            fail("spillway: \(error.message)", .failed)
        } catch let error as Refusal {
            fail("spillway: \(error.message)", error.status)
        } catch {
            let code = Spillway.exitCode(for: error)
            let text = Spillway.fullMessage(for: error)
            if code == .success {
                print(text)
                exit(0)
            }
            fail(text, code == .validationFailure ? .badUsage : .failed)
        }
    }

    private static func fail(_ message: String, _ status: Status) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(status.rawValue)
    }
}

/// Why a command does not do what was asked.
struct Refusal: Error {
    var message: String
    var status = Status.failed
}

/// The configuration file that most commands work on.
struct ConfigurationArgument: ParsableArguments {
    @Argument(
        help: "The pipeline's configuration (YAML).",
        completion: .file(extensions: ["yml", "yaml"]))
    var config: String

    func load() throws -> Pipeline.Configuration {
        try Pipeline.Configuration(contentsOf: config)
    }
}
