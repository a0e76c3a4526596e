internal import CHost
internal import Glibc
internal import SpillwayABI
internal import Synchronization

/// A plugin's code in this process, from the opening of its copy to its entry's answer.
///
/// It is resident: the code stays mapped until the process ends, since unmapping is safe for few
/// plugins and never for a Swift one that shares its runtime.
struct PluginImage {
    /// As the plugin filled it, with stubs for what is missing.
    let plugin: spw_plugin
    /// What the plugin was handed; stays for ever, as the code does.
    let host: UnsafeMutablePointer<spw_host>
    let log: PluginLog
    let logPointer: UnsafeMutableRawPointer

    private typealias Entry =
        @convention(c) (UnsafePointer<spw_host>?, UnsafeMutablePointer<spw_plugin>?) -> spw_status

    /// One library at a time: what loading changes for the process is looked at before and after.
    private static let loading = Mutex<Void>(())

    /// - Parameters:
    ///   - copy: the private copy of `file`.
    ///   - name: for log lines, as far as it is known.
    init(
        _ file: PluginFile, copy: String, name: String, sink: @escaping PluginLogSink
    ) throws(PluginError) {
        log = PluginLog(plugin: name, sink: sink)
        logPointer = log.immortalPointer()
        host = Self.makeHost(logPointer)
        let (host, log) = (host, log)
        var answer: Result<spw_plugin, PluginError> = .failure(
            PluginError(.cantOpen, "\(file.path) was not loaded"))
        Self.loading.withLock { _ in
            let guarding = spw_load_guard_begin()
            do throws(PluginError) {
                let entry = try Self.open(file, copy)
                answer = .success(try Self.start(entry, host, file.path))
            } catch {
                answer = .failure(error)
            }
            if let guarding { Self.end(guarding, log) }
        }
        plugin = try answer.get()
    }

    private static func makeHost(
        _ log: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<spw_host> {
        let arena = ByteArena()
        Immortals.keep(arena)
        let host = arena.take(MemoryLayout<spw_host>.size)
            .bindMemory(to: spw_host.self, capacity: 1)
        var filled = spw_host()
        filled.size = UInt32(MemoryLayout<spw_host>.size)
        filled.abi_major = UInt16(SPW_ABI_MAJOR)
        filled.abi_minor = UInt16(SPW_ABI_MINOR)
        filled.name = arena.copy("spillway")
        filled.version = arena.copy(PluginLoader.hostVersion)
        filled.context = log
        filled.extension = { _, _ in nil }
        filled.log = { host, level, message in
            guard let context = host?.pointee.context else { return }
            PluginLog.at(context).write(level, String(view: message), call: nil)
        }
        host.initialize(to: filled)
        return host
    }

    private static func open(_ file: PluginFile, _ copy: String) throws(PluginError) -> Entry {
        guard let handle = dlopen(copy, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            let why = dlerror().map { String(cString: $0) } ?? "no reason was given"
            throw PluginError(
                .cantOpen,
                "\(file.path) can't be loaded: \(escaped(why.replacing(copy, with: file.path)))")
        }
        guard let symbol = dlsym(handle, SPW_ENTRY) else {
            throw PluginError(.noEntry, "\(file.path) does not export \(SPW_ENTRY)")
        }
        return unsafeBitCast(symbol, to: Entry.self)
    }

    /// Calls the entry with zeroed room, and room behind it that has to stay as it is.
    private static func start(
        _ entry: Entry, _ host: UnsafeMutablePointer<spw_host>, _ path: String
    ) throws(PluginError) -> spw_plugin {
        let size = MemoryLayout<spw_plugin>.size
        let behind = 1024
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size + behind, alignment: 16)
        defer { room.deallocate() }
        room.initializeMemory(as: UInt8.self, repeating: 0)
        let plugin = room.baseAddress.unsafelyUnwrapped
            .bindMemory(to: spw_plugin.self, capacity: 1)
        plugin.pointee.size = UInt32(size)
        let status = entry(host, plugin)
        guard room[size...].allSatisfy({ $0 == 0 }) else {
            throw broke(path, "its entry wrote beyond the \(size) bytes that it was given")
        }
        try checkStatus(status, plugin.pointee, path)
        let left = plugin.pointee.size
        guard spw_fill_plugin(plugin) else {
            throw broke(
                path, "its entry says that it filled \(left) bytes, and it was given \(size)")
        }
        return plugin.pointee
    }

    private static func checkStatus(
        _ status: spw_status, _ plugin: spw_plugin, _ path: String
    ) throws(PluginError) {
        let abi = "\(plugin.abi_major).\(plugin.abi_minor)"
        let here = "\(SPW_ABI_MAJOR).\(SPW_ABI_MINOR)"
        if status == SPW_INVALID || (status == SPW_OK && plugin.abi_major != UInt16(SPW_ABI_MAJOR))
        {
            throw PluginError(
                .wrongABI,
                "\(path) is built for plugin ABI \(abi) and can't serve this host, which has \(here);"
                    + " get a build for ABI \(SPW_ABI_MAJOR).x, or another Spillway")
        }
        if status == SPW_FAILED {
            let summary = plugin.summary
            let why =
                spw_view_is_sound(summary.data, summary.size) && summary.size > 0
                ? escaped(String(view: summary)) : "it gave no reason"
            throw PluginError(.initFailed, "\(path) could not start: \(why)")
        }
        guard status == SPW_OK else {
            throw broke(path, "its entry answered with status \(status), which means nothing there")
        }
    }

    static func broke(_ path: String, _ rule: String) -> PluginError {
        PluginError(
            .brokenRule, "\(path) broke a rule of the ABI: \(rule); its author has to mend it")
    }

    private static func end(_ guarding: OpaquePointer, _ log: PluginLog) {
        var floatsChanged = false
        let handlers = spw_load_guard_end(guarding, &floatsChanged)
        if floatsChanged {
            log.write(
                .warning,
                "loading it changed how this process computes with floating point (-ffast-math?);"
                    + " that was put back")
        }
        guard handlers != 0 else { return }
        let signals = (0..<64).filter { (handlers >> UInt64($0)) & 1 == 1 }.map { "\($0 + 1)" }
        let list = signals.joined(separator: ", ")
        log.write(
            .warning, "loading it changed the handlers of signals \(list); they were put back")
    }
}
