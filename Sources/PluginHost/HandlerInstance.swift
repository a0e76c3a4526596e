public import CHost
public import SpillwayABI

/// An instance of a handler: a tier's work.
// Unchecked: see PluginInstance.
public final class HandlerInstance: PluginInstance, @unchecked Sendable {
    @usableFromInline typealias Handle =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutablePointer<spw_call>?, UnsafePointer<spw_input>?,
            UnsafeMutablePointer<spw_output>?
        ) -> spw_status

    @usableFromInline let function: Handle
    /// Calls that may be pending at once; 0: it answers at once.
    public let maxInFlight: UInt32

    init(_ plugin: Plugin, _ setup: InstanceSetup) throws(PluginError) {
        let table = try plugin.handlerTable()
        function = table.handle
        maxInFlight = table.max_in_flight
        try super.init(plugin, interfaceID: SPW_HANDLER, setup)
    }

    /// Takes a payload on.
    ///
    /// Allocates nothing, unless the handler answers later: then the call is given a copy of its input,
    /// which may have to outlive it. Whether each record was accounted for is the caller's to check.
    ///
    /// - Returns: `SPW_OK`, `SPW_UNCHANGED` (all that was neither rejected nor filtered goes on as it
    ///   is), or a failure. A success that comes after the deadline is a `timeout`.
    @inlinable
    public func handle(
        _ frame: CallFrame, _ setup: CallSetup, _ input: UnsafePointer<spw_input>
    ) -> CallOutcome {
        if maxInFlight != 0 { return handleLater(frame, setup, input) }
        guard enter() else { return busy(frame, setup) }
        frame.begin(setup)
        frame.bind(log)
        let status = function(pointer, frame.call, input, frame.output)
        leave()
        if status == SPW_OK || status == SPW_UNCHANGED, frame.isSound {
            if setup.raw.deadline_ns == 0 { return CallOutcome(status: status) }
            let now = spw_monotonic_now()
            if now <= setup.raw.deadline_ns { return CallOutcome(status: status, endedAt: now) }
        }
        return settleHandled(status, frame, setup)
    }

    @usableFromInline
    func settleHandled(
        _ status: spw_status, _ frame: CallFrame, _ setup: CallSetup
    ) -> CallOutcome {
        settle(status, frame, setup, [.mayBeUnchanged, .isDiscardable])
    }

    @usableFromInline
    func handleLater(
        _ frame: CallFrame, _ setup: CallSetup, _ input: UnsafePointer<spw_input>
    ) -> CallOutcome {
        guard enter() else { return busy(frame, setup) }
        defer { leave() }
        guard lateCalls() < Int(maxInFlight) else {
            frame.begin(setup)
            return fail(
                frame, SPW_BUSY, SPW_SIGNAL_BACKPRESSURE,
                "\(plugin.name) has not ended \(maxInFlight) calls that are over their deadline")
        }
        let held = HeldCall(setup, input)
        frame.begin(held.setup)
        frame.bind(log)
        if let failure = held.failure {
            return fail(frame, SPW_FAILED, SPW_SIGNAL_TRANSIENT, failure)
        }
        let status = function(pointer, frame.call, held.input, frame.output)
        return settle(
            status, frame, held.setup, [.mayBeUnchanged, .isDiscardable, .mayBePending], held: held)
    }
}
