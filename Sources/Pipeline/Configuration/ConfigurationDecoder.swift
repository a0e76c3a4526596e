/// Makes a configuration of a file's values. Goes on after a mistake, to find them all.
struct ConfigurationDecoder {
    let reader: ConfigurationReader
    let file: String
    let folder: String
    let environment: [String: String]
    var limits = Configuration.Limits()
    var breaker = Configuration.Breaker()

    /// - Parameter diagnostics: what was found wrong before.
    init(
        file: String, folder: String, environment: [String: String], diagnostics: [Diagnostic] = []
    ) {
        reader = ConfigurationReader(diagnostics: diagnostics)
        self.file = file
        self.folder = folder
        self.environment = environment
    }

    /// - Throws: everything that is wrong, in the order of the file.
    mutating func decode(_ root: YAMLValue) throws(ConfigurationError) -> Configuration {
        if let fields = reader.fields(root, kind: "configuration"),
            let configuration = configuration(fields), reader.diagnostics.isEmpty
        {
            return configuration
        }
        throw ConfigurationError(
            reader.diagnostics.sorted {
                ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message)
            })
    }

    private mutating func configuration(_ fields: Fields) -> Configuration? {
        // What the rest takes its defaults from comes first.
        if let value = fields.value("limits") { limits = readLimits(value) }
        if let value = fields.value("breaker") { breaker = readBreaker(value, over: breaker) }
        let pipeline = fields.required("pipeline").flatMap(pipelineName)
        let contract = fields.value("contract").flatMap(path)
        let state = fields.value("state").flatMap(path)?.path
        let plugins = fields.value("plugins").map { reader.items($0).compactMap(path) } ?? []
        let allowUnpinned = fields.read("allow_unpinned", or: false, reader.boolean)
        let sources = fields.required("sources").map(readSources) ?? []
        let chain = fields.required("chain").map(readChain) ?? []
        let stores = fields.value("stores").map(readStores) ?? []
        let sink = fields.required("sink").flatMap(readSink)
        let retryBudget = fields.value("retry_budget").map(readRetryBudget)
        fields.finish()
        ReferenceCheck(sources: sources, chain: chain, stores: stores, sink: sink, reader: reader)
            .run()
        guard let pipeline, let sink,
            let state = state ?? defaultState(pipeline, at: fields.location)
        else { return nil }
        return Configuration(
            file: file, folder: folder, pipeline: pipeline, contract: contract, state: state,
            pluginFolders: plugins.map(\.path) + searchPath, allowUnpinned: allowUnpinned,
            sources: sources, chain: chain, stores: stores, sink: sink,
            retryBudget: retryBudget ?? Configuration.RetryBudget(), limits: limits)
    }

    private func pipelineName(_ value: YAMLValue) -> String? {
        guard let name = reader.name(value) else { return nil }
        if name == name.lowercased() { return name }
        reader.report(
            value, "`\(name)` has capitals: a pipeline's name is lower case",
            "write `\(name.lowercased())`")
        return nil
    }

    // MARK: - Paths

    /// Relative paths count from the file's folder.
    private func path(_ value: YAMLValue) -> Configuration.Path? {
        reader.text(value).map {
            Configuration.Path(
                path: $0.hasPrefix("/") ? $0 : "\(folder)/\($0)", location: value.location)
        }
    }

    private var searchPath: [String] {
        (environment["SPILLWAY_PLUGIN_PATH"] ?? "").split(separator: ":").map(String.init)
    }

    private func defaultState(_ pipeline: String, at location: SourceLocation) -> String? {
        if let folder = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
            return "\(folder)/\(pipeline)"
        }
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") {
            return "\(folder)/spillway/\(pipeline)"
        }
        if let home = environment["HOME"], home.hasPrefix("/") {
            return "\(home)/.local/state/spillway/\(pipeline)"
        }
        reader.report(
            location, "state", "there is no folder for the state: HOME is not set",
            "write `state: <folder>`")
        return nil
    }
}
