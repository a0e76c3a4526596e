/// One thing that is wrong with a configuration.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public var location: SourceLocation
    /// The key that it is about, such as `chain.primary.deadline`; empty for the whole file.
    public var path: String
    /// What is wrong.
    public var message: String
    /// What to write instead, when that can be guessed.
    public var suggestion: String?

    public var file: String { location.file }
    public var line: Int { location.line }
    public var column: Int { location.column }

    public init(
        _ location: SourceLocation, path: String = "", message: String, suggestion: String? = nil
    ) {
        self.location = location
        self.path = path
        self.message = message
        self.suggestion = suggestion
    }

    /// `file:line:column: path: message; suggestion`.
    public var description: String {
        "\(location): " + (path.isEmpty ? "" : "\(path): ") + message
            + (suggestion.map { "; \($0)" } ?? "")
    }
}

/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var diagnostics: [Diagnostic]

    public init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One line for each.
    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
