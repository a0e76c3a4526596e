public import Chain
public import Ledger
import PluginHost
import SpillwayABI

/// Takes deferred records through the chain again, from their raw bytes.
///
/// A reconcile is a stream of its own in the sink, with its own mark: what it resolves is staged in
/// the ledger ahead of each commit and applied after it, so that a crash in between neither repeats
/// nor forgets a delivery. Records keep the sequence that they had: what is newer in the target is
/// not overwritten.
public final class Reconcile {
    /// How a reconcile went.
    public struct Report: Sendable {
        /// Tasks that were taken up.
        public var tasks = 0
        /// Tasks that ended as delivered.
        public var delivered = 0
        /// Tasks that stay, one attempt more.
        public var stay = 0
        /// Tasks of which a part was delivered, and a remainder stays.
        public var replaced = 0
        /// Sums of the records that were read again.
        public var sums = Sums()
    }

    /// Tasks in one commit.
    private static let batchSize = 200

    private let assembly: Assembly
    private let lane: Lane
    private var number: UInt64 = 0
    private var report = Report()

    public init(_ assembly: Assembly) {
        self.assembly = assembly
        lane = assembly.lanes[0]
    }

    /// Takes up every open task that the filter lets through, oldest first. Blocks.
    public func perform(_ filter: TaskFilter) throws(RunError) -> Report {
        var page = filter
        page.state = .open
        page.pipeline = assembly.pipeline
        page.limit = Self.batchSize
        page.afterID = filter.afterID ?? 0
        // What comes back while this runs has a higher id than the last one of now.
        let last = try assembly.lastOpenTask(filter)
        while let last {
            let tasks = try RunError.wrapping { () throws(LedgerError) in
                try assembly.ledger.tasks(page)
            }.filter { $0.id <= last }
            guard let newest = tasks.last else { break }
            page.afterID = newest.id
            for (key, group) in grouped(tasks) { try reconcile(group, key) }
        }
        assembly.rememberMark()
        return report
    }

    private struct GroupKey: Hashable {
        var source: String
        var mediaType: String
    }

    /// Tasks that can share a batch, in the order in which their groups begin.
    private func grouped(_ tasks: [DeferredTask]) -> [(GroupKey, [DeferredTask])] {
        var order: [GroupKey] = []
        var groups: [GroupKey: [DeferredTask]] = [:]
        for task in tasks {
            let key = GroupKey(source: task.source, mediaType: task.mediaType)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(task)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    private func reconcile(_ tasks: [DeferredTask], _ key: GroupKey) throws(RunError) {
        guard let reader = assembly.readers.first(where: { $0.name == key.source }) else {
            throw RunError(
                .configuration,
                "task \(tasks[0].id) came from the source \(key.source), which the configuration does"
                    + " not have; put it back, or drop the task")
        }
        let composite = Composite(rawMediaType: key.mediaType)
        for task in tasks {
            let raw = try assembly.rawBytes(of: task)
            composite.add(
                task, try reader.parse(key: task.key, mediaType: task.mediaType, raw: raw))
        }
        let mark = assembly.delivery.sequence + 1
        let batch = composite.batch(
            number: number, id: "\(assembly.delivery.stream)-\(mark)", source: reader,
            plan: assembly.plan)
        number += 1
        let books = ReconcileBooks(assembly, tasks: composite.tasks, source: key.source)
        try deliver(batch, mark: mark, books: books)
        report.tasks += tasks.count
        report.delivered += books.delivered
        report.stay += books.stay
        report.replaced += books.replaced
        report.sums += batch.flow.sums(outcomes: batch.flow.outcomes)
    }

    private func deliver(
        _ batch: Batch, mark: UInt64, books: ReconcileBooks
    ) throws(RunError) {
        var isReady = false
        while true {
            if !isReady {
                switch lane.run(batch) {
                case .ready: isReady = true
                case .waiting(let until): Pause.until(until, orWhen: { false })
                case .held(let hold): throw assembly.error(for: hold)
                }
                continue
            }
            switch try assembly.delivery.run(
                batch, markSequence: mark, position: nil, books: books)
            {
            case .done: return
            case .waiting(let until): Pause.until(until, orWhen: { false })
            case .held(let hold): throw assembly.error(for: hold)
            }
        }
    }
}

/// The books of a reconcile: each task's resolution is staged ahead of the commit.
private final class ReconcileBooks: Delivery.Books {
    private(set) var delivered = 0
    private(set) var stay = 0
    private(set) var replaced = 0
    private let assembly: Assembly
    private let tasks: [(task: DeferredTask, ordinals: Range<UInt32>)]
    private let source: String

    init(
        _ assembly: Assembly, tasks: [(task: DeferredTask, ordinals: Range<UInt32>)], source: String
    ) {
        self.assembly = assembly
        self.tasks = tasks
        self.source = source
    }

    func queue(_ ordinals: [UInt32], of batch: Batch) {}

    func beforeCommit(_ batch: Batch, mark sequence: UInt64) throws(RunError) {
        (delivered, stay, replaced) = (0, 0, 0)
        let resolutions = tasks.map { resolution($0.task, $0.ordinals, batch) }
        let losses = assembly.writer.losses(of: batch)
        try RunError.wrapping { () throws(LedgerError) in
            try assembly.ledger.stageResolutions(
                stream: assembly.delivery.stream, sequence: sequence, resolutions, losses: losses)
        }
    }

    func settle(_ batch: Batch, mark sequence: UInt64) throws(RunError) {
        try RunError.wrapping { () throws(LedgerError) in
            _ = try assembly.ledger.settle(stream: assembly.delivery.stream, upTo: sequence)
        }
    }

    func acknowledge(_ batch: Batch) {}

    private func resolution(
        _ task: DeferredTask, _ ordinals: Range<UInt32>, _ batch: Batch
    ) -> Resolution {
        let left = ordinals.filter {
            if case .deferred = batch.flow.ends[Int($0)] { true } else { false }
        }
        if left.isEmpty {
            delivered += 1
            return .delivered(taskID: task.id, outcome: outcome(ordinals))
        }
        if left.count == ordinals.count, ordinals.count == 1 {
            stay += 1
            let steps = batch.flow.histories[left[0]] ?? []
            return .failed(
                taskID: task.id, signal: (steps.last?.signal ?? .unrecoverable).name,
                reason: assembly.writer.reason(steps.last), history: assembly.writer.history(steps))
        }
        replaced += 1
        return .remainder(
            taskID: task.id,
            replacing: left.compactMap { assembly.writer.task($0, of: batch, source: source) })
    }

    /// The sink's word on a task's records: one outcome, or `mixed`.
    private func outcome(_ ordinals: Range<UInt32>) -> String {
        let found = Set(ordinals.compactMap { assembly.delivery.preparedOutcome(of: $0) })
        return found.count == 1 ? found.first ?? "none" : found.isEmpty ? "none" : "mixed"
    }
}
