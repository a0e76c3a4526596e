import Chain

/// What outlives a crash: the sink, the store and the ledger.
struct World {
    /// One row that the sink has.
    struct Row: Equatable {
        /// The record's place in the source: its base key.
        var record: Int
        var sequence: UInt64
        var copy: UInt32
        var isDegraded: Bool
    }

    struct Task: Equatable {
        var record: Int
        var sequence: UInt64
        var store: NodeID
    }

    struct Mark {
        var sequence: UInt64 = 0
        /// Where the source goes on.
        var position = 0
        var totals = Sums()
        var transitions: UInt64 = 0
    }

    /// What the sink was given, in its order; a keyed sink's table beside it.
    var rows: [Row] = []
    var table: [UInt8: UInt64] = [:]
    var mark = Mark()
    /// Records that ended without a row or a task, by the account that is committed with the mark.
    var gone: [Int] = []
    var stored: Set<[Int]> = []
    var pending: [Task] = []
    var visible: [Task] = []
    var acknowledged: UInt64 = 0

    /// What was prepared; rows and outcomes.
    struct Staged {
        var rows: [Row] = []
        var outcomes = Outcomes()
    }

    /// What a keyed sink, or an append sink, would make of rows, without a change as yet.
    func stage(_ rows: [Row], keys: [UInt8]?) -> Staged {
        var staged = Staged(rows: rows)
        guard let keys else {
            staged.outcomes.inserted = UInt64(rows.count)
            return staged
        }
        var seen = table
        for row in rows {
            let key = keys[row.record]
            switch seen[key] {
            case nil: staged.outcomes.inserted += 1
            case let there? where there > row.sequence:
                staged.outcomes.superseded += 1
                continue
            case _?: staged.outcomes.updated += 1
            }
            seen[key] = row.sequence
        }
        return staged
    }

    mutating func commit(_ staged: Staged, _ next: Mark, gone lost: [Int], keys: [UInt8]?) {
        rows += staged.rows
        for row in staged.rows {
            guard let key = keys?[row.record] else { continue }
            table[key] = max(table[key] ?? 0, row.sequence)
        }
        mark = next
        gone += lost
    }

    mutating func settle(upTo sequence: UInt64) {
        visible += pending.filter { $0.sequence <= sequence }
        pending.removeAll { $0.sequence <= sequence }
    }

    mutating func discard(above sequence: UInt64) {
        pending.removeAll { $0.sequence > sequence }
    }
}
