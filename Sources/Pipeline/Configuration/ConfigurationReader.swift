/// Collects what is wrong while values are read.
final class ConfigurationReader {
    private(set) var diagnostics: [Diagnostic]
    /// Which keys were asked for, by the kind of the map: what the schema must list.
    private(set) var keysAsked: [String: Set<String>] = [:]

    init(diagnostics: [Diagnostic] = []) {
        self.diagnostics = diagnostics
    }

    /// Names of what was written, be it right or wrong: who refers to them is not to blame.
    private(set) var declared: Set<String> = []

    func declare(_ name: String) {
        declared.insert(name)
    }

    func report(
        _ location: SourceLocation, _ path: String, _ message: String, _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(location, path: path, message: message, suggestion: suggestion))
    }

    func report(_ value: YAMLValue, _ message: String, _ suggestion: String? = nil) {
        if case .broken = value.content { return }
        report(value.location, value.path, message, suggestion)
    }

    /// The keys of a map, or nil with a diagnostic when it is none.
    ///
    /// - Parameters:
    ///   - kind: its definition in the schema.
    ///   - location: where what it describes is named, for what is missing.
    func fields(_ value: YAMLValue, kind: String, at location: SourceLocation? = nil) -> Fields? {
        guard let entries = entries(value) else { return nil }
        return Fields(
            kind: kind, path: value.path, location: location ?? value.location, entries: entries,
            reader: self)
    }

    /// The entries of a map in their order; of nothing: none.
    func entries(_ value: YAMLValue) -> [YAMLValue.Entry]? {
        if case .map(let entries) = value.content { return entries }
        if value.isNull { return [] }
        report(value, "must be a map (`key: value` lines), not \(value.kind)")
        return nil
    }

    /// The items of a list; of nothing: none.
    func items(_ value: YAMLValue) -> [YAMLValue] {
        if case .list(let items) = value.content { return items }
        if !value.isNull {
            report(value, "must be a list, not \(value.kind)", "write `[...]`, or lines with `- `")
        }
        return []
    }

    fileprivate func asked(_ key: String, of kind: String) {
        keysAsked[kind, default: []].insert(key)
    }
}

/// The keys of one map. Those that nobody asks for are errors.
final class Fields {
    let path: String
    let location: SourceLocation
    let reader: ConfigurationReader
    private let kind: String
    private let entries: [YAMLValue.Entry]
    private var asked: [String] = []

    init(
        kind: String, path: String, location: SourceLocation, entries: [YAMLValue.Entry],
        reader: ConfigurationReader
    ) {
        self.kind = kind
        self.path = path
        self.location = location
        self.entries = entries
        self.reader = reader
    }

    /// The value of a key, or nil when it is not written.
    func value(_ key: String) -> YAMLValue? {
        asked.append(key)
        reader.asked(key, of: kind)
        return entries.first { $0.key == key }?.value
    }

    /// The value of a key that must be there.
    func required(_ key: String) -> YAMLValue? {
        if let value = value(key) { return value }
        reader.report(location, path, "`\(key)` is missing")
        return nil
    }

    /// Reads a key's value, or takes the default when it is not written or wrong.
    func read<Value>(
        _ key: String, or fallback: Value, _ parse: (YAMLValue) -> Value?
    ) -> Value {
        value(key).flatMap(parse) ?? fallback
    }

    /// Reports every key that nobody asked for.
    ///
    /// - Parameter elsewhere: keys of similar maps, and where they belong.
    func finish(elsewhere: [String: String] = [:]) {
        for entry in entries where !asked.contains(entry.key) {
            let path = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if let place = elsewhere[entry.key] {
                reader.report(entry.location, path, "`\(entry.key)` does not belong here", place)
            } else {
                reader.report(
                    entry.location, path, "unknown key `\(entry.key)`",
                    NearestWord.suggestion(for: entry.key, among: asked))
            }
        }
    }
}
