import Foundation

/// A thread of the host's that can be waited for.
final class HostThread: Sendable {
    private let ended = Monitor(false)

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let ended = ended
        let thread = Thread {
            body()
            ended.change { $0 = true }
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Blocks until the thread's body has returned.
    func join() {
        ended.wait { $0 ? .found(()) : .wait(until: nil) }
    }
}
