import ArgumentParser
import Foundation
import Ledger
import Pipeline

struct DeferredCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deferred", abstract: "What was deferred: lists, shows, exports, drops.",
        subcommands: [List.self, Show.self, Export.self, Drop.self])

    /// A task as it is printed.
    struct Line: Encodable {
        var id: Int64
        var state: String
        var key: String
        var source: String
        var sequence: UInt64
        var signal: String
        var reason: String
        var tier: String
        var store: String
        var object: String
        var length: UInt64
        var mediaType: String
        var contract: String?
        var batch: String
        var attempts: UInt32
        var outcome: String?
        var createdAt: String
        var history: String

        init(_ task: DeferredTask) {
            id = task.id
            state = task.state.rawValue
            key = task.key
            source = task.source
            sequence = task.sequence
            signal = task.signal
            reason = task.reason
            tier = task.tier
            store = task.store
            object = task.object
            length = task.length
            mediaType = task.mediaType
            contract = task.contract?.name
            batch = task.batchID
            attempts = task.attempts
            outcome = task.outcome
            createdAt = Output.time(task.createdAt)
            history = task.history
        }
    }

    static func ledger(_ file: ConfigurationArgument) throws -> (Pipeline.Configuration, Ledger) {
        let configuration = try file.load()
        return (configuration, try Ledger(folder: configuration.state, creating: false))
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists deferred records.")

        @OptionGroup var file: ConfigurationArgument
        @OptionGroup var selection: TaskSelection
        @Flag(help: "List those that have ended too.")
        var all = false
        @Option(help: "At most so many.")
        var limit = 100
        @Flag(help: "Print as JSON.")
        var json = false

        func run() throws {
            let (configuration, ledger) = try DeferredCommand.ledger(file)
            var filter = selection.filter
            filter.pipeline = configuration.pipeline
            filter.limit = limit
            if !all { filter.state = .open }
            let tasks = try ledger.tasks(filter)
            if json {
                try Output.json(tasks.map(Line.init))
                return
            }
            guard !tasks.isEmpty else {
                print("nothing is deferred")
                return
            }
            Output.table(
                ["id", "state", "key", "signal", "bytes", "reason"],
                tasks.map { task in
                    [
                        String(task.id), task.outcome ?? task.state.rawValue, task.key, task.signal,
                        Output.number(task.length), Output.cut(task.reason, 70),
                    ]
                }, right: [0, 4])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one deferred record: its whole history, and its bytes.")

        @OptionGroup var file: ConfigurationArgument
        @Argument(help: "The task's id.")
        var id: Int64
        @Flag(help: "Print as JSON, without the bytes.")
        var json = false

        func run() throws {
            let (configuration, ledger) = try DeferredCommand.ledger(file)
            let tasks = try ledger.tasks(TaskFilter(ids: [id], pipeline: configuration.pipeline))
            guard let task = tasks.first else {
                throw Refusal(message: "there is no task \(id)")
            }
            if json {
                try Output.json(Line(task))
                return
            }
            Output.table(
                ["task \(id)", task.state.rawValue],
                [
                    ["key", task.key], ["sequence", String(task.sequence)],
                    ["signal", task.signal], ["reason", task.reason],
                    ["deferred by", "\(task.tier), in batch \(task.batchID)"],
                    ["since", Output.time(task.createdAt)], ["attempts", String(task.attempts)],
                    ["bytes", "\(Output.number(task.length)), \(task.mediaType)"],
                    ["object", "\(task.object) in \(task.store)"],
                ])
            print("\nhistory")
            printHistory(task.history)
            print("\nbytes")
            let bytes = try ColdStorage(configuration).bytes(of: task)
            print(Output.cut(String(decoding: bytes.prefix(2_000), as: UTF8.self), 2_000))
        }

        private func printHistory(_ history: String) {
            let lines =
                (try? JSONSerialization.jsonObject(with: Data(history.utf8))) as? [[String: Any]]
                ?? []
            let rows = lines.map { line in
                ["tier", "attempt", "signal", "pointer", "message"].map { key in
                    line[key].map { "\($0)" } ?? ""
                }
            }
            Output.table(["tier", "attempt", "signal", "at", "message"], rows, right: [1])
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes raw bytes of deferred records into a folder, a file each.")

        @OptionGroup var file: ConfigurationArgument
        @OptionGroup var selection: TaskSelection
        @Option(help: "The folder; made when it is not there.")
        var to: String
        @Flag(help: "Print what was written as JSON.")
        var json = false

        func run() throws {
            let (configuration, ledger) = try DeferredCommand.ledger(file)
            var filter = selection.filter
            filter.pipeline = configuration.pipeline
            filter.state = .open
            let stores = try ColdStorage(configuration)
            try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
            var written: [String] = []
            for task in try ledger.tasks(filter) {
                let path = "\(to)/\(task.id).\(Self.ending(task.mediaType))"
                try Data(try stores.bytes(of: task)).write(
                    to: URL(fileURLWithPath: path), options: .atomic)
                written.append(path)
            }
            if json {
                try Output.json(written)
            } else {
                print("\(written.count) written to \(to)")
            }
        }

        private static func ending(_ mediaType: String) -> String {
            switch mediaType {
            case "text/csv": "csv"
            case "application/json": "json"
            case "application/x-ndjson": "ndjson"
            default: "bin"
            }
        }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends deferred records without delivering them; audited.")

        @OptionGroup var file: ConfigurationArgument
        @OptionGroup var selection: TaskSelection
        @Option(help: "Why, for the audit.")
        var reason: String
        @Flag(help: "Do it; without, only what would be dropped is shown.")
        var yes = false
        @Flag(help: "Print as JSON.")
        var json = false

        private struct Result: Encodable {
            var dropped: [Int64]
            var done: Bool
        }

        func run() throws {
            guard !reason.trimmingCharacters(in: .whitespaces).isEmpty else {
                throw Refusal(message: "--reason is empty; say why", status: .badUsage)
            }
            let (configuration, ledger) = try DeferredCommand.ledger(file)
            var filter = selection.filter
            filter.pipeline = configuration.pipeline
            let ids = try ledger.tasks(filter).filter(\.state.isOpen).map(\.id)
            guard yes else {
                try show(ids, "would be dropped; say --yes to do it", done: false)
                if !ids.isEmpty { throw ExitCode(Status.badUsage.rawValue) }
                return
            }
            let change = try ledger.drop(ids: ids, reason: reason, actor: NSUserName())
            try show(change.changed.map(\.id), "dropped, audited", done: true)
            for (id, why) in change.skipped.sorted(by: { $0.key < $1.key }) {
                Output.note("spillway: task \(id) was not dropped: \(why)")
            }
            if !change.skipped.isEmpty { throw ExitCode(Status.failed.rawValue) }
        }

        private func show(_ ids: [Int64], _ words: String, done: Bool) throws {
            if json {
                try Output.json(Result(dropped: ids, done: done))
            } else {
                print("\(ids.count) \(words)")
            }
        }
    }
}
