import CHost
import SpillwayABI

/// SHA-256 with a context that is used again and again. Belongs to one thread at a time.
final class SHA256Context {
    /// A digest, as bytes and as lowercase hexadecimal.
    struct Digest {
        var bytes: [UInt8]
        var hex: String
    }

    private let context: OpaquePointer

    init() {
        guard let context = spw_sha256_new() else {
            fatalError("libcrypto has no SHA-256: is its default provider missing?")
        }
        self.context = context
    }

    deinit {
        spw_sha256_free(context)
    }

    /// The digest of parts, one after another.
    func digest(_ parts: [spw_bytes]) -> Digest {
        for part in parts where part.size > 0 {
            _ = spw_sha256_update(context, part.data, part.size)
        }
        var bytes = [UInt8](repeating: 0, count: 32)
        precondition(spw_sha256_final(context, &bytes), "libcrypto refused to hash")
        return Digest(bytes: bytes, hex: Self.hex(bytes))
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            unsafeUninitializedCapacity: bytes.count * 2
        ) { room in
            for (index, byte) in bytes.enumerated() {
                room[index * 2] = digits[Int(byte >> 4)]
                room[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}
