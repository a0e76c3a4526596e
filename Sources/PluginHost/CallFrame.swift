public import CHost
public import SpillwayABI
internal import Synchronization

/// The host's side of calls: one after another, on one lane at a time.
///
/// A lane makes a few frames and keeps them; their buffers grow to what it needs, so that a call that
/// fits allocates nothing. What the accessors give is valid until the frame's next call.
public final class CallFrame {
    /// Lies outside of the object so that reading it takes no exclusivity check.
    @usableFromInline
    struct Slots {
        @usableFromInline var raw: OpaquePointer
        @usableFromInline var call: UnsafeMutablePointer<spw_call>
        @usableFromInline var output: UnsafeMutablePointer<spw_output>
        @usableFromInline var log: UnsafeMutableRawPointer?
        @usableFromInline var isExplained = false
        var signal: Int32 = 0
        var retryAfter: UInt64 = 0

        init() {
            guard let raw = spw_frame_new() else { fatalError("no memory for a call frame") }
            self.raw = raw
            call = spw_frame_call(raw)
            output = spw_frame_output(raw)
        }
    }

    @usableFromInline let slots: UnsafeMutablePointer<Slots>
    private var explanation: String?

    private static let abandoned = Atomic<Int>(0)

    /// How many frames of this process were given up to calls that never ended.
    public static var abandonedCount: Int { abandoned.load(ordering: .relaxed) }

    /// Makes a frame.
    public init() {
        slots = .allocate(capacity: 1)
        slots.initialize(to: Slots())
    }

    deinit {
        spw_frame_free(slots.pointee.raw)
        slots.deinitialize(count: 1)
        slots.deallocate()
    }

    // MARK: - For calls

    /// Makes the frame ready for a call; instances do so themselves.
    @inlinable
    public func begin(_ setup: CallSetup) {
        var raw = setup.raw
        spw_frame_begin(slots.pointee.raw, &raw)
        if slots.pointee.isExplained { forgetExplanation() }
    }

    /// The call, as a plugin is handed it.
    @inlinable
    public var call: UnsafeMutablePointer<spw_call> { slots.pointee.call }

    /// The output, as a plugin is handed it.
    @inlinable
    public var output: UnsafeMutablePointer<spw_output> { slots.pointee.output }

    /// Asks the call under way to end early; from any thread, while the frame is kept alive.
    public func cancel() {
        spw_frame_cancel(slots.pointee.raw)
    }

    /// Sends what the plugin logs in the next calls to a ``PluginLog``.
    @inlinable
    func bind(_ log: UnsafeMutableRawPointer) {
        if slots.pointee.log != log { bindNew(log) }
    }

    @usableFromInline
    func bindNew(_ log: UnsafeMutableRawPointer) {
        slots.pointee.log = log
        spw_frame_set_log(slots.pointee.raw, logFromCall, log)
    }

    /// Whether the call stayed within its budget and broke no rule that the frame checks.
    @inlinable
    var isSound: Bool {
        let raw = slots.pointee.raw
        return !spw_frame_over_budget(raw) && spw_frame_violation(raw).size == 0
    }

    /// Waits for a pending call: its status, or nil when the deadline has passed.
    func wait() -> spw_status? {
        let status = spw_frame_wait(slots.pointee.raw)
        return status == SPW_PENDING ? nil : status
    }

    /// Gives what belongs to the call under way up to it, for ever, and goes on with new buffers.
    func abandon() -> OpaquePointer {
        let old = slots.pointee.raw
        spw_frame_cancel(old)
        slots.pointee = Slots()
        Immortals.keep(old)
        Self.abandoned.add(1, ordering: .relaxed)
        return old
    }

    /// The host's own word on how the call ended, in place of the plugin's.
    func explain(_ signal: Int32, _ message: String, retryAfter: UInt64 = 0) {
        slots.pointee.isExplained = true
        slots.pointee.signal = signal
        slots.pointee.retryAfter = retryAfter
        explanation = message
    }

    @usableFromInline
    func forgetExplanation() {
        slots.pointee.isExplained = false
        explanation = nil
    }

    // MARK: - What the call left behind

    /// Whether the call left neither a result nor an event: the whole of a payload that goes on
    /// unchanged.
    @inlinable
    public var isSilent: Bool { spw_frame_is_silent(slots.pointee.raw) }

    /// The bytes that were written.
    public var bytes: UnsafeRawBufferPointer {
        let view = spw_frame_bytes(slots.pointee.raw)
        return UnsafeRawBufferPointer(start: view.data, count: view.size)
    }

    /// The rows that came out, by ascending index; their spans lie in ``bytes``.
    public var results: UnsafeBufferPointer<spw_result> {
        var count = 0
        let start = spw_frame_results(slots.pointee.raw, &count)
        return UnsafeBufferPointer(start: start, count: count)
    }

    /// The events, in the order in which they were reported.
    public var events: UnsafeBufferPointer<spw_event> {
        var count = 0
        let start = spw_frame_events(slots.pointee.raw, &count)
        return UnsafeBufferPointer(start: start, count: count)
    }

    /// The events of one kind.
    public func events(ofKind kind: Int32) -> EventsOfKind {
        EventsOfKind(events: events, kind: kind)
    }

    /// The events that turn records away.
    public var rejected: EventsOfKind { events(ofKind: SPW_EVENT_REJECTED) }

    /// Why the call failed, in words; empty when nothing was said.
    public var message: String {
        explanation ?? String(view: spw_frame_message(slots.pointee.raw))
    }

    /// Why the call failed.
    public var signal: Int32 {
        slots.pointee.isExplained ? slots.pointee.signal : pluginSignal
    }

    /// The earliest sensible next try, in nanoseconds; 0: unknown.
    public var retryAfter: UInt64 {
        slots.pointee.isExplained ? slots.pointee.retryAfter : pluginRetryAfter
    }

    /// The first rule of the ABI that the call broke, of those that the frame checks.
    public var violation: String? {
        let rule = spw_frame_violation(slots.pointee.raw)
        return rule.size == 0 ? nil : String(view: rule)
    }

    /// Bytes of host-side room that the call took.
    public var used: UInt64 { spw_frame_used(slots.pointee.raw) }

    /// Whether the call asked for more than its budget.
    public var isOverBudget: Bool { spw_frame_over_budget(slots.pointee.raw) }

    var pluginSignal: Int32 { spw_frame_signal(slots.pointee.raw) }
    var pluginRetryAfter: UInt64 { spw_frame_retry_after(slots.pointee.raw) }
}

/// The events of one kind, without a copy. Valid as long as the frame's events.
public struct EventsOfKind: Sequence, IteratorProtocol {
    private let events: UnsafeBufferPointer<spw_event>
    private let kind: Int32
    private var at = 0

    init(events: UnsafeBufferPointer<spw_event>, kind: Int32) {
        self.events = events
        self.kind = kind
    }

    public mutating func next() -> spw_event? {
        while at < events.count {
            defer { at += 1 }
            if events[at].kind == kind { return events[at] }
        }
        return nil
    }
}
