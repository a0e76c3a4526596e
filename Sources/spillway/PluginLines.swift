import Foundation
import PluginHost

/// Log lines of plugins, on standard error; warnings and worse.
enum PluginLines {
    static let print: @Sendable (PluginLogLine) -> Void = { line in
        guard line.level >= .warning else { return }
        Output.note(
            "\(line.level): \(line.plugin)\(line.tier.isEmpty ? "" : " in \(line.tier)"): \(line.message)"
        )
    }
}
