internal import CHost
internal import SpillwayABI
internal import Synchronization

/// A plugin that is loaded: one generation of it.
///
/// Its code is resident until the process ends. Another load of the same name is another generation
/// beside this one; instances keep theirs.
// Unchecked: the tables are written once, in init, and the functions in them take calls from any
// thread; what has to come one at a time is held by each instance, and `create` by the lock.
public final class Plugin: @unchecked Sendable {
    /// What the plugin says of itself; its file's own when it was loaded with one.
    public let manifest: Manifest
    /// Whether a manifest pinned the bytes that were loaded.
    public let isPinned: Bool
    /// From 1, higher with every load of the name.
    public let generation: Int
    /// The file that was asked for; the loaded code is a private copy of it.
    public let path: String
    /// JSON Schema of the options; empty when the plugin gives none.
    public let optionsSchema: String

    let raw: spw_plugin
    let host: UnsafeMutablePointer<spw_host>
    let log: PluginLog
    let logPointer: UnsafeMutableRawPointer
    private let creating = Mutex<Void>(())

    public var name: String { manifest.name }
    public var version: String { manifest.version }
    public var summary: String { manifest.summary }
    public var declares: [String] { manifest.declares }
    public var threads: Manifest.Threads { manifest.threads }
    public var interfaces: [String] { manifest.interfaces }

    init(
        _ image: PluginImage, facts: PluginFacts, isPinned: Bool, generation: Int, path: String
    ) throws(PluginError) {
        raw = image.plugin
        host = image.host
        log = image.log
        logPointer = image.logPointer
        manifest = facts.manifest
        optionsSchema = facts.optionsSchema
        self.isPinned = isPinned
        self.generation = generation
        self.path = path
        try checkTables()
    }

    deinit {
        raw.shutdown()
    }

    /// Whether the plugin has an interface.
    public func has(_ interfaceID: String) -> Bool {
        interfaces.contains(interfaceID)
    }

    // MARK: - Instances

    /// Makes an instance that handles records: a tier's work.
    public func makeHandler(_ setup: InstanceSetup) throws(PluginError) -> HandlerInstance {
        try HandlerInstance(self, setup)
    }

    /// Makes an instance that judges records: a gate.
    public func makeValidator(_ setup: InstanceSetup) throws(PluginError) -> ValidatorInstance {
        try ValidatorInstance(self, setup)
    }

    /// Makes an instance that keeps bytes.
    public func makeStore(_ setup: InstanceSetup) throws(PluginError) -> StoreInstance {
        try StoreInstance(self, setup)
    }

    /// Makes an instance that records come from.
    public func makeSource(_ setup: InstanceSetup) throws(PluginError) -> SourceInstance {
        try SourceInstance(self, setup)
    }

    /// Makes an instance that records are delivered to.
    public func makeSink(_ setup: InstanceSetup) throws(PluginError) -> SinkInstance {
        try SinkInstance(self, setup)
    }

    /// Makes an instance behind the interface of an id; the class follows from it.
    public func makeInstance(
        of interfaceID: String, _ setup: InstanceSetup
    ) throws(PluginError) -> PluginInstance {
        switch interfaceID {
        case SPW_HANDLER: try makeHandler(setup)
        case SPW_VALIDATOR: try makeValidator(setup)
        case SPW_STORE: try makeStore(setup)
        case SPW_SOURCE: try makeSource(setup)
        case SPW_SINK: try makeSink(setup)
        default:
            throw PluginError(
                .noInterface, "this host does not know the interface \"\(interfaceID)\"")
        }
    }

    /// Has the plugin make an instance.
    func create(
        _ home: InstanceHome, _ setup: InstanceSetup
    ) throws(PluginError) -> UnsafeMutableRawPointer? {
        let frame = CallFrame()
        frame.begin(
            CallSetup(
                tier: home.create.pointee.name, batchID: spw_str(), attempt: 1,
                attemptKey: spw_str(), deadline: 0, budget: setup.budget, recordCount: 0))
        frame.bind(logPointer)
        var made: UnsafeMutableRawPointer?
        let status = creating.withLock { _ in raw.create(home.create, frame.call, &made) }
        guard status == SPW_OK else { throw refusal(status, frame, setup) }
        if let rule = frame.violation {
            raw.destroy(made)
            throw broke(rule, setup)
        }
        return made
    }

    private func refusal(
        _ status: spw_status, _ frame: CallFrame, _ setup: InstanceSetup
    ) -> PluginError {
        let why = escaped(frame.message)
        switch status {
        case SPW_INVALID:
            return PluginError(
                .invalidOptions,
                "\(setup.name) (\(name) \(version)): "
                    + (why.isEmpty ? "its options are wrong; it does not say which one" : why))
        case SPW_FAILED:
            return PluginError(
                .createFailed,
                "\(setup.name) (\(name) \(version)) could not be made: "
                    + (why.isEmpty ? "the plugin gives no reason" : why))
        default:
            return broke("create answered with status \(status), which means nothing there", setup)
        }
    }

    private func broke(_ rule: String, _ setup: InstanceSetup) -> PluginError {
        PluginError(
            .brokenRule,
            "\(setup.name): plugin \(name) \(version) broke a rule of the ABI: \(rule); its author has"
                + " to mend it")
    }

    // MARK: - Tables

    func handlerTable() throws(PluginError) -> spw_handler {
        var table = spw_handler()
        try fill(SPW_HANDLER) { spw_fill_handler($0, &table) }
        return table
    }

    func validatorTable() throws(PluginError) -> spw_validator {
        var table = spw_validator()
        try fill(SPW_VALIDATOR) { spw_fill_validator($0, &table) }
        return table
    }

    func storeTable() throws(PluginError) -> spw_store {
        var table = spw_store()
        try fill(SPW_STORE) { spw_fill_store($0, &table) }
        return table
    }

    func sourceTable() throws(PluginError) -> spw_source {
        var table = spw_source()
        try fill(SPW_SOURCE) { spw_fill_source($0, &table) }
        return table
    }

    func sinkTable() throws(PluginError) -> spw_sink {
        var table = spw_sink()
        try fill(SPW_SINK) { spw_fill_sink($0, &table) }
        return table
    }

    private func fill(
        _ interfaceID: String, _ body: (UnsafeRawPointer) -> Bool
    ) throws(PluginError) {
        guard has(interfaceID) else {
            throw PluginError(
                .noInterface,
                "plugin \(name) does not have the interface \(interfaceID); it has"
                    + " \(interfaces.joined(separator: ", "))")
        }
        guard let table = interfaceID.withView({ raw.interface_table($0) }) else {
            throw PluginImage.broke(path, "it names \(interfaceID) and has no table of it")
        }
        guard body(table) else {
            throw PluginImage.broke(
                path, "its table of \(interfaceID) says that it has \(spw_table_size(table)) bytes")
        }
    }

    /// Looks at every table that this host knows, and at whether there is one for each other id.
    private func checkTables() throws(PluginError) {
        for interface in interfaces {
            switch interface {
            case SPW_HANDLER: _ = try handlerTable()
            case SPW_VALIDATOR: _ = try validatorTable()
            case SPW_STORE: _ = try storeTable()
            case SPW_SOURCE: _ = try sourceTable()
            case SPW_SINK: _ = try sinkTable()
            default: try fill(interface) { _ in true }
            }
        }
    }
}
