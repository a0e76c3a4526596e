import CHost
import SpillwayABI
import Testing

@testable import PluginHost

/// Stores, sources, sinks and validators through their classes.
@Suite struct EndpointTests {
    let workshop: Workshop
    let frame = CallFrame()
    let plugin: Plugin

    init() throws {
        workshop = try Workshop()
        plugin = try workshop.endpoints()
    }

    private func options(_ text: String) -> InstanceSetup {
        InstanceSetup(name: "it", options: text)
    }

    // MARK: - Validator

    @Test func aValidatorJudgesAfterAgainstBefore() throws {
        let gate = try plugin.makeValidator(options("{}"))
        withInput(["{\"a\":1}", "{\"b\":2}"]) { before in
            #expect(
                gate.validate(frame, setup(records: 2), before: before, after: nil, events: [])
                    .status == SPW_OK)
            #expect(frame.events.isEmpty)
            withInput(["{\"a\":1}", "{\"b\":3}"]) { after in
                let outcome = gate.validate(
                    frame, setup(records: 2), before: before, after: after, events: [spw_event()])
                #expect(outcome.status == SPW_OK)
            }
        }
        #expect(frame.rejected.map(\.index) == [1])
        #expect(frame.rejected.map(\.signal) == [SPW_SIGNAL_DIVERGENCE])
        #expect(frame.rejected.map { String(view: $0.reason) } == ["it differs in spite of events"])
    }

    // MARK: - Store

    private func digest(_ text: String) throws -> [UInt8] {
        let hash = try #require(SHA256Hasher())
        Array(text.utf8).withUnsafeBytes { hash.update($0) }
        return try #require(hash.finish())
    }

    private func put(_ store: StoreInstance, _ name: String, _ parts: [String]) throws
        -> CallOutcome
    {
        let sha256 = try digest(parts.joined())
        return withInput(parts) { input in
            let parts = (0..<parts.count).map { index in
                let record = input.pointee.records[index]
                return spw_bytes(
                    data: input.pointee.bytes.data + Int(record.offset), size: Int(record.length))
            }
            return store.put(
                frame, setup(), name: name, sha256: sha256, mediaType: "text/plain", parts: parts)
        }
    }

    @Test func whatIsPutIsGot() throws {
        let store = try plugin.makeStore(options("{}"))
        #expect(try put(store, "one", ["hello, ", "world"]).status == SPW_OK)
        #expect(try put(store, "one", ["hello, ", "world"]).status == SPW_UNCHANGED)
        #expect(store.get(frame, setup(), name: "one").status == SPW_OK)
        #expect(frame.text == "hello, world")
        #expect(store.get(frame, setup(), name: "one", offset: 7, length: 3).status == SPW_OK)
        #expect(frame.text == "wor")
        #expect(store.get(frame, setup(), name: "two").status == SPW_END)
        let (outcome, object) = store.stat(frame, setup(), name: "one")
        #expect(outcome.status == SPW_OK)
        #expect(
            object
                == StoredObject(
                    name: "one", length: 12, sha256: try digest("hello, world"),
                    mediaType: "text/plain", storedAt: 42))
        #expect(store.stat(frame, setup(), name: "two").outcome.status == SPW_END)
        #expect(store.remove(frame, setup(), name: "one").status == SPW_OK)
        #expect(store.get(frame, setup(), name: "one").status == SPW_END)
    }

    @Test func aFullStoreFailsTheCall() throws {
        let store = try plugin.makeStore(options("full"))
        let outcome = try put(store, "one", ["x"])
        #expect(outcome.status == SPW_FAILED)
        #expect(outcome.signal == SPW_SIGNAL_UNAVAILABLE)
        #expect(frame.message == "no space is left")
    }

    @Test(arguments: [1, 5, 12, 100]) func readingPieceByPiece(_ chunk: UInt64) throws {
        let store = try plugin.makeStore(options("{}"))
        _ = try put(store, "one", ["hello, world"])
        var read = ""
        let outcome = store.read(frame, setup(budget: 0), name: "one", chunk: chunk) {
            #expect($0.count <= Int(chunk))
            read += String(decoding: $0, as: UTF8.self)
            return true
        }
        #expect(outcome.status == SPW_OK)
        #expect(read == "hello, world")
    }

    @Test func damagedBytesAreSeen() throws {
        let store = try plugin.makeStore(options("rot"))
        _ = try put(store, "one", ["hello"])
        let outcome = store.read(frame, setup(), name: "one", chunk: 100) { _ in true }
        #expect(outcome.signal == SPW_SIGNAL_UNRECOVERABLE)
        #expect(frame.message.contains("object one of it is damaged"))
    }

    @Test func puttingInPieces() throws {
        let store = try plugin.makeStore(options("{}"))
        let object = StoredObject(name: "big", length: 6, sha256: try digest("abcdef"))
        let put = try #require(store.beginPut(frame, setup(), object).put)
        for piece in ["abc", "def"] {
            let outcome = Array(piece.utf8).withUnsafeBytes { put.write(frame, setup(), $0) }
            #expect(outcome.status == SPW_OK)
        }
        #expect(put.finish(frame, setup()).status == SPW_OK)
        #expect(store.get(frame, setup(), name: "big").status == SPW_OK)
        #expect(frame.text == "abcdef")
    }

    @Test func aPutThatIsDroppedIsAborted() throws {
        let store = try plugin.makeStore(options("{}"))
        let object = StoredObject(name: "gone", length: 6, sha256: try digest("abcdef"))
        _ = store.beginPut(frame, setup(), object)
        #expect(store.stat(frame, setup(), name: "gone").outcome.status == SPW_END)
    }

    @Test func listingInPages() throws {
        let store = try plugin.makeStore(options("{}"))
        for name in ["a1", "a2", "a3", "b1"] { _ = try put(store, name, [name]) }
        let first = store.list(frame, setup(), prefix: "a", limit: 2)
        #expect(first.outcome.status == SPW_OK)
        #expect(first.objects.map(\.name) == ["a1", "a2"])
        let second = store.list(frame, setup(), prefix: "a", after: "a2", limit: 2)
        #expect(second.outcome.status == SPW_END)
        #expect(second.objects.map(\.name) == ["a3"])
    }

    // MARK: - Source

    private func next(_ source: SourceInstance, _ batch: inout spw_batch) -> CallOutcome {
        source.next(frame, setup(), maxRecords: 100, maxBytes: 1 << 20, into: &batch)
    }

    @Test func aBatchAndThenTheEnd() throws {
        let source = try plugin.makeSource(options("{}"))
        #expect(source.isReplayable)
        #expect(!source.isOrdered)
        #expect(source.partitions(frame, setup()).partitions == ["north", "south"])
        #expect(source.assign(frame, setup(), position: []).status == SPW_OK)
        var batch = spw_batch()
        #expect(next(source, &batch).status == SPW_OK)
        #expect(batch.input.record_count == 3)
        #expect(batch.input.pull != nil, "a source that leaves pull out gets one")
        #expect([UInt8](view: batch.position) == Array("1:20".utf8))
        #expect(frame.rejected.map(\.index) == [1])
        source.release(batch.token)
        #expect(next(source, &batch).status == SPW_END)
        #expect(source.assign(frame, setup(), position: Array("1:20".utf8)).status == SPW_OK)
        #expect(next(source, &batch).status == SPW_END)
        for optional in [
            source.nack(frame, setup(), position: []), source.extend(frame, setup(), position: []),
            source.revoke(frame, setup()),
        ] {
            #expect(optional.status == SPW_NOT_IMPLEMENTED)
        }
    }

    @Test func nothingYetIsNoFailure() throws {
        var batch = spw_batch()
        #expect(next(try plugin.makeSource(options("nothing yet")), &batch).status == SPW_PENDING)
    }

    @Test(arguments: [
        ("record outside", "record 2 of a batch lies outside of its bytes"),
        ("offset wraps", "record 2 of a batch lies outside of its bytes"),
        ("raw outside", "the raw span of record 2 of a batch lies outside of its raw bytes"),
        ("no key", "record 2 of a batch has no key"),
        ("key nowhere", "record 2 of a batch has no key"),
        ("operation", "record 2 of a batch has operation 9"),
        ("too many", "a batch has 1000000 records where 100 were asked for"),
        ("no table", "a batch has records but no table of them"),
        ("bytes nowhere", "a batch's bytes has a length but no pointer"),
        ("position nowhere", "a batch's position has a length but no pointer"),
        ("event outside", "an event names record 3 of a batch of 3"),
    ])
    func aBatchThatLiesIsRefusedAndReleased(_ mode: String, _ rule: String) throws {
        let source = try plugin.makeSource(options(mode))
        var batch = spw_batch()
        let outcome = next(source, &batch)
        #expect(outcome.status == SPW_FAILED)
        #expect(outcome.signal == SPW_SIGNAL_CRASH)
        #expect(frame.message.hasSuffix(rule), "\(frame.message)")
        _ = source.ack(frame, setup(), position: [])
        #expect(frame.message == "released 1")
    }

    // MARK: - Sink

    private func prepare(_ sink: SinkInstance, _ outcomes: inout [UInt8]) -> CallOutcome {
        withInput(outcomes.map { _ in "{}" }) { input in
            let setup = setup(records: input.pointee.record_count)
            return outcomes.withUnsafeMutableBufferPointer {
                sink.prepare(frame, setup, stream: "s", input: input, outcomes: $0)
            }
        }
    }

    @Test func rowsAndMarkTogether() throws {
        let sink = try plugin.makeSink(options("keyed"))
        #expect(sink.promise == .position)
        #expect(sink.isKeyed)
        guard case .none = sink.position(frame, setup(), stream: "s") else {
            Issue.record("a new sink has a mark")
            return
        }
        var outcomes: [UInt8] = [7, 7, 7]
        #expect(prepare(sink, &outcomes).status == SPW_OK)
        #expect(outcomes == Array(repeating: UInt8(SPW_OUTCOME_INSERTED), count: 3))
        let data = Array("totals".utf8)
        #expect(
            sink.commit(frame, setup(), stream: "s", sequence: 3, data: data).status == SPW_OK)
        guard case .mark(3, data) = sink.position(frame, setup(), stream: "s") else {
            Issue.record("the mark is lost")
            return
        }
        #expect(sink.abort(frame, setup(), stream: "s").status == SPW_OK)
    }

    /// What the sink itself thinks.
    private func prepared(_ sink: SinkInstance) -> String {
        _ = sink.position(frame, setup(), stream: "s")
        return frame.message
    }

    @Test func whatIsPreparedStays() throws {
        let sink = try plugin.makeSink(options("tell"))
        var outcomes: [UInt8] = [0, 0]
        #expect(prepare(sink, &outcomes).status == SPW_OK)
        #expect(prepared(sink) == "prepared")
        #expect(sink.abort(frame, setup(), stream: "s").status == SPW_OK)
        #expect(prepared(sink) == "nothing prepared")
    }

    @Test(arguments: ["strange outcome", "bad index"])
    func whatIsPreparedWronglyIsTakenBack(_ mode: String) throws {
        let sink = try plugin.makeSink(options("\(mode), tell"))
        var outcomes: [UInt8] = [0, 0]
        let outcome = prepare(sink, &outcomes)
        #expect(outcome.status == SPW_FAILED)
        #expect(outcome.signal == SPW_SIGNAL_CRASH)
        #expect(prepared(sink) == "nothing prepared")
    }

    @Test func aDoubtfulCommitHasAnUnknownOutcome() throws {
        let sink = try plugin.makeSink(options("nonsense commit"))
        let outcome = sink.commit(frame, setup(), stream: "s", sequence: 1, data: [])
        #expect(outcome.signal == SPW_SIGNAL_UNKNOWN_OUTCOME)
    }

    /// The rows are there: calling that a timeout would write them twice.
    @Test func aLateCommitIsACommit() throws {
        let sink = try plugin.makeSink(options("{}"))
        let outcome = sink.commit(
            frame, setup(deadline: 1), stream: "s", sequence: 1, data: [])
        #expect(outcome.status == SPW_OK)
    }

    @Test func aSinkThatCantSayItsPosition() throws {
        let sink = try plugin.makeSink(options("position fails"))
        guard case .failed(let outcome) = sink.position(frame, setup(), stream: "s") else {
            Issue.record("it failed and said something else")
            return
        }
        #expect(outcome.signal == SPW_SIGNAL_UNAVAILABLE)
    }
}
