import CHost
import Testing

@testable import PluginHost

/// Bytes that are almost a plugin never take the checks down, and are never taken for one.
@Suite struct HostileFileTests {
    let library: [UInt8]

    init() throws {
        let workshop = try Workshop()
        library = try workshop.bytes(try workshop.compile("bench"))
    }

    /// Checks bytes that end where their memory does, so that a sanitizer sees each step beyond.
    private func check(_ bytes: some Collection<UInt8>) -> Int32 {
        let exact = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        defer { exact.deallocate() }
        _ = exact.initialize(from: bytes)
        var facts = spw_elf()
        return spw_elf_check(exact.baseAddress, exact.count, "spillway_plugin_init", &facts)
    }

    @Test func theWholeFileIsFine() {
        #expect(check(library) == SPW_ELF_OK)
    }

    @Test func everyShorterFileIsRefused() {
        var taken: [Int] = []
        for size in 0..<library.count where check(library.prefix(size)) == SPW_ELF_OK {
            taken.append(size)
        }
        #expect(taken.isEmpty)
    }

    @Test func everyByteOfTheHeadersChanged() {
        var refused = 0
        for at in 0..<min(1024, library.count) {
            for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var bytes = library
                bytes[at] = value
                if check(bytes) != SPW_ELF_OK { refused += 1 }
            }
        }
        #expect(refused > 100)
    }

    @Test(arguments: 0..<8) func bytesFlippedAtRandom(_ seed: UInt64) {
        var random = Weyl(state: seed &* 7919 &+ 1)
        for _ in 0..<2500 {
            var bytes = library
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                bytes[at] = UInt8.random(in: 0...255, using: &random)
            }
            _ = check(bytes)
        }
    }

    /// Numbers of eight bytes that sit in the dynamic section and the program headers, replaced by
    /// those that overflow.
    @Test func wordsReplacedByExtremes() {
        let extremes: [UInt64] = [
            0, 1, .max, .max - 7, 1 << 63, UInt64(library.count), UInt64(library.count) - 1,
            1 << 32, .max / 24,
        ]
        for at in stride(from: 0, to: library.count - 8, by: 8) {
            for extreme in extremes {
                var bytes = library
                withUnsafeBytes(of: extreme.littleEndian) {
                    bytes.replaceSubrange(at..<at + 8, with: $0)
                }
                _ = check(bytes)
            }
        }
    }

    /// Same numbers for a seed, on every machine.
    private struct Weyl: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
