import GRDB
import Testing

@testable import Ledger

@Suite struct AuditTests {
    let folder: TemporaryFolder
    let ledger: Ledger

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger(folder: folder.path, clock: { 42 })
        try ledger.addVisible([.sample(1), .sample(2), .sample(3)])
    }

    @Test func aDropIsAudited() throws {
        let change = try ledger.drop(ids: [1, 3], reason: "not ours", actor: "ada")
        #expect(change.changed.map(\.id) == [1, 3])
        #expect(change.changed.allSatisfy { $0.state == .dropped })
        #expect(change.skipped == [:])
        #expect(try ledger.tasks(TaskFilter(state: .open)).map(\.id) == [2])
        #expect(try ledger.tasks(TaskFilter(ids: [1])) == [change.changed[0]])
        let audit = try ledger.audit()
        #expect(audit.map(\.taskID) == [3, 1])
        #expect(
            audit.last
                == AuditEntry(
                    id: 1, at: 42, actor: "ada", action: "drop", taskID: 1, pipeline: "kev",
                    key: "feed/1:1", sha256: Array(repeating: 1, count: 32), reason: "not ours"))
        #expect(try ledger.audit(limit: 1).map(\.taskID) == [3])
    }

    @Test func whatCannotBeDroppedIsSkippedAndSaysWhy() throws {
        try ledger.drop(ids: [1], reason: "r", actor: "a")
        try ledger.stageResolutions(
            stream: "r", sequence: 1, [.delivered(taskID: 2, outcome: "inserted")])
        let change = try ledger.drop(ids: [1, 2, 3, 77], reason: "r", actor: "a")
        #expect(change.changed.map(\.id) == [3])
        #expect(
            change.skipped == [
                1: "task 1 is dropped already",
                2: "task 2 is being reconciled: try again when that has ended",
                77: "there is no task 77",
            ])
        #expect(try ledger.audit().count == 2)
    }

    @Test func parkedTasksWaitAndOpenAgain() throws {
        try ledger.park(ids: [2], reason: "later", actor: "a")
        #expect(try ledger.tasks(TaskFilter(state: .parked)).map(\.id) == [2])
        #expect(try ledger.openTasks().count == 3)
        #expect(try ledger.park(ids: [2], reason: "later", actor: "a").changed == [])
        try ledger.reopen(ids: [2], reason: "now", actor: "a")
        #expect(try ledger.tasks(TaskFilter(state: .open)).count == 3)
        #expect(try ledger.audit().map(\.action) == ["reopen", "park"])
    }

    @Test(arguments: ["UPDATE audit SET reason = 'x'", "DELETE FROM audit"])
    func theAuditCanOnlyGrow(sql: String) throws {
        try ledger.drop(ids: [1], reason: "r", actor: "a")
        #expect(throws: LedgerError.self) {
            try ledger.write("be forged") { try $0.execute(sql: sql) }
        }
        #expect(try ledger.audit().map(\.reason) == ["r"])
    }

    @Test func manyTasksAreDroppedAtOnce() throws {
        try ledger.addVisible((10...3000).map { .sample($0) })
        let change = try ledger.drop(
            ids: try ledger.tasks().map(\.id), reason: "all of them", actor: "a")
        #expect(change.changed.count == 2994)
        #expect(try ledger.taskCounts() == [.dropped: 2994])
    }
}
