/// One value that a tier changed at a price, or took out.
public struct LossEntry: Sendable, Equatable {
    /// What was done to the value; new kinds may come.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Brought to its type.
        public static let coerced = Kind(rawValue: "coerced")
        /// Removed: the contract does not declare it.
        public static let stripped = Kind(rawValue: "stripped")
        /// Taken out and kept beside its record.
        public static let rescued = Kind(rawValue: "rescued")
    }

    public var pipeline: String
    /// The record's base key.
    public var key: String
    /// The record's number in its stream.
    public var sequence: UInt64
    /// RFC 6901 JSON Pointer into the record.
    public var pointer: String
    public var kind: Kind
    /// The class of the loss: `none`, `representation`, `precision`, `truncation`, `default`.
    public var loss: String
    /// JSON text.
    public var before: String
    /// JSON text; empty when nothing came in its place.
    public var after: String
    public var reason: String
    /// The node that did it.
    public var tier: String
    public var attempt: UInt32
    public var batchID: String

    public init(
        pipeline: String, key: String, sequence: UInt64, pointer: String, kind: Kind, loss: String,
        before: String, after: String = "", reason: String = "", tier: String, attempt: UInt32,
        batchID: String
    ) {
        self.pipeline = pipeline
        self.key = key
        self.sequence = sequence
        self.pointer = pointer
        self.kind = kind
        self.loss = loss
        self.before = before
        self.after = after
        self.reason = reason
        self.tier = tier
        self.attempt = attempt
        self.batchID = batchID
    }
}
