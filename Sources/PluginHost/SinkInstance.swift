internal import CHost
public import SpillwayABI

/// How far a stream has come, by the sink's word.
public enum SinkPosition: Sendable {
    /// The sink has no mark of the stream.
    case none
    /// Its mark.
    case mark(sequence: UInt64, data: [UInt8])
    /// The sink could not say.
    case failed(CallOutcome)
}

/// What a sink promises.
public enum SinkPromise: Int32, Sendable {
    /// Rows and mark are one transaction.
    case position = 1
    /// The same keys again change nothing, within a window.
    case idempotent = 2
    case atLeastOnce = 3
}

/// An instance of a sink: where records are delivered.
// Unchecked: see PluginInstance.
public final class SinkInstance: PluginInstance, @unchecked Sendable {
    private let table: spw_sink
    public let promise: SinkPromise

    init(_ plugin: Plugin, _ setup: InstanceSetup) throws(PluginError) {
        table = try plugin.sinkTable()
        guard let promise = SinkPromise(rawValue: Int32(bitPattern: table.promise)) else {
            throw PluginError(
                .brokenRule,
                "plugin \(plugin.name): its sink promises \(table.promise), which this host does not"
                    + " know; ask its author for a build for ABI 1.\(SPW_ABI_MINOR)")
        }
        self.promise = promise
        try super.init(plugin, interfaceID: SPW_SINK, setup)
    }

    /// Whether records have a key in the target, so that updated and superseded can occur.
    public var isKeyed: Bool {
        guard enter() else { return false }
        defer { leave() }
        return table.keyed(pointer) != 0
    }

    /// Asks for a stream's mark.
    public func position(_ frame: CallFrame, _ setup: CallSetup, stream: String) -> SinkPosition {
        var mark = spw_mark()
        mark.size = UInt32(MemoryLayout<spw_mark>.size)
        // The mark's views end with the next call, so it is copied while the instance is held.
        var data: [UInt8] = []
        var isSound = true
        let outcome = stream.withView { stream in
            perform(frame, setup, .mayEnd) { call in
                let status = table.position(pointer, call, stream, &mark)
                if status == SPW_OK {
                    isSound = spw_view_is_sound(mark.data.data, mark.data.size)
                    if isSound { data = [UInt8](view: mark.data) }
                }
                return status
            }
        }
        if outcome.isFailure { return .failed(outcome) }
        if !isSound { return .failed(broke(frame, "its mark has a length but no pointer")) }
        return outcome.status == SPW_END ? .none : .mark(sequence: mark.sequence, data: data)
    }

    /// Writes records in a way that commit can no longer refuse.
    ///
    /// - Parameter outcomes: one for each record of the input; zeroed here, then the sink's.
    /// - Returns: `SPW_OK`, with a reject event for each record that the target refuses, or a failure,
    ///   after which nothing is prepared.
    public func prepare(
        _ frame: CallFrame, _ setup: CallSetup, stream: String, input: UnsafePointer<spw_input>,
        outcomes: UnsafeMutableBufferPointer<UInt8>
    ) -> CallOutcome {
        precondition(
            outcomes.count == Int(input.pointee.record_count), "one outcome for each record")
        outcomes.update(repeating: UInt8(SPW_OUTCOME_NONE))
        var status = SPW_FAILED
        let outcome = stream.withView { stream in
            perform(frame, setup) {
                status = table.prepare(pointer, $0, stream, input, outcomes.baseAddress)
                return status
            }
        }
        if outcome.isFailure {
            if status >= 0 { undo(setup, stream) }
            return outcome
        }
        if let row = outcomes.firstIndex(where: { $0 > UInt8(SPW_OUTCOME_SUPERSEDED) }) {
            undo(setup, stream)
            return broke(frame, "its outcome \(outcomes[row]) of row \(row) means nothing")
        }
        return outcome
    }

    /// The sink believes that it is prepared, and the host does not.
    private func undo(_ setup: CallSetup, _ stream: String) {
        abort(CallFrame(), setup, stream: stream)
    }

    /// Makes rows and mark durable at once.
    ///
    /// - Returns: `SPW_OK`, or a failure; one that leaves open whether it happened has the signal
    ///   `unknown_outcome`, a broken rule of the ABI included. A late success is a success.
    public func commit(
        _ frame: CallFrame, _ setup: CallSetup, stream: String, sequence: UInt64, data: [UInt8]
    ) -> CallOutcome {
        data.withView { data in
            stream.withView { stream in
                var mark = spw_mark()
                mark.size = UInt32(MemoryLayout<spw_mark>.size)
                mark.sequence = sequence
                mark.data = data
                return perform(frame, setup, .hasEffect) {
                    table.commit(pointer, $0, stream, &mark)
                }
            }
        }
    }

    /// Takes back what was prepared.
    @discardableResult
    public func abort(_ frame: CallFrame, _ setup: CallSetup, stream: String) -> CallOutcome {
        stream.withView { stream in
            perform(frame, setup) { table.abort(pointer, $0, stream) }
        }
    }
}
