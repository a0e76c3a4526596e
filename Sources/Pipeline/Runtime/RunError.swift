/// Why a run could not go on. Nothing is lost by it: what was not acknowledged comes again.
public struct RunError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing failed; new codes may come.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The configuration asks for something that can't be.
        public static let configuration = Code(rawValue: "configuration")
        /// A plugin could not be loaded or made.
        public static let plugin = Code(rawValue: "plugin")
        /// The state folder can't be used.
        public static let state = Code(rawValue: "state")
        /// A source failed for good.
        public static let source = Code(rawValue: "source")
        /// The sink failed for good.
        public static let sink = Code(rawValue: "sink")
        /// A person has to act: credentials, rights, a missing table.
        public static let denied = Code(rawValue: "denied")
        /// The sums of a batch do not add up.
        public static let sums = Code(rawValue: "sums")
    }

    public var code: Code
    /// What failed, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
