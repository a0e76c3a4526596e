public import CHost
public import SpillwayABI

/// What differs from call to call.
///
/// The texts are borrowed: the caller keeps them where they are until the call's outcome and what the
/// frame holds of it have been looked at.
public struct CallSetup {
    /// The same, as the frame takes it.
    public var raw: spw_frame_setup

    /// - Parameters:
    ///   - tier: the node's name in the configuration.
    ///   - attempt: from 1.
    ///   - attemptKey: the first record's base key, `#`, the attempt.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC; 0: none.
    ///   - budget: bytes of host-side room that the call may take.
    ///   - recordCount: records of the input, which indices are checked against.
    @inlinable
    public init(
        tier: spw_str, batchID: spw_str, attempt: UInt32, attemptKey: spw_str, deadline: UInt64,
        budget: UInt64, recordCount: UInt32
    ) {
        raw = spw_frame_setup(
            batch_id: batchID, tier: tier, attempt_key: attemptKey, deadline_ns: deadline,
            budget: budget, attempt: attempt, record_count: recordCount)
    }
}

/// How a call ended.
///
/// `status` is 0 or more when the call did its work, whatever it said of single records, and negative
/// when it failed as a whole; then `signal` says why and the frame's message says it in words.
public struct CallOutcome: Sendable, Equatable {
    /// `SPW_OK`, `SPW_UNCHANGED`, `SPW_END` and `SPW_PENDING` where the call's documentation has them,
    /// or one of the negative ones.
    public var status: Int32
    /// `SPW_SIGNAL_NONE` unless `status` is negative.
    public var signal: Int32
    /// The earliest sensible next try, from now; 0: unknown.
    public var retryAfterNanoseconds: UInt64
    /// When the call ended, CLOCK_MONOTONIC; 0 when it had no deadline and so no clock was read.
    public var endedAt: UInt64

    @inlinable
    public init(
        status: Int32, signal: Int32 = 0, retryAfterNanoseconds: UInt64 = 0, endedAt: UInt64 = 0
    ) {
        self.status = status
        self.signal = signal
        self.retryAfterNanoseconds = retryAfterNanoseconds
        self.endedAt = endedAt
    }

    /// Whether the call failed as a whole.
    @inlinable
    public var isFailure: Bool { status < 0 }
}
