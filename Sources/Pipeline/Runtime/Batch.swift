import Chain
import SpillwayABI

/// A batch while it is under way: its bytes, its way, what tiers made of its records.
///
/// Owned by one thread at a time: the source's, then a lane's, then the committer's; handed over
/// through a monitor.
final class Batch: @unchecked Sendable {
    // Safe: see above; two threads never hold the same batch.

    /// Bytes that a tier wrote for one record.
    struct Written {
        var offset: Int
        var length: Int
        var operation: Int32
    }

    let number: Chain.Stream.BatchNumber
    let pinnedID: PinnedText
    let id: String
    let source: Int
    let firstSequence: UInt64
    let position: [UInt8]
    /// The source's own view; what it points to lives until ``release``.
    let input: spw_input
    /// The source's record table, with sequences.
    let records: UnsafeMutableBufferPointer<spw_record>
    var flow: BatchFlow
    var account = BatchAccount()
    /// JSON elements `{"pointer","original","reason"}` of what was rescued, by record.
    var rescued: [UInt32: [UInt8]] = [:]
    /// Since when it waits for a tier whose calls are all taken.
    var waitsSince: UInt64?
    /// Where raw bytes were put, by record.
    var stored: [UInt32: StoredRaw] = [:]
    /// What tiers wrote; an ordinal that is not here goes on with its source's bytes.
    private(set) var written: [UInt32: [Written]] = [:]
    private var spool: [UInt8] = []
    private let release: () -> Void

    init(
        number: Chain.Stream.BatchNumber, id: String, source: Int, firstSequence: UInt64,
        position: [UInt8], input: spw_input, flow: BatchFlow, sequences: [UInt64]? = nil,
        release: @escaping () -> Void
    ) {
        self.number = number
        self.id = id
        pinnedID = PinnedText(id)
        self.source = source
        self.firstSequence = firstSequence
        self.position = position
        self.input = input
        self.flow = flow
        self.release = release
        let count = Int(input.record_count)
        records = .allocate(capacity: count)
        _ = records.initialize(from: UnsafeBufferPointer(start: input.records, count: count))
        for index in 0..<count {
            records[index].sequence = sequences?[index] ?? firstSequence + UInt64(index)
            records[index].ordinal = UInt32(index)
        }
    }

    deinit {
        records.deallocate()
        release()
    }

    /// Bytes that the batch holds in memory.
    var size: UInt64 { UInt64(input.bytes.size) + UInt64(input.raw.size) }

    var lastSequence: UInt64 { firstSequence + UInt64(records.count) &- 1 }

    var rawMediaType: String {
        String(input.raw_media_type.size == 0 ? input.media_type : input.raw_media_type)
    }

    /// The base key of a record.
    func key(_ ordinal: UInt32) -> String {
        String(records[Int(ordinal)].key)
    }

    /// A record's bytes as its source gave them.
    func bytes(_ ordinal: UInt32) -> UnsafeRawBufferPointer {
        let record = records[Int(ordinal)]
        return UnsafeRawBufferPointer(
            start: input.bytes.data + Int(record.offset), count: Int(record.length))
    }

    /// The raw bytes that are kept of a record: the prefix, then its raw span.
    func raw(_ ordinal: UInt32) -> (prefix: spw_bytes, span: spw_bytes) {
        let record = records[Int(ordinal)]
        if record.raw_length == 0 {
            return (
                spw_bytes(),
                spw_bytes(data: input.bytes.data + Int(record.offset), size: Int(record.length))
            )
        }
        return (
            input.raw_prefix,
            spw_bytes(data: input.raw.data + Int(record.raw_offset), size: Int(record.raw_length))
        )
    }

    // MARK: - What tiers wrote

    /// Keeps what a tier wrote for a record, in place of what an earlier one did.
    func keep(_ ordinal: UInt32, _ bytes: UnsafeRawBufferPointer, operation: Int32, isFirst: Bool) {
        let entry = Written(offset: spool.count, length: bytes.count, operation: operation)
        spool.append(contentsOf: bytes)
        if isFirst {
            written[ordinal] = [entry]
        } else {
            written[ordinal, default: []].append(entry)
        }
    }

    /// A record steps down: whatever was made of it is void, it goes on as its source gave it.
    func forget(_ ordinals: [UInt32]) {
        guard !written.isEmpty || !account.isEmpty else { return }
        for ordinal in ordinals {
            written[ordinal] = nil
            rescued[ordinal] = nil
        }
        account.forget(Set(ordinals))
    }

    func spooled(_ entry: Written) -> ArraySlice<UInt8> {
        spool[entry.offset..<entry.offset + entry.length]
    }
}

extension String {
    /// Text of a view; bytes that are not UTF-8 become U+FFFD.
    init(_ view: spw_str) {
        self = String(
            decoding: UnsafeRawBufferPointer(start: view.data, count: view.size), as: UTF8.self)
    }
}
