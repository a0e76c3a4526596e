import Chain
import Ledger
import SpillwayABI

/// Records read again from the raw bytes of several tasks, laid into one batch.
final class Composite {
    private var bytes: [UInt8] = []
    private var raw: [UInt8] = []
    private var table: [spw_record] = []
    private var keys: [PinnedText] = []
    private(set) var rejects: [CallResult.Reject] = []
    /// The ordinals of each task's records.
    private(set) var tasks: [(task: DeferredTask, ordinals: Range<UInt32>)] = []
    private let mediaType = PinnedText("application/json")
    private let rawMediaType: PinnedText

    init(rawMediaType: String) {
        self.rawMediaType = PinnedText(rawMediaType)
    }

    var count: Int { table.count }

    /// Copies a task's records in; they keep the sequence that they had.
    func add(_ task: DeferredTask, _ taken: TakenBatch) {
        let first = UInt32(table.count)
        let source = taken.input
        for index in 0..<taken.records {
            let record = source.records[index]
            var copy = spw_record()
            copy.offset = UInt64(bytes.count)
            copy.length = record.length
            copy.raw_offset = UInt64(raw.count)
            copy.sequence = task.sequence
            copy.operation = task.operation
            let content = UnsafeBufferPointer(
                start: source.bytes.data + Int(record.offset), count: Int(record.length))
            bytes.append(contentsOf: content)
            bytes.append(UInt8(ascii: "\n"))
            if record.raw_length == 0 {
                raw.append(contentsOf: content)
            } else {
                raw.append(
                    contentsOf: UnsafeBufferPointer(
                        start: source.raw_prefix.data, count: source.raw_prefix.size))
                raw.append(
                    contentsOf: UnsafeBufferPointer(
                        start: source.raw.data + Int(record.raw_offset),
                        count: Int(record.raw_length)))
            }
            copy.raw_length = UInt64(raw.count) - copy.raw_offset
            keys.append(PinnedText(String(record.key)))
            table.append(copy)
        }
        for reject in taken.rejects {
            var moved = reject
            moved.ordinal += first
            rejects.append(moved)
        }
        tasks.append((task, first..<UInt32(table.count)))
        taken.release()
    }

    /// The batch; it keeps the composite alive.
    func batch(
        number: UInt64, id: String, source: SourceReader, plan: Plan
    ) -> Batch {
        for index in table.indices { table[index].key = keys[index].view }
        let memory = Memory(bytes: bytes, raw: raw)
        var input = spw_input()
        input.size = UInt32(MemoryLayout<spw_input>.size)
        input.record_count = UInt32(table.count)
        input.bytes = memory.bytes
        input.total_size = UInt64(bytes.count)
        input.raw = memory.raw
        input.media_type = mediaType.view
        input.raw_media_type = rawMediaType.view
        let sequences = table.map(\.sequence)
        let flow = BatchFlow(
            plan: plan, count: table.count, source: source.node, sourceRejects: rejects,
            now: MonotonicClock.now())
        return table.withUnsafeBufferPointer { table in
            input.records = table.baseAddress
            return Batch(
                number: number, id: id, source: source.index, firstSequence: 0, position: [],
                input: input, flow: flow, sequences: sequences,
                release: { withExtendedLifetime((self, memory)) {} })
        }
    }

    /// Bytes at an address that stays.
    private final class Memory {
        let bytes: spw_bytes
        let raw: spw_bytes

        init(bytes: [UInt8], raw: [UInt8]) {
            self.bytes = Self.copy(bytes)
            self.raw = Self.copy(raw)
        }

        deinit {
            bytes.data?.deallocate()
            raw.data?.deallocate()
        }

        private static func copy(_ bytes: [UInt8]) -> spw_bytes {
            let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = room.initialize(from: bytes)
            return spw_bytes(data: UnsafePointer(room.baseAddress), size: bytes.count)
        }
    }
}
