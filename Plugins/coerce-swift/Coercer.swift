import SpillwayABI
import Synchronization

/// An instance: a plan, and the room for one record at a time.
final class Coercer {
    /// Holds the texts that the plan's views point into.
    private let contract: ContractTree
    private var walk: Walk
    private let isInside = Atomic<Bool>(false)

    init(_ create: spw_create) throws(Failure) {
        try Self.checkOptions(create.options.bytes)
        guard create.contract.size > 0 else {
            throw .invalid("coercion needs a contract; the pipeline has none")
        }
        let name = create.contract_name.string
        do throws(JSONError) {
            contract = try ContractTree(create.contract.bytes)
        } catch {
            throw .invalid(
                "contract \(name) is not JSON, at byte \(error.offset): \(error.reason)")
        }
        walk = Walk(try Contract(contract.root, name: name).recordShape())
    }

    private static func checkOptions(_ json: Bytes) throws(Failure) {
        if json.isEmpty { return }
        guard let tree = try? ContractTree(json), tree.root.isObject else {
            throw .invalid("options: not a JSON object")
        }
        guard let first = tree.root.members.first else { return }
        let name = String(decoding: first.name, as: UTF8.self)
        throw .invalid("options: '\(name)' is not an option; this plugin has none")
    }

    func handle(
        _ call: Call, _ input: spw_input, _ output: UnsafeMutablePointer<spw_output>
    ) -> spw_status {
        guard !isInside.exchange(true, ordering: .acquiring) else { return SPW_BUSY }
        defer { isInside.store(false, ordering: .releasing) }
        return answer(call) { () throws(Failure) in
            for index in 0..<input.record_count {
                try take(index, call, input, output)
            }
            return SPW_OK
        }
    }

    private func take(
        _ index: UInt32, _ call: Call, _ input: spw_input,
        _ output: UnsafeMutablePointer<spw_output>
    ) throws(Failure) {
        if index % 256 == 255, call.pointee.cancelled(call) == 1 {
            throw Failure(
                signal: SPW_SIGNAL_TIMEOUT,
                "cancelled after \(index) of \(input.record_count) records")
        }
        let record = input.records[Int(index)]
        guard let bytes = record.bytes(in: input.bytes.bytes) else {
            throw .invalid("record \(index) lies outside of the payload's bytes")
        }
        let status: spw_status
        switch walk.walk(bytes) {
        case .unchanged: status = output.pointee.pass(output, index)
        case .rejected(let trouble): status = reject(trouble, call, index)
        case .changed:
            let told = walk.events.report(to: call, index)
            status = told == SPW_OK ? emit(index, record.operation, output) : told
        }
        guard status == SPW_OK else {
            throw Failure(
                signal: SPW_SIGNAL_OVER_BUDGET,
                "the budget of the call was spent at record \(index + 1) of \(input.record_count)")
        }
    }

    private func emit(
        _ index: UInt32, _ operation: Int32, _ output: UnsafeMutablePointer<spw_output>
    ) -> spw_status {
        let bytes = walk.out.bytes
        var room = spw_room()
        var status = output.pointee.reserve(output, bytes.count, &room)
        guard status == SPW_OK else { return status }
        UnsafeMutableRawBufferPointer(start: room.data, count: room.size).copyMemory(from: bytes)
        status = output.pointee.commit(output, bytes.count)
        return status == SPW_OK ? output.pointee.emit(output, index, operation) : status
    }

    private func reject(_ trouble: Trouble, _ call: Call, _ index: UInt32) -> spw_status {
        var pointer = ByteBuffer()
        walk.path.write(to: &pointer)
        var event = spw_event()
        event.size = UInt32(MemoryLayout<spw_event>.size)
        event.kind = SPW_EVENT_REJECTED
        event.index = index
        switch trouble.reason {
        case .notJSON, .notAnObject: event.signal = SPW_SIGNAL_UNRECOVERABLE
        default: event.signal = SPW_SIGNAL_SCHEMA_DRIFT
        }
        event.pointer = spw_str(pointer.bytes)
        event.before = spw_str(trouble.before)
        event.reason = spw_str(trouble.reason.sentence)
        return call.pointee.event(call, &event)
    }
}

extension spw_record {
    /// The record's bytes in its payload; nil: it lies outside.
    fileprivate func bytes(in payload: Bytes) -> Bytes? {
        guard offset <= UInt64(payload.count), length <= UInt64(payload.count) - offset else {
            return nil
        }
        return length == 0 ? Bytes("") : payload.part(Int(offset), Int(offset + length))
    }
}
