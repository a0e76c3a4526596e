public import Ledger
import PluginHost

/// The stores of a configuration, to read what was deferred.
public final class ColdStorage {
    private let stores: [String: StoreInstance]

    /// Opens every store that the configuration names.
    public init(_ configuration: Configuration) throws(ConfigurationError) {
        let workshop = try Workshop(configuration, ledger: nil, log: { _ in })
        let parts = Parts(configuration, GraphBuilder(configuration), workshop)
        stores = parts.readingStores()
        try workshop.check()
    }

    /// The raw bytes of a task.
    public func bytes(of task: DeferredTask) throws(RunError) -> [UInt8] {
        guard let store = stores[task.store] else {
            throw RunError(
                .configuration,
                "task \(task.id) has its bytes in the store \(task.store), which the configuration"
                    + " does not have")
        }
        return try StoreReading(store).bytes(of: task)
    }
}
