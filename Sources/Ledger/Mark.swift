/// How far a stream has come: the ledger's copy of what its sink knows.
public struct Mark: Sendable, Equatable {
    public var stream: String
    /// Of the last record at or below the mark.
    public var sequence: UInt64
    public var data: [UInt8]
    /// Nanoseconds since 1970-01-01 UTC.
    public var updatedAt: Int64
}
