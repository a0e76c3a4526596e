import Foundation
import PluginHost
import SpillwayABI
import Testing

/// A file that is no plugin for this host is refused with its own error, and a good one is not.
@Suite struct LoadingTests {
    let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    @Test func aThirtyLinePluginLoadsAndRuns() throws {
        let plugin = try workshop.loader().load(try workshop.compile("thirty"))
        #expect(plugin.name == "example/thirty")
        #expect(plugin.interfaces == [SPW_HANDLER])
        #expect(!plugin.isPinned)
        let handler = try plugin.makeHandler(InstanceSetup(name: "tier"))
        let outcome = withInput(["{}"]) { handler.handle(CallFrame(), setup(records: 1), $0) }
        #expect(outcome == CallOutcome(status: SPW_UNCHANGED))
    }

    @Test func whatAPluginSaysOfItselfIsKept() throws {
        let plugin = try workshop.loader().load(try workshop.compile("bench"))
        #expect(plugin.version == "1.2.3")
        #expect(plugin.summary == "does what its options say")
        #expect(plugin.optionsSchema == "{\"type\":\"object\"}")
        #expect(plugin.declares == ["deterministic"])
        #expect(plugin.manifest.capabilities == ["files"])
        #expect(plugin.threads == .perLane)
    }

    /// One way to be refused once the code runs, or just before.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var defines: [String: String]
        var code: PluginError.Code
        var message: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Refusal(
            name: "no entry", defines: ["ENTRY": "some_other_name"], code: .noEntry,
            message: "does not export spillway_plugin_init"),
        Refusal(
            name: "wrong major", defines: ["MAJOR": "2"], code: .wrongABI,
            message: "is built for plugin ABI 2.0 and can't serve this host, which has 1.0"),
        Refusal(
            name: "init says invalid", defines: ["INIT": "SPW_INVALID", "MINOR": "9"],
            code: .wrongABI, message: "is built for plugin ABI 1.9"),
        Refusal(
            name: "init fails", defines: ["INIT": "SPW_FAILED"], code: .initFailed,
            message: "could not start: does what its options say"),
        Refusal(
            name: "init answers nonsense", defines: ["INIT": "12"], code: .brokenRule,
            message: "its entry answered with status 12"),
        Refusal(
            name: "init lies on size", defines: ["LEFT": "4096"], code: .brokenRule,
            message: "says that it filled 4096 bytes"),
        Refusal(
            name: "init leaves no size", defines: ["LEFT": "0"], code: .brokenRule,
            message: "says that it filled 0 bytes"),
        Refusal(
            name: "init writes beyond", defines: ["SCRIBBLE": "1"], code: .brokenRule,
            message: "its entry wrote beyond the"),
        Refusal(
            name: "no table", defines: ["NO_TABLE": "1"], code: .brokenRule,
            message: "has no table of it"),
        Refusal(
            name: "table without size", defines: ["TABLE_SIZE": "0"], code: .brokenRule,
            message: "says that it has 0 bytes"),
        Refusal(
            name: "bad name", defines: ["NAME": "\"Bench\""], code: .brokenRule,
            message: "its name is \"Bench\", not \"vendor/name\""),
        Refusal(
            name: "bad version", defines: ["VERSION": "\"new\""], code: .brokenRule,
            message: "its version is \"new\""),
        Refusal(
            name: "strange threads", defines: ["THREADS": "5"], code: .brokenRule,
            message: "its threads are 5"),
        Refusal(
            name: "undefined symbol", defines: ["UNDEFINED": "1"], code: .cantOpen,
            message: "undefined symbol: surely_nobody_defines_this"),
    ])
    func isRefused(_ refused: Refusal) throws {
        let library = try workshop.compile("bench", refused.defines)
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == refused.code)
        #expect(message.contains(library), "\(message)")
        #expect(message.contains(refused.message), "\(message)")
    }

    // MARK: - Files

    @Test func noFile() {
        let (code, message) = refusal { _ = try workshop.loader().load("/no/such/plugin.so") }
        #expect(code == .notFound)
        #expect(message.contains("/no/such/plugin.so"))
    }

    @Test func aFolder() throws {
        let folder = "\(workshop.folder)/folder.so"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        let (code, message) = refusal { _ = try workshop.loader().load(folder) }
        #expect(code == .notRegularFile)
        #expect(message.contains("is a folder"))
    }

    @Test(.timeLimit(.minutes(1))) func aPipeDoesNotBlock() throws {
        let pipe = "\(workshop.folder)/pipe.so"
        #expect(mkfifo(pipe, 0o600) == 0)
        let (code, message) = refusal { _ = try workshop.loader().load(pipe) }
        #expect(code == .notRegularFile)
        #expect(message.contains("is a pipe"))
    }

    @Test func worldWritable() throws {
        let library = try workshop.compile("thirty")
        chmod(library, 0o777)
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .worldWritable)
        #expect(message.contains("chmod o-w"))
    }

    @Test(arguments: [[], Array("#!/bin/sh\necho no\n".utf8), [0x7f, 0x45]])
    func noELF(_ bytes: [UInt8]) throws {
        let library = try workshop.write(bytes, "text.so")
        #expect(refusal { _ = try workshop.loader().load(library) }.code == .notELF)
    }

    @Test(arguments: [
        (UInt8(183), UInt8(2), "aarch64"), (UInt8(3), UInt8(2), "i386"),
        (UInt8(62), UInt8(1), "32 bit or big-endian"),
    ])
    func anotherArchitecture(_ machine: UInt8, _ elfClass: UInt8, _ named: String) throws {
        var bytes = try workshop.bytes(try workshop.compile("thirty"))
        bytes[4] = elfClass
        bytes[18] = machine
        let library = try workshop.write(bytes, "foreign.so")
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .wrongArchitecture)
        #expect(message.contains(named), "\(message)")
    }

    @Test func aProgram() throws {
        var bytes = try workshop.bytes(try workshop.compile("thirty"))
        bytes[16] = 2
        let library = try workshop.write(bytes, "program.so")
        #expect(refusal { _ = try workshop.loader().load(library) }.code == .notShared)
    }

    @Test(arguments: [1, 100, 4096]) func cutOff(_ missing: Int) throws {
        let bytes = try workshop.bytes(try workshop.compile("bench"))
        let library = try workshop.write(bytes.dropLast(missing), "cut.so")
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .truncated)
        #expect(message.contains("has \(bytes.count - missing) bytes"), "\(message)")
    }

    @Test func newerLibraryOfC() throws {
        var bytes = try workshop.bytes(try workshop.compile("bench"))
        let old = Array("GLIBC_2.2.5\0".utf8)
        let found = try #require(
            bytes.indices.first { bytes[$0...].starts(with: old) }, "the fixture needs glibc 2.2.5")
        bytes.replaceSubrange(found..<found + old.count, with: Array("GLIBC_9.9.9\0".utf8))
        let library = try workshop.write(bytes, "newer.so")
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .needsNewerLibrary)
        #expect(message.contains("needs glibc 9.9.9 and this machine has"), "\(message)")
    }

    // MARK: - The private copy

    @Test func refusedCodeNeverRuns() throws {
        let marker = "\(workshop.folder)/marker"
        let library = try workshop.compile(
            "bench", as: "marked", ["MARKER": "\"\(marker)\"", "MAJOR": "2"])
        #expect(
            refusal { _ = try workshop.loader(allowUnpinned: false).load(library) }.code
                == .manifestMissing)
        _ = workshop.loader().list()
        #expect(!FileManager.default.fileExists(atPath: marker))
        _ = refusal { _ = try workshop.loader().load(library) }
        #expect(FileManager.default.fileExists(atPath: marker), "the marker would have been seen")
    }

    @Test func theLoadedCodeIsACopyForThisUserAlone() throws {
        let library = try workshop.compile("bench")
        let handler = try workshop.loader().load(library)
            .makeHandler(InstanceSetup(name: "tier", options: "build"))
        var found = stat()
        #expect(stat("\(workshop.folder)/private", &found) == 0)
        #expect(found.st_mode & 0o777 == 0o700)
        // Cutting the file off under a mapped library would end the process with SIGBUS.
        #expect(truncate(library, 0) == 0)
        let frame = CallFrame()
        let outcome = withInput(["{}"]) { handler.handle(frame, setup(records: 1), $0) }
        #expect(outcome.status == SPW_OK)
        #expect(frame.text == "first")
    }

    @Test func whatLoadingChangesForTheProcessIsPutBack() throws {
        _ = try workshop.loader().load(try workshop.compile("bench", ["MEDDLE": "1"]))
        var action = sigaction()
        #expect(sigaction(SIGUSR2, nil, &action) == 0)
        #expect(action.__sigaction_handler.sa_handler == nil, "SIG_DFL is a null pointer")
        let messages = workshop.lines.all.map(\.message)
        #expect(messages.contains { $0.contains("handlers of signals \(SIGUSR2)") })
        #if arch(x86_64)
            var smallest = Double.leastNormalMagnitude
            withUnsafeMutablePointer(to: &smallest) { $0.pointee /= 2 }
            #expect(smallest > 0, "denormals are on")
            #expect(messages.contains { $0.contains("floating point") })
        #endif
    }

    @Test func anOpenPrivateFolderIsRefused() throws {
        let folder = "\(workshop.folder)/private"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        chmod(folder, 0o755)
        let library = try workshop.compile("thirty")
        let (code, message) = refusal { _ = try workshop.loader().load(library) }
        #expect(code == .privateFolder)
        #expect(message.contains("chmod 700"))
    }

    @Test func copiesOfDeadProcessesAreSwept() throws {
        let folder = "\(workshop.folder)/deep/private"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o700)
        let stale = "\(folder)/4194303.1.1.old.so"
        try Data().write(to: URL(filePath: stale))
        let loader = PluginLoader(searchPaths: [], privateFolder: folder, allowUnpinned: true)
        _ = try loader.load(try workshop.compile("thirty"))
        #expect(!FileManager.default.fileExists(atPath: stale))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }

    // MARK: - Generations

    @Test func twoGenerationsSideBySide() throws {
        let loader = workshop.loader()
        func handler() throws -> HandlerInstance {
            try loader.load("\(workshop.folder)/bench.so")
                .makeHandler(InstanceSetup(name: "tier", options: "build"))
        }
        try workshop.compile("bench", ["BUILD": "\"old\""])
        let old = try handler()
        try workshop.compile("bench", ["BUILD": "\"new\""])
        let new = try handler()
        #expect(old.plugin.generation == 1)
        #expect(new.plugin.generation == 2)
        let frame = CallFrame()
        for _ in 0..<3 {
            for (handler, build) in [(old, "old"), (new, "new")] {
                _ = withInput(["{}"]) { handler.handle(frame, setup(records: 1), $0) }
                #expect(frame.text == build)
            }
        }
    }

    // MARK: - ABI 1.x

    @Test func aPluginOfALaterMinorLoads() throws {
        let library = try workshop.compile("later")
        let manifest = try workshop.loader().writeManifest(path: library)
        #expect(manifest.abi == Manifest.ABI(major: 1, minor: 7))
        let plugin = try workshop.loader(allowUnpinned: false).load(library)
        #expect(plugin.interfaces == [SPW_HANDLER, "spillway.oracle/0"])
        let handler = try plugin.makeHandler(InstanceSetup(name: "tier"))
        let outcome = withInput(["{}"]) { handler.handle(CallFrame(), setup(records: 1), $0) }
        #expect(outcome.status == SPW_UNCHANGED)
        #expect(
            refusal { _ = try plugin.makeInstance(of: "spillway.oracle/0", .init(name: "x")) }.code
                == .noInterface)
    }

    /// 12 cuts the pointer of `handle` in two.
    @Test(arguments: [8, 12]) func anOlderTableIsFilledUp(_ size: Int) throws {
        let handler = try workshop.handler("unchanged", ["TABLE_SIZE": "\(size)"])
        let frame = CallFrame()
        let outcome = withInput(["{}"]) { handler.handle(frame, setup(records: 1), $0) }
        #expect(outcome.status == SPW_NOT_IMPLEMENTED)
        #expect(frame.message == "example/bench does not have this function")
    }

    @Test func anOlderPluginIsFilledUp() throws {
        let handler = try workshop.handler(
            "unchanged", ["LEFT": "offsetof(spw_plugin,self_test)"])
        let frame = CallFrame()
        #expect(handler.selfTest(frame, setup()).status == SPW_NOT_IMPLEMENTED)
        #expect(handler.reset(frame, setup()).status == SPW_NOT_IMPLEMENTED)
        #expect(handler.drain(frame, setup()).status == SPW_NOT_IMPLEMENTED)
        #expect(
            withInput(["{}"]) { handler.handle(frame, setup(records: 1), $0) }.status
                == SPW_UNCHANGED)
        #expect(try workshop.handler("unchanged").selfTest(frame, setup()).status == SPW_OK)
    }
}
