/// A value of a configuration file, with its place and the path of keys that leads to it.
struct YAMLValue {
    /// A key of a map and what it leads to.
    struct Entry {
        var key: String
        var location: SourceLocation
        var value: YAMLValue
    }

    enum Content {
        /// Expanded; a quoted one is text whatever it looks like.
        case scalar(String, isQuoted: Bool)
        case map([Entry])
        case list([YAMLValue])
        /// Could not be read; that was said already.
        case broken
    }

    var location: SourceLocation
    var path: String
    var content: Content

    /// Whether nothing was written, or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isQuoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : "`\(text)`"
        case .map: "a map"
        case .list: "a list"
        case .broken: "something broken"
        }
    }
}
