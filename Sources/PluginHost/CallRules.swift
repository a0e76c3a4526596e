internal import CHost
public import SpillwayABI

/// What differs between the calls of the interfaces, when it comes to how they end.
@usableFromInline
struct CallRules: OptionSet, Sendable {
    @usableFromInline let rawValue: Int

    @usableFromInline
    init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `SPW_UNCHANGED` is an answer.
    static let mayBeUnchanged = CallRules(rawValue: 1)
    /// `SPW_END` is an answer.
    static let mayEnd = CallRules(rawValue: 2)
    /// `SPW_PENDING` is an answer, and not a call that will be completed.
    static let mayHaveNothingYet = CallRules(rawValue: 4)
    /// A success that comes after the deadline is discarded: nothing but the output came of it.
    static let isDiscardable = CallRules(rawValue: 8)
    /// What the call did can't be taken back: when the host doubts the answer, it may have happened.
    static let hasEffect = CallRules(rawValue: 16)
    /// The plugin declared that it completes calls later.
    static let mayBePending = CallRules(rawValue: 32)
}

extension PluginInstance {
    /// Turns what a plugin answered, and what the frame saw of it, into an outcome.
    @usableFromInline
    final func settle(
        _ status: spw_status, _ frame: CallFrame, _ setup: CallSetup, _ rules: CallRules,
        held: HeldCall? = nil
    ) -> CallOutcome {
        var status = status
        if status == SPW_PENDING, !rules.contains(.mayHaveNothingYet) {
            guard let completed = frame.wait() else { return giveUp(frame, setup, rules, held) }
            status = completed
            if !rules.contains(.mayBePending) {
                return broke(frame, "it answered SPW_PENDING without a max_in_flight", rules)
            }
        }
        if let rule = frame.violation { return broke(frame, rule, rules) }
        if frame.isOverBudget || status == SPW_OVER_BUDGET {
            return overBudget(frame, setup, rules, status)
        }
        return status < 0
            ? failed(status, frame, rules) : succeeded(status, frame, setup, rules)
    }

    private func succeeded(
        _ status: spw_status, _ frame: CallFrame, _ setup: CallSetup, _ rules: CallRules
    ) -> CallOutcome {
        let isAnswer =
            switch status {
            case SPW_OK: true
            case SPW_UNCHANGED: rules.contains(.mayBeUnchanged)
            case SPW_END: rules.contains(.mayEnd)
            case SPW_PENDING: rules.contains(.mayHaveNothingYet)
            default: false
            }
        guard isAnswer else {
            return broke(frame, Self.nonsense(status), rules)
        }
        let deadline = setup.raw.deadline_ns
        guard deadline != 0 else { return CallOutcome(status: status) }
        let now = spw_monotonic_now()
        guard now > deadline, rules.contains(.isDiscardable) else {
            return CallOutcome(status: status, endedAt: now)
        }
        return fail(
            frame, SPW_FAILED, SPW_SIGNAL_TIMEOUT,
            "\(plugin.name) answered \((now - deadline) / 1_000_000) ms after the deadline")
    }

    private func failed(
        _ status: spw_status, _ frame: CallFrame, _ rules: CallRules
    ) -> CallOutcome {
        switch status {
        case SPW_FAILED, SPW_INVALID:
            let signal = frame.pluginSignal
            if signal != 0 {
                return CallOutcome(
                    status: status, signal: signal, retryAfterNanoseconds: frame.pluginRetryAfter)
            }
            if status == SPW_FAILED {
                return broke(frame, "it answered SPW_FAILED without a signal", rules)
            }
            let why = frame.message
            return fail(
                frame, status, SPW_SIGNAL_CRASH,
                "\(plugin.name) says that the host broke a rule of the ABI"
                    + (why.isEmpty ? "" : ": \(why)"))
        case SPW_BUSY:
            return fail(
                frame, status, SPW_SIGNAL_BACKPRESSURE,
                "instance \"\(name)\" of \(plugin.name) is inside a call already")
        case SPW_NOT_IMPLEMENTED:
            return fail(
                frame, status, SPW_SIGNAL_CRASH, "\(plugin.name) does not have this function")
        default:
            return broke(frame, Self.nonsense(status), rules)
        }
    }

    /// The deadline has passed and the plugin has not completed the call.
    private func giveUp(
        _ frame: CallFrame, _ setup: CallSetup, _ rules: CallRules, _ held: HeldCall?
    ) -> CallOutcome {
        abandon(frame, held)
        frame.begin(setup)
        return fail(
            frame, SPW_FAILED,
            rules.contains(.hasEffect) ? SPW_SIGNAL_UNKNOWN_OUTCOME : SPW_SIGNAL_TIMEOUT,
            "\(plugin.name) did not complete the call ahead of the deadline; a late answer is ignored"
        )
    }

    private func overBudget(
        _ frame: CallFrame, _ setup: CallSetup, _ rules: CallRules, _ status: spw_status
    ) -> CallOutcome {
        let mayHaveHappened = rules.contains(.hasEffect) && status >= 0
        return fail(
            frame, SPW_FAILED,
            mayHaveHappened ? SPW_SIGNAL_UNKNOWN_OUTCOME : SPW_SIGNAL_OVER_BUDGET,
            "\(plugin.name) asked for more than the call's budget of \(setup.raw.budget) bytes")
    }

    private static func nonsense(_ status: spw_status) -> String {
        "it answered with status \(status), which means nothing here"
    }

    /// A plugin that breaks a rule of the ABI is a dependency that failed.
    final func broke(_ frame: CallFrame, _ rule: String, _ rules: CallRules = []) -> CallOutcome {
        fail(
            frame, SPW_FAILED,
            rules.contains(.hasEffect) ? SPW_SIGNAL_UNKNOWN_OUTCOME : SPW_SIGNAL_CRASH,
            "plugin \(plugin.name) broke a rule of the ABI: \(rule)")
    }

    final func fail(
        _ frame: CallFrame, _ status: spw_status, _ signal: Int32, _ message: String
    ) -> CallOutcome {
        frame.explain(signal, message)
        return CallOutcome(status: status, signal: signal)
    }
}
