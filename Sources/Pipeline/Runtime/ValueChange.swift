import SpillwayABI

/// A change that a tier made to one value of a record, as an event told it.
struct ValueChange {
    private let key: AccountKey
    private let event: spw_event

    /// Nil for events that are no change to a value.
    init?(_ event: spw_event) {
        let kind: AccountKey.Kind
        switch event.kind {
        case SPW_EVENT_COERCED: kind = .coerced
        case SPW_EVENT_STRIPPED: kind = .stripped
        case SPW_EVENT_RESCUED: kind = .rescued
        default: return nil
        }
        self.event = event
        key = AccountKey(
            kind: kind, pointer: Self.withoutIndices(String(event.pointer)),
            loss: kind == .coerced ? Loss(rawValue: event.loss) ?? .default : .none)
    }

    /// Whether the record is delivered as degraded because of it.
    var degrades: Bool {
        key.kind != .coerced || key.loss.degrades
    }

    /// Counts the change; what is lossy or rescued is also kept singly, what is rescued goes beside
    /// the record.
    func record(in batch: Batch, ordinal: UInt32, tier: String, attempt: UInt32) {
        batch.account.add(key, ordinal: ordinal)
        if key.kind == .rescued {
            batch.rescued[ordinal, default: []].appendElement(rescueElement)
        }
        guard key.kind == .rescued || key.loss.degrades else { return }
        batch.account.add(
            SingleLoss(
                ordinal: ordinal, key: exactKey, before: String(event.before),
                after: String(event.after), reason: String(event.reason), tier: tier,
                attempt: attempt))
    }

    private var exactKey: AccountKey {
        AccountKey(kind: key.kind, pointer: String(event.pointer), loss: key.loss)
    }

    private var rescueElement: String {
        let original = event.before.size == 0 ? "null" : String(event.before)
        return "{\"pointer\":\(JSONText.quoted(String(event.pointer))),\"original\":\(original),"
            + "\"reason\":\(JSONText.quoted(String(event.reason)))}"
    }

    /// `/items/3/price` is counted as `/items/*/price`.
    private static func withoutIndices(_ pointer: String) -> String {
        guard pointer.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return pointer }
        return pointer.split(separator: "/", omittingEmptySubsequences: false)
            .map { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? "*" : $0 }
            .joined(separator: "/")
    }
}

extension [UInt8] {
    fileprivate mutating func appendElement(_ element: String) {
        if !isEmpty { append(UInt8(ascii: ",")) }
        append(contentsOf: element.utf8)
    }
}

/// The little JSON that is written by hand, where an encoder would be called per value.
enum JSONText {
    /// A string as a JSON string.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case let control where control.value < 0x20:
                let hex = String(control.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
