internal import Foundation
internal import GRDB

/// The durable state of a pipeline: what its plugins keep, its deferred queue, its account of losses.
///
/// One SQLite file, `ledger.sqlite`, in the pipeline's state folder. Every change is on the disk when
/// its function returns. Functions block: call them from threads that may. They may be called from
/// any thread, and other processes may have the same file open.
public final class Ledger: Sendable {
    /// Nanoseconds since 1970-01-01 UTC.
    public typealias Clock = @Sendable () -> Int64

    /// The file.
    public let path: String
    /// How many single losses are kept for a pipeline; the oldest ones go first.
    public let lossesKept: Int
    let clock: Clock
    private let pool: DatabasePool

    /// The name of the file in its folder.
    public static let fileName = "ledger.sqlite"

    /// Opens the ledger of a state folder, and brings an older format up to date.
    ///
    /// - Parameters:
    ///   - folder: the state folder.
    ///   - creating: whether a folder or a ledger that is not there is made.
    ///   - lossesKept: how many single losses are kept for a pipeline.
    ///   - clock: tells the time of changes.
    /// - Throws: `absent` when there is none and none was to be made; `newerFormat`, `corrupted` and
    ///   `denied` as they say.
    public init(
        folder: String, creating: Bool = true, lossesKept: Int = 100_000,
        clock: @escaping Clock = Ledger.wallClock
    ) throws(LedgerError) {
        let path = folder + "/" + Self.fileName
        self.path = path
        self.lossesKept = lossesKept
        self.clock = clock
        try Self.prepare(folder: folder, path: path, creating: creating)
        do {
            pool = try Self.open(path)
        } catch {
            throw LedgerError(error, path: path, doing: "be opened")
        }
    }

    /// The system's clock.
    public static let wallClock: Clock = { Int64(Date().timeIntervalSince1970 * 1e9) }

    private static func prepare(
        folder: String, path: String, creating: Bool
    ) throws(LedgerError) {
        if !creating {
            guard FileManager.default.fileExists(atPath: path) else {
                throw LedgerError(
                    .absent, "there is no ledger \(path): run the pipeline once, or mend `state`")
            }
            return
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LedgerError(
                .denied,
                "the state folder \(folder) can't be made (\(error.localizedDescription)); make it,"
                    + " give this user the right to, or choose another `state`")
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = GRDB.Configuration()
        configuration.label = "ledger"
        configuration.busyMode = .timeout(30)
        configuration.maximumReaderCount = 4
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL with WAL, which may lose the last commits to a power cut.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        try Format.bringUpToDate(pool)
        return pool
    }

    // MARK: - Access

    /// Runs one transaction.
    func write<Value>(
        _ work: String, _ body: (Database) throws -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try pool.write(body)
        } catch {
            throw LedgerError(error, path: path, doing: work)
        }
    }

    /// Runs one transaction, when there is something to do for it. Nothing is synced when there isn't.
    func write<Value>(
        _ work: String, when isNeeded: (Database) throws -> Bool, otherwise value: Value,
        _ body: (Database) throws -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try pool.writeWithoutTransaction { db in
                guard try isNeeded(db) else { return value }
                var result = value
                try db.inTransaction(.immediate) {
                    result = try body(db)
                    return .commit
                }
                return result
            }
        } catch {
            throw LedgerError(error, path: path, doing: work)
        }
    }

    /// Reads one state of the file; changes go on meanwhile.
    func read<Value>(
        _ work: String, _ body: (Database) throws -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw LedgerError(error, path: path, doing: work)
        }
    }
}
