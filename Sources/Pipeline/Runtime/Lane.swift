import CHost
import Chain
import PluginHost
import SpillwayABI
import Synchronization

/// A tier's plugin instances in one lane.
struct LaneTier {
    var name: String
    var pinnedName: PinnedText
    var handler: HandlerInstance
    var before: [ValidatorInstance]
    var after: [ValidatorInstance]
    var deadline: UInt64
    var budget: UInt64
    var gate: NodeSwitch
}

/// A persist node's store in one lane.
struct LaneStore {
    var name: String
    var pinnedName: PinnedText
    var store: StoreInstance
    var deadline: UInt64
    var budget: UInt64
    var gate: NodeSwitch
}

/// Calls tiers and stores for one batch after another, on one thread.
final class Lane: @unchecked Sendable {
    // Safe: used by one thread at a time, which is the rule of lanes.

    /// Why a lane let go of a batch.
    enum Pause {
        /// The tiers are done with it.
        case ready
        /// Nothing to do for it before this time.
        case waiting(until: UInt64)
        /// A person has to act.
        case held(BatchFlow.Hold)
    }

    /// How soon a tier or store that is full is asked again.
    static let pauseWhenFull: UInt64 = 1_000_000

    private let tiers: [NodeID: LaneTier]
    private let stores: [NodeID: LaneStore]
    private let frame = CallFrame()
    private let tierCall: TierCall
    private let hash = SHA256Context()
    private let arbiter: Arbiter
    private var attemptKey = AttemptKey()

    init(tiers: [NodeID: LaneTier], stores: [NodeID: LaneStore], arbiter: Arbiter) {
        self.tiers = tiers
        self.stores = stores
        self.arbiter = arbiter
        tierCall = TierCall(frame: frame, gateFrame: CallFrame())
    }

    /// Takes a batch through the tiers until it is ready or has to wait.
    func run(_ batch: Batch) -> Pause {
        while true {
            switch batch.flow.next(now: MonotonicClock.now()) {
            case .call(let call):
                guard let result = callTier(call, batch) else {
                    return .waiting(until: MonotonicClock.now() &+ Self.pauseWhenFull)
                }
                arbiter.report(result, of: batch)
            case .persist(let persist):
                guard self.persist(persist, batch) else {
                    return .waiting(until: MonotonicClock.now() &+ Self.pauseWhenFull)
                }
            case .wait(let until):
                return .waiting(until: until)
            case .hold(let hold):
                return .held(hold)
            default:
                return .ready
            }
        }
    }

    /// Makes one call of a tier, behind its breaker and limit.
    ///
    /// - Returns: nil while all of the tier's calls are taken: the batch waits for its turn without a
    ///   lane. Only when none came within the tier's deadline is that `backpressure`; a mere meeting
    ///   of two lanes must not send records down.
    private func callTier(_ call: BatchFlow.Call, _ batch: Batch) -> CallResult? {
        guard let tier = tiers[call.node] else {
            return .failed(.crash, message: "the chain names a tier that was not loaded")
        }
        batch.forget(call.records)
        let now = MonotonicClock.now()
        let permit: Breaker.Permit
        switch tier.gate.enter(now: now) {
        case .open: return .failed(.breakerOpen, message: "\(tier.name): its breaker is open")
        case .full:
            let since = batch.waitsSince ?? now
            batch.waitsSince = since
            guard tier.deadline > 0, now &- since > tier.deadline else { return nil }
            batch.waitsSince = nil
            return .failed(.backpressure, message: "\(tier.name): all its calls are taken")
        case .permitted(let given): permit = given
        }
        batch.waitsSince = nil
        let first = batch.records[Int(call.records[0])].key
        let result = attemptKey.with(first, attempt: call.attempt) { key in
            let context = CallContext(
                tier: tier.pinnedName.view, batchID: batch.pinnedID.view, attemptKey: key,
                attempt: call.attempt, deadline: tier.deadline == 0 ? 0 : now &+ tier.deadline,
                budget: tier.budget)
            if call.via != nil { tier.handler.reset(frame, context.setup(records: 0)) }
            return tierCall.perform(call, on: tier, of: batch, context: context)
        }
        tier.gate.leave(
            permit, Breaker.Outcome(result, records: call.records.count), now: MonotonicClock.now())
        return result
    }

