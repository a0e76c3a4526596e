public import Chain
import Foundation

/// Everything that is counted of a stream since its beginning.
///
/// It travels in the sink's mark, in one transaction with the rows, so that no crash can make it
/// disagree with them.
public struct Totals: Sendable, Equatable, Codable {
    /// A step down, by names.
    public struct StepDown: Sendable, Hashable, Codable {
        public var from: String
        public var signal: String
        public var to: String
    }

    /// A kind of change to values.
    public struct Change: Sendable, Hashable, Codable {
        /// `coerced`, `stripped` or `rescued`.
        public var kind: String
        /// JSON Pointer; array indices are `*`.
        public var pointer: String
        /// `none`, `representation`, `precision`, `truncation` or `default`.
        public var loss: String
    }

    public var sums = Sums()
    /// Records that stepped down, by edge.
    public var transitions: [StepDown: UInt64] = [:]
    /// Records delivered, by the tier whose output they are.
    public var deliveredBy: [String: UInt64] = [:]
    /// Changed values of delivered records.
    public var changes: [Change: UInt64] = [:]

    /// Kinds of change that are counted by name; beyond it they are counted under the pointer `…`.
    static let changeLimit = 2_000

    public init() {}

    /// The totals in a mark's data, or nil when it is not one of ours.
    public init?(mark data: [UInt8]) {
        guard let mark = try? MarkData.decoded(data) else { return nil }
        self = mark.totals
    }

    mutating func count(_ change: Change, _ number: UInt64) {
        if changes[change] == nil, changes.count >= Self.changeLimit {
            var other = change
            other.pointer = "…"
            changes[other, default: 0] += number
        } else {
            changes[change, default: 0] += number
        }
    }

    private enum CodingKeys: String, CodingKey {
        case sums, transitions, deliveredBy, changes
    }

    private struct Counted<Value: Codable>: Codable {
        var what: Value
        var count: UInt64
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        sums = try values.decode(Sums.self, forKey: .sums)
        deliveredBy = try values.decode([String: UInt64].self, forKey: .deliveredBy)
        for counted in try values.decode([Counted<StepDown>].self, forKey: .transitions) {
            transitions[counted.what] = counted.count
        }
        for counted in try values.decode([Counted<Change>].self, forKey: .changes) {
            changes[counted.what] = counted.count
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(sums, forKey: .sums)
        try values.encode(deliveredBy, forKey: .deliveredBy)
        try values.encode(
            transitions.sorted { ($0.key.from, $0.key.signal) < ($1.key.from, $1.key.signal) }
                .map { Counted(what: $0.key, count: $0.value) },
            forKey: .transitions)
        try values.encode(
            changes.sorted { ($0.key.kind, $0.key.pointer) < ($1.key.kind, $1.key.pointer) }
                .map { Counted(what: $0.key, count: $0.value) },
            forKey: .changes)
    }
}

/// What a sink keeps for a stream beside the sequence: where each source goes on, and the totals.
struct MarkData: Sendable, Equatable, Codable {
    /// Version of this layout.
    var version = 1
    /// Each source's own position, by the source's name.
    var sources: [String: [UInt8]] = [:]
    var totals = Totals()

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return [UInt8](try encoder.encode(self))
    }

    static func decoded(_ bytes: [UInt8]) throws -> MarkData {
        try JSONDecoder().decode(MarkData.self, from: Data(bytes))
    }

    private enum CodingKeys: String, CodingKey {
        case version, sources, totals
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        version = try values.decode(Int.self, forKey: .version)
        totals = try values.decode(Totals.self, forKey: .totals)
        sources = try values.decode([String: Data].self, forKey: .sources).mapValues { [UInt8]($0) }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(version, forKey: .version)
        try values.encode(totals, forKey: .totals)
        try values.encode(sources.mapValues { Data($0) }, forKey: .sources)
    }
}
