extension ConfigurationDecoder {
    /// The keys of which a node has exactly one: they say what it does.
    private static let works = ["plugin", "retry", "persist"]

    func readChain(_ value: YAMLValue) -> [Configuration.Node] {
        let entries = reader.entries(value) ?? []
        if entries.isEmpty { reader.report(value, "a chain needs at least one node") }
        return entries.enumerated().compactMap { index, entry in
            readNode(entry, isFirst: index == 0)
        }
    }

    private func readNode(_ entry: YAMLValue.Entry, isFirst: Bool) -> Configuration.Node? {
        let name = reader.name(entry.key, entry.location, entry.value.path)
        reader.declare(entry.key)
        guard let entries = reader.entries(entry.value),
            let kind = work(of: entries, at: entry)
        else { return nil }
        let fields = Fields(
            kind: kind == "plugin" ? "tier" : kind, path: entry.value.path,
            location: entry.location, entries: entries, reader: reader)
        let work: Configuration.Node.Work?
        switch kind {
        case "plugin": work = readTier(fields, isFirst: isFirst).map { .tier($0) }
        case "retry": work = readRetry(fields).map { .retry($0) }
        default: work = readPersist(fields).map { .persist($0) }
        }
        let edges = readEdges(fields)
        fields.finish(elsewhere: Self.elsewhere(from: kind))
        guard let name, let work else { return nil }
        return Configuration.Node(
            name: name, work: work, edges: edges, location: entry.location)
    }

    private func work(of entries: [YAMLValue.Entry], at node: YAMLValue.Entry) -> String? {
        let found = entries.filter { Self.works.contains($0.key) }
        if found.count == 1 { return found[0].key }
        if found.count > 1 {
            reader.report(
                found[1].location, node.value.path,
                "`\(found[0].key)` and `\(found[1].key)` in one node",
                "a node does one thing: split it into two")
            return nil
        }
        let near = entries.lazy.compactMap { NearestWord.nearest(to: $0.key, among: Self.works) }
        reader.report(
            node.location, node.value.path,
            "a node needs one of `plugin`, `retry` and `persist`",
            near.first.map { "did you mean `\($0)`?" })
        return nil
    }

    /// Keys that only other kinds of node have.
    private static func elsewhere(from kind: String) -> [String: String] {
        let calls = ["deadline", "budget", "concurrency", "breaker"]
        let keys = [
            "plugin": calls + ["options", "before", "after"],
            "retry": ["attempts", "backoff", "halve"],
            "persist": calls + ["otherwise"],
        ]
        var places: [String: String] = [:]
        for (other, keys) in keys where other != kind {
            for key in keys where places[key] == nil || other == "plugin" {
                places[key] = "it is a key of nodes with `\(other)`"
            }
        }
        return places
    }

    private func readTier(_ fields: Fields, isFirst: Bool) -> Configuration.Tier? {
        let use = pluginUse(fields, naming: "plugin")
        let most = isFirst ? limits.lanes : max(1, limits.lanes - 1)
        let call = readCall(fields, concurrency: most)
        if call.concurrency > most, let value = fields.value("concurrency") {
            reader.report(
                value, "\(call.concurrency) calls at once are more than \(most)",
                isFirst
                    ? "there are \(limits.lanes) lanes (limits.lanes)"
                    : "a node other than the first stays below limits.lanes (\(limits.lanes)), so"
                        + " that a slow one can't take them all")
        }
        let before = fields.value("before").map(readGates) ?? []
        let after = fields.value("after").map(readGates) ?? []
        return use.map { Configuration.Tier(use: $0, call: call, before: before, after: after) }
    }

    private func readGates(_ value: YAMLValue) -> [Configuration.Gate] {
        reader.items(value).compactMap { item in
            if case .scalar(let text, _) = item.content, !item.isNull {
                reader.report(item, "must be a map", "write `validator: \(text)`")
                return nil
            }
            guard let fields = reader.fields(item, kind: "gate") else { return nil }
            let use = pluginUse(fields, naming: "validator")
            let tolerance = fields.read("tolerance", or: Share(millionths: 1_000_000)) {
                reader.share($0)
            }
            fields.finish()
            return use.map {
                Configuration.Gate(use: $0, tolerance: tolerance, location: item.location)
            }
        }
    }

    private func readRetry(_ fields: Fields) -> Configuration.Retry? {
        let named = fields.required("retry")
        let attempts = fields.read("attempts", or: UInt32(3)) { reader.integer($0, 2...1_000_000) }
        let halves = fields.read("halve", or: true, reader.boolean)
        var base: UInt64 = 100_000_000
        var cap: UInt64 = 10_000_000_000
        if let value = fields.value("backoff"), let backoff = reader.fields(value, kind: "backoff")
        {
            base = backoff.read("base", or: base) { reader.duration($0, from: 1) }
            cap = backoff.read("cap", or: max(base, cap)) { reader.duration($0, from: 1) }
            backoff.finish()
            if base > cap { reader.report(value, "base is longer than cap") }
        }
        guard let named, let target = reader.text(named) else { return nil }
        return Configuration.Retry(
            target: target, attempts: attempts, base: base, cap: cap, halves: halves,
            location: named.location)
    }

    private func readPersist(_ fields: Fields) -> Configuration.Persist? {
        let named = fields.required("persist")
        let otherwise = fields.value("otherwise")
        let second = otherwise.flatMap(reader.text)
        let call = readCall(fields, concurrency: max(1, limits.lanes - 1))
        guard let named, let store = reader.text(named) else { return nil }
        return Configuration.Persist(
            store: store, otherwise: second, call: call, location: named.location,
            otherwiseLocation: otherwise?.location)
    }
}
