/// What a plugin says of itself in `NAME.manifest.json`, beside `NAME.so`; read before a line of its
/// code runs, and compared with the plugin afterwards.
public struct Manifest: Sendable, Equatable {
    /// A version of the plugin ABI.
    public struct ABI: Sendable, Equatable, Codable {
        public var major: Int
        public var minor: Int

        public init(major: Int, minor: Int) {
            self.major = major
            self.minor = minor
        }
    }

    /// Whether a plugin has an instance for each lane, or one that all lanes call at once.
    public enum Threads: String, Sendable, Codable {
        case perLane = "per_lane"
        case shared
    }

    /// "vendor/name".
    public var name: String
    /// Semantic version.
    public var version: String
    /// One line for people.
    public var summary: String
    /// The header that the plugin was built with.
    public var abi: ABI
    /// Ids such as "spillway.handler/1".
    public var interfaces: [String]
    /// What it wants from the machine: "files", "network".
    public var capabilities: [String]
    /// What it declares of itself: "deterministic", "streaming", "survives_null", "unmappable".
    public var declares: [String]
    public var threads: Threads
    /// Of the `.so`, 64 lower-case hexadecimal digits.
    public var sha256: String

    public init(
        name: String, version: String, summary: String, abi: ABI, interfaces: [String],
        capabilities: [String], declares: [String], threads: Threads, sha256: String
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.abi = abi
        self.interfaces = interfaces
        self.capabilities = capabilities
        self.declares = declares
        self.threads = threads
        self.sha256 = sha256
    }

    /// The path of the manifest of a `.so`.
    public static func path(beside library: String) -> String {
        (library.hasSuffix(".so") ? String(library.dropLast(3)) : library) + ".manifest.json"
    }

    /// Whether a text is "vendor/name", each `[a-z0-9]` then `[a-z0-9._-]`, 100 characters at most.
    static func isName(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return text.utf8.count <= 100 && parts.count == 2 && parts.allSatisfy(isWord)
    }

    private static func isWord(_ part: Substring.UTF8View) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = part.first, isPlain(first) else { return false }
        return part.allSatisfy { isPlain($0) || "._-".utf8.contains($0) }
    }

    /// Whether a text starts like a semantic version: three numbers, then nothing, "-" or "+".
    static func isVersion(_ text: String) -> Bool {
        let core = text.utf8.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
        let numbers = core.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return text.utf8.count <= 100 && numbers.count == 3
            && numbers.allSatisfy { number in
                !number.isEmpty
                    && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}
