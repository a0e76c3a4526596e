internal import Synchronization

/// What has to stay until the process ends, since a plugin's code, which stays too, may hold pointers
/// into it. Kept here, so that a leak checker can tell it from what was forgotten.
enum Immortals {
    private static let kept = Mutex<[Immortal]>([])

    // Unchecked: nobody takes anything out again.
    private struct Immortal: @unchecked Sendable {
        var object: AnyObject?
        var memory: OpaquePointer?
    }

    static func keep(_ object: AnyObject) {
        let immortal = Immortal(object: object)
        kept.withLock { $0.append(immortal) }
    }

    static func keep(_ memory: OpaquePointer) {
        let immortal = Immortal(memory: memory)
        kept.withLock { $0.append(immortal) }
    }
}
