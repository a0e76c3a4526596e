/// One reason why a record did not go on where it was: a line of its history.
public struct Step: Sendable, Equatable {
    /// Where it happened.
    public var node: NodeID
    /// The attempt of that call, from 1.
    public var attempt: UInt32
    public var signal: Signal
    /// When, in nanoseconds of the injected clock.
    public var at: UInt64
    /// JSON Pointer into the record, when the reason is about one value.
    public var pointer: String?
    /// The plugin's words.
    public var message: String?

    public init(
        node: NodeID, attempt: UInt32, signal: Signal, at: UInt64, pointer: String? = nil,
        message: String? = nil
    ) {
        self.node = node
        self.attempt = attempt
        self.signal = signal
        self.at = at
        self.pointer = pointer
        self.message = message
    }
}

/// How a record ended.
public enum End: Sendable, Equatable {
    /// A tier has succeeded; the sink has yet to take it.
    case ready
    /// The sink has it.
    case delivered
    /// Its raw bytes are in the store of this persist node, a task is queued.
    case deferred(NodeID)
    /// A plugin dropped it on purpose.
    case filtered
    /// It was seen before, by its identity.
    case duplicate
}

/// A step down, as it is counted: from one node to another, because of a signal.
public struct Transition: Hashable, Sendable {
    public var from: NodeID
    public var signal: Signal
    public var to: NodeID

    public init(from: NodeID, signal: Signal, to: NodeID) {
        self.from = from
        self.signal = signal
        self.to = to
    }
}
