import Foundation

/// A wait of a thread that has nothing else to do.
enum Pause {
    /// Sleeps until a time of the monotonic clock, or until asked to stop.
    static func until(_ time: UInt64, orWhen isStopping: () -> Bool) {
        while !isStopping() {
            let now = MonotonicClock.now()
            guard now < time else { return }
            Thread.sleep(forTimeInterval: min(Double(time - now) / 1e9, 0.05))
        }
    }
}
