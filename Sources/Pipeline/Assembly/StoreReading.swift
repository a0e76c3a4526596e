import Chain
import Ledger
import PluginHost
import SpillwayABI

/// Reads objects out of a store.
struct StoreReading {
    private let store: StoreInstance
    private let name: PinnedText

    init(_ store: StoreInstance) {
        self.store = store
        name = PinnedText(store.name)
    }

    /// The raw bytes of a task, checked against its SHA-256 by the store.
    func bytes(of task: DeferredTask) throws(RunError) -> [UInt8] {
        let frame = CallFrame()
        let setup = CallContext(
            tier: name.view, batchID: name.view, attemptKey: spw_str(), attempt: 1, deadline: 0,
            budget: UInt64.max / 2
        ).setup(records: 0)
        let outcome = store.get(frame, setup, name: task.object)
        if outcome.status == SPW_END {
            throw RunError(
                .state,
                "the bytes of task \(task.id) (\(task.object)) are not in the store \(store.name)")
        }
        guard outcome.status >= 0 else {
            throw RunError(
                .state,
                "the store \(store.name) can't read the bytes of task \(task.id):"
                    + " \(Signal(rawValue: outcome.signal).name): \(frame.message)")
        }
        return [UInt8](frame.bytes)
    }
}
