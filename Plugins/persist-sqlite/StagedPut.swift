/// Cuts bytes that come in pieces into chunks of one size.
struct Chunker {
    static let chunkSize = 1 << 20

    typealias Flush = (_ number: Int64, _ chunk: Bytes) throws(Failure) -> Void

    private var pending: [UInt8] = []
    private var number: Int64 = 0

    /// Takes bytes; each chunk that is full is handed to `flush`.
    mutating func add(_ bytes: Bytes, _ flush: Flush) throws(Failure) {
        var at = 0
        while at < bytes.count {
            let taken = min(bytes.count - at, Self.chunkSize - pending.count)
            pending.append(contentsOf: bytes[at..<at + taken])
            at += taken
            if pending.count == Self.chunkSize { try finish(flush) }
        }
    }

    /// Hands out what is left.
    mutating func finish(_ flush: Flush) throws(Failure) {
        guard !pending.isEmpty else { return }
        try pending.withBytes { bytes throws(Failure) in try flush(number, bytes) }
        number += 1
        pending.removeAll(keepingCapacity: true)
    }
}

/// A put under way: its chunks lie in the database already, where nothing shows them.
final class StagedPut {
    let name: [UInt8]
    let mediaType: [UInt8]
    /// What its chunks stand under; nil: none is written yet.
    var number: Int64?
    var length: Int64 = 0
    var chunker = Chunker()
    var hash: SHA256?

    init(name: Bytes, mediaType: Bytes) throws(Failure) {
        self.name = [UInt8](name)
        self.mediaType = [UInt8](mediaType)
        hash = try SHA256()
    }
}
