internal import CHost
internal import SpillwayABI

/// Checks once what a source says of a batch, so that nobody behind it has to.
struct BatchCheck {
    private let batch: UnsafeMutablePointer<spw_batch>
    private let maxRecords: UInt32

    init(_ batch: UnsafeMutablePointer<spw_batch>, maxRecords: UInt32) {
        self.batch = batch
        self.maxRecords = maxRecords
    }

    /// The rule that the batch breaks, or nil. A missing pull is filled in.
    func brokenRule(events: UnsafeBufferPointer<spw_event>) -> String? {
        if let rule = brokenShape() ?? brokenRecord() { return rule }
        let count = batch.pointee.input.record_count
        if let event = events.first(where: { $0.index >= count }) {
            return "an event names record \(event.index) of a batch of \(count)"
        }
        if batch.pointee.input.pull == nil { batch.pointee.input.pull = noMoreChunks }
        return nil
    }

    private func brokenShape() -> String? {
        let input = batch.pointee.input
        let (partition, position) = (batch.pointee.partition, batch.pointee.position)
        if input.record_count > maxRecords {
            return "a batch has \(input.record_count) records where \(maxRecords) were asked for"
        }
        if input.record_count > 0, input.records == nil {
            return "a batch has records but no table of them"
        }
        let views: [(UnsafeRawPointer?, Int, String)] = [
            (UnsafeRawPointer(input.bytes.data), input.bytes.size, "bytes"),
            (UnsafeRawPointer(input.raw.data), input.raw.size, "raw"),
            (UnsafeRawPointer(input.raw_prefix.data), input.raw_prefix.size, "raw_prefix"),
            (UnsafeRawPointer(input.media_type.data), input.media_type.size, "media_type"),
            (
                UnsafeRawPointer(input.raw_media_type.data), input.raw_media_type.size,
                "raw_media_type"
            ),
            (UnsafeRawPointer(partition.data), partition.size, "partition"),
            (UnsafeRawPointer(position.data), position.size, "position"),
        ]
        let broken = views.first { !spw_view_is_sound($0.0, $0.1) }
        return broken.map { "a batch's \($0.2) has a length but no pointer" }
    }

    private func brokenRecord() -> String? {
        let input = batch.pointee.input
        let size = UInt64(input.bytes.size)
        let rawSize = UInt64(input.raw.size)
        for index in 0..<Int(input.record_count) {
            let record = input.records[index]
            if !Self.fits(record.offset, record.length, size) {
                return "record \(index) of a batch lies outside of its bytes"
            }
            if !Self.fits(record.raw_offset, record.raw_length, rawSize) {
                return "the raw span of record \(index) of a batch lies outside of its raw bytes"
            }
            if record.key.size == 0 || !spw_view_is_sound(record.key.data, record.key.size) {
                return "record \(index) of a batch has no key"
            }
            if record.operation != SPW_UPSERT, record.operation != SPW_DELETE {
                return "record \(index) of a batch has operation \(record.operation)"
            }
        }
        return nil
    }

    private static func fits(_ offset: UInt64, _ length: UInt64, _ size: UInt64) -> Bool {
        length == 0 || (offset <= size && length <= size - offset)
    }
}
