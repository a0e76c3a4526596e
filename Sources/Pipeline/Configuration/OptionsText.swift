/// Turns a map of options into JSON text that keeps what was written.
///
/// Keys stay in their order, numbers as they are written, and what is quoted in YAML is a string.
/// What is not quoted is null, a boolean or a number where JSON knows it as one, else a string.
extension ConfigurationReader {
    /// The JSON object of an options map; `{}` for nothing.
    func options(_ value: YAMLValue?) -> String {
        guard let value, let entries = entries(value) else { return "{}" }
        return object(entries)
    }

    private func object(_ entries: [YAMLValue.Entry]) -> String {
        let members = entries.map { JSONText.quoted($0.key) + ":" + json($0.value) }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func json(_ value: YAMLValue) -> String {
        switch value.content {
        case .map(let entries): return object(entries)
        case .list(let items): return "[" + items.map(json).joined(separator: ",") + "]"
        case .broken: return "null"
        case .scalar(let text, isQuoted: true): return JSONText.quoted(text)
        case .scalar(let text, isQuoted: false):
            if value.isNull { return "null" }
            if ["true", "false"].contains(text) || Self.isJSONNumber(text) { return text }
            if Self.isDoubtful(text) {
                report(
                    value, "`\(text)` is a number in some YAMLs and none in JSON",
                    "put it in quotes, or write a plain number")
            }
            return JSONText.quoted(text)
        }
    }

    /// Whether it follows JSON's grammar of numbers.
    static func isJSONNumber(_ text: String) -> Bool {
        (try? /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/.wholeMatch(in: text)) != nil
    }

    /// What YAML 1.1 or 1.2 reads as a number, and JSON can't: `007`, `0x1F`, `+5`, `.5`, `.inf`.
    private static func isDoubtful(_ text: String) -> Bool {
        let whole = /[-+]?(0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+)/
        let decimal = /[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?/
        let special = /[-+]?\.(inf|Inf|INF|nan|NaN|NAN)/
        return (try? whole.wholeMatch(in: text)) != nil
            || (try? decimal.wholeMatch(in: text)) != nil
            || (try? special.wholeMatch(in: text)) != nil
    }
}
