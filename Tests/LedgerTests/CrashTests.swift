import Foundation
import Testing

@testable import Ledger

@Suite struct CrashTests {
    @Test func whatWasAcknowledgedSurvivesACrash() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(folder: folder.path)
        try ledger.addPending(stream: "kev", tasks: [.sample(1), .sample(2)], losses: [.sample(2)])
        try ledger.settle(stream: "kev", upTo: 1)
        try ledger.putState(scope: "s", key: [1], value: [9])
        let copy = try folder.copyAsCrashed()
        let crashed = try Ledger(folder: copy.path)
        #expect(try crashed.tasks().map(\.sequence) == [1])
        #expect(try crashed.state(scope: "s", key: [1]) == [9])
        #expect(
            try crashed.settle(stream: "kev", upTo: 2)
                == Ledger.Settled(tasks: 1, losses: 1, resolutions: 0))
        withExtendedLifetime((ledger, copy)) {}
    }

    /// The log is cut off at every tenth byte of its last transaction and more: what is left is a
    /// state between two transactions, never half of one.
    @Test func aTornLogLeavesWholeBatches() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(folder: folder.path)
        for batch in UInt64(0)..<4 {
            try ledger.addPending(
                stream: "kev", tasks: (1...5).map { .sample(batch * 5 + $0) })
            try ledger.settle(stream: "kev", upTo: batch * 5 + 5)
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: folder.ledgerFile + "-wal"))
        var seen: Set<Int> = []
        for size in stride(from: log.count, to: 0, by: -max(1, log.count / 60)) {
            let copy = try folder.copyAsCrashed()
            try log.prefix(size).write(to: URL(fileURLWithPath: copy.ledgerFile + "-wal"))
            let count = try withExtendedLifetime(copy) {
                try Ledger(folder: copy.path).taskCount()
            }
            #expect(count % 5 == 0)
            seen.insert(count)
        }
        #expect(seen == [0, 5, 10, 15, 20])
        withExtendedLifetime(ledger) {}
    }

    /// A process that defers, commits to a sink of its own and settles is killed again and again; a
    /// restart asks the sink, settles and discards. No task is lost or doubled.
    @Test func killedProcessesLoseAndDoubleNothing() async throws {
        let folder = try TemporaryFolder()
        for round in 0..<8 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = folder.path as String, round = round as Int] in
                try runUntilKilled(in: path, after: 20 + useconds_t(round * 7919 % 60))
            }
            let ledger = try Ledger(folder: folder.path)
            let mark = try recover(ledger, in: folder.path)
            let tasks = try ledger.tasks()
            #expect(tasks.map(\.sequence) == (0..<mark * 3).map { $0 + 1 })
            #expect(Set(tasks.map(\.key)).count == tasks.count)
            #expect(try ledger.settle(stream: "kev", upTo: .max) == Ledger.Settled())
        }
    }
}

/// The sink's mark: a number in a file, replaced in one step.
private func sinkMark(in folder: String) -> UInt64 {
    (try? String(contentsOfFile: folder + "/sink", encoding: .utf8)).flatMap(UInt64.init) ?? 0
}

private func recover(_ ledger: Ledger, in folder: String) throws -> UInt64 {
    let mark = sinkMark(in: folder)
    try ledger.settle(stream: "kev", upTo: mark * 3)
    try ledger.discardPending(stream: "kev", above: mark * 3)
    return mark
}

private func runUntilKilled(in folder: String, after milliseconds: useconds_t) throws {
    let ledger = try Ledger(folder: folder)
    var batch = try recover(ledger, in: folder)
    Thread.detachNewThread {
        usleep(milliseconds * 1000)
        kill(getpid(), SIGKILL)
    }
    while true {
        try ledger.addPending(
            stream: "kev", tasks: (1...3).map { .sample(batch * 3 + $0) }, losses: [])
        batch += 1
        try "\(batch)".write(toFile: folder + "/sink", atomically: true, encoding: .utf8)
        try ledger.settle(stream: "kev", upTo: batch * 3)
    }
}
