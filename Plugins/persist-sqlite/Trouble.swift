import CSQLite
import SpillwayABI

/// What SQLite answered, as the host's signals know it.
func trouble(_ code: Int32, _ doing: String, _ detail: String) -> Failure {
    let (signal, advice) = meaning(of: code & 0xFF)
    return Failure(
        signal: signal, "persist-sqlite: \(doing): \(detail) (SQLite code \(code)); \(advice)")
}

private func meaning(of code: Int32) -> (signal: Int32, advice: String) {
    switch code {
    case SQLITE_BUSY, SQLITE_LOCKED:
        (SPW_SIGNAL_TRANSIENT, "another process is writing, it will be tried again")
    case SQLITE_IOERR:
        (SPW_SIGNAL_TRANSIENT, "it will be tried again; look at the disk when it stays so")
    case SQLITE_FULL:
        (SPW_SIGNAL_UNAVAILABLE, "make room on the disk")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN:
        (SPW_SIGNAL_DENIED, "the file and its folder must be writable for this user")
    case SQLITE_CORRUPT, SQLITE_NOTADB:
        (SPW_SIGNAL_UNAVAILABLE, "the file is damaged or no database: put a good copy in its place")
    case SQLITE_TOOBIG:
        (SPW_SIGNAL_CAPACITY, "the object is larger than SQLite takes")
    case SQLITE_NOMEM:
        (SPW_SIGNAL_OVER_BUDGET, "there is not enough memory")
    case SQLITE_INTERRUPT:
        (SPW_SIGNAL_TIMEOUT, "the call was cut short")
    default:
        (SPW_SIGNAL_UNAVAILABLE, "this is not expected: please report it")
    }
}

extension Failure {
    static func damaged(_ name: [UInt8], _ what: String) -> Failure {
        let name = String(decoding: name, as: UTF8.self)
        return Failure(
            signal: SPW_SIGNAL_UNRECOVERABLE,
            "persist-sqlite: the object \(name) is damaged: \(what); restore the file from a backup"
        )
    }

    static var cancelled: Failure {
        Failure(
            signal: SPW_SIGNAL_TIMEOUT, "persist-sqlite: the call was cancelled or took too long")
    }
}
