internal import Glibc
internal import SpillwayABI
internal import Synchronization

/// A plugin file that was found, and whether it could be loaded.
public struct PluginListing: Sendable {
    /// The `.so`.
    public var path: String
    /// Its manifest, once everything that can be checked without running its code was; or why not.
    public var manifest: Result<Manifest, PluginError>
}

/// Finds plugins in folders and loads them.
///
/// May be used from any thread.
public final class PluginLoader: Sendable {
    /// Where plugins are looked for by name, first folder first.
    public let searchPaths: [String]
    /// Where private copies lie; made when needed.
    public let privateFolder: String
    /// Whether a plugin without a manifest may be loaded.
    public let allowUnpinned: Bool

    let log: PluginLogSink
    private let generations = Mutex<[String: Int]>([:])

    /// The version that plugins are told; semantic.
    public static let hostVersion = "0.1.0"

    private static let longestManifest = 1 << 20

    /// - Parameters:
    ///   - privateFolder: for this user alone; copies of plugins are loaded from it.
    ///   - log: takes the lines of all plugins; called from any thread.
    public init(
        searchPaths: [String], privateFolder: String, allowUnpinned: Bool = false,
        log: @escaping PluginLogSink = { _ in }
    ) {
        self.searchPaths = searchPaths
        self.privateFolder = privateFolder
        self.allowUnpinned = allowUnpinned
        self.log = log
    }

    /// All plugins in the search paths, by path. Runs no code of theirs.
    public func list() -> [PluginListing] {
        libraries().map { path in
            do throws(PluginError) {
                return PluginListing(path: path, manifest: .success(try inspectUnloaded(path)))
            } catch {
                return PluginListing(path: path, manifest: .failure(error))
            }
        }
    }

    private func inspectUnloaded(_ path: String) throws(PluginError) -> Manifest {
        let file = try PluginFile(path)
        guard let manifest = try pinnedManifest(of: file) else { throw Self.unpinned(path) }
        return manifest
    }

    /// The `.so` files of the search paths.
    func libraries() -> [String] {
        searchPaths.flatMap { folder in
            Files.names(in: folder).filter { $0.hasSuffix(".so") }.map { "\(folder)/\($0)" }
        }
    }

    /// Loads a plugin. Loading a name again makes another generation, from the file as it is then.
    ///
    /// - Parameter reference: as for ``locate(_:)``.
    public func load(_ reference: String) throws(PluginError) -> Plugin {
        let plugin = try load(path: try locate(reference), mayBeUnpinned: allowUnpinned)
        if Manifest.isName(reference), plugin.name != reference {
            throw PluginError(
                .notFound,
                "\(plugin.path) was taken for \"\(reference)\", but it is \"\(plugin.name)\"; write"
                    + " that name")
        }
        return plugin
    }

    /// Loads a `.so`, whatever its manifest says, and makes the manifest that it should have.
    public func makeManifest(path: String) throws(PluginError) -> Manifest {
        let file = try PluginFile(path)
        return try start(file, claimed: nil).manifest
    }

    /// Makes the manifest of a `.so` and puts it beside it, whole or not at all.
    @discardableResult
    public func writeManifest(path: String) throws(PluginError) -> Manifest {
        let manifest = try makeManifest(path: path)
        let target = Manifest.path(beside: path)
        let bytes = try manifest.json()
        do {
            try Files.replace(target, with: bytes)
        } catch {
            throw PluginError(.writeFailed, "\(target) can't be written: \(error.text)")
        }
        return manifest
    }

    // MARK: - Loading

    private func load(path: String, mayBeUnpinned: Bool) throws(PluginError) -> Plugin {
        let file = try PluginFile(path)
        let claimed = try pinnedManifest(of: file)
        if claimed == nil, !mayBeUnpinned { throw Self.unpinned(path) }
        return try start(file, claimed: claimed)
    }

    private static func unpinned(_ path: String) -> PluginError {
        PluginError(
            .manifestMissing,
            "\(path) has no manifest beside it (\(Files.name(of: Manifest.path(beside: path)))), so"
                + " nothing vouches for what it is; write one with `spillway plugin inspect"
                + " --write-manifest \(path)`, or allow it with --allow-unpinned")
    }

    /// Reads a file's manifest and checks what can be checked before the plugin's code runs.
    func pinnedManifest(of file: PluginFile) throws(PluginError) -> Manifest? {
        guard let manifest = try readManifest(beside: file.path) else { return nil }
        let path = Manifest.path(beside: file.path)
        guard manifest.sha256 == file.sha256 else {
            throw PluginError(
                .manifestLies,
                "\(path) lies: it says that \(file.path) has SHA-256 \(manifest.sha256.prefix(16))…,"
                    + " and it has \(file.sha256.prefix(16))…; if you changed the plugin yourself,"
                    + " write its manifest anew with `spillway plugin inspect --write-manifest`")
        }
        guard manifest.abi.major == Int(SPW_ABI_MAJOR) else {
            throw PluginError(
                .wrongABI,
                "\(file.path) is built for plugin ABI \(manifest.abi.major).\(manifest.abi.minor), and"
                    + " this host has \(SPW_ABI_MAJOR).\(SPW_ABI_MINOR); get a build for ABI"
                    + " \(SPW_ABI_MAJOR).x, or another Spillway")
        }
        return manifest
    }

    /// The manifest beside a `.so` as it is written, or nil when there is none.
    func readManifest(beside library: String) throws(PluginError) -> Manifest? {
        let path = Manifest.path(beside: library)
        let json: [UInt8]?
        do {
            json = try Files.contents(path, limit: Self.longestManifest)
        } catch {
            throw PluginError(.manifestInvalid, "\(path) can't be read: \(error.text)")
        }
        guard let json else { return nil }
        return try Manifest(json: json, path: path)
    }

    private func start(
        _ file: PluginFile, claimed: Manifest?
    ) throws(PluginError) -> Plugin {
        let copy = try PrivateFolder(privateFolder).copy(file)
        let image = try PluginImage(file, copy: copy, name: claimed?.name ?? file.path, sink: log)
        let facts: PluginFacts
        do throws(PluginError) {
            facts = try PluginFacts(image.plugin, file)
            if let claimed, let lie = facts.lie(of: claimed) {
                throw PluginError(
                    .manifestLies,
                    "\(Manifest.path(beside: file.path)) lies: \(lie); write it anew with `spillway"
                        + " plugin inspect --write-manifest`")
            }
        } catch {
            image.plugin.shutdown()
            throw error
        }
        let name = facts.manifest.name
        image.log.rename(name)
        let generation = generations.withLock { generations in
            generations[name, default: 0] += 1
            return generations[name, default: 0]
        }
        return try Plugin(
            image, facts: facts, isPinned: claimed != nil, generation: generation, path: file.path)
    }
}
