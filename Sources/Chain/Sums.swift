/// The sums of the first law, for a batch, a run or a stream since its beginning.
public struct Sums: Sendable, Equatable, Codable {
    /// Records taken from the source.
    public var accepted: UInt64 = 0
    /// Extra records that plugins made of one.
    public var derived: UInt64 = 0
    /// Records the sink has, in whatever outcome.
    public var delivered: UInt64 = 0
    /// Delivered as they came, exact coercions included.
    public var clean: UInt64 = 0
    /// Delivered with a value stripped, lossy or rescued.
    public var degraded: UInt64 = 0
    /// Raw bytes in a store and a task in the queue.
    public var deferred: UInt64 = 0
    /// Seen before, by their identity.
    public var duplicate: UInt64 = 0
    /// Dropped on purpose by a plugin.
    public var filtered: UInt64 = 0
    /// What an operator dropped later, audited; these were deferred before.
    public var dropped: UInt64 = 0
    /// What the sink made of the delivered ones.
    public var outcomes = Outcomes()

    public init() {}

    /// Adds other sums to these.
    public static func += (left: inout Sums, right: Sums) {
        left.accepted += right.accepted
        left.derived += right.derived
        left.delivered += right.delivered
        left.clean += right.clean
        left.degraded += right.degraded
        left.deferred += right.deferred
        left.duplicate += right.duplicate
        left.filtered += right.filtered
        left.dropped += right.dropped
        left.outcomes.inserted += right.outcomes.inserted
        left.outcomes.updated += right.outcomes.updated
        left.outcomes.unchanged += right.outcomes.unchanged
        left.outcomes.deleted += right.outcomes.deleted
        left.outcomes.superseded += right.outcomes.superseded
    }

    /// Why the sums do not add up, or nil when they do.
    public var fault: String? {
        if accepted + derived != delivered + deferred + duplicate + filtered + dropped {
            return "accepted \(accepted) + derived \(derived) is not delivered \(delivered)"
                + " + deferred \(deferred) + duplicate \(duplicate) + filtered \(filtered)"
                + " + dropped \(dropped)"
        }
        if delivered != clean + degraded {
            return "delivered \(delivered) is not clean \(clean) + degraded \(degraded)"
        }
        if delivered != outcomes.total {
            return "delivered \(delivered) is not inserted \(outcomes.inserted) + updated"
                + " \(outcomes.updated) + unchanged \(outcomes.unchanged) + deleted"
                + " \(outcomes.deleted) + superseded \(outcomes.superseded)"
        }
        return nil
    }
}

extension BatchFlow {
    /// The batch's sums, counted from its records' ends and, apart from them, the sink's outcomes.
    /// They are checked ahead of the commit: a batch whose ``Sums/fault`` is not nil is not committed.
    public func sums(outcomes: Outcomes) -> Sums {
        var sums = Sums()
        sums.accepted = UInt64(count)
        for (ordinal, end) in ends.enumerated() {
            switch end {
            case .delivered, .ready: addDelivered(UInt32(ordinal), to: &sums)
            case .deferred where queued[ordinal]: sums.deferred += 1
            case .filtered: sums.filtered += 1
            case .duplicate: sums.duplicate += 1
            case .deferred, nil: break
            }
        }
        sums.outcomes = outcomes
        return sums
    }

    private func addDelivered(_ ordinal: UInt32, to sums: inout Sums) {
        let extra = UInt64(derived[ordinal] ?? 0)
        sums.derived += extra
        sums.delivered += 1 + extra
        if degraded[Int(ordinal)] {
            sums.degraded += 1 + extra
        } else {
            sums.clean += 1 + extra
        }
    }
}
