extension ConfigurationDecoder {
    // MARK: - Sources, stores, sink

    func readSources(_ value: YAMLValue) -> [Configuration.Source] {
        let items = reader.items(value)
        if items.isEmpty { reader.report(value, "a pipeline needs at least one source") }
        return items.compactMap { item in
            guard let fields = reader.fields(item, kind: "source") else { return nil }
            let name = fields.required("name").flatMap(reader.name)
            name.map(reader.declare)
            let use = pluginUse(fields, naming: "plugin")
            let edges = readEdges(fields)
            fields.finish()
            guard let name, let use else { return nil }
            return Configuration.Source(
                name: name, use: use, edges: edges, location: item.location)
        }
    }

    func readStores(_ value: YAMLValue) -> [Configuration.Store] {
        (reader.entries(value) ?? []).compactMap { entry in
            let name = reader.name(entry.key, entry.location, entry.value.path)
            reader.declare(entry.key)
            guard let fields = reader.fields(entry.value, kind: "store", at: entry.location)
            else { return nil }
            let use = pluginUse(fields, naming: "plugin")
            fields.finish()
            guard let name, let use else { return nil }
            return Configuration.Store(name: name, use: use, location: entry.location)
        }
    }

    func readSink(_ value: YAMLValue) -> Configuration.Sink? {
        guard let fields = reader.fields(value, kind: "sink") else { return nil }
        let name = fields.read("name", or: "sink", reader.name)
        reader.declare(name)
        let use = pluginUse(fields, naming: "plugin")
        let edges = readEdges(fields)
        let call = readCall(fields, concurrency: nil)
        let orders = Configuration.Sink.Order.allCases.map(\.rawValue)
        let order = fields.read("order", or: "relaxed") { reader.word($0, among: orders) }
        fields.finish()
        guard let use else { return nil }
        return Configuration.Sink(
            name: name, use: use, edges: edges, call: call,
            order: Configuration.Sink.Order(rawValue: order) ?? .relaxed, location: fields.location)
    }

    /// The plugin that `key` names, and its options.
    func pluginUse(_ fields: Fields, naming key: String) -> Configuration.PluginUse? {
        let named = fields.required(key)
        let options = fields.value("options")
        let text = reader.options(options)
        guard let named, let plugin = reader.text(named) else { return nil }
        return Configuration.PluginUse(
            plugin: plugin, options: text, location: named.location,
            optionsLocation: options?.location ?? named.location)
    }

    // MARK: - Edges

    func readEdges(_ fields: Fields) -> [Configuration.Edge] {
        guard let value = fields.value("on"), let entries = reader.entries(value) else { return [] }
        return entries.compactMap { entry in
            guard let trigger = trigger(entry), let target = reader.text(entry.value)
            else { return nil }
            return Configuration.Edge(
                trigger: trigger, target: target, location: entry.location,
                targetLocation: entry.value.location)
        }
    }

    private func trigger(_ entry: YAMLValue.Entry) -> Configuration.Edge.Trigger? {
        if entry.key == "default" { return .default }
        if SignalNames.signals.contains(entry.key) { return .signal(entry.key) }
        if SignalNames.classes.contains(entry.key) { return .signalClass(entry.key) }
        reader.report(
            entry.location, entry.value.path, "there is no signal `\(entry.key)`",
            NearestWord.suggestion(
                for: entry.key, among: SignalNames.signals + SignalNames.classes + ["default"]))
        return nil
    }

    // MARK: - Limits, budgets, breakers

    /// - Parameter concurrency: what the node has when nothing is written; nil: it can't be chosen.
    func readCall(_ fields: Fields, concurrency: Int?) -> Configuration.CallSettings {
        var call = Configuration.CallSettings(breaker: breaker)
        call.deadline = fields.read("deadline", or: call.deadline) { reader.duration($0) }
        call.budget = fields.read("budget", or: call.budget, reader.size)
        if let concurrency {
            call.concurrency = fields.read("concurrency", or: concurrency) {
                reader.integer($0, 1...1024)
            }
        }
        call.breaker = fields.read("breaker", or: breaker) { readBreaker($0, over: breaker) }
        return call
    }

