import Foundation
import Testing

@testable import Pipeline

/// What is wrong is said, with its line, its key, and what was probably meant.
@Suite struct ConfigurationErrorTests {
    /// A change that makes the sample wrong, and what is then said.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var replace: String
        var with: String
        var says: [String]
        var testDescription: String { "\(replace) -> \(with)" }

        init(_ replace: String, _ with: String, _ says: String...) {
            self.replace = replace
            self.with = with
            self.says = says
        }

        /// One more line at the end.
        init(adding line: String, _ says: String...) {
            replace = ""
            with = line
            self.says = says
        }

        var text: String {
            replace.isEmpty
                ? ConfigurationSample.text + with + "\n"
                : ConfigurationSample.text.replacing(replace, with: with, maxReplacements: 1)
        }
    }

    private func says(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration(text: text, file: "o.yml", environment: ["HOME": "/h"])
            return []
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    @Test(arguments: structure + units + names + nodes + yaml)
    func aMistakeIsSaidAtItsLine(wrong: Wrong) {
        #expect(wrong.text != ConfigurationSample.text)
        #expect(says(wrong.text) == wrong.says)
    }

    @Test func allMistakesAreSaidAtOnceInTheirOrder() {
        let text = ConfigurationSample.text
            .replacing("name: feed", with: "nam: feed")
            .replacing("*.json", with: "${FILES}")
            .replacing("schema_drift: persist", with: "schema_drift: persits")
            .replacing("name: table", with: "name: table\n  deadline: soon")
        #expect(
            says(text) == [
                "o.yml:3:5: sources[0]: `name` is missing",
                "o.yml:3:5: sources[0].nam: unknown key `nam`; did you mean `name`?",
                "o.yml:5:23: sources[0].options.files: the environment variable FILES is not set; set"
                    + " it, or give a default: `${FILES:-...}`",
                "o.yml:10:25: chain.primary.on.schema_drift: there is no node `persits`; did you mean"
                    + " `persist`?",
                "o.yml:17:13: sink.deadline: must be a time such as `30s`, not `soon`; units are ns,"
                    + " us, ms, s, m, h",
            ])
    }

    @Test(arguments: [
        ("", "o.yml:1:1: the file is empty"), ("# nothing\n", "o.yml:1:1: the file is empty"),
        ("[1, 2]", "o.yml:1:1: must be a map (`key: value` lines), not a list"),
        ("7", "o.yml:1:1: must be a map (`key: value` lines), not `7`"),
    ])
    func aFileWithoutAMapIsAnError(text: String, message: String) {
        #expect(says(text) == [message])
    }

    @Test func aFileThatIsNotThereIsAnError() {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(contentsOf: "/nowhere/o.yml", environment: [:])
        }
        #expect(
            error?.description
                == "/nowhere/o.yml: the file can't be read: No such file or directory")
    }

    @Test func withoutAHomeThereIsNoFolderForTheState() {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationSample.decoded(environment: [:])
        }
        #expect(
            error?.description
                == "/etc/spillway/o.yml:1:1: state: there is no folder for the state: HOME is not set;"
                + " write `state: <folder>`")
    }

    @Test func aFileThatIsNoTextIsAnError() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("spillway-\(UUID().uuidString).yml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data([0x70, 0xFF, 0xFE]).write(to: file)
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(contentsOf: file.path, environment: [:])
        }
        #expect(error?.description == "\(file.path): the file is not UTF-8")
    }

    /// A small file may stand for a very large one.
    @Test func aliasesDoNotMultiplyWithoutEnd() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        let found = says(lines.joined(separator: "\n"))
        #expect(
            found.contains { $0.hasSuffix("the file stands for too many values, or too deep ones") }
        )
    }

    @Test func deepNestingIsAnError() {
        let deep =
            "pipeline: " + String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect(says(deep).contains { $0.hasSuffix("too many values, or too deep ones") })
        let deeper = "pipeline: " + String(repeating: "[", count: 50_000)
        #expect(says(deeper).first?.contains("this is no YAML") == true)
    }

    /// Every file that differs from a right one by a cut, a lost byte or a doubled line is read or
    /// refused, never more than that.
    @Test func brokenFilesAreReadOrRefused() {
        let bytes = Array(ConfigurationSample.text.utf8)
        let lines = ConfigurationSample.text.split(
            separator: "\n", omittingEmptySubsequences: false)
        var refused = 0
        for index in bytes.indices {
            refused += says(String(decoding: bytes[..<index], as: UTF8.self)).isEmpty ? 0 : 1
            var without = bytes
            without.remove(at: index)
            refused += says(String(decoding: without, as: UTF8.self)).isEmpty ? 0 : 1
        }
        for index in lines.indices {
            var doubled = lines
            doubled.insert(lines[index], at: index)
            refused += says(doubled.joined(separator: "\n")).isEmpty ? 0 : 1
        }
        #expect(refused > bytes.count)
    }
}
