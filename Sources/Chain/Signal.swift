/// Why a tier did not succeed.
///
/// The raw value is the ABI's; a value that this version does not know is handled by its class, which
/// is the raw value divided by 100.
public struct Signal: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The record does not meet its contract.
    public static let schemaDrift = Signal(rawValue: 101)
    /// What came out differs from what went in beyond the tolerance.
    public static let divergence = Signal(rawValue: 102)
    /// The bytes can't be read as a record at all.
    public static let unrecoverable = Signal(rawValue: 103)
    /// The target has this record already.
    public static let duplicate = Signal(rawValue: 104)
    /// The tier is full for now.
    public static let backpressure = Signal(rawValue: 201)
    /// The payload is too large for the tier; smaller ones may pass.
    public static let capacity = Signal(rawValue: 202)
    /// The tier can't be reached.
    public static let unavailable = Signal(rawValue: 203)
    /// It failed in a way that passes.
    public static let transient = Signal(rawValue: 204)
    /// It took longer than its deadline.
    public static let timeout = Signal(rawValue: 205)
    /// The plugin died in the call, or broke a rule of the ABI.
    public static let crash = Signal(rawValue: 206)
    /// The call used more memory than its budget.
    public static let overBudget = Signal(rawValue: 207)
    /// The node's breaker is open: the call was not made.
    public static let breakerOpen = Signal(rawValue: 208)
    /// Credentials or rights are missing, or a table is: a person has to act.
    public static let denied = Signal(rawValue: 301)
    /// The effect may have happened.
    public static let unknownOutcome = Signal(rawValue: 401)

    /// Every signal of ABI 1.0, by number.
    public static let all: [Signal] = names.keys.sorted { $0.rawValue < $1.rawValue }

    /// What follows from a signal, whichever it is.
    public enum Class: Int32, Sendable, CaseIterable {
        /// The record moves on alone; no breaker counts it.
        case record = 1
        /// Retried, counted by the breaker.
        case dependency = 2
        /// A person has to act: intake pauses.
        case `operator` = 3
        /// Held until the target says.
        case unknown = 4
    }

    /// The signal's class. A number of no class is a plugin's nonsense: it counts as a failing
    /// dependency, so that it can neither pass for success nor blame the record.
    public var signalClass: Class {
        Class(rawValue: rawValue / 100) ?? .dependency
    }

    /// The name used in configuration, metrics, logs and tables; `signal_<number>` when unknown.
    public var name: String {
        Self.names[self] ?? "signal_\(rawValue)"
    }

    /// The signal of a name, or nil.
    public init?(name: String) {
        guard let found = Self.names.first(where: { $0.value == name }) else { return nil }
        self = found.key
    }

    private static let names: [Signal: String] = [
        .schemaDrift: "schema_drift", .divergence: "divergence",
        .unrecoverable: "unrecoverable", .duplicate: "duplicate",
        .backpressure: "backpressure", .capacity: "capacity", .unavailable: "unavailable",
        .transient: "transient", .timeout: "timeout", .crash: "crash",
        .overBudget: "over_budget", .breakerOpen: "breaker_open",
        .denied: "denied", .unknownOutcome: "unknown_outcome",
    ]
}

extension Signal: CustomStringConvertible {
    public var description: String { name }
}
