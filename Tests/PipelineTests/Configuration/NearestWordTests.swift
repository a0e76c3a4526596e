import Testing

@testable import Pipeline

@Suite struct NearestWordTests {
    @Test(arguments: [
        ("retry", "retry", 0), ("retry", "retr", 1), ("retr", "retry", 1), ("retry", "retri", 1),
        ("on", "no", 1), ("plugin", "plugni", 1), ("", "abc", 3), ("abc", "", 3), ("", "", 0),
        ("persist", "persits", 1), ("Plugin", "plugin", 0), ("chain", "sink", 4),
    ])
    func editsAreCounted(first: String, second: String, distance: Int) {
        #expect(NearestWord.distance(first, second) == distance)
    }

    @Test(
        arguments: [
            ("no", "on"), ("opitons", "options"), ("xyz", nil), ("plug", "plugin"), ("o", "on"),
            ("optional", "options"),
        ] as [(String, String?)])
    func theNearestIsFoundWhenItIsNear(word: String, nearest: String?) {
        #expect(NearestWord.nearest(to: word, among: ["on", "options", "plugin"]) == nearest)
    }
}
