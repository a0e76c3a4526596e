internal import CHost
internal import SpillwayABI
public import Synchronization

/// An instance of a plugin, behind one of its interfaces.
///
/// It is created with the object, destroyed once by ``close()`` or when the object goes. One call at
/// a time, from any thread, unless the plugin declares that its instances are shared; a call that
/// comes while another is under way is not made, and its outcome is `SPW_BUSY`.
// Unchecked: the plugin's pointer is only handed to the plugin, which takes calls from any thread;
// that they come one at a time is checked on every call, by `calls`.
public class PluginInstance: @unchecked Sendable {
    public let plugin: Plugin
    /// The instance's name in the configuration.
    public let name: String
    @usableFromInline let pointer: UnsafeMutableRawPointer?
    @usableFromInline let log: UnsafeMutableRawPointer
    @usableFromInline let isShared: Bool
    /// Calls under way; far below zero once closed.
    @usableFromInline let calls = Atomic<Int>(0)
    private let home: InstanceHome
    private let late = Mutex<[LateCall]>([])

    private static let closed = Int.min / 2
    private static let leaked = Atomic<Int>(0)

    /// How many instances of this process were never destroyed, since a call of theirs never ended.
    public static var leakedCount: Int { leaked.load(ordering: .relaxed) }

    init(_ plugin: Plugin, interfaceID: String, _ setup: InstanceSetup) throws(PluginError) {
        self.plugin = plugin
        name = setup.name
        log = plugin.logPointer
        isShared = plugin.threads == .shared
        home = InstanceHome(plugin, interfaceID: interfaceID, setup)
        pointer = try plugin.create(home, setup)
    }

    deinit {
        close()
    }

    /// Destroys the instance; later calls are `SPW_BUSY`. Closing again does nothing.
    ///
    /// An instance with a call that has not ended, on another thread or pending, is left alone for
    /// ever: destroying it would take away what the plugin still works with.
    public final func close() {
        let (exchanged, before) = calls.compareExchange(
            expected: 0, desired: Self.closed, ordering: .acquiringAndReleasing)
        guard before >= 0 else { return }
        if exchanged, lateCalls() == 0 {
            plugin.raw.destroy(pointer)
        } else {
            leak()
        }
    }

    private func leak() {
        Self.leaked.add(1, ordering: .relaxed)
        Immortals.keep(home)
        Immortals.keep(plugin)
        if let pointer { Immortals.keep(OpaquePointer(pointer)) }
        for call in late.withLock({ $0 }) { if let held = call.held { Immortals.keep(held) } }
        plugin.log.write(
            .warning,
            "instance \"\(name)\" is not destroyed: a call of it has not ended; it stays until the"
                + " process ends")
    }

    // MARK: - Calls of every interface

    /// Asks the instance to drop pooled connections and the like. Optional: `SPW_NOT_IMPLEMENTED`.
    @discardableResult
    public final func reset(_ frame: CallFrame, _ setup: CallSetup) -> CallOutcome {
        perform(frame, setup) { plugin.raw.reset(pointer, $0) }
    }

    /// Asks whether the instance is able to work. Optional: `SPW_NOT_IMPLEMENTED`.
    @discardableResult
    public final func selfTest(_ frame: CallFrame, _ setup: CallSetup) -> CallOutcome {
        perform(frame, setup) { plugin.raw.self_test(pointer, $0) }
    }

    /// Asks the instance to finish what it buffers, ahead of ``close()``. Optional:
    /// `SPW_NOT_IMPLEMENTED`.
    @discardableResult
    public final func drain(_ frame: CallFrame, _ setup: CallSetup) -> CallOutcome {
        perform(frame, setup) { plugin.raw.drain(pointer, $0) }
    }

    // MARK: - The lane rule

    /// Takes the instance for a call; false when it is taken or closed.
    @inlinable
    final func enter() -> Bool {
        guard isShared else {
            return calls.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
        }
        if calls.add(1, ordering: .acquiring).oldValue >= 0 { return true }
        calls.subtract(1, ordering: .relaxed)
        return false
    }

    @inlinable
    final func leave() {
        if isShared {
            calls.subtract(1, ordering: .releasing)
        } else {
            calls.store(0, ordering: .releasing)
        }
    }

    @usableFromInline
    final func busy(_ frame: CallFrame, _ setup: CallSetup) -> CallOutcome {
        frame.begin(setup)
        return fail(
            frame, SPW_BUSY, SPW_SIGNAL_BACKPRESSURE,
            "instance \"\(name)\" of \(plugin.name) is inside a call already, or closed")
    }

    /// Makes one call and settles how it ended.
    final func perform(
        _ frame: CallFrame, _ setup: CallSetup, _ rules: CallRules = [],
        _ body: (UnsafeMutablePointer<spw_call>) -> spw_status
    ) -> CallOutcome {
        guard enter() else { return busy(frame, setup) }
        defer { leave() }
        frame.begin(setup)
        frame.bind(log)
        let status = body(frame.call)
        return settle(status, frame, setup, rules)
    }

    // MARK: - Calls that outlive their deadline

    /// Remembers a call that was pending when its deadline passed.
    final func abandon(_ frame: CallFrame, _ held: HeldCall?) {
        let call = LateCall(frame: frame.abandon(), held: held)
        late.withLock { $0.append(call) }
    }

    /// How many pending calls were given up and have still not ended.
    final func lateCalls() -> Int {
        late.withLock { late in
            late.removeAll(where: \.hasEnded)
            return late.count
        }
    }
}

/// A call that was given up; what it was handed stays until the plugin completes it.
// Unchecked: the frame is looked at under the instance's lock alone.
private struct LateCall: @unchecked Sendable {
    let frame: OpaquePointer
    let held: HeldCall?

    /// The frame's deadline is over, so waiting returns at once.
    var hasEnded: Bool { spw_frame_wait(frame) != SPW_PENDING }
}
