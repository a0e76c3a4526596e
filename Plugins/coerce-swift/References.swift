// `$ref` inside a contract.
extension Contract {
    /// The schema that a schema stands for, each `$ref` on the way one level deeper.
    func follow(_ schema: Node, _ depth: inout Int) throws(Failure) -> Node {
        var schema = schema
        while let reference = schema["$ref"] {
            try refuseSiblings(schema)
            schema = try resolve(reference)
            depth += 1
            guard depth <= Self.maximumDepth else {
                throw refuse(reference, "more than 64 nested schemas")
            }
        }
        return schema
    }

    /// Whether a schema, or one that it refers to, says `x-key`.
    func isKey(_ schema: Node) throws(Failure) -> Bool {
        var schema = schema
        for _ in 0..<Self.maximumDepth {
            if try flag(schema["x-key"]) == true { return true }
            guard let reference = schema["$ref"] else { break }
            schema = try resolve(reference)
        }
        return false
    }

    private func resolve(_ reference: Node) throws(Failure) -> Node {
        let text = reference.text
        guard reference.isText, text.first == UInt8(ascii: "#"), !text.contains(UInt8(ascii: "%")),
            let found = root.resolve(text.part(1, text.count))
        else {
            throw refuse(
                reference, "coercion follows only # and a pointer to what the contract has")
        }
        return found
    }

    /// In one draft what stands beside a `$ref` is ignored, in another it counts: so it may say
    /// nothing.
    private func refuseSiblings(_ schema: Node) throws(Failure) {
        let keywords: [StaticString] = [
            "type", "format", "enum", "properties", "required", "additionalProperties", "items",
            "minLength", "maxLength", "x-precision", "x-scale", "x-time-precision", "x-coerce",
        ]
        for keyword in keywords {
            guard let found = schema[keyword] else { continue }
            throw refuse(found, "has to stand in the schema that $ref names")
        }
    }
}
