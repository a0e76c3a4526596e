/// Checks that every name leads somewhere, and that no name means two things.
struct ReferenceCheck {
    let sources: [Configuration.Source]
    let chain: [Configuration.Node]
    let stores: [Configuration.Store]
    /// Nil when it is missing or wrong.
    let sink: Configuration.Sink?
    let reader: ConfigurationReader

    func run() {
        checkDuplicates()
        checkEdges()
        for node in chain {
            switch node.work {
            case .tier: break
            case .retry(let retry): check(retry, of: node)
            case .persist(let persist): check(persist, of: node)
            }
        }
    }

    /// Whether something of that name was written, but is wrong: that was said where it stands.
    private func isBroken(_ name: String) -> Bool {
        reader.declared.contains(name) && !named.contains { $0.name == name }
    }

    // MARK: - One name, one thing

    private func checkDuplicates() {
        var seen: [String: (what: String, line: Int)] = [:]
        for (name, what, path, location) in named {
            if let first = seen[name] {
                reader.report(
                    location, path,
                    "`\(name)` is the name of a \(first.what) already (line \(first.line))",
                    "give the \(what) another name")
            } else {
                seen[name] = (what, location.line)
            }
        }
    }

    private var named: [(name: String, what: String, path: String, location: SourceLocation)] {
        var all: [(String, String, String, SourceLocation)] = []
        if let sink { all.append((sink.name, "sink", "sink.name", sink.location)) }
        all += chain.map { ($0.name, "node", "chain.\($0.name)", $0.location) }
        all += stores.map { ($0.name, "store", "stores.\($0.name)", $0.location) }
        all += sources.enumerated().map {
            ($1.name, "source", "sources[\($0)].name", $1.location)
        }
        return all.sorted { ($0.3.line, $0.3.column) < ($1.3.line, $1.3.column) }
    }

    // MARK: - Edges

    private func checkEdges() {
        for (index, source) in sources.enumerated() {
            check(source.edges, path: "sources[\(index)].on")
        }
        for node in chain { check(node.edges, path: "chain.\(node.name).on") }
        check(sink?.edges ?? [], path: "sink.on")
    }

    private func check(_ edges: [Configuration.Edge], path: String) {
        let targets = chain.map(\.name) + [sink?.name].compactMap(\.self)
        for edge in edges where !targets.contains(edge.target) && !isBroken(edge.target) {
            reader.report(
                edge.targetLocation, "\(path).\(edge.trigger.name)",
                "there is no node `\(edge.target)`",
                persistNode(ofStore: edge.target)
                    ?? NearestWord.suggestion(for: edge.target, among: targets))
        }
    }

    /// Edges lead to nodes; a store is reached through one.
    private func persistNode(ofStore name: String) -> String? {
        guard stores.contains(where: { $0.name == name }) else { return nil }
        let node = chain.first {
            if case .persist(let persist) = $0.work { return persist.store == name }
            return false
        }
        return "`\(name)` is a store: lead to "
            + (node.map { "its node `\($0.name)`" } ?? "a node with `persist: \(name)`")
    }

    // MARK: - Targets of nodes

    private func check(_ retry: Configuration.Retry, of node: Configuration.Node) {
        var targets = [sink?.name].compactMap(\.self)
        for node in chain {
            if case .tier = node.work { targets.append(node.name) }
        }
        if targets.contains(retry.target) || isBroken(retry.target) { return }
        let path = "chain.\(node.name).retry"
        if chain.contains(where: { $0.name == retry.target }) {
            reader.report(
                retry.location, path, "`\(retry.target)` calls no plugin: it can't be tried again",
                "retry a node with `plugin`, or the sink")
        } else {
            reader.report(
                retry.location, path, "there is no node `\(retry.target)`",
                NearestWord.suggestion(for: retry.target, among: targets))
        }
    }

    private func check(_ persist: Configuration.Persist, of node: Configuration.Node) {
        checkStore(persist.store, at: persist.location, path: "chain.\(node.name).persist")
        guard let otherwise = persist.otherwise, let location = persist.otherwiseLocation
        else { return }
        let path = "chain.\(node.name).otherwise"
        checkStore(otherwise, at: location, path: path)
        if otherwise == persist.store {
            reader.report(location, path, "this is the store that it stands in for")
        }
    }

    private func checkStore(_ name: String, at location: SourceLocation, path: String) {
        let stores = self.stores.map(\.name)
        if stores.contains(name) || isBroken(name) { return }
        reader.report(
            location, path, "there is no store `\(name)`",
            NearestWord.suggestion(for: name, among: stores) ?? "declare it under `stores`")
    }
}
