/// Counts the misfits that a gate finds in one batch against the share that it tolerates.
///
/// A record counts once, however often the gate meets it: in halves, on several lanes, in a retry.
/// The share is taken of all records accepted in the batch, never of the part at hand.
public struct GateTolerance: Sendable {
    private let millionths: UInt32
    private let records: UInt32
    private var seen: [UInt64] = []

    /// Different records that were misfits.
    public private(set) var misfits: UInt64 = 0

    /// A count of nothing.
    ///
    /// - Parameters:
    ///   - millionths: the share that is tolerated; 0 tolerates none.
    ///   - records: the number of records in the batch. Ordinals beyond it are ignored.
    public init(millionths: UInt32, records: UInt32) {
        self.millionths = millionths
        self.records = records
    }

    /// Notes that a record is a misfit.
    ///
    /// - Parameter ordinal: its place in the batch.
    /// - Returns: whether it was not noted before.
    @discardableResult
    public mutating func misfit(ordinal: UInt32) -> Bool {
        guard ordinal < records else { return false }
        // Most batches have no misfit: the bits are only made for the first.
        if seen.isEmpty { seen = Array(repeating: 0, count: Int((records - 1) / 64) + 1) }
        let bit = UInt64(1) << UInt64(ordinal % 64)
        guard seen[Int(ordinal / 64)] & bit == 0 else { return false }
        seen[Int(ordinal / 64)] |= bit
        misfits += 1
        return true
    }

    /// Whether there are more misfits than tolerated. Exactly the share is not more.
    ///
    /// - Parameter accepted: all records accepted in the batch.
    public func isExceeded(accepted: UInt64) -> Bool {
        UInt128(misfits) * 1_000_000 > UInt128(accepted) * UInt128(millionths)
    }
}
