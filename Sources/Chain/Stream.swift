/// The batches of one stream that are under way: admission, commit order, low-water mark.
///
/// Lanes may finish batches in any order; they are delivered and acknowledged in the order in which
/// the source gave them. A pure state machine; the runtime guards it with one lock.
public struct Stream: Sendable {
    /// A batch's number in this run, from 0.
    public typealias BatchNumber = UInt64

    /// How much may be under way at once.
    public struct Limits: Sendable, Equatable {
        public var records: UInt64
        public var bytes: UInt64

        public init(records: UInt64, bytes: UInt64) {
            self.records = records
            self.bytes = bytes
        }
    }

    private struct Entry: Sendable {
        var first: UInt64
        var records: UInt64
        var bytes: UInt64
        var isReady = false
    }

    private let limits: Limits
    private var entries: [BatchNumber: Entry] = [:]
    private var oldest: BatchNumber = 0
    private var newest: BatchNumber = 0
    private var delivering: BatchNumber?
    private var nextSequence: UInt64

    /// Records under way.
    public private(set) var records: UInt64 = 0
    /// Bytes under way.
    public private(set) var bytes: UInt64 = 0
    /// The sequence up to which everything has its durable end.
    public private(set) var watermark: UInt64

    /// A stream that goes on after a mark.
    ///
    /// - Parameter mark: the sequence of the sink's mark; 0 for a new stream.
    public init(limits: Limits, mark: UInt64) {
        self.limits = limits
        watermark = mark
        nextSequence = mark + 1
    }

    /// Whether another batch may come in. One batch is always let in, however large, so that nothing
    /// can be too large to move.
    public var isOpen: Bool {
        entries.isEmpty || (records < limits.records && bytes < limits.bytes)
    }

    /// Whether nothing is under way.
    public var isEmpty: Bool { entries.isEmpty }

    /// Takes a batch in.
    ///
    /// - Returns: its number, and the sequence of its first record.
    public mutating func admit(
        records count: UInt64, bytes size: UInt64
    ) -> (batch: BatchNumber, firstSequence: UInt64) {
        let number = newest
        let first = nextSequence
        entries[number] = Entry(first: first, records: count, bytes: size)
        newest += 1
        nextSequence += count
        records += count
        bytes += size
        return (number, first)
    }

    /// A lane is done with a batch.
    public mutating func finished(_ batch: BatchNumber) {
        entries[batch]?.isReady = true
    }

    /// The batch whose turn it is at the sink, if it is ready and none is there.
    public mutating func nextToDeliver() -> BatchNumber? {
        guard delivering == nil, let entry = entries[oldest], entry.isReady else { return nil }
        delivering = oldest
        return oldest
    }

    /// The last sequence of a batch: its mark.
    public func mark(of batch: BatchNumber) -> UInt64? {
        entries[batch].map { $0.first + $0.records - 1 }
    }

    /// A batch has its durable end and its source knows.
    public mutating func acknowledged(_ batch: BatchNumber) {
        guard delivering == batch, let entry = entries.removeValue(forKey: batch) else { return }
        delivering = nil
        oldest = batch + 1
        records -= entry.records
        bytes -= entry.bytes
        watermark = entry.first + entry.records - 1
    }
}

/// What a start does with what an earlier run left behind.
public struct Recovery: Sendable, Equatable {
    /// Pending tasks up to this sequence become visible; those above it go, with their batch, which
    /// comes again.
    public var settleUpTo: UInt64
    /// The sequence after which the source goes on.
    public var resumeAfter: UInt64

    /// Decides by the sinks' own positions; with several, by the lowest.
    ///
    /// - Parameter marks: the sequence of each sink's mark; 0 where it has none.
    public init(marks: [UInt64]) {
        let lowest = marks.min() ?? 0
        settleUpTo = lowest
        resumeAfter = lowest
    }
}
