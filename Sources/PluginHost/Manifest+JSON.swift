internal import FoundationEssentials
internal import SpillwayABI

extension Manifest: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, version, summary, abi, interfaces, capabilities, declares, threads, sha256
    }

    private struct UnknownKey: Error {
        var name: String
    }

    /// Any key, to find those that no manifest has.
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            nil
        }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        version = try values.decode(String.self, forKey: .version)
        summary = try values.decode(String.self, forKey: .summary)
        abi = try values.decode(ABI.self, forKey: .abi)
        interfaces = try values.decode([String].self, forKey: .interfaces)
        capabilities = try values.decode([String].self, forKey: .capabilities)
        declares = try values.decode([String].self, forKey: .declares)
        threads = try values.decode(Threads.self, forKey: .threads)
        sha256 = try values.decode(String.self, forKey: .sha256)
        try checkKeys(decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(version, forKey: .version)
        try values.encode(summary, forKey: .summary)
        try values.encode(abi, forKey: .abi)
        try values.encode(interfaces, forKey: .interfaces)
        try values.encode(capabilities, forKey: .capabilities)
        try values.encode(declares, forKey: .declares)
        try values.encode(threads, forKey: .threads)
        try values.encode(sha256, forKey: .sha256)
    }

    /// A manifest for a later ABI may say more than this host knows; any other may not.
    private func checkKeys(_ decoder: any Decoder) throws {
        guard abi.minor <= Int(SPW_ABI_MINOR) else { return }
        let known = CodingKeys.allCases.map(\.stringValue)
        let all = try decoder.container(keyedBy: AnyKey.self).allKeys
        if let unknown = all.first(where: { !known.contains($0.stringValue) }) {
            throw UnknownKey(name: unknown.stringValue)
        }
    }

    /// Reads a manifest, strictly.
    ///
    /// - Parameter path: for messages.
    public init(json: [UInt8], path: String) throws(PluginError) {
        do {
            self = try JSONDecoder().decode(Manifest.self, from: Data(json))
        } catch let error as UnknownKey {
            throw Self.invalid(path, "\"\(error.name)\" is no key of a manifest")
        } catch let error as DecodingError {
            throw Self.invalid(path, Self.say(error))
        } catch {
            throw Self.invalid(path, "\(error)")
        }
        if let fault { throw Self.invalid(path, fault) }
    }

    private static func invalid(_ path: String, _ why: String) -> PluginError {
        PluginError(
            .manifestInvalid,
            "\(path): \(escaped(why)); write it anew with `spillway plugin inspect"
                + " --write-manifest FILE.so`")
    }

    /// What is wrong with the values, or nil.
    private var fault: String? {
        if !Self.isName(name) {
            return "\"name\" is \"\(name)\", not \"vendor/name\" in lower case"
        }
        if !Self.isVersion(version) { return "\"version\" is \"\(version)\", not like 1.2.3" }
        if abi.major < 0 || abi.minor < 0 { return "\"abi\" has a negative number" }
        if interfaces.isEmpty { return "\"interfaces\" is empty" }
        let isDigest =
            sha256.utf8.count == 64
            && sha256.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
        return isDigest ? nil : "\"sha256\" is not 64 lower-case hexadecimal digits"
    }

    private static func say(_ error: DecodingError) -> String {
        func at(_ path: [any CodingKey]) -> String {
            "\"" + path.map(\.stringValue).joined(separator: ".") + "\""
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(at(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            return "\(at(context.codingPath)) is not \(say(type))"
        case .valueNotFound(let type, let context):
            return "\(at(context.codingPath)) is null, not \(say(type))"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is not JSON"
                : "\(at(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            return "\(error)"
        }
    }

    private static func say(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Int.Type: "a whole number"
        case is [String].Type, is [Any].Type: "a list of texts"
        default: "an object"
        }
    }

    /// The manifest as it is written to its file.
    public func json() throws(PluginError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            throw PluginError(.writeFailed, "the manifest of \(name) can't be encoded: \(error)")
        }
    }
}
