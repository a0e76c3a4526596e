public import Chain
import Foundation
import Ledger
import PluginHost

/// A run of a pipeline: reads its sources to their end, takes every batch through the chain, and
/// delivers in order.
///
/// Threads: one reads the sources, `lanes` call tiers and stores, one delivers. They are threads of
/// their own; nothing blocks the cooperative pool.
public final class Run: Sendable {
    /// How a run went.
    public struct Report: Sendable {
        /// Sums of this run alone.
        public var sums: Sums
        /// Everything since the stream's beginning.
        public var totals: Totals
        /// The sequence of the sink's mark.
        public var sequence: UInt64
        /// Whether the run was asked to stop before its sources were at their end.
        public var wasStopped: Bool
        /// Nanoseconds.
        public var duration: UInt64
    }

    /// A look at a run under way.
    public struct Progress: Sendable {
        public var sums: Sums
        public var recordsInFlight: UInt64
        public var bytesInFlight: UInt64
        /// What the oldest batch waits for, in words, or nil.
        public var stalled: String?
    }

    private let assembly: Assembly
    private let monitor: Monitor<RunState>

    /// Opens the pipeline: locks the state folder, asks the sink for its position, and settles what
    /// an earlier run left pending.
    public init(_ assembly: Assembly) throws(RunError) {
        self.assembly = assembly
        let state = RunState(
            stream: Chain.Stream(limits: assembly.limits, mark: assembly.delivery.sequence))
        monitor = Monitor(state)
    }

    /// Asks the run to end: intake stops, what is under way and does not wait is delivered.
    public func stop() {
        monitor.change { $0.isStopping = true }
    }

    /// Where the run stands.
    public func progress() -> Progress {
        monitor.read { state in
            Progress(
                sums: state.sums, recordsInFlight: state.stream.records,
                bytesInFlight: state.stream.bytes,
                stalled: state.stalled.map {
                    "\(assembly.name(of: $0.node)): \($0.signal.name)"
                        + ($0.message.map { ": \($0)" } ?? "")
                })
        }
    }

    /// Runs to the end of the sources, or until ``stop()``. Blocks; call it from a thread that may.
    public func perform() throws(RunError) -> Report {
        let began = MonotonicClock.now()
        let threads =
            assembly.lanes.enumerated().map { index, lane in
                HostThread("lane-\(index)") { [self] in work(lane) }
            } + [HostThread("sources") { [self] in readSources() }]
        deliver()
        monitor.change { $0.isOver = true }
        for thread in threads { thread.join() }
        assembly.rememberMark()
        let (failure, sums, wasStopped) = monitor.read {
            ($0.failure, $0.sums, $0.isStopping && !$0.sourcesAreDone)
        }
        if let failure { throw failure }
        return Report(
            sums: sums, totals: assembly.delivery.mark.totals,
            sequence: assembly.delivery.sequence, wasStopped: wasStopped,
            duration: MonotonicClock.now() - began)
    }

    // MARK: - Sources

    private func readSources() {
        for reader in assembly.readers {
            do throws(RunError) {
                try read(reader)
            } catch {
                monitor.change { $0.fail(error) }
            }
            if monitor.read({ $0.isStopping || $0.isOver }) { return }
        }
        monitor.change { $0.sourcesAreDone = true }
    }

    private func read(_ reader: SourceReader) throws(RunError) {
        while true {
            let isOpen = monitor.wait { (state: inout RunState) -> Monitor<RunState>.Look<Bool> in
                if state.isStopping || state.isOver { return .found(false) }
                return state.stream.isOpen ? .found(true) : .wait(until: nil)
            }
            guard isOpen else { return }
            guard let taken = try reader.next(isStopping: { self.monitor.read(\.isStopping) })
            else { return }
            monitor.change { state in
                let admitted = state.stream.admit(
                    records: UInt64(taken.records), bytes: taken.bytes)
                state.sums.accepted += UInt64(taken.records)
                state.runnable.append(
                    assembly.batch(
                        taken, number: admitted.batch, firstSequence: admitted.firstSequence))
            }
        }
    }

    // MARK: - Lanes

    private func work(_ lane: Lane) {
        while let batch = takeBatch() {
            let pause = lane.run(batch)
            monitor.change { state in
                state.busyLanes -= 1
                switch pause {
                case .ready:
                    state.ready[batch.number] = batch
                    state.stream.finished(batch.number)
                case .waiting(let until):
                    if let stalled = batch.flow.stalled { state.stalled = stalled }
                    state.waiting.append(RunState.Waiting(until: until, batch: batch))
                case .held(let hold):
                    state.fail(assembly.error(for: hold))
                }
            }
        }
    }

    private func takeBatch() -> Batch? {
        monitor.wait { (state: inout RunState) -> Monitor<RunState>.Look<Batch?> in
            if state.isOver || state.failure != nil { return .found(nil) }
            if state.isStopping { state.waiting.removeAll() }
            guard let batch = state.takeRunnable(now: MonotonicClock.now()) else {
                return .wait(until: state.nextDue)
            }
            state.busyLanes += 1
            return .found(batch)
        }
    }

    // MARK: - Delivery

    private func deliver() {
        while let batch = takeDeliverable() {
            do throws(RunError) {
                guard try deliver(batch) else { return }
            } catch {
                monitor.change { $0.fail(error) }
                return
            }
        }
    }

    private func takeDeliverable() -> Batch? {
        monitor.wait { (state: inout RunState) -> Monitor<RunState>.Look<Batch?> in
            if state.failure != nil { return .found(nil) }
            if let batch = state.takeDeliverable() { return .found(batch) }
            return state.isDrained ? .found(nil) : .wait(until: nil)
        }
    }

    /// - Returns: false when the batch was left for the next run.
    private func deliver(_ batch: Batch) throws(RunError) -> Bool {
        let source = assembly.readers[batch.source]
        while true {
            let progress = try assembly.delivery.run(
                batch, markSequence: batch.lastSequence, position: (source.name, batch.position),
                books: assembly.books)
            switch progress {
            case .done:
                monitor.change { state in
                    state.stream.acknowledged(batch.number)
                    state.stalled = nil
                    var sums = batch.flow.sums(outcomes: batch.flow.outcomes)
                    sums.accepted = 0  // counted when it came in
                    state.sums += sums
                }
                return true
            case .held(let hold):
                throw assembly.error(for: hold)
            case .waiting(let until):
                if let stalled = batch.flow.stalled { monitor.change { $0.stalled = stalled } }
                let goesOn = monitor.wait {
                    (state: inout RunState) -> Monitor<RunState>.Look<Bool> in
                    if state.isStopping { return .found(false) }
                    return MonotonicClock.now() >= until ? .found(true) : .wait(until: until)
                }
                guard goesOn else { return false }
            }
        }
    }
}
