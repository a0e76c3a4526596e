import CHost
public import Chain
public import PluginHost
import SpillwayABI

/// Takes single payloads through a chain's tiers, one call each: for programs that embed the host and
/// deliver the result themselves.
///
/// A payload without a position is known by the SHA-256 of its bytes: that is its base key. A call
/// that succeeds allocates nothing; only a payload that steps down gets a flow of its own. Belongs to
/// one thread.
public final class Executor {
    /// How a payload ended.
    public enum End: Sendable {
        /// A tier took it as it is.
        case unchanged
        /// A tier made this of it.
        case rewritten([UInt8])
        /// Its raw bytes are in this store, under this name.
        case deferred(store: String, object: String, because: Signal)
        /// A plugin dropped it on purpose.
        case filtered
        /// It was seen before.
        case duplicate
        /// A person has to act first; nothing was done with it.
        case held(Signal, String?)
    }

    private let plan: Plan
    private let lane: Lane
    private let entry: LaneTier
    /// No gate stands before or after the entry.
    private let isPlain: Bool
    private let frame = CallFrame()
    private let hash: OpaquePointer
    private let key: UnsafeMutablePointer<CChar>
    private let record: UnsafeMutablePointer<spw_record>
    private let input: UnsafeMutablePointer<spw_input>
    private let batchID = PinnedText("execute")
    private let mediaType = PinnedText("application/json")
    private var executions: UInt64 = 0

    /// Bytes of a base key: SHA-256 in hexadecimal; "#1" follows it for the attempt key.
    private static let keyLength = 64

    init(plan: Plan, lane: Lane, entry: LaneTier) {
        self.plan = plan
        self.lane = lane
        self.entry = entry
        isPlain = entry.before.isEmpty && entry.after.isEmpty
        guard let hash = spw_sha256_new() else {
            fatalError("libcrypto has no SHA-256: is its default provider missing?")
        }
        self.hash = hash
        key = .allocate(capacity: Self.keyLength + 2)
        key[Self.keyLength] = CChar(UInt8(ascii: "#"))
        key[Self.keyLength + 1] = CChar(UInt8(ascii: "1"))
        record = .allocate(capacity: 1)
        record.initialize(to: spw_record())
        record.pointee.key = spw_str(data: UnsafePointer(key), size: Self.keyLength)
        input = .allocate(capacity: 1)
        input.initialize(to: spw_input())
        input.pointee.size = UInt32(MemoryLayout<spw_input>.size)
        input.pointee.record_count = 1
        input.pointee.records = UnsafePointer(record)
        input.pointee.media_type = mediaType.view
    }

    deinit {
        spw_sha256_free(hash)
        key.deallocate()
        record.deallocate()
        input.deallocate()
    }

    /// Takes one payload through the chain.
    public func execute(_ payload: UnsafeRawBufferPointer) -> End {
        spw_sha256_hex(hash, payload.baseAddress, payload.count, key)
        executions &+= 1
        let now = MonotonicClock.now()
        guard case .permitted(let permit) = entry.gate.enter(now: now) else {
            return executeSlowly(payload)
        }
        record.pointee.length = UInt64(payload.count)
        record.pointee.sequence = executions
        input.pointee.bytes = spw_bytes(
            data: payload.baseAddress?.assumingMemoryBound(to: UInt8.self), size: payload.count)
        input.pointee.total_size = UInt64(payload.count)
        let setup = CallSetup(
            tier: entry.pinnedName.view, batchID: batchID.view, attempt: 1,
            attemptKey: spw_str(data: UnsafePointer(key), size: Self.keyLength + 2),
            deadline: entry.deadline == 0 ? 0 : now &+ entry.deadline, budget: entry.budget,
            recordCount: 1)
        let outcome = entry.handler.handle(frame, setup, input)
        let ended = outcome.endedAt == 0 ? MonotonicClock.now() : outcome.endedAt
        if outcome.status == SPW_UNCHANGED, frame.isSilent, isPlain {
            entry.gate.leave(permit, .success, now: ended)
            return .unchanged
        }
        // Anything else is worked out by a flow, which makes the call again; handlers have no effect.
        entry.gate.leave(permit, .neutral, now: ended)
        return executeSlowly(payload)
    }

