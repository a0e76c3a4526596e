import Foundation

/// A pipeline's state folder, held by one process at a time.
final class StateFolder: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes the folder if it is not there, and locks it.
    init(_ path: String) throws(RunError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw RunError(
                .state, "can't make the state folder \(path): \(error.localizedDescription)")
        }
        let file = path + "/lock"
        let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw RunError(.state, "can't open \(file): \(String(cString: strerror(errno)))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            close(opened)
            throw RunError(
                .state,
                "the state folder \(path) is in use by process"
                    + " \(holder.trimmingCharacters(in: .whitespacesAndNewlines)); stop it first, or"
                    + " give this pipeline a folder of its own")
        }
        ftruncate(opened, 0)
        let pid = "\(ProcessInfo.processInfo.processIdentifier)\n"
        _ = pid.withCString { pwrite(opened, $0, strlen($0), 0) }
        descriptor = opened
    }

    deinit {
        close(descriptor)
    }
}
