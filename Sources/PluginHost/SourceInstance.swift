internal import CHost
public import SpillwayABI

/// An instance of a source. Called on a thread of its own, which it may block until the deadline.
// Unchecked: see PluginInstance.
public final class SourceInstance: PluginInstance, @unchecked Sendable {
    private let table: spw_source
    /// It can start again from any position that it gave.
    public let isReplayable: Bool
    /// Records of a partition always come in the same order.
    public let isOrdered: Bool

    init(_ plugin: Plugin, _ setup: InstanceSetup) throws(PluginError) {
        table = try plugin.sourceTable()
        isReplayable = table.declares & SPW_SOURCE_REPLAYABLE != 0
        isOrdered = table.declares & SPW_SOURCE_ORDERED != 0
        try super.init(plugin, interfaceID: SPW_SOURCE, setup)
    }

    /// Asks for the partitions; a source with one names it "".
    public func partitions(
        _ frame: CallFrame, _ setup: CallSetup
    ) -> (outcome: CallOutcome, partitions: [String]) {
        var found: [String] = []
        let outcome = withUnsafeMutablePointer(to: &found) { found in
            perform(frame, setup) {
                table.partitions(
                    pointer, $0,
                    { context, partition in
                        context?.assumingMemoryBound(to: [String].self).pointee
                            .append(String(view: partition))
                    }, found)
            }
        }
        return (outcome, outcome.isFailure ? [] : found)
    }

    /// Starts a partition after a position; an empty one is the beginning.
    public func assign(
        _ frame: CallFrame, _ setup: CallSetup, partition: String = "", position: [UInt8]
    ) -> CallOutcome {
        withViews(partition, position) { partition, position in
            perform(frame, setup) { table.assign(pointer, $0, partition, position) }
        }
    }

    /// Ends a partition.
    @discardableResult
    public func revoke(
        _ frame: CallFrame, _ setup: CallSetup, partition: String = ""
    ) -> CallOutcome {
        partition.withView { partition in
            perform(frame, setup) { table.revoke(pointer, $0, partition) }
        }
    }

    /// Asks for the next batch.
    ///
    /// - Parameters:
    ///   - setup: its record count is not used.
    ///   - batch: filled on `SPW_OK` alone; it has to be released once then. What the source said in it
    ///     has been checked: every span lies inside of the bytes, every record has a key. Records that
    ///     it could not read have a reject event in the frame.
    /// - Returns: `SPW_OK`, `SPW_END` (no more for now), `SPW_PENDING` (nothing yet, ask again) or a
    ///   failure.
    public func next(
        _ frame: CallFrame, _ setup: CallSetup, maxRecords: UInt32, maxBytes: UInt64,
        into batch: UnsafeMutablePointer<spw_batch>
    ) -> CallOutcome {
        fill(frame, setup, batch, maxRecords: maxRecords, [.mayEnd, .mayHaveNothingYet]) {
            table.next(pointer, $0, maxRecords, maxBytes, batch)
        }
    }

    /// Reads the raw bytes of a deferred record again, as ``next(_:_:maxRecords:maxBytes:into:)``
    /// would.
    public func parse(
        _ frame: CallFrame, _ setup: CallSetup, key: String, rawMediaType: String,
        raw: UnsafeRawBufferPointer, into batch: UnsafeMutablePointer<spw_batch>
    ) -> CallOutcome {
        let raw = spw_bytes(
            data: raw.baseAddress?.assumingMemoryBound(to: UInt8.self), size: raw.count)
        return key.withView { key in
            rawMediaType.withView { mediaType in
                fill(frame, setup, batch, maxRecords: .max, .mayEnd) {
                    table.parse(pointer, $0, key, mediaType, raw, batch)
                }
            }
        }
    }

    private func fill(
        _ frame: CallFrame, _ setup: CallSetup, _ batch: UnsafeMutablePointer<spw_batch>,
        maxRecords: UInt32, _ rules: CallRules,
        _ body: (UnsafeMutablePointer<spw_call>) -> spw_status
    ) -> CallOutcome {
        batch.pointee = spw_batch()
        batch.pointee.size = UInt32(MemoryLayout<spw_batch>.size)
        batch.pointee.input.size = UInt32(MemoryLayout<spw_input>.size)
        var setup = setup
        setup.raw.record_count = maxRecords
        var status = SPW_FAILED
        let outcome = perform(frame, setup, rules) {
            status = body($0)
            return status
        }
        guard status == SPW_OK else { return outcome }
        if outcome.isFailure {
            release(batch.pointee.token)
            return outcome
        }
        if let rule = BatchCheck(batch, maxRecords: maxRecords).brokenRule(events: frame.events) {
            release(batch.pointee.token)
            return broke(frame, rule)
        }
        return outcome
    }

    /// Gives a batch's memory back to the source; from any thread, exactly once for each batch.
    public func release(_ token: UnsafeMutableRawPointer?) {
        table.release(pointer, token)
    }

    /// Tells that everything up to a position has reached its durable end.
    public func ack(
        _ frame: CallFrame, _ setup: CallSetup, partition: String = "", position: [UInt8]
    ) -> CallOutcome {
        withViews(partition, position) { partition, position in
            perform(frame, setup) { table.ack(pointer, $0, partition, position) }
        }
    }

    /// Tells that a batch will not be finished now. Optional: `SPW_NOT_IMPLEMENTED`.
    @discardableResult
    public func nack(
        _ frame: CallFrame, _ setup: CallSetup, partition: String = "", position: [UInt8]
    ) -> CallOutcome {
        withViews(partition, position) { partition, position in
            perform(frame, setup) { table.nack(pointer, $0, partition, position) }
        }
    }

    /// Tells that work on what was handed out goes on. Optional: `SPW_NOT_IMPLEMENTED`.
    @discardableResult
    public func extend(
        _ frame: CallFrame, _ setup: CallSetup, partition: String = "", position: [UInt8]
    ) -> CallOutcome {
        withViews(partition, position) { partition, position in
            perform(frame, setup) { table.extend(pointer, $0, partition, position) }
        }
    }

    private func withViews<Result>(
        _ partition: String, _ position: [UInt8], _ body: (spw_str, spw_bytes) -> Result
    ) -> Result {
        partition.withView { partition in position.withView { body(partition, $0) } }
    }
}
