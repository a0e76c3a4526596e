import CHost
import Foundation
import SpillwayABI
import Synchronization
import Testing

@testable import PluginHost

/// What comes of a call, whatever the plugin does with it.
@Suite struct HandlerTests {
    let workshop: Workshop
    let frame = CallFrame()

    init() throws {
        workshop = try Workshop()
    }

    private func call(
        _ handler: HandlerInstance, records: Int = 1, deadline: UInt64 = 0
    ) -> CallOutcome {
        withInput(Array(repeating: "{\"a\":1}", count: records)) {
            handler.handle(frame, setup(records: UInt32(records), deadline: deadline), $0)
        }
    }

    private func soon(_ milliseconds: UInt64) -> UInt64 {
        spw_monotonic_now() + milliseconds * 1_000_000
    }

    @Test func everyRecordsFateIsSeen() throws {
        let outcome = call(try workshop.handler("account"), records: 8)
        #expect(outcome == CallOutcome(status: SPW_OK))
        #expect(frame.results.map(\.index) == [0, 3, 4, 7])
        #expect(frame.results.map(\.passed) == [true, false, true, false])
        #expect(frame.rejected.map(\.index) == [1, 5])
        #expect(frame.rejected.map { String(view: $0.pointer) } == ["/a", "/a"])
        #expect(frame.events(ofKind: SPW_EVENT_FILTERED).map(\.index) == [2, 6])
        let last = try #require(frame.results.last)
        let bytes = frame.bytes[Int(last.offset)..<Int(last.offset + last.length)]
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"rewritten\":true}")
        #expect(frame.used > 0)
    }

    @Test func aFailureHasItsSignal() throws {
        let outcome = call(try workshop.handler("failing"))
        #expect(
            outcome
                == CallOutcome(
                    status: SPW_FAILED, signal: SPW_SIGNAL_BACKPRESSURE,
                    retryAfterNanoseconds: 5000))
        #expect(frame.message == "the target is full")
        #expect(frame.signal == SPW_SIGNAL_BACKPRESSURE)
        #expect(frame.retryAfter == 5000)
        #expect(call(try workshop.handler("unchanged")).signal == SPW_SIGNAL_NONE)
        #expect(frame.message.isEmpty)
    }

    @Test(arguments: [
        ("overrun", "more bytes were committed than reserved"),
        ("bad index", "an event names a record that the input does not have"),
        ("silent", "it answered SPW_FAILED without a signal"),
        ("nonsense", "it answered with status 77"),
    ])
    func aBrokenRuleIsACrash(_ mode: String, _ rule: String) throws {
        let handler = try workshop.handler(mode)
        for deadline in [0, soon(60_000)] {
            let outcome = call(handler, deadline: deadline)
            #expect(outcome.status == SPW_FAILED)
            #expect(outcome.signal == SPW_SIGNAL_CRASH)
            #expect(
                frame.message.hasPrefix("plugin example/bench broke a rule of the ABI: \(rule)"),
                "\(frame.message)")
        }
        // The next call of the frame starts afresh.
        #expect(call(try workshop.handler("unchanged")).status == SPW_UNCHANGED)
        #expect(frame.message.isEmpty)
        #expect(frame.violation == nil)
    }

    @Test(arguments: ["greedy output", "greedy room"]) func overBudget(_ mode: String) throws {
        let outcome = call(try workshop.handler(mode))
        #expect(outcome.status == SPW_FAILED)
        #expect(outcome.signal == SPW_SIGNAL_OVER_BUDGET)
        #expect(frame.isOverBudget)
        #expect(frame.message.contains("more than the call's budget of 1048576 bytes"))
    }

    @Test func aLateAnswerIsATimeout() throws {
        let handler = try workshop.handler("late")
        #expect(call(handler).status == SPW_UNCHANGED)
        let outcome = call(handler, deadline: soon(5))
        #expect(outcome.status == SPW_FAILED)
        #expect(outcome.signal == SPW_SIGNAL_TIMEOUT)
        #expect(frame.message.contains("after the deadline"))
        let inTime = call(handler, deadline: soon(60_000))
        #expect(inTime.status == SPW_UNCHANGED)
        #expect(inTime.endedAt > 0 && inTime.endedAt <= spw_monotonic_now())
    }

    // MARK: - Pending

    @Test(arguments: [0, 60_000]) func aPendingCallIsCompleted(_ milliseconds: UInt64) throws {
        let handler = try workshop.handler("pending", ["IN_FLIGHT": "1"])
        let outcome = call(handler, deadline: milliseconds == 0 ? 0 : soon(milliseconds))
        #expect(outcome.status == SPW_UNCHANGED)
    }

    @Test func aCallThatNeverEndsCostsItsFrameAndItsPlace() throws {
        let handler = try workshop.handler("pending never", ["IN_FLIGHT": "2"])
        let before = CallFrame.abandonedCount
        for _ in 0..<2 {
            let outcome = call(handler, deadline: soon(20))
            #expect(outcome.status == SPW_FAILED)
            #expect(outcome.signal == SPW_SIGNAL_TIMEOUT)
            #expect(frame.message.contains("did not complete the call"))
        }
        #expect(CallFrame.abandonedCount >= before + 2)
        // Both places of the instance are taken for ever; the frame goes on with another plugin.
        #expect(call(handler, deadline: soon(20)).status == SPW_BUSY)
        #expect(call(try workshop.handler("unchanged")).status == SPW_UNCHANGED)
        let leaked = PluginInstance.leakedCount
        handler.close()
        #expect(PluginInstance.leakedCount > leaked)
    }

    /// The plugin's thread completes the call after the host gave it up.
    @Test func aCallThatEndsLateGivesItsPlaceBack() throws {
        let handler = try workshop.handler("pending", ["IN_FLIGHT": "1"])
        #expect(call(handler, deadline: soon(1)).signal == SPW_SIGNAL_TIMEOUT)
        #expect(call(handler, deadline: soon(1)).status == SPW_BUSY)
        usleep(100_000)
        #expect(call(handler, deadline: soon(60_000)).status == SPW_UNCHANGED)
    }

    @Test func pendingWithoutSayingSoBreaksARule() throws {
        let outcome = call(try workshop.handler("pending"))
        #expect(outcome.signal == SPW_SIGNAL_CRASH)
        #expect(frame.message.contains("without a max_in_flight"))
    }

    // MARK: - The lane rule

    @Test func aSecondCallAtOnceIsBusy() async throws {
        let handler = try workshop.handler("late")
        let thread = Thread {
            let frame = CallFrame()
            _ = withInput(["{}"]) { handler.handle(frame, setup(records: 1), $0) }
        }
        thread.start()
        var statuses: Set<Int32> = []
        for _ in 0..<40 where !statuses.contains(SPW_BUSY) {
            usleep(1000)
            statuses.insert(handler.selfTest(frame, setup()).status)
        }
        #expect(statuses.contains(SPW_BUSY))
        #expect(frame.message.contains("inside a call already"))
        usleep(50_000)
        #expect(handler.selfTest(frame, setup()).status == SPW_OK)
    }

    @Test func aSharedInstanceTakesCallsAtOnce() throws {
        let handler = try workshop.handler("late", ["THREADS": "SPW_THREADS_SHARED"])
        let busy = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            let frame = CallFrame()
            let outcome = withInput(["{}"]) { handler.handle(frame, setup(records: 1), $0) }
            if outcome.status != SPW_UNCHANGED { busy.add(1, ordering: .relaxed) }
        }
        #expect(busy.load(ordering: .relaxed) == 0)
    }

    @Test func itIsDestroyedOnce() throws {
        let tally = "\(workshop.folder)/tally"
        let plugin = try workshop.loader().load(try workshop.compile("bench"))
        var setups = InstanceSetup(name: "tier", options: "unchanged", baseFolder: tally)
        do {
            let closed = try plugin.makeHandler(setups)
            closed.close()
            closed.close()
            #expect(call(closed).status == SPW_BUSY)
        }
        #expect(try String(contentsOfFile: tally, encoding: .utf8) == "destroyed\n")
        _ = try plugin.makeHandler(setups)
        #expect(try String(contentsOfFile: tally, encoding: .utf8) == "destroyed\ndestroyed\n")
        setups.options = "refused"
        #expect(refusal { _ = try plugin.makeHandler(setups) }.code == .invalidOptions)
        #expect(try String(contentsOfFile: tally, encoding: .utf8) == "destroyed\ndestroyed\n")
    }

    // MARK: - Making, state, log

    @Test func wrongOptionsAreNamed() throws {
        let (code, message) = refusal { _ = try workshop.handler("refused") }
        #expect(code == .invalidOptions)
        #expect(message == "tier (example/bench 1.2.3): \"colour\" is no option of it")
        let impossible = refusal { _ = try workshop.handler("impossible") }
        #expect(impossible.code == .createFailed)
        #expect(impossible.message.contains("the door is locked"))
    }

    @Test func anInterfaceThatItDoesNotHave() throws {
        let plugin = try workshop.loader().load(try workshop.compile("bench"))
        let (code, message) = refusal { _ = try plugin.makeSink(InstanceSetup(name: "sink")) }
        #expect(code == .noInterface)
        #expect(message.contains("it has spillway.handler/1"))
    }

    private final class Memory: PluginState {
        private let values = Mutex<[String: [UInt8]]>([:])
        private let isBroken: Bool

        init(isBroken: Bool = false) {
            self.isBroken = isBroken
        }

        func get(_ key: String) -> [UInt8]? {
            values.withLock { $0[key] }
        }

        func put(_ key: String, _ value: [UInt8]) throws {
            if isBroken { throw Workshop.Failure(message: "the disk is full") }
            values.withLock { $0[key] = value }
        }
    }

    @Test func stateIsKept() throws {
        let memory = Memory()
        for count in 1...3 {
            let handler = try workshop.handler("remember", state: memory)
            #expect(call(handler).status == SPW_OK)
            #expect(frame.text == "\(count)")
        }
        #expect(call(try workshop.handler("remember")).status == SPW_OK)
        #expect(frame.text == "no state")
    }

    @Test func stateThatCantBeKeptIsAFailure() throws {
        let handler = try workshop.handler("remember", state: Memory(isBroken: true))
        #expect(call(handler).status == SPW_FAILED)
        #expect(workshop.lines.all.contains { $0.message.contains("the disk is full") })
    }

    @Test func linesCarryTheirCallAndNoControlCharacters() throws {
        let handler = try workshop.handler("log")
        let outcome = "b-17".withView { batch in
            "coerce".withView { tier in
                var named = setup(records: 1)
                named.raw.batch_id = batch
                named.raw.tier = tier
                named.raw.attempt = 3
                return withInput(["{}"]) { handler.handle(frame, named, $0) }
            }
        }
        #expect(outcome.status == SPW_UNCHANGED)
        let lines = workshop.lines.all
        #expect(lines.map(\.message) == ["a\\u{1b}[31mb\\nc", "outside"])
        #expect(lines.map(\.level) == [.warning, .info])
        #expect(lines.map(\.batchID) == ["b-17", ""])
        #expect(lines.map(\.tier) == ["coerce", ""])
        #expect(lines.map(\.attempt) == [3, 0])
        #expect(Set(lines.map(\.plugin)) == ["example/bench"])
    }
}
