import Chain
import Foundation
public import Ledger
public import PluginHost
import SpillwayABI

/// A pipeline put together from its configuration: the proven plan, the plugins' instances, the
/// ledger, and the stream's place in the sink.
public final class Assembly: @unchecked Sendable {
    // Safe: everything here is set in init and belongs to one thread of the run each: lanes[i] to lane
    // i, delivery to the deliverer; the rest is Sendable.

    /// What the pipeline is put together for; each purpose is a stream of its own in the sink.
    public enum Purpose: Sendable {
        case run
        case reconcile
    }

    public let configuration: Configuration
    public let ledger: Ledger
    let plan: Plan
    let readers: [SourceReader]
    let lanes: [Lane]
    let delivery: Delivery
    let writer: TaskWriter
    private let folder: StateFolder
    private let reading: [String: StoreInstance]
    private let runBooks: RunBooks

    var pipeline: String { configuration.pipeline }

    /// Puts a pipeline together and settles what an earlier run left pending, by the sink's word.
    ///
    /// - Throws: a ``ConfigurationError`` or a ``RunError``.
    public init(
        _ configuration: Configuration, for purpose: Purpose,
        log: @escaping PluginLogSink = { _ in }
    ) throws {
        self.configuration = configuration
        let builder = GraphBuilder(configuration)
        plan = try builder.plan()
        folder = try StateFolder(configuration.state)
        let ledger = try RunError.wrapping { () throws(LedgerError) in
            try Ledger(folder: configuration.state)
        }
        self.ledger = ledger
        let workshop = try Workshop(configuration, ledger: ledger, log: log)
        let parts = Parts(configuration, builder, workshop)
        let stream =
            purpose == .run ? pipelineStream(configuration) : reconcileStream(configuration)
        let readers = parts.readers()
        let laneCount = purpose == .run ? configuration.limits.lanes : 1
        let lanes = (0..<laneCount).map { _ in parts.lane() }
        let sink = parts.sink()
        reading = parts.readingStores()
        try workshop.check()
        guard let sink else { throw RunError(.plugin, "the sink could not be made") }
        self.readers = readers
        self.lanes = lanes
        writer = TaskWriter(
            pipeline: configuration.pipeline,
            contract: Self.reference(configuration, workshop.contractText),
            names: builder.graph.nodes.map(\.name))
        delivery = try Delivery(
            stream: stream, sink: sink, settings: parts.sinkSettings(stream),
            nodeNames: writer.names, lane: parts.lane(), arbiter: parts.arbiter)
        runBooks = RunBooks(stream: stream, ledger: ledger, writer: writer, readers: readers)
        try workshop.check()
        try settleEarlierRun(sink, parts.sinkSettings(stream))
        if purpose == .run {
            for reader in readers { try reader.assign(delivery.mark.sources[reader.name]) }
        }
    }

    private static func reference(
        _ configuration: Configuration, _ text: String
    ) -> ContractReference? {
        guard let contract = configuration.contract else { return nil }
        let hash = Array(text.utf8).withUnsafeBufferPointer {
            SHA256Context().digest([spw_bytes(data: $0.baseAddress, size: $0.count)]).hex
        }
        return ContractReference(
            name: URL(fileURLWithPath: contract.path).lastPathComponent, sha256: hash)
    }

    /// What is pending at or below a stream's mark becomes visible; what is above it goes with its
    /// batch, which comes again. A reconcile that was cut off is settled by a run too, and the other
    /// way round.
    private func settleEarlierRun(
        _ sink: SinkInstance, _ settings: Delivery.Settings
    ) throws(RunError) {
        let all = [pipelineStream(configuration), reconcileStream(configuration)]
        for stream in all {
            let sequence = try delivery.sequence(of: stream)
            let recovery = Recovery(marks: [sequence])
            try RunError.wrapping { () throws(LedgerError) in
                _ = try ledger.settle(stream: stream, upTo: recovery.settleUpTo)
                _ = try ledger.discardPending(stream: stream, above: recovery.settleUpTo)
            }
        }
    }

    // MARK: - For runs

    var limits: Chain.Stream.Limits {
        Chain.Stream.Limits(
            records: configuration.limits.inFlightRecords, bytes: configuration.limits.inFlightBytes
        )
    }

    func name(of node: NodeID) -> String { plan.graph.nodes[node].name }

    var books: any Delivery.Books { runBooks }

    /// A batch of what a source handed out.
    func batch(
        _ taken: TakenBatch, number: Chain.Stream.BatchNumber, firstSequence: UInt64
    ) -> Batch {
        let flow = BatchFlow(
            plan: plan, count: taken.records, source: readers[taken.source].node,
            sourceRejects: taken.rejects, now: MonotonicClock.now())
        let last = firstSequence + UInt64(taken.records) &- 1
        return Batch(
            number: number, id: "\(pipeline)-\(firstSequence)-\(last)", source: taken.source,
            firstSequence: firstSequence, position: taken.position, input: taken.input, flow: flow,
            release: taken.release)
    }

    /// Why a batch that only a person can move on ends the run.
    func error(for hold: BatchFlow.Hold) -> RunError {
        let name = name(of: hold.node)
        let words = hold.message.map { ": \($0)" } ?? ""
        return RunError(
            .denied,
            "\(name) says \(hold.signal.name)\(words). Nothing was lost: what was not delivered comes"
                + " again with the next run, once this is mended.")
    }

    /// Keeps a copy of the sink's mark for `status`, which does not ask the sink.
    func rememberMark() {
        guard let data = try? delivery.mark.encoded() else { return }
        try? ledger.saveMark(stream: delivery.stream, sequence: delivery.sequence, data: data)
    }

    // MARK: - For reconciles

    /// The newest open task that a filter lets through, or nil.
    func lastOpenTask(_ filter: TaskFilter) throws(RunError) -> Int64? {
        var open = filter
        open.state = .open
        open.pipeline = pipeline
        return try RunError.wrapping { () throws(LedgerError) in
            try ledger.tasks(open).map(\.id).max()
        }
    }

    /// A task's raw bytes, from the store that has them.
    func rawBytes(of task: DeferredTask) throws(RunError) -> [UInt8] {
        guard let store = reading[task.store] else {
            throw RunError(
                .configuration,
                "task \(task.id) has its bytes in the store \(task.store), which the configuration"
                    + " does not have; put it back, or drop the task")
        }
        return try StoreReading(store).bytes(of: task)
    }
}

/// The stream of a pipeline's runs.
func pipelineStream(_ configuration: Configuration) -> String { configuration.pipeline }

/// The stream of a pipeline's reconciles.
func reconcileStream(_ configuration: Configuration) -> String {
    configuration.pipeline + "/reconcile"
}
