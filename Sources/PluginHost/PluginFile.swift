internal import CHost
internal import Glibc
internal import SpillwayABI

/// The bytes of a plugin's `.so`, read once through one descriptor: what is checked here is what is
/// loaded, whatever happens to the path meanwhile.
struct PluginFile {
    let path: String
    let bytes: [UInt8]
    /// 64 lower-case hexadecimal digits.
    let sha256: String

    /// Larger than any plugin: a self-contained Swift one with Foundation has some 60 MB.
    private static let limit = 1 << 30

    /// Reads a file and checks that it can be a plugin for this machine. Runs none of its code.
    init(_ path: String) throws(PluginError) {
        self.path = path
        bytes = try Self.read(path)
        try Self.check(bytes, path)
        guard let hash = SHA256Hasher() else {
            throw PluginError(.unreadable, "\(path): there is no memory for its SHA-256")
        }
        bytes.withUnsafeBytes { hash.update($0) }
        guard let digest = hash.finish() else {
            throw PluginError(.unreadable, "\(path): its SHA-256 could not be computed")
        }
        sha256 = digest.hexadecimal
    }

    private static func read(_ path: String) throws(PluginError) -> [UInt8] {
        let file: Files.Descriptor
        let found: stat
        do throws(Files.Failure) {
            file = try Files.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            found = try Files.status(file)
        } catch {
            throw PluginError(
                error.number == ENOENT ? .notFound : .unreadable,
                "\(path) can't be opened: \(error.text)")
        }
        guard found.st_mode & S_IFMT == S_IFREG else {
            throw PluginError(
                .notRegularFile, "\(path) is \(kind(found.st_mode)), not a plugin's .so file")
        }
        guard found.st_mode & S_IWOTH == 0 else {
            throw PluginError(
                .worldWritable,
                "\(path) may be changed by anyone on this machine, so it is not loaded;"
                    + " `chmod o-w` it once you know what is in it")
        }
        guard found.st_size <= limit else {
            throw PluginError(
                .malformed, "\(path) is too large for a plugin: \(found.st_size) bytes")
        }
        do throws(Files.Failure) {
            return try Files.read(file, size: Int(found.st_size))
        } catch {
            throw PluginError(.unreadable, "\(path) can't be read: \(error.text)")
        }
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a folder"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    // MARK: - ELF

    private static func check(_ bytes: [UInt8], _ path: String) throws(PluginError) {
        var facts = spw_elf()
        let found = bytes.withUnsafeBufferPointer {
            spw_elf_check($0.baseAddress, $0.count, SPW_ENTRY, &facts)
        }
        if let error = explain(found, facts, bytes.count, path) { throw error }
        let needed = [facts.glibc.0, facts.glibc.1, facts.glibc.2]
        guard spw_host_glibc_meets(needed) else {
            throw PluginError(
                .needsNewerLibrary,
                "\(path) needs glibc \(version(needed)) and this machine has"
                    + " \(String(cString: spw_host_glibc())); build it on an older system, or run"
                    + " Spillway on a newer one")
        }
    }

    private static func version(_ numbers: [UInt32]) -> String {
        let shown = numbers.last == 0 ? numbers.dropLast() : numbers[...]
        return shown.map(String.init).joined(separator: ".")
    }

    private static func explain(
        _ found: Int32, _ facts: spw_elf, _ size: Int, _ path: String
    ) -> PluginError? {
        let here = String(cString: spw_elf_machine_name(spw_elf_host_machine()))
        switch found {
        case SPW_ELF_OK:
            return nil
        case SPW_ELF_NOT_ELF:
            return PluginError(.notELF, "\(path) is no ELF file, so no plugin")
        case SPW_ELF_OTHER_CLASS:
            return PluginError(
                .wrongArchitecture,
                "\(path) is built for a 32 bit or big-endian machine, and this one is \(here);"
                    + " build it for \(here)")
        case SPW_ELF_OTHER_MACHINE:
            let machine = String(cString: spw_elf_machine_name(facts.machine))
            return PluginError(
                .wrongArchitecture,
                "\(path) is built for \(machine) (ELF machine \(facts.machine)), and this one is"
                    + " \(here); build it for \(here)")
        case SPW_ELF_NOT_SHARED:
            return PluginError(
                .notShared,
                "\(path) is a program or an object file, not a shared library; link it with -shared"
            )
        case SPW_ELF_TRUNCATED:
            return PluginError(
                .truncated,
                "\(path) is cut off: it has \(size) bytes, and by its own headers"
                    + " \(max(facts.whole_size, UInt64(size) + 1)) or more; copy it anew")
        case SPW_ELF_NO_ENTRY:
            return PluginError(
                .noEntry,
                "\(path) does not export \(SPW_ENTRY), so it is no Spillway plugin; mark that"
                    + " function SPW_EXPORT")
        default:
            let fault = facts.fault.map { String(cString: $0) } ?? "its headers make no sense"
            return PluginError(.malformed, "\(path) is damaged: \(fault); copy or build it anew")
        }
    }
}
