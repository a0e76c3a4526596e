import SpillwayABI

/// The plugin's one exported symbol.
@c(spillway_plugin_init)
public func spillwayPluginInit(
    _ host: UnsafePointer<spw_host>?, _ plugin: UnsafeMutablePointer<spw_plugin>?
) -> spw_status {
    introduce(identity, to: host, in: plugin)
}

private let storeInterface: StaticString = "spillway.store/1"
nonisolated(unsafe) private let interfaces = forEver(spw_str(storeInterface))
nonisolated(unsafe) private let storeTable = forEver(store)

private var identity: spw_plugin {
    var plugin = spw_plugin()
    plugin.name = spw_str("spillway/persist-sqlite")
    plugin.version = spw_str("0.1.0")
    plugin.summary = spw_str("Keeps objects in one SQLite database, durably")
    plugin.options_schema = spw_str(Options.schema)
    plugin.threads = UInt32(SPW_THREADS_PER_LANE)
    plugin.declares = SPW_NEEDS_FILES | SPW_STREAMING
    plugin.interfaces = UnsafePointer(interfaces)
    plugin.interface_count = 1
    plugin.interface_table = { $0.equals(storeInterface) ? UnsafeRawPointer(storeTable) : nil }
    plugin.create = { create, call, instance in
        answer(call) { () throws(Failure) in
            let create = try required(create).pointee
            let options = try Options(create.options.bytes)
            let path = options.path(in: create.base_folder.string)
            try required(instance).pointee = Handle.make(try ObjectStore(path: path))
            return SPW_OK
        }
    }
    plugin.destroy = { instance in
        let store: ObjectStore? = Handle.take(instance)
        store?.close()
    }
    plugin.self_test = { instance, call in
        serve(instance, call) { store throws(Failure) in try store.prove() }
    }
    return plugin
}

private var store: spw_store {
    var table = spw_store()
    table.size = UInt32(MemoryLayout<spw_store>.size)
    table.put = { instance, call, object, parts, count in
        serve(instance, call) { store throws(Failure) in
            let parts = UnsafeBufferPointer(start: parts, count: parts == nil ? 0 : count)
            return try store.put(required(object), parts)
        }
    }
    table.put_begin = { instance, call, object, put in
        serve(instance, call) { store throws(Failure) in
            try required(put).pointee = try store.begin(required(object).pointee)
            return SPW_OK
        }
    }
    table.put_write = { instance, call, put, bytes in
        serve(instance, call) { store throws(Failure) in try store.write(put, bytes.bytes) }
    }
    table.put_finish = { instance, call, put, object in
        serve(instance, call) { store throws(Failure) in try store.finish(put, required(object)) }
    }
    table.put_abort = { instance, call, put in
        _ = serve(instance, call) { store throws(Failure) in store.abort(put) }
    }
    table.get = { instance, call, name, offset, length, output in
        serve(instance, call) { store throws(Failure) in
            try store.get(name.bytes, from: offset, length, into: required(output))
        }
    }
    table.stat = { instance, call, name, object in
        serve(instance, call) { store throws(Failure) in
            try store.stat(name.bytes, into: required(object))
        }
    }
    table.list = { instance, call, prefix, page, limit, each, context in
        serve(instance, call) { store throws(Failure) in
            let each = try required(each)
            return try store.list(prefix.bytes, after: page.bytes, limit) { object in
                withUnsafePointer(to: object) { each(context, $0) }
            }
        }
    }
    table.remove = { instance, call, name in
        serve(instance, call) { store throws(Failure) in try store.remove(name.bytes) }
    }
    return table
}

/// Runs a call of an instance, one at a time.
private func serve(
    _ instance: UnsafeMutableRawPointer?, _ call: Call?,
    _ body: (ObjectStore) throws(Failure) -> spw_status
) -> spw_status {
    guard let call, let store: ObjectStore = Handle.object(instance) else { return SPW_INVALID }
    guard store.enter(call) else { return SPW_BUSY }
    defer { store.leave() }
    return answer(call) { () throws(Failure) in try body(store) }
}

private func required<Value>(_ value: Value?) throws(Failure) -> Value {
    guard let value else { throw .invalid("persist-sqlite was called with a NULL pointer") }
    return value
}
