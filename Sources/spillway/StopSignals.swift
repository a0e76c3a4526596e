import Dispatch
import Foundation

/// SIGINT and SIGTERM: the first asks to stop, the second ends the process at once.
final class StopSignals {
    private var sources: [any DispatchSourceSignal] = []

    init(_ stop: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            let asked = Counter()
            source.setEventHandler {
                if asked.increment() > 1 { _exit(128 + number) }
                Output.note("spillway: stopping; what is under way is finished first")
                stop()
            }
            source.resume()
            sources.append(source)
        }
    }

    func end() {
        for source in sources { source.cancel() }
        sources = []
    }
}
