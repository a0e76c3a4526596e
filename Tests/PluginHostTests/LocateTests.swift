import PluginHost
import Testing

@testable import PluginHost

/// A reference is a path, a full name or a short one.
@Suite struct LocateTests {
    let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    private func make(_ name: String, file: String) throws {
        let library = try workshop.compile("bench", as: file, ["NAME": "\"\(name)\""])
        try workshop.loader().writeManifest(path: library)
    }

    @Test func byPathFullNameAndShortName() throws {
        try make("example/coerce", file: "whatever")
        let library = "\(workshop.folder)/whatever.so"
        for reference in [library, "example/coerce", "coerce"] {
            #expect(try workshop.loader().locate(reference) == library)
        }
        #expect(try workshop.loader(allowUnpinned: false).load("coerce").name == "example/coerce")
    }

    @Test func theVendorSpillwayGoesFirst() throws {
        try make("example/coerce", file: "a")
        try make("spillway/coerce", file: "b")
        #expect(try workshop.loader().locate("coerce") == "\(workshop.folder)/b.so")
    }

    @Test func twoOfANameAreAmbiguous() throws {
        try make("one/coerce", file: "a")
        try make("two/coerce", file: "b")
        let (code, message) = refusal { _ = try workshop.loader().locate("coerce") }
        #expect(code == .ambiguous)
        #expect(message.contains("one/coerce or two/coerce"))
    }

    @Test(arguments: [("corece", "coerce"), ("example/coerc", "example/coerce"), ("coerce-c", nil)])
    func aNearMissIsSuggested(_ reference: String, _ suggested: String?) throws {
        try make("example/coerce", file: "a")
        try make("example/persist", file: "b")
        let (code, message) = refusal { _ = try workshop.loader().locate(reference) }
        #expect(code == .notFound)
        #expect(message.contains("searched \(workshop.folder)"))
        if let suggested {
            #expect(message.contains("did you mean \"\(suggested)\"?"), "\(message)")
        }
    }

    @Test func nothingFarIsSuggested() throws {
        try make("example/coerce", file: "a")
        let (_, message) = refusal { _ = try workshop.loader().locate("elephant") }
        #expect(!message.contains("did you mean"))
    }

    @Test func anUnpinnedFileIsFoundByItsOwnName() throws {
        try workshop.compile("thirty")
        #expect(try workshop.loader().load("example/thirty").name == "example/thirty")
        #expect(try workshop.loader().load("thirty").name == "example/thirty")
        let (code, message) = refusal { _ = try workshop.loader().load("other/thirty") }
        #expect(code == .notFound)
        #expect(message.contains("it is \"example/thirty\""), "\(message)")
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("coerce", "corece", 1), ("kitten", "sitting", 3),
        ("ab", "ba", 1),
    ])
    func editDistances(_ a: String, _ b: String, _ distance: Int) {
        #expect(editDistance(a, b) == distance)
        #expect(editDistance(b, a) == distance)
    }
}
