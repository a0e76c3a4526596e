import SpillwayABI

/// What happened to a record's values, kept until the record's fate is known.
struct Events: ~Copyable {
    struct Event {
        let kind: Int32
        let loss: Loss
        let reason: Reason?
        let before: Bytes
        /// The ends of the pointer and of the value after it, in `texts`.
        let pointerStart, pointerEnd, afterEnd: Int
    }

    struct Mark {
        fileprivate let events, texts: Int
    }

    private(set) var all: [Event] = []
    private var texts = ByteBuffer()

    /// A place to go back to.
    var mark: Mark { Mark(events: all.count, texts: texts.count) }

    mutating func goBack(to mark: Mark) {
        all.removeSubrange(mark.events...)
        texts.truncate(to: mark.texts)
    }

    mutating func clear() {
        all.removeAll(keepingCapacity: true)
        texts.clear()
    }

    mutating func add(
        _ kind: Int32, at path: borrowing Path, before: Bytes,
        after: Bytes = Bytes(start: nil, count: 0),
        loss: Loss = .none, reason: Reason? = nil
    ) {
        let start = texts.count
        path.write(to: &texts)
        let pointerEnd = texts.count
        texts.append(after)
        all.append(
            Event(
                kind: kind, loss: loss, reason: reason, before: before, pointerStart: start,
                pointerEnd: pointerEnd, afterEnd: texts.count))
    }

    /// Tells the host.
    func report(to call: Call, _ index: UInt32) -> spw_status {
        for event in all {
            var told = spw_event()
            told.size = UInt32(MemoryLayout<spw_event>.size)
            told.kind = event.kind
            told.index = index
            told.loss = event.loss.rawValue
            told.pointer = spw_str(texts.bytes.part(event.pointerStart, event.pointerEnd))
            told.before = spw_str(event.before)
            told.after = spw_str(texts.bytes.part(event.pointerEnd, event.afterEnd))
            if let reason = event.reason { told.reason = spw_str(reason.word) }
            let status = call.pointee.event(call, &told)
            if status != SPW_OK { return status }
        }
        return SPW_OK
    }
}

/// Where a value is, from the root.
struct Path: ~Copyable {
    enum Step {
        /// A decoded name.
        case member(Bytes)
        case element(Int)
    }

    private var steps: [Step] = []

    var depth: Int { steps.count }

    mutating func enter(_ step: Step) { steps.append(step) }
    mutating func leave(to depth: Int) { steps.removeSubrange(depth...) }

    /// Writes the RFC 6901 JSON Pointer.
    func write(to room: inout ByteBuffer) {
        for step in steps {
            room.append(UInt8(ascii: "/"))
            switch step {
            case .element(let number): room.append(decimal: UInt64(number))
            case .member(let name): Self.write(name, to: &room)
            }
        }
    }

    private static func write(_ name: Bytes, to room: inout ByteBuffer) {
        for byte in name {
            switch byte {
            case UInt8(ascii: "~"): room.append("~0")
            case UInt8(ascii: "/"): room.append("~1")
            default: room.append(byte)
            }
        }
    }
}
