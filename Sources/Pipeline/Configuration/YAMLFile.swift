internal import Foundation
internal import Yams

/// Reads the text of a configuration file into values with places.
struct YAMLFile {
    /// Larger ones are refused: a configuration is written by hand.
    static let byteLimit = 4 << 20
    /// Aliases multiply what a small file stands for.
    static let valueLimit = 200_000
    static let depthLimit = 100

    let file: String
    let expansion: Expansion

    /// - Returns: the values, and what is wrong with those that are broken.
    /// - Throws: one diagnostic when it is no YAML.
    func read(_ text: String) throws(ConfigurationError) -> (YAMLValue, [Diagnostic]) {
        guard text.utf8.count <= Self.byteLimit else {
            throw fault(0, 0, "the file has more than \(Self.byteLimit >> 20) MiB")
        }
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        let root: Node?
        do {
            root = try Parser(yaml: text, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw ConfigurationError([diagnostic(error)])
        } catch {
            throw fault(0, 0, "the file can't be read as YAML: \(error)")
        }
        guard let root else { throw fault(1, 1, "the file is empty") }
        var conversion = Conversion(file: file, expansion: expansion)
        let value = conversion.value(of: root, path: "", depth: 0)
        return (value, conversion.diagnostics)
    }

    private func fault(_ line: Int, _ column: Int, _ message: String) -> ConfigurationError {
        ConfigurationError([
            Diagnostic(SourceLocation(file: file, line: line, column: column), message: message)
        ])
    }

    private func diagnostic(_ error: YamlError) -> Diagnostic {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let words = context.map { "\($0.text) (line \($0.mark.line)): " } ?? ""
            return at(mark.line, mark.column, "this is no YAML: \(words)\(problem)")
        case .reader(let problem, let offset, _, let yaml):
            let lines = (offset.map { yaml.prefix($0) } ?? "")
                .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let (line, column) = (lines.count, (lines.last?.unicodeScalars.count ?? 0) + 1)
            return at(line, column, "this is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "`\($0)`" }.joined(separator: ", ")
            return at(
                context.mark.line, context.mark.column,
                "\(names) is written more than once in this map, first here")
        default:
            return at(0, 0, "the file can't be read as YAML: \(error)")
        }
    }

    private func at(_ line: Int, _ column: Int, _ message: String) -> Diagnostic {
        Diagnostic(SourceLocation(file: file, line: line, column: column), message: message)
    }
}

/// Turns the parser's nodes into values.
private struct Conversion {
    let file: String
    let expansion: Expansion
    var diagnostics: [Diagnostic] = []
    private var count = 0

    init(file: String, expansion: Expansion) {
        self.file = file
        self.expansion = expansion
    }

    mutating func value(of node: Node, path: String, depth: Int) -> YAMLValue {
        let location = location(of: node)
        count += 1
        var value = YAMLValue(location: location, path: path, content: .broken)
        guard count <= YAMLFile.valueLimit, depth <= YAMLFile.depthLimit else {
            if count <= YAMLFile.valueLimit + 1 {
                report(location, path, "the file stands for too many values, or too deep ones")
            }
            count = max(count, YAMLFile.valueLimit + 1)
            return value
        }
        switch node {
        case .scalar(let scalar): value.content = content(of: scalar, location, path)
        case .mapping(let map): value.content = .map(entries(of: map, path, depth))
        case .sequence(let list):
            value.content = .list(
                list.enumerated().map { index, item in
                    self.value(of: item, path: "\(path)[\(index)]", depth: depth + 1)
                })
        case .alias: report(location, path, "this alias stands for nothing")
        }
        return value
    }

    private mutating func entries(
        of map: Node.Mapping, _ path: String, _ depth: Int
    ) -> [YAMLValue.Entry] {
        map.compactMap { key, value in
            guard case .scalar(let scalar) = key else {
                report(location(of: key), path, "a key must be a plain word")
                return nil
            }
            let name = scalar.string
            return YAMLValue.Entry(
                key: name, location: location(of: key),
                value: self.value(
                    of: value, path: path.isEmpty ? name : "\(path).\(name)", depth: depth + 1))
        }
    }

    private mutating func content(
        of scalar: Node.Scalar, _ location: SourceLocation, _ path: String
    ) -> YAMLValue.Content {
        let isQuoted: Bool
        switch scalar.tag.rawValue {
        case Tag.Name.implicit.rawValue: isQuoted = scalar.style != .plain
        case Tag.Name.str.rawValue, "!": isQuoted = true
        default:
            report(location, path, "the tag \(scalar.tag.rawValue) means nothing here")
            return .broken
        }
        do throws(Expansion.Fault) {
            return .scalar(try expansion.expand(scalar.string), isQuoted: isQuoted)
        } catch {
            report(location, path, error.message, error.suggestion)
            return .broken
        }
    }

    private func location(of node: Node) -> SourceLocation {
        SourceLocation(file: file, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0)
    }

    private mutating func report(
        _ location: SourceLocation, _ path: String, _ message: String, _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(location, path: path, message: message, suggestion: suggestion))
    }
}
