import Foundation
import Ledger

/// A folder of its own for a test, removed with it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("spillway-ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var ledgerFile: String { path + "/" + Ledger.fileName }

    /// What a crash would leave: the files as they are now, copied into another folder.
    func copyAsCrashed() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        // The log first: what is appended to it meanwhile is then missing, as after a crash.
        for suffix in ["-wal", ""] {
            let file = ledgerFile + suffix
            guard FileManager.default.fileExists(atPath: file) else { continue }
            try FileManager.default.copyItem(atPath: file, toPath: copy.ledgerFile + suffix)
        }
        return copy
    }
}

extension NewTask {
    static func sample(
        _ sequence: UInt64, key: String? = nil, pipeline: String = "kev", source: String = "feed",
        signal: String = "schema_drift", object: String = "aa11", length: UInt64 = 10
    ) -> NewTask {
        NewTask(
            pipeline: pipeline, source: source, key: key ?? "\(source)/1:\(sequence)",
            sequence: sequence, operation: 0, store: "cold", object: object,
            sha256: Array(repeating: UInt8(truncatingIfNeeded: sequence), count: 32),
            length: length, mediaType: "application/json",
            contract: ContractReference(name: "kev.contract.json", sha256: "c0ffee"),
            signal: signal, reason: "/product is empty",
            history: #"[{"tier":"primary","attempt":1,"signal":"schema_drift"}]"#,
            batchID: "kev-1", tier: "persist")
    }
}

extension LossEntry {
    static func sample(_ sequence: UInt64, pipeline: String = "kev") -> LossEntry {
        LossEntry(
            pipeline: pipeline, key: "feed/1:\(sequence)", sequence: sequence, pointer: "/price",
            kind: .coerced, loss: "precision", before: "1.005", after: "1.00", reason: "rounded",
            tier: "coerce", attempt: 1, batchID: "kev-1")
    }
}

extension Ledger {
    /// Tasks that are visible at once.
    func addVisible(_ tasks: [NewTask]) throws {
        try addPending(stream: "s", tasks: tasks)
        try settle(stream: "s", upTo: .max)
    }
}
