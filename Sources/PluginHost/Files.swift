internal import Glibc

/// The few system calls of this module, behind names. Failures are errno texts.
enum Files {
    /// Why a system call failed, in the system's words.
    struct Failure: Error {
        var number: Int32
        var text: String { String(cString: strerror(number)) }
    }

    /// An open file, closed with the object.
    final class Descriptor {
        let number: Int32

        init(_ number: Int32) {
            self.number = number
        }

        deinit {
            close(number)
        }
    }

    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(Failure) -> Descriptor
    {
        let number = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw Failure(number: errno) }
        return Descriptor(number)
    }

    static func status(_ file: Descriptor) throws(Failure) -> stat {
        var found = stat()
        guard fstat(file.number, &found) == 0 else { throw Failure(number: errno) }
        return found
    }

    /// The first `size` bytes of a file; fewer when it is shorter.
    static func read(_ file: Descriptor, size: Int) throws(Failure) -> [UInt8] {
        var failure: Failure?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { room, filled in
            while filled < size {
                let count = pread(
                    file.number, room.baseAddress.map { $0 + filled }, size - filled, filled)
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = Failure(number: errno) }
                if count <= 0 { return }
                filled += count
            }
        }
        if let failure { throw failure }
        return bytes
    }

    static func write(_ bytes: [UInt8], to file: Descriptor) throws(Failure) {
        var failure: Failure?
        bytes.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                let count = Glibc.write(
                    file.number, bytes.baseAddress.map { $0 + at }, bytes.count - at)
                if count < 0, errno == EINTR { continue }
                if count < 0 {
                    failure = Failure(number: errno)
                    return
                }
                at += count
            }
        }
        if let failure { throw failure }
    }

    /// A whole file of at most `limit` bytes, or nil when there is none.
    static func contents(_ path: String, limit: Int) throws(Failure) -> [UInt8]? {
        let file: Descriptor
        do {
            file = try open(path, O_RDONLY | O_NONBLOCK)
        } catch {
            if error.number == ENOENT { return nil }
            throw error
        }
        let found = try status(file)
        guard found.st_mode & S_IFMT == S_IFREG else { throw Failure(number: EISDIR) }
        guard found.st_size <= limit else { throw Failure(number: EFBIG) }
        return try read(file, size: Int(found.st_size))
    }

    /// Puts a file in place whole, or not at all: written beside it, synced, renamed.
    static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
        let draft = path + ".\(getpid()).draft"
        do throws(Failure) {
            let file = try open(draft, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            try write(bytes, to: file)
            guard fsync(file.number) == 0, rename(draft, path) == 0 else {
                throw Failure(number: errno)
            }
        } catch {
            unlink(draft)
            throw error
        }
        let folder = try open(parent(of: path), O_RDONLY | O_DIRECTORY)
        guard fsync(folder.number) == 0 else { throw Failure(number: errno) }
    }

    /// The names in a folder, sorted; none when there is no such folder.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }
}
