internal import CHost

/// SHA-256 of bytes that come in pieces; may be used again after each finish.
final class SHA256Hasher {
    private let context: OpaquePointer
    private var isWhole = true

    /// Nil when memory is missing.
    init?() {
        guard let context = spw_sha256_new() else { return nil }
        self.context = context
    }

    deinit {
        spw_sha256_free(context)
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        isWhole = spw_sha256_update(context, bytes.baseAddress, bytes.count) && isWhole
    }

    /// The digest, or nil when OpenSSL failed on the way.
    func finish() -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        let isDone = spw_sha256_final(context, &digest) && isWhole
        isWhole = true
        return isDone ? digest : nil
    }
}
