import CHost
import Testing

@testable import PluginHost

/// The examples of FIPS 180-4, in pieces and with one context for all.
@Suite struct SHA256Tests {
    @Test func theStandardsExamples() throws {
        let hash = try #require(SHA256Hasher())
        let examples = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
        for (text, digest) in examples + examples {
            let bytes = Array(text.utf8)
            bytes.withUnsafeBytes { bytes in
                hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 3)]))
                hash.update(UnsafeRawBufferPointer(rebasing: bytes[(bytes.count / 3)...]))
            }
            #expect(hash.finish()?.hexadecimal == digest)
        }
    }

    @Test func asHexadecimal() throws {
        let context = try #require(spw_sha256_new())
        defer { spw_sha256_free(context) }
        var hex = [CChar](repeating: 0, count: 65)
        for _ in 0..<2 {
            // An update that nobody finished is dropped.
            #expect(spw_sha256_update(context, "x", 1))
            #expect(spw_sha256_hex(context, "abc", 3, &hex))
            #expect(
                String(decoding: hex[..<64].map { UInt8(bitPattern: $0) }, as: UTF8.self)
                    == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(hex[64] == 0, "64 characters and no more")
        }
    }
}
