import Foundation
import PluginHost
import SpillwayABI
import Synchronization
import Testing

/// A folder of its own for one test, with plugins compiled into it from the fixtures.
final class Workshop: Sendable {
    let folder: String
    /// What plugins logged.
    let lines = Lines()

    /// Collects log lines.
    final class Lines: Sendable {
        private let lines = Mutex<[PluginLogLine]>([])

        var all: [PluginLogLine] { lines.withLock { $0 } }

        func add(_ line: PluginLogLine) {
            lines.withLock { $0.append(line) }
        }
    }

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures").path
    private static let headers = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../SDK/include").standardized.path

    init() throws {
        folder = NSTemporaryDirectory() + "spillway-host-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Compiles a fixture to `name`.so.
    @discardableResult
    func compile(
        _ fixture: String, as name: String? = nil, _ defines: [String: String] = [:]
    ) throws -> String {
        let library = "\(folder)/\(name ?? fixture).so"
        try run(
            "cc",
            ["-shared", "-fPIC", "-I", Self.headers, "\(Self.fixtures)/\(fixture).c"]
                + defines.map { "-D\($0)=\($1)" } + ["-o", library])
        return library
    }

    /// Runs a program to its end.
    func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardError = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(message: "\(program): \(String(decoding: said, as: UTF8.self))")
        }
    }

    struct Failure: Error {
        var message: String
    }

    /// A loader whose only search path is the workshop.
    func loader(allowUnpinned: Bool = true) -> PluginLoader {
        PluginLoader(
            searchPaths: [folder], privateFolder: "\(folder)/private",
            allowUnpinned: allowUnpinned, log: { [lines] in lines.add($0) })
    }

    /// Compiles, loads, and makes a handler whose options are `mode`.
    func handler(
        _ mode: String, _ defines: [String: String] = [:], state: (any PluginState)? = nil
    ) throws -> HandlerInstance {
        let plugin = try loader().load(try compile("bench", defines))
        return try plugin.makeHandler(
            InstanceSetup(name: "tier", pipeline: "test", options: mode, state: state))
    }

    func endpoints() throws -> Plugin {
        try loader().load(try compile("endpoints"))
    }

    func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }
}

/// The code and the message of the error that a body throws.
func refusal(_ body: () throws -> Void) -> (code: PluginError.Code?, message: String) {
    do {
        try body()
    } catch let error as PluginError {
        return (error.code, error.message)
    } catch {
        return (nil, "\(error)")
    }
    return (nil, "nothing was thrown")
}

/// A call without deadline and with room for a mebibyte.
func setup(
    records: UInt32 = 0, deadline: UInt64 = 0, budget: UInt64 = 1 << 20
) -> CallSetup {
    CallSetup(
        tier: spw_str(), batchID: spw_str(), attempt: 1, attemptKey: spw_str(), deadline: deadline,
        budget: budget, recordCount: records)
}

/// Records laid one after another, with keys, for the length of a closure.
func withInput<Result>(
    _ records: [String], _ body: (UnsafePointer<spw_input>) throws -> Result
) rethrows -> Result {
    let joined = Array(records.joined().utf8)
    let key = Array("test/1:0".utf8CString.dropLast())
    return try key.withUnsafeBufferPointer { key in
        try joined.withUnsafeBufferPointer { bytes in
            var offset: UInt64 = 0
            let table = records.enumerated().map { index, text in
                var record = spw_record()
                record.offset = offset
                record.length = UInt64(text.utf8.count)
                record.key = spw_str(data: key.baseAddress, size: key.count)
                record.ordinal = UInt32(index)
                offset += record.length
                return record
            }
            return try table.withUnsafeBufferPointer { table in
                var input = spw_input()
                input.size = UInt32(MemoryLayout<spw_input>.size)
                input.record_count = UInt32(table.count)
                input.records = table.baseAddress
                input.bytes = spw_bytes(data: bytes.baseAddress, size: bytes.count)
                input.total_size = UInt64(bytes.count)
                return try withUnsafePointer(to: &input, body)
            }
        }
    }
}

extension CallFrame {
    /// The output as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
