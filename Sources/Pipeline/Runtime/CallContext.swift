import PluginHost
import SpillwayABI

/// Text at an address that stays, for views that are handed to plugins.
final class PinnedText: @unchecked Sendable {
    // Safe: written once, in init.
    private let bytes: UnsafeMutableBufferPointer<CChar>

    init(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes = .allocate(capacity: utf8.count)
        _ = bytes.initialize(from: utf8.lazy.map { CChar(bitPattern: $0) })
    }

    deinit {
        bytes.deallocate()
    }

    /// The text as a view; valid as long as this object.
    var view: spw_str {
        spw_str(data: UnsafePointer(bytes.baseAddress), size: bytes.count)
    }
}

/// What every plugin call of one tier call has in common.
struct CallContext {
    var tier: spw_str
    var batchID: spw_str
    var attemptKey: spw_str
    var attempt: UInt32
    var deadline: UInt64
    var budget: UInt64

    func setup(records: Int) -> CallSetup {
        CallSetup(
            tier: tier, batchID: batchID, attempt: attempt, attemptKey: attemptKey,
            deadline: deadline, budget: budget, recordCount: UInt32(records))
    }
}

/// The attempt key: the first record's base key, `#`, the attempt number; in a buffer that is used
/// again and again.
struct AttemptKey {
    private var text: [CChar] = []

    /// The view is valid until the next call.
    mutating func with<Result>(
        _ baseKey: spw_str, attempt: UInt32, _ body: (spw_str) -> Result
    ) -> Result {
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: UnsafeBufferPointer(start: baseKey.data, count: baseKey.size))
        text.append(CChar(UInt8(ascii: "#")))
        for digit in String(attempt).utf8 { text.append(CChar(bitPattern: digit)) }
        return text.withUnsafeBufferPointer {
            body(spw_str(data: $0.baseAddress, size: $0.count))
        }
    }
}
