internal import Foundation
internal import GRDB

extension Ledger {
    /// Keeps a copy of a stream's mark, for those who ask for the status. The sink's own is the truth.
    public func saveMark(stream: String, sequence: UInt64, data: [UInt8]) throws(LedgerError) {
        let now = clock()
        try write("keep a mark") { db in
            try db.execute(
                sql: """
                    INSERT INTO mark (stream, sequence, data, updated_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET sequence = excluded.sequence, data = excluded.data,
                      updated_at = excluded.updated_at
                    """,
                arguments: [
                    stream, try Columns.number(sequence, "sequence", of: stream), Data(data), now,
                ])
        }
    }

    /// Every stream's mark, by name.
    public func marks() throws(LedgerError) -> [Mark] {
        try read("read its marks") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM mark ORDER BY stream").map { row in
                Mark(
                    stream: row["stream"], sequence: UInt64(bitPattern: row["sequence"]),
                    data: Array(row["data"] as Data), updatedAt: row["updated_at"])
            }
        }
    }
}
