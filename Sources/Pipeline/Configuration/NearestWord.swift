/// Finds the word that was probably meant.
enum NearestWord {
    /// `did you mean ...?` for the nearest of the known words, or the list of them all.
    static func suggestion(for word: String, among known: [String]) -> String? {
        if let nearest = nearest(to: word, among: known) { return "did you mean `\(nearest)`?" }
        if known.isEmpty { return nil }
        if known.count == 1 { return "there is only `\(known[0])`" }
        return "known are " + known.sorted().map { "`\($0)`" }.joined(separator: ", ")
    }

    /// The known word with the fewest edits to `word`, when there are few enough.
    static func nearest(to word: String, among known: [String]) -> String? {
        let limit = word.count < 4 ? 1 : word.count < 9 ? 2 : 3
        let ranked = known.map { (distance: distance($0, word), word: $0) }
            .filter { $0.distance <= limit }
        return ranked.min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
    }

    /// Edits (insert, remove, replace, swap two neighbours) from one word to the other, case aside.
    static func distance(_ first: String, _ second: String) -> Int {
        let a = Array(first.lowercased())
        let b = Array(second.lowercased())
        var rows = [Array(0...b.count)]
        for i in 1..<(a.count + 1) {
            var row = [i]
            for j in 1..<(b.count + 1) {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
