import Chain
import PluginHost
import SpillwayABI
import Synchronization

/// What a source handed out.
struct TakenBatch: @unchecked Sendable {
    // Safe: handed over once, from the source's thread to a batch.
    var source: Int
    var records: Int
    var bytes: UInt64
    var input: spw_input
    var position: [UInt8]
    /// Records that the source itself could not read.
    var rejects: [CallResult.Reject]
    var release: () -> Void
}

/// Reads one source, batch by batch.
final class SourceReader: @unchecked Sendable {
    // Safe: every use of the instance and its frame is under `lock`: one call at a time.

    /// How much a batch may hold.
    struct Limits {
        var records: UInt32
        var bytes: UInt64
    }

    /// Tries, with a pause between, before a source that fails ends the run. Nothing is lost by it.
    private static let patience = RetryPolicy(attempts: 6, base: 100_000_000, cap: 2_000_000_000)

    let name: String
    let index: Int
    /// The source's node in the chain.
    let node: NodeID
    private let instance: SourceInstance
    private let limits: Limits
    private let frame = CallFrame()
    private let lock = Mutex(())
    private let pinnedName: PinnedText

    init(name: String, index: Int, node: NodeID, instance: SourceInstance, limits: Limits) {
        self.name = name
        self.index = index
        self.node = node
        self.instance = instance
        self.limits = limits
        pinnedName = PinnedText(name)
    }

    private func setup(records: Int = 0) -> CallSetup {
        CallContext(
            tier: pinnedName.view, batchID: pinnedName.view, attemptKey: spw_str(), attempt: 1,
            deadline: 0, budget: UInt64.max / 2
        ).setup(records: records)
    }

    /// Starts after a position; nil: from the beginning.
    func assign(_ position: [UInt8]?) throws(RunError) {
        let outcome = lock.withLock { _ in
            instance.assign(frame, setup(), partition: "", position: position ?? [])
        }
        if outcome.status < 0 { throw error(outcome, "can't start") }
    }

    /// The next batch, or nil when the source is at its end or the run stops.
    func next(isStopping: () -> Bool) throws(RunError) -> TakenBatch? {
        var random = SplitMix64(seed: MonotonicClock.now())
        var attempt: UInt32 = 1
        while !isStopping() {
            var batch = spw_batch()
            let outcome = lock.withLock { _ in
                instance.next(
                    frame, setup(records: Int(limits.records)), maxRecords: limits.records,
                    maxBytes: limits.bytes, into: &batch)
            }
            switch outcome.status {
            case SPW_OK: return taken(batch)
            case SPW_END: return nil
            case SPW_PENDING: continue
            default: break
            }
            let failed = error(outcome, "can't go on")
            guard Signal(rawValue: outcome.signal).signalClass == .dependency,
                attempt < Self.patience.attempts
            else { throw failed }
            Pause.until(
                MonotonicClock.now()
                    &+ Self.patience.delay(
                        attempt: attempt, retryAfter: outcome.retryAfterNanoseconds, using: &random),
                orWhen: isStopping)
            attempt += 1
        }
        return nil
    }

    /// Reads the raw bytes of a deferred record again.
    func parse(key: String, mediaType: String, raw: [UInt8]) throws(RunError) -> TakenBatch {
        var batch = spw_batch()
        let outcome = lock.withLock { _ in
            raw.withUnsafeBytes { raw in
                instance.parse(
                    frame, setup(records: Int(Int32.max)), key: key, rawMediaType: mediaType,
                    raw: raw, into: &batch)
            }
        }
        guard outcome.status >= 0 else { throw error(outcome, "can't read \(key) again") }
        return taken(batch)
    }

    /// Tells the source that everything up to a position has its durable end.
    func acknowledge(_ position: [UInt8]) throws(RunError) {
        let outcome = lock.withLock { _ in
            instance.ack(frame, setup(), partition: "", position: position)
        }
        if outcome.status < 0, outcome.status != SPW_NOT_IMPLEMENTED {
            throw error(outcome, "can't note how far it came")
        }
    }

    private func taken(_ batch: spw_batch) -> TakenBatch {
        let instance = instance
        let token = batch.token
        return TakenBatch(
            source: index, records: Int(batch.input.record_count),
            bytes: UInt64(batch.input.bytes.size) + UInt64(batch.input.raw.size),
            input: batch.input,
            position: [UInt8](
                UnsafeRawBufferPointer(start: batch.position.data, count: batch.position.size)),
            rejects: rejects(), release: { instance.release(token) })
    }

    private func rejects() -> [CallResult.Reject] {
        frame.events.lazy.filter { $0.kind == SPW_EVENT_REJECTED }.map { event in
            CallResult.Reject(
                ordinal: event.index,
                signal: event.signal == 0 ? .unrecoverable : Signal(rawValue: event.signal),
                pointer: event.pointer.size == 0 ? nil : String(event.pointer),
                message: event.reason.size == 0 ? nil : String(event.reason))
        }
    }

    private func error(_ outcome: CallOutcome, _ what: String) -> RunError {
        let signal = Signal(rawValue: outcome.signal)
        return RunError(
            signal.signalClass == .operator ? .denied : .source,
            "source \(name) \(what): \(signal.name): \(frame.message)")
    }
}
