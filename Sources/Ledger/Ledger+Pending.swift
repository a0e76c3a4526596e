internal import GRDB

extension Ledger {
    /// How much became visible.
    public struct Settled: Sendable, Equatable {
        public var tasks = 0
        public var losses = 0
        public var resolutions = 0
    }

    /// Puts a batch's deferred records and single losses down, in one transaction. Nobody sees them
    /// until ``settle(stream:upTo:)``.
    ///
    /// A batch that comes again replaces what is pending: tasks by stream and key, and all losses of
    /// each record named here, be it deferred now or not (so all losses of a record come in one call,
    /// and not ahead of its task).
    public func addPending(
        stream: String, tasks: [NewTask], losses: [LossEntry] = []
    ) throws(LedgerError) {
        if tasks.isEmpty && losses.isEmpty { return }
        let now = clock()
        try write("queue tasks") { db in
            for task in tasks {
                let place = try Columns.number(task.sequence, "sequence", of: task.key)
                try Pending.insert(task, stream: stream, at: place, createdAt: now, in: db)
            }
            let keys = tasks.map(\.key) + losses.map(\.key)
            try Pending.forgetLosses(of: keys, stream: stream, in: db)
            try Pending.insert(losses, stream: stream, in: db) {
                try Columns.number($0.sequence, "sequence", of: $0.key)
            }
        }
    }

    /// Makes what is pending at or below a sequence visible: the sink has committed that far.
    ///
    /// For a reconciler's stream this carries out its resolutions. When nothing is pending it costs
    /// three look-ups, however much the ledger holds, and writes nothing.
    @discardableResult
    public func settle(stream: String, upTo sequence: UInt64) throws(LedgerError) -> Settled {
        let place = Pending.Place(stream: stream, .through, sequence)
        let now = clock()
        return try write("settle a batch", when: place.isOccupied, otherwise: Settled()) { db in
            var settled = Settled()
            settled.resolutions = try place.applyResolutions(at: now, in: db)
            settled.tasks = try place.revealTasks(at: now, in: db)
            settled.losses = try place.revealLosses(at: now, keeping: lossesKept, in: db)
            return settled
        }
    }

    /// Throws away what is pending above a sequence: the sink has not committed it, so it comes again.
    ///
    /// - Returns: how much was thrown away.
    @discardableResult
    public func discardPending(
        stream: String, above sequence: UInt64
    ) throws(LedgerError) -> Settled {
        let place = Pending.Place(stream: stream, .above, sequence)
        return try write("discard a batch", when: place.isOccupied, otherwise: Settled()) { db in
            Settled(
                tasks: try place.clear("pending_task", in: db),
                losses: try place.clear("pending_loss", in: db),
                resolutions: try place.clear("pending_resolution", in: db))
        }
    }
}
