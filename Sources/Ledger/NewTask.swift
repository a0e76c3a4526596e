/// What is known of a record when it is deferred: where its raw bytes are, and why it is there.
public struct NewTask: Sendable, Equatable {
    /// The name of its pipeline.
    public var pipeline: String
    /// The name of the source that it came from.
    public var source: String
    /// Its base key.
    public var key: String
    /// Its number in its stream; guards order when it is delivered later.
    public var sequence: UInt64
    /// What is done to the target; a number of the ABI (0 upsert, 1 delete).
    public var operation: Int32
    /// The name of the store that has its raw bytes.
    public var store: String
    /// The name of the object in that store.
    public var object: String
    /// Of the raw bytes; 32 bytes.
    public var sha256: [UInt8]
    /// Of the raw bytes, in bytes.
    public var length: UInt64
    /// Of the raw bytes.
    public var mediaType: String
    /// The contract that it was judged by, or nil when the pipeline has none.
    public var contract: ContractReference?
    /// The name of the last signal.
    public var signal: String
    /// The last signal's words, for a person.
    public var reason: String
    /// JSON array of every signal on its way: {tier, attempt, signal, pointer, message, at}.
    public var history: String
    /// The batch that it was in.
    public var batchID: String
    /// The node that deferred it.
    public var tier: String

    public init(
        pipeline: String, source: String, key: String, sequence: UInt64, operation: Int32 = 0,
        store: String, object: String, sha256: [UInt8], length: UInt64, mediaType: String,
        contract: ContractReference? = nil, signal: String, reason: String, history: String = "[]",
        batchID: String, tier: String
    ) {
        self.pipeline = pipeline
        self.source = source
        self.key = key
        self.sequence = sequence
        self.operation = operation
        self.store = store
        self.object = object
        self.sha256 = sha256
        self.length = length
        self.mediaType = mediaType
        self.contract = contract
        self.signal = signal
        self.reason = reason
        self.history = history
        self.batchID = batchID
        self.tier = tier
    }
}

/// Which contract a record was judged by.
public struct ContractReference: Sendable, Equatable {
    /// How messages name it.
    public var name: String
    /// Of its text; hexadecimal.
    public var sha256: String

    public init(name: String, sha256: String) {
        self.name = name
        self.sha256 = sha256
    }
}
