/// What is counted of a change to a value: where, which kind, at what price.
struct AccountKey: Hashable, Sendable {
    enum Kind: String, Sendable {
        case coerced, stripped, rescued
    }

    var kind: Kind
    /// A JSON Pointer, array indices replaced by `*` so that the account can't outgrow the data.
    var pointer: String
    var loss: Loss
}

/// What a value lost, by the ABI's classes.
enum Loss: Int32, Sendable {
    case none, representation, precision, truncation, `default`

    var name: String {
        switch self {
        case .none: "none"
        case .representation: "representation"
        case .precision: "precision"
        case .truncation: "truncation"
        case .default: "default"
        }
    }

    /// Whether the record is degraded by it.
    var degrades: Bool { rawValue > Loss.representation.rawValue }
}

/// One value that was lossy or rescued, as it is kept singly.
struct SingleLoss: Sendable {
    var ordinal: UInt32
    var key: AccountKey
    var before: String
    var after: String
    var reason: String
    var tier: String
    var attempt: UInt32
}

/// The changes to a batch's values, by record, so that only those of delivered records are counted.
struct BatchAccount: Sendable {
    private var keys: [AccountKey] = []
    private var indices: [AccountKey: UInt32] = [:]
    private var entries: [(ordinal: UInt32, key: UInt32)] = []
    private(set) var losses: [SingleLoss] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ key: AccountKey, ordinal: UInt32) {
        let index: UInt32
        if let known = indices[key] {
            index = known
        } else {
            index = UInt32(keys.count)
            keys.append(key)
            indices[key] = index
        }
        entries.append((ordinal, index))
    }

    mutating func add(_ loss: SingleLoss) {
        losses.append(loss)
    }

    /// Forgets what a record's earlier tiers did: it steps down with its bytes as they came.
    mutating func forget(_ ordinals: Set<UInt32>) {
        entries.removeAll { ordinals.contains($0.ordinal) }
        losses.removeAll { ordinals.contains($0.ordinal) }
    }

    /// Changes by key, of the records that `isDelivered` says.
    func counts(where isDelivered: (UInt32) -> Bool) -> [AccountKey: UInt64] {
        var byIndex = Array(repeating: UInt64(0), count: keys.count)
        for entry in entries where isDelivered(entry.ordinal) { byIndex[Int(entry.key)] += 1 }
        var counts: [AccountKey: UInt64] = [:]
        for (index, count) in byIndex.enumerated() where count > 0 { counts[keys[index]] = count }
        return counts
    }
}
