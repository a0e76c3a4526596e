internal import Foundation
internal import GRDB

extension Ledger {
    /// What a plugin's instance kept under a key, or nil.
    ///
    /// - Parameter scope: names the instance; keys of different scopes never meet.
    public func state(scope: String, key: [UInt8]) throws(LedgerError) -> [UInt8]? {
        try read("read a plugin's state") { db in
            try Data.fetchOne(
                db, sql: "SELECT value FROM plugin_state WHERE scope = ? AND key = ?",
                arguments: [scope, Data(key)]
            ).map(Array.init)
        }
    }

    /// Keeps a value for a plugin's instance. It is durable on return.
    public func putState(scope: String, key: [UInt8], value: [UInt8]) throws(LedgerError) {
        try write("keep a plugin's state") { db in
            try db.execute(
                sql: """
                    INSERT INTO plugin_state (scope, key, value) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET value = excluded.value
                    """,
                arguments: [scope, Data(key), Data(value)])
        }
    }
}
