import Chain

/// What the threads of a run share; guarded by the run's monitor.
struct RunState {
    /// A batch that backs off, and until when.
    struct Waiting {
        var until: UInt64
        var batch: Batch
    }

    var stream: Chain.Stream
    /// Batches that a lane may take, oldest first.
    var runnable: [Batch] = []
    var waiting: [Waiting] = []
    /// Batches that wait for their turn at the sink.
    var ready: [Chain.Stream.BatchNumber: Batch] = [:]
    /// Lanes that hold a batch.
    var busyLanes = 0
    var sourcesAreDone = false
    /// The run was asked to end: nothing new comes in, what waits is left for the next run.
    var isStopping = false
    var failure: RunError?
    /// Lanes and sources end.
    var isOver = false
    /// Sums of this run.
    var sums = Sums()
    /// Why the oldest batch does not go on, if it does not.
    var stalled: BatchFlow.Hold?

    init(stream: Chain.Stream) {
        self.stream = stream
    }

    /// What a lane takes next: a batch that was never held back, or one whose wait is over.
    mutating func takeRunnable(now: UInt64) -> Batch? {
        if let due = waiting.indices.min(by: { waiting[$0].until < waiting[$1].until }),
            waiting[due].until <= now
        {
            return waiting.remove(at: due).batch
        }
        return runnable.isEmpty ? nil : runnable.removeFirst()
    }

    /// When the next wait ends.
    var nextDue: UInt64? { waiting.map(\.until).min() }

    /// The batch whose turn it is at the sink.
    mutating func takeDeliverable() -> Batch? {
        guard let number = stream.nextToDeliver() else { return nil }
        return ready.removeValue(forKey: number)
    }

    /// No batch will become deliverable any more.
    var isDrained: Bool {
        if failure != nil { return true }
        guard sourcesAreDone || isStopping else { return false }
        if stream.isEmpty { return true }
        return isStopping && runnable.isEmpty && busyLanes == 0
    }

    mutating func fail(_ error: RunError) {
        if failure == nil { failure = error }
        isStopping = true
    }
}
