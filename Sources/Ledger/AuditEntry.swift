/// A line of the audit: what a person did to a task. Lines are only ever appended.
public struct AuditEntry: Sendable, Equatable, Identifiable {
    public var id: Int64
    /// Nanoseconds since 1970-01-01 UTC.
    public var at: Int64
    /// Who did it.
    public var actor: String
    /// What was done: `drop`, `park`, `reopen`.
    public var action: String
    public var taskID: Int64
    public var pipeline: String
    /// The record's base key.
    public var key: String
    /// SHA-256 of the record's raw bytes.
    public var sha256: [UInt8]
    /// Why, in the person's words.
    public var reason: String
}

/// What a person's action did to tasks.
public struct AuditedChange: Sendable, Equatable {
    /// The tasks that were changed, as they are now.
    public var changed: [DeferredTask]
    /// Why the others were not, by their ids.
    public var skipped: [Int64: String]
}
