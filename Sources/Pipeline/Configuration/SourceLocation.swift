/// A place in a configuration file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file, as it was named by whoever asked.
    public var file: String
    /// From 1; 0 when the whole file is meant.
    public var line: Int
    /// In Unicode scalars, from 1.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, as editors and terminals link it.
    public var description: String {
        line == 0 ? file : "\(file):\(line):\(column)"
    }
}
