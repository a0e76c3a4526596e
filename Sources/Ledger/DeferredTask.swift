/// A task of the deferred queue: a record whose raw bytes wait to be reconciled.
///
/// What it was queued with reads as its own: `task.key` is `task.content.key`.
@dynamicMemberLookup
public struct DeferredTask: Sendable, Equatable, Identifiable {
    /// What became of a task; new states may come.
    public struct State: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Waits to be reconciled.
        public static let open = State(rawValue: "open")
        /// Waits too, but a person took it out of what is reconciled.
        public static let parked = State(rawValue: "parked")
        /// Reconciled: the sink has it (``DeferredTask/outcome`` says as what).
        public static let delivered = State(rawValue: "delivered")
        /// Reconciled in part: newer tasks stand for what is left.
        public static let replaced = State(rawValue: "replaced")
        /// Ended by a person, audited.
        public static let dropped = State(rawValue: "dropped")

        /// Whether the record has not come to its end: its bytes are still needed.
        public var isOpen: Bool { self == .open || self == .parked }
    }

    /// Ascending in the order in which tasks became visible; never used twice.
    public var id: Int64
    public var content: NewTask
    public var state: State
    /// Reconciliations that failed.
    public var attempts: UInt32
    /// The task that this one is the rest of, or nil.
    public var parent: Int64?
    /// What the sink made of it once delivered: `inserted`, `superseded` and so on.
    public var outcome: String?
    /// Nanoseconds since 1970-01-01 UTC; a rest has its parent's.
    public var createdAt: Int64
    /// Nanoseconds since 1970-01-01 UTC.
    public var updatedAt: Int64

    public subscript<Value>(dynamicMember member: KeyPath<NewTask, Value>) -> Value {
        content[keyPath: member]
    }
}
