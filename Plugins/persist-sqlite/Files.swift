import Glibc
import SpillwayABI

/// Makes the folder that a file lies in, with those above it, each of them durably.
func makeFolder(of path: String) throws(Failure) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    guard access(folder, F_OK) != 0 else { return }
    try makeFolder(of: folder)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw refused(folder, "making it") }
    try syncFolder(of: folder)
}

/// Makes a file that only this user may read, unless there is one. What goes wrong, SQLite will say.
func makePrivateFile(_ path: String) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 { close(descriptor) }
}

/// Makes a file's entry in its folder durable.
func syncFolder(of path: String) throws(Failure) {
    let folder =
        switch path.lastIndex(of: "/") {
        case nil: "."
        case path.startIndex: "/"
        case let slash?: String(path[..<slash])
        }
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refused(folder, "opening it") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw refused(folder, "syncing it") }
}

/// Nanoseconds since 1970-01-01 UTC.
func wallClock() -> Int64 { nanoseconds(CLOCK_REALTIME) }

/// Milliseconds until a deadline of the monotonic clock, at least 0.
func millisecondsLeft(until deadline: UInt64) -> Int64 {
    max(0, Int64(clamping: deadline) - nanoseconds(CLOCK_MONOTONIC)) / 1_000_000
}

private func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
}

private func refused(_ folder: String, _ doing: String) -> Failure {
    let code = errno
    let signal =
        switch code {
        case EACCES, EPERM, EROFS, ENOENT, ENOTDIR: SPW_SIGNAL_DENIED
        case ENOSPC, EDQUOT: SPW_SIGNAL_UNAVAILABLE
        default: SPW_SIGNAL_TRANSIENT
        }
    return Failure(
        signal: signal,
        "persist-sqlite: the folder \(folder): \(doing): \(String(cString: strerror(code)))")
}
