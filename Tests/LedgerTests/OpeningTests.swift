import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct OpeningTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func failure(of open: () throws(LedgerError) -> Ledger) -> LedgerError? {
        do throws(LedgerError) {
            _ = try open()
            return nil
        } catch {
            return error
        }
    }

    @Test func aFolderThatIsNotThereIsMade() throws {
        let deep = folder.path + "/a/b"
        let ledger = try Ledger(folder: deep)
        #expect(try ledger.taskCount() == 0)
        #expect(FileManager.default.fileExists(atPath: deep + "/ledger.sqlite"))
    }

    @Test func everyCommitIsSynced() throws {
        let ledger = try Ledger(folder: folder.path)
        let settings = try ledger.write("be looked at") { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                try String.fetchOne(db, sql: "PRAGMA journal_mode")
            )
        }
        #expect(settings == (2, "wal"))
    }

    @Test func whatWasKeptIsThereWhenOpenedAgain() throws {
        do {
            let ledger = try Ledger(folder: folder.path)
            try ledger.addVisible([.sample(1), .sample(2)])
            try ledger.putState(scope: "kev/feed", key: [1], value: [2, 0, 3])
        }
        let ledger = try Ledger(folder: folder.path)
        #expect(try ledger.tasks().map(\.content) == [.sample(1), .sample(2)])
        #expect(try ledger.state(scope: "kev/feed", key: [1]) == [2, 0, 3])
    }

    @Test func withoutCreatingAnAbsentOneIsAnError() {
        let error = failure { () throws(LedgerError) in
            try Ledger(folder: folder.path, creating: false)
        }
        #expect(error?.code == .absent)
        #expect(error?.message.contains(folder.ledgerFile) == true)
        #expect(!FileManager.default.fileExists(atPath: folder.ledgerFile))
    }

    @Test func aNewerFormatIsRefusedAndLeftAlone() throws {
        do {
            let ledger = try Ledger(folder: folder.path)
            try ledger.write("grow") { try $0.execute(sql: "UPDATE format SET version = 99") }
        }
        let error = failure { () throws(LedgerError) in try Ledger(folder: folder.path) }
        #expect(error?.code == .newerFormat)
        #expect(
            error?.message
                == "the ledger \(folder.ledgerFile) has format 99, and this Spillway knows formats up"
                + " to 1: use the newer Spillway that wrote it, or another `state` folder")
        let queue = try DatabaseQueue(path: folder.ledgerFile)
        let version = try queue.read { try Int.fetchOne($0, sql: "SELECT version FROM format") }
        #expect(version == 99)
    }

    @Test func aFileThatIsNoDatabaseIsAClearError() throws {
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: folder.ledgerFile))
        let error = failure { () throws(LedgerError) in try Ledger(folder: folder.path) }
        #expect(error?.code == .corrupted)
        #expect(error?.message.contains(folder.ledgerFile) == true)
        #expect(error?.message.contains("restore it from a backup") == true)
    }

    @Test func aDamagedDatabaseIsAClearError() throws {
        do {
            let ledger = try Ledger(folder: folder.path)
            try ledger.addVisible((1...500).map { .sample($0) })
            try ledger.write("settle down") { db in try db.execute(sql: "SELECT 1") }
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.ledgerFile))
        try #require(bytes.count > 40960)
        for index in 200..<bytes.count { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: folder.ledgerFile))
        let error = failure { () throws(LedgerError) in try Ledger(folder: folder.path) }
        #expect(error?.code == .corrupted)
        #expect(error?.message.contains(folder.ledgerFile) == true)
    }

    @Test func anotherDatabaseOfThatNameIsNotTouched() throws {
        let queue = try DatabaseQueue(path: folder.ledgerFile)
        try queue.write { try $0.execute(sql: "CREATE TABLE photos (id INTEGER)") }
        try queue.close()
        let error = failure { () throws(LedgerError) in try Ledger(folder: folder.path) }
        #expect(error?.code == .corrupted)
        #expect(error?.message.contains("no ledger") == true)
        let again = try DatabaseQueue(path: folder.ledgerFile)
        let tables = try again.read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema")
        }
        #expect(tables == ["photos"])
    }

    @Test func aFolderThatIsAFileIsAClearError() throws {
        let file = folder.path + "/state"
        try Data().write(to: URL(fileURLWithPath: file))
        let error = failure { () throws(LedgerError) in try Ledger(folder: file) }
        #expect(error?.code == .denied)
        #expect(error?.message.contains(file) == true)
    }

    /// In a process of its own, because root may write everywhere.
    @Test(arguments: [true, false])
    func aReadOnlyFolderIsAClearError(hasLedger: Bool) async throws {
        if hasLedger { try Ledger(folder: folder.path).addVisible([.sample(1)]) }
        try setMode(0o555, of: folder.path)
        defer { try? setMode(0o755, of: folder.path) }
        await #expect(processExitsWith: .exitCode(7)) { [path = folder.path as String] in
            if geteuid() == 0 { precondition(setuid(65534) == 0) }
            do throws(LedgerError) {
                _ = try Ledger(folder: path)
            } catch {
                let isClear =
                    error.code == .denied && error.message.contains(path)
                    && error.message.contains("writable")
                exit(isClear ? 7 : 1)
            }
        }
    }

    private func setMode(_ mode: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func manyOpenANewOneAtOnce() async throws {
        for _ in 0..<10 {
            let folder = try TemporaryFolder()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        let ledger = try Ledger(folder: folder.path)
                        try ledger.putState(scope: "s", key: [UInt8(index)], value: [1])
                    }
                }
                try await group.waitForAll()
            }
            let ledger = try Ledger(folder: folder.path, creating: false)
            for index in 0..<6 {
                #expect(try ledger.state(scope: "s", key: [UInt8(index)]) == [1])
            }
        }
    }
}
