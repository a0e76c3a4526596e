import CSQLite
import SpillwayABI

/// A SHA-256 in the making.
struct SHA256: ~Copyable {
    private let context: OpaquePointer

    init() throws(Failure) {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else {
            throw Failure(signal: SPW_SIGNAL_OVER_BUDGET, "persist-sqlite: no memory for a SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func add(_ bytes: Bytes) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all that was added; nothing may be added after it.
    consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { room, count in
            EVP_DigestFinal_ex(context, room.baseAddress, nil)
            count = 32
        }
    }
}
