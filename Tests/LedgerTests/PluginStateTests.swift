import Ledger
import Testing

@Suite struct PluginStateTests {
    let folder: TemporaryFolder
    let ledger: Ledger

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger(folder: folder.path, clock: { 1_700_000_000_000_000_000 })
    }

    @Test func thereIsNothingAtFirst() throws {
        #expect(try ledger.state(scope: "kev/feed", key: Array("file:a".utf8)) == nil)
    }

    @Test(arguments: [
        [], [0], Array("{\"ordinal\":3}".utf8), Array(repeating: 0xFF, count: 100_000),
    ])
    func aValueComesBackAsItWas(value: [UInt8]) throws {
        try ledger.putState(scope: "kev/feed", key: [0, 255], value: value)
        #expect(try ledger.state(scope: "kev/feed", key: [0, 255]) == value)
    }

    @Test func theLastValueCounts() throws {
        for value in UInt8(0)..<5 { try ledger.putState(scope: "s", key: [1], value: [value]) }
        #expect(try ledger.state(scope: "s", key: [1]) == [4])
    }

    @Test func scopesDoNotMeet() throws {
        try ledger.putState(scope: "a", key: [1], value: [1])
        try ledger.putState(scope: "b", key: [1], value: [2])
        #expect(try ledger.state(scope: "a", key: [1]) == [1])
        #expect(try ledger.state(scope: "a", key: []) == nil)
    }

    @Test func marksAreCopiesByStream() throws {
        try ledger.saveMark(stream: "kev", sequence: 7, data: [1, 2])
        try ledger.saveMark(stream: "kev#reconcile", sequence: 1, data: [])
        try ledger.saveMark(stream: "kev", sequence: 9, data: [3])
        let marks = try ledger.marks()
        #expect(marks.map(\.stream) == ["kev", "kev#reconcile"])
        #expect(marks.map(\.sequence) == [9, 1])
        #expect(marks.map(\.data) == [[3], []])
        #expect(marks.allSatisfy { $0.updatedAt == 1_700_000_000_000_000_000 })
    }
}
