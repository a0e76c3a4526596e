import Chain
import Foundation
import Pipeline
import Synchronization

/// A line on standard error that is kept up to date while a run is under way; only on a terminal.
final class ProgressLine: Sendable {
    private let isOver = Mutex(false)
    private let isShown: Bool

    init(_ run: Run) {
        isShown = isatty(STDERR_FILENO) == 1
        guard isShown else { return }
        let thread = Thread { [self] in
            while isOver.withLock({ !$0 }) {
                show(run.progress())
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        thread.start()
    }

    private func show(_ progress: Run.Progress) {
        let sums = progress.sums
        var line =
            "\(Output.number(sums.accepted)) accepted, \(Output.number(sums.delivered)) delivered,"
            + " \(Output.number(sums.deferred)) deferred, \(Output.number(progress.recordsInFlight))"
            + " under way"
        if let stalled = progress.stalled { line += "; waiting: \(stalled)" }
        isOver.withLock { over in
            guard !over else { return }
            FileHandle.standardError.write(Data("\r\u{1B}[K\(Output.cut(line, 120))".utf8))
        }
    }

    func end() {
        isOver.withLock { over in
            if isShown, !over { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            over = true
        }
    }
}
