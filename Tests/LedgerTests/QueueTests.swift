import Synchronization
import Testing

@testable import Ledger

@Suite struct QueueTests {
    let folder: TemporaryFolder
    let ledger: Ledger

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger(folder: folder.path)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var filter: TaskFilter
        var sequences: [UInt64]
        var testDescription: String { "\(filter)" }
    }

    static let cases = [
        Case(filter: .all, sequences: [1, 2, 3, 4, 5]),
        Case(filter: TaskFilter(ids: [4, 2, 99]), sequences: [2, 4]),
        Case(filter: TaskFilter(ids: []), sequences: []),
        Case(filter: TaskFilter(signal: "divergence"), sequences: [3, 4]),
        Case(filter: TaskFilter(source: "csv"), sequences: [4, 5]),
        Case(filter: TaskFilter(keyPrefix: "feed/1:"), sequences: [1, 2, 3]),
        Case(filter: TaskFilter(keyPrefix: "feed/1:2"), sequences: [2]),
        Case(filter: TaskFilter(keyPrefix: ""), sequences: [1, 2, 3, 4, 5]),
        Case(filter: TaskFilter(keyPrefix: "%"), sequences: []),
        Case(filter: TaskFilter(pipeline: "other"), sequences: [5]),
        Case(filter: TaskFilter(state: .open), sequences: [1, 3, 4, 5]),
        Case(filter: TaskFilter(state: .dropped), sequences: [2]),
        Case(filter: TaskFilter(limit: 2), sequences: [1, 2]),
        Case(filter: TaskFilter(limit: 2, afterID: 2), sequences: [3, 4]),
        Case(filter: TaskFilter(limit: 0), sequences: []),
        Case(
            filter: TaskFilter(signal: "divergence", source: "csv", state: .open), sequences: [4]),
    ]

    @Test(arguments: cases)
    func tasksAreFiltered(_ sample: Case) throws {
        try ledger.addVisible([
            .sample(1), .sample(2), .sample(3, signal: "divergence"),
            .sample(4, source: "csv", signal: "divergence"),
            .sample(5, pipeline: "other", source: "csv"),
        ])
        try ledger.drop(ids: [2], reason: "a test", actor: "me")
        #expect(try ledger.tasks(sample.filter).map(\.sequence) == sample.sequences)
        if sample.filter.limit == nil {
            #expect(try ledger.taskCount(sample.filter) == sample.sequences.count)
        }
    }

    @Test func aTaskComesBackWhole() throws {
        var task = NewTask.sample(1 << 62, key: "feed/1:ü'\"", length: 1 << 40)
        task.contract = nil
        task.operation = 1
        try ledger.addVisible([task])
        let found = try #require(try ledger.tasks().first)
        #expect(found.content == task)
        #expect(found.state == .open)
        #expect(found.attempts == 0)
        #expect(found.createdAt > 1_600_000_000_000_000_000)
        #expect(found.key == task.key)
    }

    /// SQLite's texts end at a NUL: one in a name is refused, one in words stands out.
    @Test func aNULCutsNothingOff() throws {
        #expect(throws: LedgerError.self) {
            try ledger.addVisible([.sample(1, key: "feed/1:\u{0}")])
        }
        var task = NewTask.sample(1)
        task.reason = "a\u{0}b"
        try ledger.addVisible([task])
        #expect(try ledger.tasks().map(\.reason) == ["a\u{2400}b"])
    }

    @Test func whatIsOpenIsSummed() throws {
        let times = Mutex<Int64>(100)
        let folder = try TemporaryFolder()
        let ledger = try Ledger(
            folder: folder.path,
            clock: {
                times.withLock {
                    $0 += 1
                    return $0
                }
            })
        try ledger.addVisible([.sample(1, length: 5)])
        try ledger.addVisible([.sample(2, length: 7), .sample(3, pipeline: "other", length: 11)])
        try ledger.addPending(stream: "s", tasks: [.sample(4, length: 1000)])
        #expect(try ledger.openTasks() == Ledger.OpenTasks(count: 3, bytes: 23, oldest: 101))
        #expect(try ledger.openTasks(pipeline: "other").oldest == 103)
        #expect(try ledger.openBytes(pipeline: "kev") == 12)
        try ledger.drop(ids: [1], reason: "r", actor: "a")
        #expect(try ledger.openTasks() == Ledger.OpenTasks(count: 2, bytes: 18, oldest: 103))
        #expect(try ledger.taskCounts() == [.open: 2, .dropped: 1])
        #expect(try ledger.taskCounts(pipeline: "other") == [.open: 1])
    }

    @Test func anObjectIsNeededByOpenAndPendingTasks() throws {
        try ledger.addVisible([.sample(1, object: "x"), .sample(2, object: "x")])
        try ledger.addPending(stream: "s", tasks: [.sample(3, object: "x")])
        #expect(try ledger.openReferences(store: "cold", object: "x") == 3)
        #expect(try ledger.openReferences(store: "warm", object: "x") == 0)
        try ledger.drop(ids: [1], reason: "r", actor: "a")
        try ledger.park(ids: [2], reason: "r", actor: "a")
        #expect(try ledger.openReferences(store: "cold", object: "x") == 2)
        try ledger.discardPending(stream: "s", above: 2)
        try ledger.drop(ids: [2], reason: "r", actor: "a")
        #expect(try ledger.openReferences(store: "cold", object: "x") == 0)
    }

    /// A page costs what it holds, not what lies before it: the last page of 100,000 is not much
    /// slower than the first.
    @Test func aLongQueueIsPagedQuickly() throws {
        for start in stride(from: UInt64(1), through: 100_000, by: 10_000) {
            try ledger.addVisible(
                (start..<start + 10_000).map {
                    .sample($0, signal: $0 % 20_000 == 0 ? "capacity" : "schema_drift")
                })
        }
        #expect(try ledger.taskCount() == 100_000)
        let clock = ContinuousClock()
        func cost(afterID: Int64) throws -> Duration {
            try (0..<5).map { _ in
                try clock.measure {
                    let page = try ledger.tasks(
                        TaskFilter(state: .open, limit: 100, afterID: afterID))
                    #expect(page.count == 100)
                }
            }.min() ?? .zero
        }
        let first = try cost(afterID: 0)
        let last = try cost(afterID: 99_900)
        #expect(last < first * 5 + .milliseconds(5))
        #expect(first < .milliseconds(250))
        #expect(try ledger.tasks(TaskFilter(signal: "capacity")).count == 5)
        #expect(try ledger.tasks(TaskFilter(keyPrefix: "feed/1:99999")).map(\.sequence) == [99_999])
        #expect(try ledger.openTasks().bytes == 1_000_000)
    }

    @Test func manyThreadsUseItAtOnce() async throws {
        let ledger = ledger
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    for sequence in UInt64(1)...30 {
                        try ledger.addPending(
                            stream: "w\(worker)",
                            tasks: [.sample(sequence, source: "w\(worker)")],
                            losses: [.sample(sequence, pipeline: "w\(worker)")])
                        try ledger.putState(scope: "w\(worker)", key: [1], value: [UInt8(sequence)])
                        try ledger.settle(stream: "w\(worker)", upTo: sequence)
                        _ = try ledger.tasks(TaskFilter(source: "w\(worker)", limit: 5))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try ledger.taskCount() == 180)
        for worker in 0..<6 {
            let found = try ledger.tasks(TaskFilter(source: "w\(worker)"))
            #expect(found.map(\.sequence) == Array(1...30))
            #expect(try ledger.state(scope: "w\(worker)", key: [1]) == [30])
            #expect(try ledger.losses(pipeline: "w\(worker)").count == 30)
        }
    }
}
