import Synchronization

/// A count that several threads share.
final class Counter: Sendable {
    private let value = Atomic(0)

    /// One more; answers the new count.
    func increment() -> Int {
        value.add(1, ordering: .relaxed).newValue
    }
}
