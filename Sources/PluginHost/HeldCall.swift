internal import CHost
internal import SpillwayABI

/// A copy of what a call is handed, which may outlive the caller's own.
// Unchecked: written once, in init.
@usableFromInline
final class HeldCall: @unchecked Sendable {
    private(set) var setup: CallSetup
    let input: UnsafeMutablePointer<spw_input>
    /// Why the input could not be copied, or nil.
    private(set) var failure: String?
    private let arena = ByteArena()

    init(_ setup: CallSetup, _ original: UnsafePointer<spw_input>) {
        self.setup = setup
        input = .allocate(capacity: 1)
        input.initialize(to: original.pointee)
        self.setup.raw.batch_id = arena.copy(setup.raw.batch_id)
        self.setup.raw.tier = arena.copy(setup.raw.tier)
        self.setup.raw.attempt_key = arena.copy(setup.raw.attempt_key)
        copyPayload(original)
        input.pointee.raw = arena.copy(input.pointee.raw)
        input.pointee.raw_prefix = arena.copy(input.pointee.raw_prefix)
        input.pointee.media_type = arena.copy(input.pointee.media_type)
        input.pointee.raw_media_type = arena.copy(input.pointee.raw_media_type)
        input.pointee.context = nil
        input.pointee.pull = noMoreChunks
        copyRecords()
    }

    deinit {
        input.deinitialize(count: 1)
        input.deallocate()
    }

    /// What is not resident is pulled here: the chunks belong to the thread of the call.
    private func copyPayload(_ original: UnsafePointer<spw_input>) {
        if original.pointee.bytes.data != nil || original.pointee.total_size == 0 {
            input.pointee.bytes = arena.copy(original.pointee.bytes)
            return
        }
        guard let pull = original.pointee.pull else {
            failure = "the payload is neither in memory nor can it be pulled"
            return
        }
        var whole: [UInt8] = []
        var chunk = spw_bytes()
        var status = pull(original, &chunk)
        while status == SPW_OK {
            whole.append(contentsOf: UnsafeBufferPointer(start: chunk.data, count: chunk.size))
            status = pull(original, &chunk)
        }
        guard status == SPW_END else {
            failure = "the payload could not be read to its end (status \(status))"
            return
        }
        whole.withView { input.pointee.bytes = arena.copy($0) }
    }

    private func copyRecords() {
        let count = Int(input.pointee.record_count)
        guard count > 0, let records = input.pointee.records else { return }
        let table = arena.take(count * MemoryLayout<spw_record>.stride)
            .bindMemory(to: spw_record.self, capacity: count)
        for index in 0..<count {
            var record = records[index]
            record.key = arena.copy(record.key)
            record.rescued = arena.copy(record.rescued)
            (table + index).initialize(to: record)
        }
        input.pointee.records = UnsafePointer(table)
    }
}

/// The pull of a payload that is all there.
let noMoreChunks:
    @convention(c) (UnsafePointer<spw_input>?, UnsafeMutablePointer<spw_bytes>?) -> spw_status = {
        _, _ in SPW_END
    }
