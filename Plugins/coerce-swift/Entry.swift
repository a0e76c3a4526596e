import SpillwayABI

/// The plugin's one exported symbol.
@c(spillway_plugin_init)
public func spillwayPluginInit(
    _ host: UnsafePointer<spw_host>?, _ plugin: UnsafeMutablePointer<spw_plugin>?
) -> spw_status {
    introduce(identity, to: host, in: plugin)
}

private let handlerInterface: StaticString = "spillway.handler/1"
nonisolated(unsafe) private let interfaces = forEver(spw_str(handlerInterface))
nonisolated(unsafe) private let handlerTable = forEver(handler)

private var identity: spw_plugin {
    var plugin = spw_plugin()
    plugin.name = spw_str("spillway/coerce-swift")
    plugin.version = spw_str("0.1.0")
    plugin.summary = spw_str("Tier 2 in Swift: strips, coerces exactly or as declared, rescues")
    plugin.options_schema = spw_str(
        #"{"type":"object","properties":{},"additionalProperties":false}"#)
    plugin.threads = UInt32(SPW_THREADS_PER_LANE)
    plugin.declares = SPW_DETERMINISTIC
    plugin.interfaces = UnsafePointer(interfaces)
    plugin.interface_count = 1
    plugin.interface_table = { $0.equals(handlerInterface) ? UnsafeRawPointer(handlerTable) : nil }
    plugin.create = { create, call, instance in
        answer(call) { () throws(Failure) in
            guard let create, let instance else { return SPW_INVALID }
            instance.pointee = Handle.make(try Coercer(create.pointee))
            return SPW_OK
        }
    }
    plugin.destroy = { instance in
        let _: Coercer? = Handle.take(instance)
    }
    return plugin
}

private var handler: spw_handler {
    var table = spw_handler()
    table.size = UInt32(MemoryLayout<spw_handler>.size)
    table.handle = { instance, call, input, output in
        guard let call, let input, let output, let coercer: Coercer = Handle.object(instance) else {
            return SPW_INVALID
        }
        return coercer.handle(call, input.pointee, output)
    }
    return table
}
