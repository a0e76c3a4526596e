import Chain
import Foundation
import PluginHost
import SpillwayABI

/// Makes the parts of a pipeline from its configuration: readers, lanes, the sink.
struct Parts {
    private let configuration: Configuration
    private let builder: GraphBuilder
    private let workshop: Workshop
    private let switches: [NodeID: NodeSwitch]
    let arbiter: Arbiter
    /// For a next store in line, which has no settings of its own.
    private let defaultSwitch: NodeSwitch

    init(_ configuration: Configuration, _ builder: GraphBuilder, _ workshop: Workshop) {
        self.configuration = configuration
        self.builder = builder
        self.workshop = workshop
        arbiter = Arbiter(
            budget: RetryBudget(
                millionths: configuration.retryBudget.ratio.millionths,
                floor: configuration.retryBudget.floor),
            seed: .random(in: .min ... .max))
        switches = Self.switches(configuration, builder)
        defaultSwitch = NodeSwitch(
            breaker: Breaker.Configuration(), concurrency: configuration.limits.lanes + 1,
            seed: .random(in: .min ... .max))
    }

    private static func switches(
        _ configuration: Configuration, _ builder: GraphBuilder
    ) -> [NodeID: NodeSwitch] {
        var made: [NodeID: NodeSwitch] = [:]
        func add(_ id: NodeID, _ call: Configuration.CallSettings, concurrency: Int) {
            made[id] = NodeSwitch(
                breaker: Breaker.Configuration(call.breaker), concurrency: concurrency,
                seed: .random(in: .min ... .max))
        }
        let lanes = configuration.limits.lanes
        for (index, node) in configuration.chain.enumerated() {
            guard let id = builder.id(node.name) else { continue }
            switch node.work {
            case .tier(let tier):
                // The first node may have every lane; the others leave one to it.
                add(id, tier.call, concurrency: index == 0 ? lanes : tier.call.concurrency)
            case .persist(let persist):
                add(id, persist.call, concurrency: persist.call.concurrency)
            case .retry: break
            }
        }
        add(builder.graph.sink, configuration.sink.call, concurrency: 1)
        return made
    }

    func readers() -> [SourceReader] {
        let limits = SourceReader.Limits(
            records: configuration.limits.batchRecords, bytes: configuration.limits.batchBytes)
        return configuration.sources.enumerated().compactMap { index, source in
            guard
                let instance = workshop.make(
                    source.name, source.use,
                    { (plugin, setup) throws(PluginError) in try plugin.makeSource(setup) }),
                let node = builder.id(source.name)
            else { return nil }
            return SourceReader(
                name: source.name, index: index, node: node, instance: instance, limits: limits)
        }
    }

    /// One lane's instances of every tier and store.
    func lane() -> Lane {
        var tiers: [NodeID: LaneTier] = [:]
        var stores: [NodeID: LaneStore] = [:]
        for node in configuration.chain {
            guard let id = builder.id(node.name) else { continue }
            if case .tier(let settings) = node.work {
                tiers[id] = tier(node.name, settings, id)
            }
        }
        for (id, name) in builder.stores {
            stores[id] = store(id, name)
        }
        return Lane(tiers: tiers, stores: stores, arbiter: arbiter)
    }

    private func tier(_ name: String, _ tier: Configuration.Tier, _ id: NodeID) -> LaneTier? {
        guard
            let handler = workshop.make(
                name, tier.use,
                { (plugin, setup) throws(PluginError) in try plugin.makeHandler(setup) }),
            let gate = switches[id]
        else { return nil }
        return LaneTier(
            name: name, pinnedName: PinnedText(name), handler: handler,
            before: validators(name, tier.before), after: validators(name, tier.after),
            deadline: tier.call.deadline, budget: tier.call.budget, gate: gate)
    }

    private func validators(_ name: String, _ gates: [Configuration.Gate]) -> [ValidatorInstance] {
        gates.compactMap { gate in
            workshop.make(
                "\(name)/\(gate.use.plugin)", gate.use,
                { (plugin, setup) throws(PluginError) in try plugin.makeValidator(setup) })
        }
    }

    private func store(_ id: NodeID, _ name: String) -> LaneStore? {
        guard let store = configuration.stores.first(where: { $0.name == name }),
            let instance = storeInstance(store)
        else { return nil }
        let persist = configuration.chain.lazy.compactMap { node -> Configuration.Persist? in
            if case .persist(let persist) = node.work, persist.store == name {
                persist
            } else {
                nil
            }
        }.first
        return LaneStore(
            name: name, pinnedName: PinnedText(name), store: instance,
            deadline: persist?.call.deadline ?? 0, budget: persist?.call.budget ?? 64 << 20,
            gate: switches[id] ?? defaultSwitch)
    }

    private func storeInstance(_ store: Configuration.Store) -> StoreInstance? {
        workshop.make(
            store.name, store.use,
            { (plugin, setup) throws(PluginError) in try plugin.makeStore(setup) })
    }

    /// An instance of each store, to read from.
    func readingStores() -> [String: StoreInstance] {
        var made: [String: StoreInstance] = [:]
        for store in configuration.stores { made[store.name] = storeInstance(store) }
        return made
    }

    func sink() -> SinkInstance? {
        workshop.make(
            configuration.sink.name, configuration.sink.use,
            { (plugin, setup) throws(PluginError) in try plugin.makeSink(setup) })
    }

    /// Makes each tier and its gates once, for what is found wrong.
    func tryTiers() {
        for node in configuration.chain {
            guard let id = builder.id(node.name), case .tier(let settings) = node.work else {
                continue
            }
            _ = tier(node.name, settings, id)
        }
    }

    /// Loads the plugins of stores and sink without opening them.
    func tryPlugins() {
        let uses =
            configuration.stores.map { ($0.name, $0.use, SPW_STORE) }
            + [(configuration.sink.name, configuration.sink.use, SPW_SINK)]
        for (name, use, interface) in uses {
            _ = workshop.make(name, use) { (plugin, _) throws(PluginError) in
                guard plugin.has(interface) else {
                    throw PluginError(
                        .noInterface,
                        "plugin \(plugin.name) has no \(interface); it has"
                            + " \(plugin.interfaces.joined(separator: ", "))")
                }
            }
        }
    }

    func sinkSettings(_ stream: String) -> Delivery.Settings {
        let call = configuration.sink.call
        return Delivery.Settings(
            name: PinnedText(configuration.sink.name), stream: PinnedText(stream),
            deadline: call.deadline, budget: call.budget,
            gate: switches[builder.graph.sink]
                ?? NodeSwitch(breaker: Breaker.Configuration(), concurrency: 1, seed: 1))
    }
}
