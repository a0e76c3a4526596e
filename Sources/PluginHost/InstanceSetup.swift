/// Small durable values of one instance, which back the extension `spillway.state/1`.
///
/// Called on the thread of the instance's call, one call at a time.
public protocol PluginState: Sendable {
    /// The value of a key, or nil.
    func get(_ key: String) throws -> [UInt8]?
    /// Keeps a value; it is durable on return.
    func put(_ key: String, _ value: [UInt8]) throws
}

/// What an instance of a plugin is made with.
public struct InstanceSetup: Sendable {
    /// The instance's name in the configuration.
    public var name: String
    public var pipeline: String
    /// A JSON object.
    public var options: String
    /// The contract's JSON text; empty when there is none.
    public var contract: String
    /// How messages name the contract.
    public var contractName: String
    /// Where relative paths in the options count from.
    public var baseFolder: String
    /// Nil: the plugin finds no `spillway.state/1`.
    public var state: (any PluginState)?
    /// Bytes of host-side room for the making itself.
    public var budget: UInt64 = 64 << 20

    public init(
        name: String, pipeline: String = "", options: String = "{}", contract: String = "",
        contractName: String = "", baseFolder: String = "", state: (any PluginState)? = nil
    ) {
        self.name = name
        self.pipeline = pipeline
        self.options = options
        self.contract = contract
        self.contractName = contractName
        self.baseFolder = baseFolder
        self.state = state
    }
}
