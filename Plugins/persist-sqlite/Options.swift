/// What the configuration says.
struct Options {
    static let schema: StaticString = """
        {"type":"object","properties":{"path":{"type":"string","minLength":1,"description":\
        "The database file; relative to the configuration's folder. Made when it is missing."}},\
        "required":["path"],"additionalProperties":false}
        """

    private var path = ""

    init(_ json: Bytes) throws(Failure) {
        var reader = JSONReader(json)
        do {
            try reader.enter()
            while let name = try reader.member() {
                try take(text(name), &reader)
            }
            guard reader.isAtEnd() else {
                throw JSONError(reason: "more after the object", offset: reader.at)
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .invalid("persist-sqlite: the options are not a JSON object")
        }
        if path.isEmpty || path.utf8.contains(0) {
            throw .invalid("persist-sqlite: the option \"path\" must name a file")
        }
    }

    private mutating func take(_ name: String, _ reader: inout JSONReader) throws {
        guard name == "path" else {
            throw Failure.invalid("persist-sqlite: there is no option \"\(name)\", only \"path\"")
        }
        guard case .string = try reader.peek() else {
            throw Failure.invalid("persist-sqlite: the option \"path\" must be a string")
        }
        path = text(try reader.value())
    }

    /// Where the file is; relative paths count from the base folder.
    func path(in folder: String) -> String {
        path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
    }
}

/// The text of a JSON string as it is written.
private func text(_ string: Bytes) -> String {
    var utf8 = ByteBuffer()
    _ = utf8.appendText(ofJSON: string)
    return String(decoding: utf8.bytes, as: UTF8.self)
}
