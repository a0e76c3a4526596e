import SpillwayABI

/// An input for a call, made of some records of a batch.
///
/// Lives as long as the closure it is handed to; copies bytes only where tiers rewrote some of them.
struct BatchInput {
    /// The call's payload.
    var input: UnsafePointer<spw_input>
    /// The ordinal of each row of the input's table.
    var ordinals: [UInt32]
}

extension Batch {
    /// Calls with records as their source gave them, for a tier.
    func withSourceInput<Result>(_ ordinals: [UInt32], _ body: (BatchInput) -> Result) -> Result {
        if ordinals.count == records.count {
            var whole = input
            whole.records = UnsafePointer(records.baseAddress)
            return withUnsafePointer(to: &whole) { body(BatchInput(input: $0, ordinals: ordinals)) }
        }
        let table = ordinals.map { records[Int($0)] }
        return table.withUnsafeBufferPointer { table in
            var part = input
            part.record_count = UInt32(table.count)
            part.records = table.baseAddress
            return withUnsafePointer(to: &part) { body(BatchInput(input: $0, ordinals: ordinals)) }
        }
    }

    /// Calls with records as tiers left them, for the sink: what was rewritten is merged in, in
    /// record order, and what was rescued comes along.
    func withSinkInput<Result>(_ ordinals: [UInt32], _ body: (BatchInput) -> Result) -> Result {
        guard !written.isEmpty else { return withSourceInput(ordinals, body) }
        var merged = MergedRecords()
        for ordinal in ordinals {
            let record = records[Int(ordinal)]
            let annex = rescued[ordinal] ?? []
            guard let entries = written[ordinal] else {
                merged.append(record, bytes(ordinal), annex, ordinal)
                continue
            }
            for entry in entries {
                var changed = record
                changed.operation = entry.operation
                spooled(entry).withUnsafeBytes { merged.append(changed, $0, annex, ordinal) }
            }
        }
        return merged.withInput(like: input, body)
    }
}

/// Records laid one after another in memory of their own.
private struct MergedRecords {
    private var table: [spw_record] = []
    private var ordinals: [UInt32] = []
    private var bytes: [UInt8] = []
    private var annexes: [UInt8] = []
    private var annexRanges: [Range<Int>] = []

    mutating func append(
        _ record: spw_record, _ content: UnsafeRawBufferPointer, _ annex: [UInt8], _ ordinal: UInt32
    ) {
        var moved = record
        moved.offset = UInt64(bytes.count)
        moved.length = UInt64(content.count)
        table.append(moved)
        ordinals.append(ordinal)
        bytes.append(contentsOf: content)
        bytes.append(UInt8(ascii: "\n"))
        let start = annexes.count
        if !annex.isEmpty {
            annexes.append(UInt8(ascii: "["))
            annexes.append(contentsOf: annex)
            annexes.append(UInt8(ascii: "]"))
        }
        annexRanges.append(start..<annexes.count)
    }

    mutating func withInput<Result>(
        like source: spw_input, _ body: (BatchInput) -> Result
    ) -> Result {
        annexes.withUnsafeBytes { annexes in
            for (index, range) in annexRanges.enumerated() where !range.isEmpty {
                let start = annexes.baseAddress?.assumingMemoryBound(to: CChar.self)
                table[index].rescued = spw_str(
                    data: start?.advanced(by: range.lowerBound), size: range.count)
            }
            return table.withUnsafeBufferPointer { table in
                bytes.withUnsafeBufferPointer { bytes in
                    var input = source
                    input.record_count = UInt32(table.count)
                    input.records = table.baseAddress
                    input.bytes = spw_bytes(data: bytes.baseAddress, size: bytes.count)
                    input.total_size = UInt64(bytes.count)
                    return withUnsafePointer(to: &input) {
                        body(BatchInput(input: $0, ordinals: ordinals))
                    }
                }
            }
        }
    }
}
