import Foundation

/// What commands print.
enum Output {
    /// JSON for programs, keys sorted.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// A line on standard error.
    static func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// Columns under headings; numbers to the right.
    static func table(_ headings: [String], _ rows: [[String]], right: Set<Int> = []) {
        let widths = headings.indices.map { column in
            ([headings[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
        }
        let isHeaded = headings.contains { !$0.isEmpty }
        for row in (isHeaded ? [headings] : []) + rows {
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return right.contains(column) ? space + cell : cell + space
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            print(line)
        }
    }

    /// 7269 as 7,269.
    static func number(_ value: UInt64) -> String {
        var digits = String(value)
        var at = digits.count - 3
        while at > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: at))
            at -= 3
        }
        return digits
    }

    /// Bytes in the largest binary unit that keeps a digit before the point.
    static func bytes(_ value: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var amount = Double(value)
        var unit = 0
        while amount >= 1024, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        return unit == 0 ? "\(value) B" : String(format: "%.1f %@", amount, units[unit])
    }

    /// A time of the wall clock, in UTC.
    static func time(_ nanoseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(nanoseconds) / 1e9)
        return date.formatted(.iso8601)
    }

    /// Text cut to a width, with a sign that it was.
    static func cut(_ text: String, _ width: Int) -> String {
        let line = text.replacing("\n", with: " ")
        return line.count <= width ? line : String(line.prefix(width - 1)) + "…"
    }
}
