import Foundation

/// The files that are published beside the code.
enum Repository {
    static func text(_ path: String, from file: String = #filePath) throws -> String {
        var folder = URL(fileURLWithPath: file)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
    }
}
