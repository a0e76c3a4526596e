/// Puts environment variables into a scalar: `${V}`, `${V:-default}`, `${V:?message}`.
///
/// `$${` stands for a literal `${`. A default may hold variables itself.
struct Expansion {
    let environment: [String: String]

    /// Why a scalar could not be expanded.
    struct Fault: Error {
        var message: String
        var suggestion: String?
    }

    func expand(_ text: String) throws(Fault) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstRange(of: "${") {
            if rest[..<dollar.lowerBound].last == "$" {
                result += rest[..<dollar.lowerBound].dropLast() + "${"
                rest = rest[dollar.upperBound...]
                continue
            }
            result += rest[..<dollar.lowerBound]
            rest = rest[dollar.upperBound...]
            guard let end = Self.closing(rest) else {
                throw Fault(
                    message: "`${` has no closing brace",
                    suggestion: "write `$${` for the characters themselves")
            }
            result += try value(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The brace that closes the one just passed.
    private static func closing(_ text: Substring) -> Substring.Index? {
        var depth = 0
        var previous: Character?
        for index in text.indices {
            switch text[index] {
            case "{" where previous == "$": depth += 1
            case "}" where depth == 0: return index
            case "}": depth -= 1
            default: break
            }
            previous = text[index]
        }
        return nil
    }

    private func value(_ body: Substring) throws(Fault) -> String {
        let name = body.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let rule = body.dropFirst(name.count)
        guard let first = name.first, !first.isNumber,
            rule.isEmpty || rule.hasPrefix(":-") || rule.hasPrefix(":?")
        else {
            throw Fault(
                message: "`${\(body)}` is no variable",
                suggestion: "the forms are `${V}`, `${V:-default}` and `${V:?message}`")
        }
        let found = environment[String(name)]
        if rule.isEmpty {
            if let found { return found }
            throw Fault(
                message: "the environment variable \(name) is not set",
                suggestion: "set it, or give a default: `${\(name):-...}`")
        }
        if let found, !found.isEmpty { return found }
        let text = String(rule.dropFirst(2))
        if rule.hasPrefix(":-") { return try expand(text) }
        throw Fault(
            message: "the environment variable \(name) is not set: "
                + (text.isEmpty ? "it is required" : text))
    }
}
