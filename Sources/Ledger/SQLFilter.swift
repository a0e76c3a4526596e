internal import GRDB

/// The conditions of a WHERE clause, all of which must hold.
struct SQLFilter {
    private var conditions: [String] = []
    private(set) var arguments = StatementArguments()

    /// Adds a condition, unless its value is nil.
    mutating func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
        guard let value else { return }
        conditions.append(condition)
        arguments += [value]
    }

    /// The clause with its keyword; empty without a condition.
    var clause: String {
        conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    }
}

extension SQLFilter {
    init(_ filter: TaskFilter) {
        // A list of any length is one argument.
        add("id IN (SELECT value FROM json_each(?))", filter.ids.map { "\($0)" })
        add("signal = ?", filter.signal)
        add("source = ?", filter.source)
        add("pipeline = ?", filter.pipeline)
        add("state = ?", filter.state?.rawValue)
        add("id > ?", filter.afterID)
        if let prefix = filter.keyPrefix, !prefix.isEmpty {
            add("key >= ?", prefix)
            add("key < ?", prefix + "\u{10FFFF}")
        }
    }
}