    // MARK: - Cold storage

    /// Puts the raw bytes of records into a persist node's store.
    ///
    /// - Returns: false while all of the store's calls are taken: the batch waits for its turn.
    func persist(_ persist: BatchFlow.Persist, _ batch: Batch) -> Bool {
        guard let store = stores[persist.node] else {
            arbiter.persistFailed(
                .init(signal: .crash, message: "the chain names a store that was not loaded"),
                of: batch)
            return true
        }
        batch.forget(persist.records)
        switch store.gate.enter(now: MonotonicClock.now()) {
        case .full: return false
        case .open:
            arbiter.persistFailed(
                .init(signal: .breakerOpen, message: "\(store.name): its breaker is open"),
                of: batch)
        case .permitted(let permit):
            let failure = putAll(persist, into: store, batch)
            store.gate.leave(
                permit,
                Breaker.Outcome(CallResult(failure: failure), records: persist.records.count),
                now: MonotonicClock.now())
            if let failure {
                arbiter.persistFailed(failure, of: batch)
            } else {
                batch.flow.persisted()
            }
        }
        return true
    }

    private func putAll(
        _ persist: BatchFlow.Persist, into store: LaneStore, _ batch: Batch
    ) -> CallResult.Failure? {
        for ordinal in persist.records {
            if let failure = put(ordinal, into: store, batch, attempt: persist.attempt) {
                return failure
            }
        }
        return nil
    }

    private func put(
        _ ordinal: UInt32, into store: LaneStore, _ batch: Batch, attempt: UInt32
    ) -> CallResult.Failure? {
        if batch.stored[ordinal] != nil, batch.stored[ordinal]?.store == store.name { return nil }
        let raw = batch.raw(ordinal)
        let digest = hash.digest([raw.prefix, raw.span])
        let key = batch.records[Int(ordinal)].key
        let now = MonotonicClock.now()
        let outcome = attemptKey.with(key, attempt: attempt) { key in
            let context = CallContext(
                tier: store.pinnedName.view, batchID: batch.pinnedID.view, attemptKey: key,
                attempt: attempt, deadline: store.deadline == 0 ? 0 : now &+ store.deadline,
                budget: store.budget)
            return store.store.put(
                frame, context.setup(records: 0), name: digest.hex, sha256: digest.bytes,
                mediaType: batch.rawMediaType, parts: [raw.prefix, raw.span])
        }
        guard outcome.status < 0 else {
            batch.stored[ordinal] = StoredRaw(
                store: store.name, object: digest.hex, sha256: digest.bytes,
                length: UInt64(raw.prefix.size + raw.span.size))
            return nil
        }
        return CallResult.Failure(
            signal: Signal(rawValue: outcome.signal), retryAfter: outcome.retryAfterNanoseconds,
            message: "\(store.name): \(frame.message)")
    }
}

/// Where a record's raw bytes are.
struct StoredRaw: Sendable {
    var store: String
    var object: String
    var sha256: [UInt8]
    var length: UInt64
}

/// What the flows of a pipeline share beyond their own state: the retry budget and the randomness of
/// waits. Reports results to a batch's flow under one lock.
final class Arbiter: Sendable {
    private struct State: Sendable {
        var budget: RetryBudget
        var random: SplitMix64
    }

    private let state: Mutex<State>

    init(budget: RetryBudget, seed: UInt64) {
        state = Mutex(State(budget: budget, random: SplitMix64(seed: seed)))
    }

    func report(_ result: CallResult, of batch: Batch) {
        state.withLock { state in
            batch.flow.called(
                result, now: MonotonicClock.now(), budget: &state.budget, using: &state.random)
        }
    }

    func persistFailed(_ failure: CallResult.Failure, of batch: Batch) {
        state.withLock { state in
            batch.flow.persistFailed(failure, now: MonotonicClock.now(), using: &state.random)
        }
    }

    func commitFailed(_ failure: CallResult.Failure, of batch: Batch) {
        state.withLock { state in
            batch.flow.commitFailed(failure, now: MonotonicClock.now(), using: &state.random)
        }
    }
}
