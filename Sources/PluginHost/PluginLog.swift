internal import CHost
internal import SpillwayABI
internal import Synchronization

/// A line that a plugin, or the host about a plugin, had to say.
public struct PluginLogLine: Sendable {
    /// How much a line matters, as in swift-log.
    public enum Level: Int32, Sendable, Comparable {
        case debug = 1
        case info = 2
        case notice = 3
        case warning = 4
        case error = 5

        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    public var level: Level
    /// "vendor/name"; the file's path before the name is known.
    public var plugin: String
    /// The batch and tier of the call that the line belongs to; empty outside of any call.
    public var batchID: String
    public var tier: String
    public var attempt: UInt32
    /// Control characters are escaped: safe to print as one line.
    public var message: String
}

/// Where plugins' lines go; called from any thread.
public typealias PluginLogSink = @Sendable (PluginLogLine) -> Void

/// A plugin's way to the log. Lives as long as the process, as the plugin's code does.
final class PluginLog: Sendable {
    private let plugin: Mutex<String>
    private let sink: PluginLogSink

    init(plugin: String, sink: @escaping PluginLogSink) {
        self.plugin = Mutex(plugin)
        self.sink = sink
    }

    /// Once the plugin's name is known.
    func rename(_ name: String) {
        plugin.withLock { $0 = name }
    }

    /// A pointer that C may hold for ever.
    func immortalPointer() -> UnsafeMutableRawPointer {
        Immortals.keep(self)
        return Unmanaged.passUnretained(self).toOpaque()
    }

    static func at(_ pointer: UnsafeMutableRawPointer) -> PluginLog {
        Unmanaged<PluginLog>.fromOpaque(pointer).takeUnretainedValue()
    }

    func write(_ level: PluginLogLine.Level, _ message: String) {
        write(level.rawValue, message, call: nil)
    }

    func write(_ level: Int32, _ message: String, call: UnsafePointer<spw_call>?) {
        let level = PluginLogLine.Level(rawValue: min(max(level, 1), 5)) ?? .info
        let call = call?.pointee
        sink(
            PluginLogLine(
                level: level, plugin: plugin.withLock { $0 },
                batchID: call.map { escaped(String(view: $0.batch_id)) } ?? "",
                tier: call.map { escaped(String(view: $0.tier)) } ?? "",
                attempt: call?.attempt ?? 0, message: escaped(message)))
    }
}

/// Text with its control characters, and those that turn the direction of writing, made visible.
func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case _ where isHarmful(scalar): out += "\\u{\(String(scalar.value, radix: 16))}"
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out
}

private func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
}

/// The frame's log function; its context is a ``PluginLog``'s immortal pointer.
let logFromCall: spw_frame_log = { context, call, level, message in
    guard let context else { return }
    PluginLog.at(context).write(level, String(view: message), call: call)
}