    func readBreaker(
        _ value: YAMLValue, over base: Configuration.Breaker
    ) -> Configuration.Breaker {
        guard let fields = reader.fields(value, kind: "breaker") else { return base }
        var breaker = base
        breaker.failureRate = fields.read("failure_rate", or: base.failureRate) { reader.share($0) }
        breaker.slowCall = fields.read("slow_call", or: base.slowCall) {
            reader.duration($0, from: 1)
        }
        breaker.slowRate = fields.read("slow_rate", or: base.slowRate) { reader.share($0) }
        breaker.window = fields.read("window", or: base.window) { reader.integer($0, 1...100_000) }
        breaker.minimumCalls = fields.read(
            "minimum_calls", or: min(base.minimumCalls, breaker.window)
        ) { reader.integer($0, 1...breaker.window) }
        breaker.consecutive =
            fields.value("consecutive").flatMap {
                reader.integer($0, 1...UInt32.max)
            } ?? base.consecutive
        breaker.recovery = fields.read("recovery", or: base.recovery) {
            reader.duration($0, from: 1)
        }
        breaker.jitter = fields.read("jitter", or: base.jitter) { reader.share($0) }
        breaker.probes = fields.read("probes", or: base.probes) { reader.integer($0, 1...1024) }
        breaker.probeLease = fields.read("probe_lease", or: base.probeLease) {
            reader.duration($0, from: 1)
        }
        breaker.counted = fields.value("count").map(readCounted) ?? base.counted
        fields.finish()
        return breaker
    }

    private func readCounted(_ value: YAMLValue) -> [String] {
        reader.items(value).compactMap {
            reader.word($0, among: SignalNames.signals + SignalNames.classes)
        }
    }

    func readRetryBudget(_ value: YAMLValue) -> Configuration.RetryBudget {
        var budget = Configuration.RetryBudget()
        guard let fields = reader.fields(value, kind: "retry_budget") else { return budget }
        budget.ratio = fields.read("ratio", or: budget.ratio) {
            reader.share($0, through: 1_000_000_000)
        }
        budget.floor = fields.read("floor", or: budget.floor) { reader.integer($0, 0...UInt64.max) }
        fields.finish()
        return budget
    }

    func readLimits(_ value: YAMLValue) -> Configuration.Limits {
        var limits = Configuration.Limits()
        guard let fields = reader.fields(value, kind: "limits") else { return limits }
        limits.batchRecords = fields.read("batch_records", or: limits.batchRecords) {
            reader.integer($0, 1...10_000_000)
        }
        limits.batchBytes = fields.read("batch_bytes", or: limits.batchBytes, reader.size)
        limits.inFlightRecords = fields.read("in_flight_records", or: limits.inFlightRecords) {
            reader.integer($0, 1...UInt64.max)
        }
        limits.inFlightBytes = fields.read("in_flight_bytes", or: limits.inFlightBytes, reader.size)
        limits.lanes = fields.read("lanes", or: limits.lanes) { reader.integer($0, 1...1024) }
        fields.finish()
        checkFit(limits, value)
        return limits
    }

    private func checkFit(_ limits: Configuration.Limits, _ value: YAMLValue) {
        if limits.inFlightRecords < UInt64(limits.batchRecords) {
            reader.report(
                value,
                "in_flight_records (\(limits.inFlightRecords)) is below batch_records"
                    + " (\(limits.batchRecords)): no batch would fit")
        }
        if limits.inFlightBytes < limits.batchBytes {
            reader.report(
                value,
                "in_flight_bytes (\(limits.inFlightBytes) B) is below batch_bytes"
                    + " (\(limits.batchBytes) B): no batch would fit")
        }
    }
}
