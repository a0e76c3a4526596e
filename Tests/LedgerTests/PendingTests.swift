import Foundation
import Testing

@testable import Ledger

@Suite struct PendingTests {
    let folder: TemporaryFolder
    let ledger: Ledger

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger(folder: folder.path)
    }

    private func sequences() throws -> [UInt64] {
        try ledger.tasks().map(\.sequence)
    }

    @Test func pendingTasksAreInvisible() throws {
        try ledger.addPending(stream: "kev", tasks: [.sample(1)], losses: [.sample(2)])
        #expect(try ledger.tasks() == [])
        #expect(try ledger.taskCount() == 0)
        #expect(try ledger.openTasks() == Ledger.OpenTasks(count: 0, bytes: 0, oldest: nil))
        #expect(try ledger.losses() == [])
    }

    @Test func settlingRevealsWhatIsAtOrBelow() throws {
        let tasks: [NewTask] = [.sample(3), .sample(1), .sample(2), .sample(4)]
        try ledger.addPending(stream: "kev", tasks: tasks, losses: [.sample(2), .sample(4)])
        let settled = try ledger.settle(stream: "kev", upTo: 3)
        #expect(settled == Ledger.Settled(tasks: 3, losses: 1, resolutions: 0))
        #expect(try ledger.tasks().map(\.content) == [.sample(1), .sample(2), .sample(3)])
        #expect(try ledger.losses() == [.sample(2)])
        try ledger.settle(stream: "kev", upTo: 4)
        #expect(try sequences() == [1, 2, 3, 4])
        #expect(try ledger.losses() == [.sample(4), .sample(2)])
    }

    @Test func settlingTwiceRevealsOnce() throws {
        try ledger.addPending(stream: "kev", tasks: [.sample(1)], losses: [.sample(1)])
        try ledger.settle(stream: "kev", upTo: 1)
        #expect(try ledger.settle(stream: "kev", upTo: 1) == Ledger.Settled())
        #expect(try sequences() == [1])
        #expect(try ledger.losses().count == 1)
    }

    @Test func discardingForgetsWhatIsAbove() throws {
        try ledger.addPending(
            stream: "kev", tasks: [.sample(1), .sample(2), .sample(3)], losses: [.sample(3)])
        let gone = try ledger.discardPending(stream: "kev", above: 1)
        #expect(gone == Ledger.Settled(tasks: 2, losses: 1, resolutions: 0))
        try ledger.settle(stream: "kev", upTo: .max)
        #expect(try sequences() == [1])
        #expect(try ledger.losses() == [])
    }

    @Test func streamsDoNotMeet() throws {
        try ledger.addPending(stream: "a", tasks: [.sample(1)])
        try ledger.addPending(stream: "b", tasks: [.sample(1), .sample(2)])
        try ledger.discardPending(stream: "a", above: 0)
        try ledger.settle(stream: "b", upTo: 1)
        #expect(try ledger.taskCount() == 1)
        try ledger.settle(stream: "b", upTo: 2)
        #expect(try ledger.taskCount() == 2)
    }

    @Test func aBatchThatComesAgainReplacesWhatIsPending() throws {
        var second = LossEntry.sample(2)
        second.pointer = "/weight"
        try ledger.addPending(
            stream: "kev", tasks: [.sample(1, signal: "divergence")], losses: [.sample(2), second])
        try ledger.addPending(
            stream: "kev", tasks: [.sample(1, signal: "capacity"), .sample(3)], losses: [second])
        try ledger.settle(stream: "kev", upTo: 9)
        #expect(try ledger.tasks().map(\.signal) == ["capacity", "schema_drift"])
        #expect(try ledger.losses() == [second])
    }

    @Test func aRecordThatIsDeferredAfterAllHasNoLosses() throws {
        try ledger.addPending(stream: "kev", tasks: [], losses: [.sample(1), .sample(2)])
        try ledger.addPending(stream: "kev", tasks: [.sample(1)])
        try ledger.settle(stream: "kev", upTo: 9)
        #expect(try ledger.losses() == [.sample(2)])
    }

    @Test func aBatchMayBeQueuedInParts() throws {
        try ledger.addPending(stream: "kev", tasks: [.sample(1)], losses: [.sample(2)])
        try ledger.addPending(stream: "kev", tasks: [.sample(3)], losses: [.sample(4)])
        try ledger.settle(stream: "kev", upTo: 9)
        #expect(try sequences() == [1, 3])
        #expect(try ledger.losses().map(\.sequence) == [4, 2])
    }

    @Test func aTaskThatCannotBeKeptKeepsTheWholeBatchOut() throws {
        var broken = NewTask.sample(2)
        broken.sha256 = [1, 2, 3]
        #expect(throws: LedgerError.self) {
            try ledger.addPending(stream: "kev", tasks: [.sample(1), broken])
        }
        #expect(throws: LedgerError.self) {
            try ledger.addPending(stream: "kev", tasks: [.sample(1), .sample(.max)])
        }
        #expect(try ledger.settle(stream: "kev", upTo: .max) == Ledger.Settled())
    }

    /// Not by the clock: nothing is written to the log, however much the queue holds.
    @Test func settlingNothingWritesNothing() throws {
        try ledger.addVisible((1...2000).map { .sample($0) })
        try ledger.addPending(stream: "other", tasks: [.sample(1)])
        let before = try logState()
        for sequence in UInt64(0)..<200 {
            try ledger.settle(stream: "kev", upTo: sequence)
            try ledger.discardPending(stream: "kev", above: sequence)
            try ledger.discardPending(stream: "other", above: 1)
        }
        #expect(try logState() == before)
    }

    private func logState() throws -> [String] {
        let log = try FileManager.default.attributesOfItem(atPath: folder.ledgerFile + "-wal")
        return ["\(log[.size] ?? "")", "\(log[.modificationDate] ?? "")"]
    }

    @Test func onlyTheNewestLossesOfAPipelineAreKept() throws {
        let small = try TemporaryFolder()
        let ledger = try Ledger(folder: small.path, lossesKept: 5)
        for sequence in UInt64(1)...12 {
            try ledger.addPending(
                stream: "a", tasks: [],
                losses: [.sample(sequence), .sample(sequence, pipeline: "b")]
            )
            if sequence % 2 == 0 { try ledger.settle(stream: "a", upTo: sequence) }
        }
        try ledger.addPending(
            stream: "c", tasks: [], losses: (1...3).map { .sample($0, pipeline: "c") })
        try ledger.settle(stream: "c", upTo: 3)
        #expect(try ledger.losses(pipeline: "kev").map(\.sequence) == [12, 11, 10, 9, 8])
        #expect(try ledger.losses(pipeline: "b").map(\.sequence) == [12, 11, 10, 9, 8])
        #expect(try ledger.losses(pipeline: "c").count == 3)
        #expect(try ledger.lossesPruned(pipeline: "kev") == 7)
        #expect(try ledger.lossesPruned(pipeline: "c") == 0)
        #expect(try ledger.losses(key: "feed/1:9").count == 2)
        #expect(try ledger.losses(limit: 2).count == 2)
    }

    @Test func aBatchWithMoreLossesThanAreKeptKeepsItsNewest() throws {
        let small = try TemporaryFolder()
        let ledger = try Ledger(folder: small.path, lossesKept: 5)
        try ledger.addPending(stream: "a", tasks: [], losses: (1...20).map { .sample($0) })
        try ledger.settle(stream: "a", upTo: 20)
        #expect(try ledger.losses().map(\.sequence) == [20, 19, 18, 17, 16])
        #expect(try ledger.lossesPruned(pipeline: "kev") == 15)
    }
}
