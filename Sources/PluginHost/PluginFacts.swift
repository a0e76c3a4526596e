internal import CHost
internal import SpillwayABI

/// What a started plugin says of itself, checked and copied.
struct PluginFacts {
    let manifest: Manifest
    let optionsSchema: String

    private static let longestText = 4 << 20
    private static let mostInterfaces = 64

    private static let declarations: [(bit: UInt32, word: String)] = [
        (SPW_SURVIVES_NULL, "survives_null"), (SPW_UNMAPPABLE, "unmappable"),
        (SPW_DETERMINISTIC, "deterministic"), (SPW_STREAMING, "streaming"),
    ]
    private static let capabilities: [(bit: UInt32, word: String)] = [
        (SPW_NEEDS_FILES, "files"), (SPW_NEEDS_NETWORK, "network"),
    ]

    init(_ plugin: spw_plugin, _ file: PluginFile) throws(PluginError) {
        let path = file.path
        let name = try Self.text(plugin.name, "name", path)
        let version = try Self.text(plugin.version, "version", path)
        guard Manifest.isName(name) else {
            throw PluginImage.broke(path, "its name is \"\(escaped(name))\", not \"vendor/name\"")
        }
        guard Manifest.isVersion(version) else {
            throw PluginImage.broke(path, "its version is \"\(escaped(version))\", not like 1.2.3")
        }
        optionsSchema = try Self.text(plugin.options_schema, "options_schema", path)
        manifest = Manifest(
            name: name, version: version,
            summary: escaped(try Self.text(plugin.summary, "summary", path)),
            abi: .init(major: Int(plugin.abi_major), minor: Int(plugin.abi_minor)),
            interfaces: try Self.interfaces(plugin, path),
            capabilities: Self.words(plugin.declares, Self.capabilities),
            declares: Self.words(plugin.declares, Self.declarations),
            threads: try Self.threads(plugin, path), sha256: file.sha256)
    }

    private static func words(_ bits: UInt32, _ known: [(bit: UInt32, word: String)]) -> [String] {
        known.filter { bits & $0.bit != 0 }.map(\.word)
    }

    private static func threads(
        _ plugin: spw_plugin, _ path: String
    ) throws(PluginError) -> Manifest.Threads {
        switch Int32(bitPattern: plugin.threads) {
        case SPW_THREADS_PER_LANE: return .perLane
        case SPW_THREADS_SHARED: return .shared
        default: throw PluginImage.broke(path, "its threads are \(plugin.threads), 0 or 1 is known")
        }
    }

    private static func text(
        _ view: spw_str, _ field: String, _ path: String
    ) throws(PluginError) -> String {
        guard spw_view_is_sound(view.data, view.size), view.size <= longestText else {
            throw PluginImage.broke(
                path, "its \(field) has \(view.size) bytes, and no such text is there")
        }
        let bytes = UnsafeRawBufferPointer(start: view.data, count: view.size)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PluginImage.broke(path, "its \(field) is not UTF-8")
        }
        return text
    }

    private static func interfaces(
        _ plugin: spw_plugin, _ path: String
    ) throws(PluginError) -> [String] {
        let count = plugin.interface_count
        guard count > 0, count <= mostInterfaces, let start = plugin.interfaces else {
            throw PluginImage.broke(path, "it has no interface, or more than \(mostInterfaces)")
        }
        var found: [String] = []
        for view in UnsafeBufferPointer(start: start, count: count) {
            let id = try text(view, "interface id", path)
            guard !id.isEmpty, !found.contains(id) else {
                throw PluginImage.broke(path, "an interface id is empty or there twice")
            }
            found.append(id)
        }
        return found
    }

    /// What a manifest says that is not so, or nil.
    func lie(of claimed: Manifest) -> String? {
        let pairs: [(String, String, String)] = [
            ("name", claimed.name, manifest.name),
            ("version", claimed.version, manifest.version),
            (
                "abi", "\(claimed.abi.major).\(claimed.abi.minor)",
                "\(manifest.abi.major).\(manifest.abi.minor)"
            ),
            ("interfaces", Self.list(claimed.interfaces), Self.list(manifest.interfaces)),
            (
                "capabilities", Self.known(claimed.capabilities, Self.capabilities),
                Self.list(manifest.capabilities)
            ),
            (
                "declares", Self.known(claimed.declares, Self.declarations),
                Self.list(manifest.declares)
            ),
            ("threads", claimed.threads.rawValue, manifest.threads.rawValue),
        ]
        return pairs.first { $0.1 != $0.2 }.map {
            "its \"\($0.0)\" is \"\($0.1)\", and the plugin itself says \"\($0.2)\""
        }
    }

    private static func list(_ words: [String]) -> String {
        words.sorted().joined(separator: ", ")
    }

    /// Words of a later ABI have no bit that this host could compare them with.
    private static func known(
        _ words: [String], _ vocabulary: [(bit: UInt32, word: String)]
    ) -> String {
        list(words.filter { word in vocabulary.contains { $0.word == word } })
    }
}
