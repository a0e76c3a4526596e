import Foundation
import PluginHost
import Testing

/// A manifest is read strictly, and compared with the bytes and with the plugin.
@Suite struct ManifestTests {
    let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    /// Compiles the workbench, writes its manifest, and changes its text.
    private func lying(_ old: String, _ new: String) throws -> String {
        let library = try workshop.compile("bench")
        try workshop.loader().writeManifest(path: library)
        let path = Manifest.path(beside: library)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
        return library
    }

    @Test func oneThatIsWrittenIsReadAndPins() throws {
        let library = try workshop.compile("bench")
        #expect(
            refusal { _ = try workshop.loader(allowUnpinned: false).load(library) }.code
                == .manifestMissing)
        let written = try workshop.loader().writeManifest(path: library)
        let plugin = try workshop.loader(allowUnpinned: false).load(library)
        #expect(plugin.isPinned)
        #expect(plugin.manifest == written)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: workshop.folder).sorted()
                == ["bench.manifest.json", "bench.so", "private"])
    }

    @Test func itsHashIsThatOfSha256sum() throws {
        let library = try workshop.compile("bench")
        let written = try workshop.loader().writeManifest(path: library)
        try workshop.run(
            "sh", ["-c", "echo '\(written.sha256)  \(library)' | sha256sum --check --status"])
    }

    @Test func changedBytesAreALie() throws {
        let library = try workshop.compile("bench")
        try workshop.loader().writeManifest(path: library)
        var bytes = try workshop.bytes(library)
        let text = Array("does what its options say".utf8)
        let at = try #require(bytes.indices.first { bytes[$0...].starts(with: text) })
        bytes[at] = UInt8(ascii: "D")
        _ = try workshop.write(bytes, "bench.so")
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .manifestLies)
        #expect(message.contains("lies: it says that \(library) has SHA-256"), "\(message)")
    }

    @Test(arguments: [
        ("example/bench", "example/other", "\"name\" is \"example/other\""),
        ("1.2.3", "1.2.4", "\"version\" is \"1.2.4\""),
        ("spillway.handler/1", "spillway.sink/1", "\"interfaces\" is \"spillway.sink/1\""),
        ("\"files\"", "\"network\"", "\"capabilities\" is \"network\""),
        ("\"deterministic\"", "\"streaming\"", "\"declares\" is \"streaming\""),
        ("per_lane", "shared", "\"threads\" is \"shared\""),
        ("\"minor\" : 0", "\"minor\" : 3", "\"abi\" is \"1.3\""),
    ])
    func aClaimThatIsNotSoIsALie(_ old: String, _ new: String, _ said: String) throws {
        let library = try lying(old, new)
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .manifestLies)
        #expect(message.contains(said), "\(message)")
        // Writing it anew is the remedy that the message names.
        try workshop.loader().writeManifest(path: library)
        _ = try workshop.loader(allowUnpinned: false).load(library)
    }

    @Test func anotherMajorIsRefusedAheadOfTheCode() throws {
        let marker = "\(workshop.folder)/marker"
        let library = try workshop.compile("bench", ["MARKER": "\"\(marker)\""])
        try workshop.loader().writeManifest(path: library)
        try FileManager.default.removeItem(atPath: marker)
        let path = Manifest.path(beside: library)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("\"major\" : 1", with: "\"major\" : 2")
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(refusal { _ = try workshop.loader().load(library) }.code == .wrongABI)
        #expect(!FileManager.default.fileExists(atPath: marker))
    }

    @Test(arguments: [
        ("\"name\"", "\"nome\"", "\"name\" is missing"),
        ("\"summary\"", "\"sumary\"", "\"summary\" is missing"),
        ("\"1.2.3\"", "123", "\"version\" is not a text"),
        ("\"major\" : 1", "\"major\" : \"1\"", "\"abi.major\" is not a whole number"),
        ("\"1.2.3\"", "\"one\"", "\"version\" is \"one\", not like 1.2.3"),
        ("example/bench", "Bench", "\"name\" is \"Bench\", not \"vendor/name\""),
        ("per_lane", "many", "\"threads\""),
        ("\"threads\"", "\"colour\" : 1, \"threads\"", "\"colour\" is no key of a manifest"),
        ("{", "[", "it is not JSON"),
    ])
    func aBadOneSaysWhatIsWrong(_ old: String, _ new: String, _ said: String) throws {
        let library = try lying(old, new)
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .manifestInvalid)
        #expect(message.contains(said), "\(message)")
        #expect(message.contains(Manifest.path(beside: library)))
    }

    @Test func oneOfALaterABIMaySayMore() throws {
        let library = try workshop.compile("later")
        try workshop.loader().writeManifest(path: library)
        let path = Manifest.path(beside: library)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("\"threads\"", with: "\"licence\" : \"MIT\", \"threads\"")
            .replacing("\"declares\" : [", with: "\"declares\" : [ \"telepathic\"")
            .write(toFile: path, atomically: true, encoding: .utf8)
        _ = try workshop.loader(allowUnpinned: false).load(library)
    }

    @Test func listingTellsOfEach() throws {
        try workshop.loader().writeManifest(path: try workshop.compile("bench"))
        try workshop.compile("thirty")
        _ = try workshop.write(Array("no".utf8), "text.so")
        let found = workshop.loader().list()
        #expect(
            found.map { $0.path.split(separator: "/").last } == [
                "bench.so", "text.so", "thirty.so",
            ])
        #expect(try found[0].manifest.get().name == "example/bench")
        #expect(refusal { _ = try found[1].manifest.get() }.code == .notELF)
        #expect(refusal { _ = try found[2].manifest.get() }.code == .manifestMissing)
    }
}
