import Foundation
import Ledger
import PluginHost

/// Loads the plugins that a configuration names and makes their instances; what fails is told with
/// the line that asked for it.
final class Workshop {
    private let configuration: Configuration
    private let loader: PluginLoader
    private let ledger: Ledger?
    private let contract: String
    private var loaded: [String: Plugin] = [:]
    private(set) var diagnostics: [Diagnostic] = []

    /// - Parameter ledger: where plugins keep their state; nil: nowhere, they can't.
    init(
        _ configuration: Configuration, ledger: Ledger?, log: @escaping PluginLogSink
    ) throws(ConfigurationError) {
        self.configuration = configuration
        self.ledger = ledger
        contract = try Self.contract(of: configuration)
        loader = PluginLoader(
            searchPaths: PluginSearch.folders(configuration.pluginFolders),
            privateFolder: PluginSearch.privateFolder(),
            allowUnpinned: configuration.allowUnpinned, log: log)
    }

    private static func contract(
        of configuration: Configuration
    ) throws(ConfigurationError) -> String {
        guard let file = configuration.contract else { return "" }
        do {
            return try String(contentsOfFile: file.path, encoding: .utf8)
        } catch {
            throw ConfigurationError([
                Diagnostic(
                    file.location, path: "contract",
                    message: "can't read \(file.path): \(error.localizedDescription)")
            ])
        }
    }

    var contractText: String { contract }

    /// Makes an instance; nil when it could not be made, which is among the diagnostics then.
    func make<Instance>(
        _ name: String, _ use: Configuration.PluginUse,
        _ make: (Plugin, InstanceSetup) throws(PluginError) -> Instance
    ) -> Instance? {
        do throws(PluginError) {
            let plugin = try load(use)
            return try make(plugin, setup(name, use))
        } catch {
            let isAboutOptions = error.code == .invalidOptions
            let diagnostic = Diagnostic(
                isAboutOptions ? use.optionsLocation : use.location, path: name,
                message: error.message)
            if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
            return nil
        }
    }

    private func load(_ use: Configuration.PluginUse) throws(PluginError) -> Plugin {
        if let plugin = loaded[use.plugin] { return plugin }
        let plugin = try loader.load(use.plugin)
        loaded[use.plugin] = plugin
        return plugin
    }

    private func setup(_ name: String, _ use: Configuration.PluginUse) -> InstanceSetup {
        InstanceSetup(
            name: name, pipeline: configuration.pipeline, options: use.options,
            contract: contract, contractName: configuration.contract?.path ?? "",
            baseFolder: configuration.folder,
            state: ledger.map { LedgerState($0, scope: "\(configuration.pipeline)/\(name)") }
                ?? NoState())
    }

    /// Throws what was found wrong, if anything.
    func check() throws(ConfigurationError) {
        if !diagnostics.isEmpty { throw ConfigurationError(diagnostics) }
    }
}

/// Where plugins are looked for.
public enum PluginSearch {
    private static let installed = [
        "/usr/local/lib/spillway/plugins", "/usr/lib/spillway/plugins",
    ]

    /// The configuration's folders, then `SPILLWAY_PLUGIN_PATH`, then those of an installation.
    public static func folders(_ configured: [String]) -> [String] {
        let path = ProcessInfo.processInfo.environment["SPILLWAY_PLUGIN_PATH"] ?? ""
        // A configuration's folders have the environment's among them already.
        var folders = configured
        for folder in path.split(separator: ":").map(String.init) + installed
        where !folders.contains(folder) {
            folders.append(folder)
        }
        return folders
    }

    /// A folder for this process's private copies.
    public static func privateFolder() -> String {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_RUNTIME_DIR"] ?? environment["TMPDIR"] ?? "/tmp"
        return "\(base)/spillway-\(ProcessInfo.processInfo.processIdentifier)"
    }
}

/// A plugin's `spillway.state/1`, kept in the ledger.
private struct LedgerState: PluginState {
    private let ledger: Ledger
    private let scope: String

    init(_ ledger: Ledger, scope: String) {
        self.ledger = ledger
        self.scope = scope
    }

    func get(_ key: String) throws -> [UInt8]? {
        try ledger.state(scope: scope, key: Array(key.utf8))
    }

    func put(_ key: String, _ value: [UInt8]) throws {
        try ledger.putState(scope: scope, key: Array(key.utf8), value: value)
    }
}

/// For a check, which changes nothing.
private struct NoState: PluginState {
    func get(_ key: String) -> [UInt8]? { nil }
    func put(_ key: String, _ value: [UInt8]) {}
}
