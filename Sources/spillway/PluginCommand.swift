import ArgumentParser
import Foundation
import Pipeline
import PluginHost

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Lists and inspects plugins.",
        subcommands: [List.self, Inspect.self])

    /// Where commands about plugins look: options, then `SPILLWAY_PLUGIN_PATH`.
    struct SearchOptions: ParsableArguments {
        @Option(name: .customLong("path"), help: "A folder to look in first; may be given again.")
        var folders: [String] = []

        func loader(allowUnpinned: Bool) -> PluginLoader {
            PluginLoader(
                searchPaths: PluginSearch.folders(folders),
                privateFolder: PluginSearch.privateFolder(), allowUnpinned: allowUnpinned,
                log: PluginLines.print)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the plugins that are found, or why one can't be loaded.")

        @OptionGroup var search: SearchOptions
        @Flag(help: "Print as JSON.")
        var json = false

        private struct Line: Encodable {
            var path: String
            var manifest: Manifest?
            var error: String?
        }

        func run() throws {
            let found = search.loader(allowUnpinned: false).list()
            if json {
                try Output.json(
                    found.map { listing in
                        switch listing.manifest {
                        case .success(let manifest): Line(path: listing.path, manifest: manifest)
                        case .failure(let error): Line(path: listing.path, error: error.message)
                        }
                    })
                return
            }
            let rows = found.map { listing in
                switch listing.manifest {
                case .success(let manifest):
                    [
                        manifest.name, manifest.version, interfaces(manifest), manifest.summary,
                    ]
                case .failure(let error): [listing.path, "–", "can't be loaded", error.message]
                }
            }
            Output.table(["plugin", "version", "interfaces", ""], rows)
        }

        private func interfaces(_ manifest: Manifest) -> String {
            manifest.interfaces.map { $0.replacing("spillway.", with: "") }.joined(separator: " ")
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what a plugin is; with --write-manifest makes its manifest.",
            discussion: """
                Inspecting loads the plugin, which runs its code: inspect only what you would run. A \
                plugin without a manifest needs --allow-unpinned or --write-manifest.
                """)

        @Argument(help: "Plugins: vendor/name, name, or the path of a .so.")
        var plugins: [String]
        @OptionGroup var search: SearchOptions
        @Flag(help: "Write NAME.manifest.json beside each .so, with its SHA-256.")
        var writeManifest = false
        @Flag(help: "Load a plugin that has no manifest.")
        var allowUnpinned = false
        @Flag(help: "Print nothing when all goes well.")
        var quiet = false
        @Flag(help: "Print as JSON.")
        var json = false

        func run() throws {
            let loader = search.loader(allowUnpinned: allowUnpinned)
            for plugin in plugins {
                do throws(PluginError) {
                    try inspect(plugin, loader)
                } catch {
                    throw Refusal(message: "\(error.message)")
                }
            }
        }

        private func inspect(_ plugin: String, _ loader: PluginLoader) throws(PluginError) {
            if writeManifest {
                let path = try loader.locate(plugin)
                let manifest = try loader.writeManifest(path: path)
                if !quiet { show(manifest, path: path, schema: nil) }
            } else {
                let loaded = try loader.load(plugin)
                if !quiet { show(loaded.manifest, path: loaded.path, schema: loaded.optionsSchema) }
            }
        }

        private func show(_ manifest: Manifest, path: String, schema: String?) {
            if json {
                try? Output.json(manifest)
                return
            }
            print("\(manifest.name) \(manifest.version)  \(manifest.summary)")
            Output.table(
                ["", ""],
                [
                    ["file", path], ["sha256", manifest.sha256],
                    ["interfaces", manifest.interfaces.joined(separator: " ")],
                    ["declares", manifest.declares.joined(separator: " ")],
                ])
            if let schema { print("options \(schema)") }
        }
    }
}
