internal import GRDB

/// Why the ledger could not do what it was asked. What it had done before stands.
public struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing failed; new codes may come.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The folder or the file may not be read or written.
        public static let denied = Code(rawValue: "denied")
        /// There is no ledger in the folder.
        public static let absent = Code(rawValue: "absent")
        /// The file is damaged, or no ledger at all.
        public static let corrupted = Code(rawValue: "corrupted")
        /// A newer Spillway wrote the file.
        public static let newerFormat = Code(rawValue: "newer_format")
        /// Another process held the file for too long.
        public static let busy = Code(rawValue: "busy")
        /// The disk is full.
        public static let full = Code(rawValue: "full")
        /// The disk failed.
        public static let io = Code(rawValue: "io")
        /// The caller handed over something that can't be kept.
        public static let invalid = Code(rawValue: "invalid")
        /// Anything else that SQLite says.
        public static let failed = Code(rawValue: "failed")
    }

    public var code: Code
    /// What failed, with the file's path, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

extension LedgerError {
    /// What a failure below means for whoever runs the pipeline.
    init(_ error: any Error, path: String, doing work: String) {
        if let error = error as? LedgerError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.failed, "the ledger \(path) could not \(work): \(error)")
            return
        }
        let (code, remedy) = Self.meaning(of: error.resultCode)
        let detail = error.message ?? "no message"
        self.init(
            code,
            "the ledger \(path) could not \(work): \(detail)"
                + " (SQLite \(error.extendedResultCode.rawValue)); \(remedy)")
    }

    private static func meaning(of code: ResultCode) -> (Code, remedy: String) {
        switch code {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            (
                .corrupted,
                "the file is damaged or no ledger: restore it from a backup, with its -wal file, or"
                    + " move it away to start anew (its deferred tasks are then unknown; their bytes"
                    + " stay in the store)"
            )
        case .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            (
                .denied,
                "make the folder and the file writable for this user, or choose another `state`"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            (.busy, "another process holds it: wait for it, or end it")
        case .SQLITE_FULL:
            (.full, "free space on its disk; nothing was lost, the work comes again")
        case .SQLITE_IOERR:
            (.io, "the disk failed: look at the system's log")
        default:
            (.failed, "please report it with this message")
        }
    }
}
