import Testing

@testable import Ledger

@Suite struct ResolutionTests {
    let folder: TemporaryFolder
    let ledger: Ledger

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger(folder: folder.path, clock: { 42 })
        try ledger.addVisible([.sample(1), .sample(2), .sample(3)])
    }

    private let resolutions: [Resolution] = [
        .delivered(taskID: 1, outcome: "superseded"),
        .failed(taskID: 2, signal: "divergence", reason: "still wrong", history: "[1]"),
        .remainder(taskID: 3, replacing: [.sample(3, key: "feed/1:3/2", object: "bb22")]),
    ]

    @Test func nothingChangesUntilItSettles() throws {
        let before = try ledger.tasks()
        try ledger.stageResolutions(stream: "r", sequence: 1, resolutions)
        #expect(try ledger.tasks() == before)
        #expect(try ledger.openReferences(store: "cold", object: "bb22") == 1)
    }

    @Test func settlingCarriesThemOut() throws {
        try ledger.stageResolutions(stream: "r", sequence: 1, resolutions, losses: [.sample(999)])
        let settled = try ledger.settle(stream: "r", upTo: 1)
        #expect(settled == Ledger.Settled(tasks: 1, losses: 1, resolutions: 3))
        let tasks = try ledger.tasks()
        #expect(tasks.map(\.state) == [.delivered, .open, .replaced, .open])
        #expect(tasks.map(\.attempts) == [0, 1, 0, 1])
        #expect(tasks[0].outcome == "superseded")
        #expect(tasks[1].signal == "divergence")
        #expect(tasks[1].reason == "still wrong")
        #expect(tasks[1].history == "[1]")
        #expect(tasks[0].reason == "/product is empty")
        #expect(tasks[3].parent == 3)
        #expect(tasks[3].key == "feed/1:3/2")
        #expect(tasks[3].createdAt == tasks[2].createdAt)
        #expect(try ledger.losses() == [.sample(999)])
    }

    @Test func settlingAgainRepeatsNothing() throws {
        try ledger.stageResolutions(stream: "r", sequence: 1, resolutions)
        try ledger.settle(stream: "r", upTo: 1)
        let once = try ledger.tasks()
        try ledger.settle(stream: "r", upTo: 1)
        try ledger.settle(stream: "r", upTo: 5)
        #expect(try ledger.tasks() == once)
    }

    @Test func discardingForgetsThem() throws {
        let before = try ledger.tasks()
        try ledger.stageResolutions(stream: "r", sequence: 2, resolutions, losses: [.sample(1)])
        let gone = try ledger.discardPending(stream: "r", above: 1)
        #expect(gone == Ledger.Settled(tasks: 1, losses: 1, resolutions: 3))
        try ledger.settle(stream: "r", upTo: 9)
        #expect(try ledger.tasks() == before)
        #expect(try ledger.losses() == [])
    }

    @Test func otherBatchesAndStreamsAreLeftAlone() throws {
        try ledger.stageResolutions(stream: "r", sequence: 2, resolutions)
        try ledger.settle(stream: "r", upTo: 1)
        try ledger.settle(stream: "s", upTo: 9)
        try ledger.discardPending(stream: "r", above: 2)
        #expect(try ledger.taskCounts() == [.open: 3])
        try ledger.settle(stream: "r", upTo: 2)
        #expect(try ledger.taskCounts() == [.delivered: 1, .open: 2, .replaced: 1])
    }

    @Test func aBatchThatComesAgainReplacesWhatItStaged() throws {
        try ledger.stageResolutions(
            stream: "r", sequence: 1,
            [.remainder(taskID: 1, replacing: [.sample(1, key: "a"), .sample(1, key: "b")])],
            losses: [.sample(4)])
        try ledger.stageResolutions(
            stream: "r", sequence: 1, [.remainder(taskID: 1, replacing: [.sample(1, key: "b")])],
            losses: [.sample(5)])
        try ledger.settle(stream: "r", upTo: 1)
        #expect(
            try ledger.tasks(TaskFilter(state: .open)).map(\.key) == ["feed/1:2", "feed/1:3", "b"])
        #expect(try ledger.losses() == [.sample(5)])
    }

    @Test func aParkedTaskThatFailsStaysParked() throws {
        try ledger.park(ids: [2], reason: "r", actor: "a")
        try ledger.stageResolutions(stream: "r", sequence: 1, [resolutions[1]])
        try ledger.settle(stream: "r", upTo: 1)
        let task = try #require(try ledger.tasks(TaskFilter(ids: [2])).first)
        #expect(task.state == .parked)
        #expect(task.attempts == 1)
    }

    @Test(arguments: [Int64(1), 77])
    func aTaskThatIsNotOpenCannotBeReconciled(id: Int64) throws {
        try ledger.drop(ids: [1], reason: "r", actor: "a")
        let error = #expect(throws: LedgerError.self) {
            try ledger.stageResolutions(
                stream: "r", sequence: 1,
                [
                    .delivered(taskID: 2, outcome: "inserted"),
                    .delivered(taskID: id, outcome: "inserted"),
                ])
        }
        #expect(error?.code == .invalid)
        #expect(error?.message == "task \(id) can't be reconciled: it is not open")
        #expect(try ledger.settle(stream: "r", upTo: 1) == Ledger.Settled())
    }
}
