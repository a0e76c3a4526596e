internal import Glibc

extension PluginLoader {
    /// The `.so` that a reference means. Runs no code of it.
    ///
    /// - Parameter reference: "vendor/name"; "name", of the vendor `spillway` or else the only one that
    ///   has it; or a path that contains "/" and ends in ".so".
    public func locate(_ reference: String) throws(PluginError) -> String {
        if reference.contains("/"), reference.hasSuffix(".so") {
            guard access(reference, F_OK) == 0 else {
                throw PluginError(
                    .notFound,
                    "there is no plugin at \(reference): \(String(cString: strerror(errno)))")
            }
            return reference
        }
        let candidates = libraries().map { Candidate(path: $0, name: name(of: $0)) }
        if let found = try choose(reference, candidates) { return found.path }
        throw notFound(reference, candidates)
    }

    /// A file that may be what a reference means.
    private struct Candidate {
        var path: String
        /// By its manifest; nil when it has none that can be read.
        var name: String?

        /// The file's name without ".so".
        var stem: String { String(Files.name(of: path).dropLast(3)) }
        /// The name without its vendor.
        var plainName: String { name.map { String($0.split(separator: "/").last ?? "") } ?? stem }
    }

    /// The name that a file's manifest gives. A manifest that can't be read is told of at the load.
    private func name(of library: String) -> String? {
        guard let manifest = try? readManifest(beside: library) else { return nil }
        return manifest.name
    }

    private func choose(
        _ reference: String, _ candidates: [Candidate]
    ) throws(PluginError) -> Candidate? {
        if reference.contains("/") {
            let plain = reference.split(separator: "/").last.map(String.init) ?? ""
            return candidates.first { $0.name == reference }
                ?? candidates.first { $0.name == nil && $0.stem == plain }
        }
        if let own = candidates.first(where: { $0.name == "spillway/\(reference)" }) { return own }
        let named = candidates.filter { $0.name != nil && $0.plainName == reference }
        let names = Set(named.compactMap(\.name))
        guard names.count < 2 else {
            throw PluginError(
                .ambiguous,
                "\"\(reference)\" may be \(names.sorted().joined(separator: " or ")); write which")
        }
        return named.first ?? candidates.first { $0.name == nil && $0.stem == reference }
    }

    private func notFound(_ reference: String, _ candidates: [Candidate]) -> PluginError {
        let places =
            searchPaths.isEmpty
            ? "no folder is searched for plugins; set SPILLWAY_PLUGIN_PATH"
            : "searched \(searchPaths.joined(separator: ", "));"
                + " SPILLWAY_PLUGIN_PATH and the configuration's `plugins` name further folders"
        var message = "there is no plugin \"\(escaped(reference))\": \(places)"
        if let near = nearMiss(reference, candidates) { message += "; did you mean \"\(near)\"?" }
        return PluginError(.notFound, message)
    }

    private func nearMiss(_ reference: String, _ candidates: [Candidate]) -> String? {
        let isQualified = reference.contains("/")
        let known = candidates.map { isQualified ? ($0.name ?? $0.stem) : $0.plainName }
        let plain = reference.split(separator: "/").last.map(String.init) ?? reference
        let scored = Set(known).map { name in
            let tail = name.split(separator: "/").last.map(String.init) ?? name
            let distance = min(editDistance(name, reference), editDistance(tail, plain))
            return (name: name, distance: distance)
        }
        let best = scored.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= max(1, plain.count / 3) else { return nil }
        return best.name
    }
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour to turn one
/// text into another.
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                best = min(best, beforeLast[j - 1] + 1)
            }
            row.append(best)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
