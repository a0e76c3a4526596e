internal import CHost
internal import Glibc
internal import Synchronization

/// Where the copies lie that are really loaded: one for each generation, at a path never used before,
/// since the system's loader hands back old code for a path or file that it has seen.
///
/// A copy stays while its process lives, so that debuggers find its symbols. Copies of processes that
/// ended without removing theirs are swept by the next one.
struct PrivateFolder {
    let path: String

    private static let copies = Mutex<[String]>([])
    private static let serial = Atomic<Int>(0)

    /// Makes the folder when it is not there, for this user alone.
    init(_ path: String) throws(PluginError) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno == ENOENT {
            try Self.makeParents(of: path)
            mkdir(path, 0o700)
        }
        var found = stat()
        guard lstat(path, &found) == 0 else {
            throw Self.error(path, "can't be made: \(String(cString: strerror(errno)))")
        }
        guard found.st_mode & S_IFMT == S_IFDIR else { throw Self.error(path, "is no folder") }
        guard found.st_uid == geteuid(), found.st_mode & 0o077 == 0 else {
            throw Self.error(
                path,
                "belongs to another user or is open to others; `chmod 700` it, or name another")
        }
        sweep()
    }

    private static func error(_ path: String, _ why: String) -> PluginError {
        PluginError(.privateFolder, "\(path), the folder for copies of plugins, \(why)")
    }

    private static func makeParents(of path: String) throws(PluginError) {
        let parent = Files.parent(of: path)
        guard parent != path, parent != "." else { return }
        if mkdir(parent, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else {
            throw error(path, "can't be made: \(parent): \(String(cString: strerror(errno)))")
        }
        try makeParents(of: parent)
        mkdir(parent, 0o755)
    }

    /// Writes a copy of a plugin's bytes at a new path, and answers that path.
    func copy(_ file: PluginFile) throws(PluginError) -> String {
        let stem = Files.name(of: file.path).dropLast(3).map { $0.isASCII && $0 > " " ? $0 : "_" }
        let serial = Self.serial.add(1, ordering: .relaxed).newValue
        let copy =
            "\(path)/\(getpid()).\(spw_monotonic_now()).\(serial).\(String(stem)).so"
        do {
            let target = try Files.open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o500)
            try Files.write(file.bytes, to: target)
        } catch {
            unlink(copy)
            throw Self.error(path, "can't take the copy of \(file.path): \(error.text)")
        }
        Self.remember(copy)
        return copy
    }

    private static func remember(_ copy: String) {
        let isFirst = copies.withLock { copies in
            copies.append(copy)
            return copies.count == 1
        }
        guard isFirst else { return }
        atexit {
            for copy in PrivateFolder.copies.withLock({ $0 }) { unlink(copy) }
        }
    }

    /// Removes the copies of processes that are no more.
    private func sweep() {
        for name in Files.names(in: path) where name.hasSuffix(".so") {
            guard let pid = name.split(separator: ".").first.flatMap({ pid_t($0) }) else {
                continue
            }
            if pid != getpid(), kill(pid, 0) != 0, errno == ESRCH { unlink("\(path)/\(name)") }
        }
    }
}
