/// Which tasks are asked for. What is nil does not restrict; what is given must all hold.
public struct TaskFilter: Sendable, Equatable {
    public var ids: [Int64]?
    /// Name of the last signal.
    public var signal: String?
    public var source: String?
    /// How the base key begins.
    public var keyPrefix: String?
    public var pipeline: String?
    public var state: DeferredTask.State?
    /// At most so many, the lowest ids first.
    public var limit: Int?
    /// Only tasks of a higher id: the next page goes on after the last id of this one.
    public var afterID: Int64?

    public init(
        ids: [Int64]? = nil, signal: String? = nil, source: String? = nil, keyPrefix: String? = nil,
        pipeline: String? = nil, state: DeferredTask.State? = nil, limit: Int? = nil,
        afterID: Int64? = nil
    ) {
        self.ids = ids
        self.signal = signal
        self.source = source
        self.keyPrefix = keyPrefix
        self.pipeline = pipeline
        self.state = state
        self.limit = limit
        self.afterID = afterID
    }

    /// Every task.
    public static let all = TaskFilter()
}