    private func executeSlowly(_ payload: UnsafeRawBufferPointer) -> End {
        var copy = input.pointee
        copy.bytes = spw_bytes(
            data: payload.baseAddress?.assumingMemoryBound(to: UInt8.self), size: payload.count)
        record.pointee.length = UInt64(payload.count)
        let batch = Batch(
            number: executions, id: "execute-\(executions)", source: 0, firstSequence: executions,
            position: [], input: copy,
            flow: BatchFlow(plan: plan, count: 1, source: plan.entry), release: {})
        while true {
            switch lane.run(batch) {
            case .ready: return end(of: batch)
            case .waiting(let until): Pause.until(until, orWhen: { false })
            case .held(let hold): return .held(hold.signal, hold.message)
            }
        }
    }

    private func end(of batch: Batch) -> End {
        switch batch.flow.ends[0] {
        case .deferred:
            guard let stored = batch.stored[0] else { return .held(.unavailable, nil) }
            return .deferred(
                store: stored.store, object: stored.object,
                because: batch.flow.histories[0]?.last?.signal ?? .unrecoverable)
        case .filtered: return .filtered
        case .duplicate: return .duplicate
        default:
            guard !batch.written.isEmpty else { return .unchanged }
            return .rewritten(
                batch.withSinkInput([0]) { merged in
                    let bytes = merged.input.pointee.bytes
                    let length = Int(merged.input.pointee.records[0].length)
                    return [UInt8](UnsafeRawBufferPointer(start: bytes.data, count: length))
                })
        }
    }
}

extension Executor {
    /// A chain in code around one handler: what it can't take goes to a store.
    public convenience init(
        name: String, handler: HandlerInstance, store: StoreInstance,
        deadline: UInt64 = 30_000_000_000, budget: UInt64 = 512 << 20
    ) throws(GraphFaults) {
        let plan = try Plan(
            proving: Graph(
                nodes: [
                    Graph.Node(name: name, kind: .tier, defaultEdge: 1),
                    Graph.Node(name: "persist", kind: .persist),
                    Graph.Node(name: "caller", kind: .sink, defaultEdge: 1),
                ], entry: 0, sink: 2))
        let gate = NodeSwitch(breaker: Breaker.Configuration(), concurrency: 1, seed: 1)
        let tier = LaneTier(
            name: name, pinnedName: PinnedText(name), handler: handler, before: [], after: [],
            deadline: deadline, budget: budget, gate: gate)
        let cold = LaneStore(
            name: store.name, pinnedName: PinnedText(store.name), store: store, deadline: deadline,
            budget: budget,
            gate: NodeSwitch(breaker: Breaker.Configuration(), concurrency: 1, seed: 2))
        let arbiter = Arbiter(budget: RetryBudget(), seed: 1)
        self.init(
            plan: plan, lane: Lane(tiers: [0: tier], stores: [1: cold], arbiter: arbiter),
            entry: tier)
    }
}

/// The hash that makes a payload's base key, alone; for measuring what it costs.
public final class KeyHasher {
    private let context: OpaquePointer
    private let key: UnsafeMutablePointer<CChar>

    public init() {
        guard let context = spw_sha256_new() else {
            fatalError("libcrypto has no SHA-256: is its default provider missing?")
        }
        self.context = context
        key = .allocate(capacity: 64)
    }

    deinit {
        spw_sha256_free(context)
        key.deallocate()
    }

    /// Hashes a payload.
    public func hash(_ payload: UnsafeRawBufferPointer) {
        spw_sha256_hex(context, payload.baseAddress, payload.count, key)
    }
}
