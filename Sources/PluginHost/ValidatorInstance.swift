public import SpillwayABI

/// An instance of a validator: a gate before or after a tier.
// Unchecked: see PluginInstance.
public final class ValidatorInstance: PluginInstance, @unchecked Sendable {
    private let table: spw_validator

    init(_ plugin: Plugin, _ setup: InstanceSetup) throws(PluginError) {
        table = try plugin.validatorTable()
        try super.init(plugin, interfaceID: SPW_VALIDATOR, setup)
    }

    /// Judges records; those that no event rejects pass.
    ///
    /// - Parameters:
    ///   - setup: its record count is that of `after` when there is one, else of `before`.
    ///   - after: nil ahead of a tier.
    ///   - events: those of the call that is judged, in another frame than this call's.
    /// - Returns: `SPW_OK`, or a failure. A success that comes after the deadline is a `timeout`.
    public func validate(
        _ frame: CallFrame, _ setup: CallSetup, before: UnsafePointer<spw_input>,
        after: UnsafePointer<spw_input>?, events: UnsafeBufferPointer<spw_event>
    ) -> CallOutcome {
        perform(frame, setup, .isDiscardable) {
            table.validate(pointer, $0, before, after, events.baseAddress, events.count)
        }
    }

    /// The same, with events of one's own.
    public func validate(
        _ frame: CallFrame, _ setup: CallSetup, before: UnsafePointer<spw_input>,
        after: UnsafePointer<spw_input>?, events: [spw_event]
    ) -> CallOutcome {
        events.withUnsafeBufferPointer {
            validate(frame, setup, before: before, after: after, events: $0)
        }
    }
}
