/// A contract's JSON as a tree. Its texts stay where they are until the tree's owner ends.
final class ContractTree {
    final class Node {
        let kind: JSONKind
        /// A text decoded, all else as it is written.
        let text: Bytes
        /// The JSON Pointer, for messages.
        let pointer: String
        /// Whether a name or text here holds a lone surrogate.
        var isLone = false
        var members: [(name: Bytes, value: Node)] = []
        var elements: [Node] = []

        init(kind: JSONKind, text: Bytes, pointer: String) {
            self.kind = kind
            self.text = text
            self.pointer = pointer
        }

        subscript(_ name: StaticString) -> Node? {
            members.first { $0.name.equals(name) }?.value
        }

        var isText: Bool { if case .string = kind { true } else { false } }
        var isObject: Bool { if case .object = kind { true } else { false } }
        var isArray: Bool { if case .array = kind { true } else { false } }

        /// What a JSON Pointer from here points to.
        func resolve(_ pointer: Bytes) -> Node? {
            guard !pointer.isEmpty else { return self }
            guard pointer[0] == UInt8(ascii: "/") else { return nil }
            let end = pointer.dropFirst().firstIndex(of: UInt8(ascii: "/")) ?? pointer.count
            let token = pointer.part(1, end)
            let children = members.map(\.value) + elements
            return children.first { $0.token.utf8.elementsEqual(token) }?
                .resolve(pointer.part(end, pointer.count))
        }

        /// The last part of the pointer.
        private var token: Substring { pointer[pointer.lastIndex(of: "/")!...].dropFirst() }

        func isText(_ text: StaticString) -> Bool { isText && self.text.equals(text) }
    }

    private var source = ByteBuffer()
    private var decoded = ByteBuffer()
    private(set) var root = Node(kind: .null, text: Bytes(start: nil, count: 0), pointer: "")

    init(_ json: Bytes) throws(JSONError) {
        source.append(json)
        decoded.reserve(json.count)
        var reader = JSONReader(source.bytes)
        root = try read(&reader, "")
        guard reader.isAtEnd() else {
            throw JSONError(reason: "more after the value", offset: reader.at)
        }
    }

    private func read(_ reader: inout JSONReader, _ pointer: String) throws(JSONError) -> Node {
        let kind = try reader.peek()
        switch kind {
        case .object:
            let node = Node(kind: kind, text: Bytes(start: nil, count: 0), pointer: pointer)
            try reader.enter()
            while let name = try reader.member() {
                let (text, isLone) = decode(name)
                let value = try read(&reader, "\(pointer)/\(pointerToken(text))")
                value.isLone = value.isLone || isLone
                node.members.append((text, value))
            }
            return node
        case .array:
            let node = Node(kind: kind, text: Bytes(start: nil, count: 0), pointer: pointer)
            try reader.enter()
            while try reader.element() {
                node.elements.append(try read(&reader, "\(pointer)/\(node.elements.count)"))
            }
            return node
        case .string:
            let (text, isLone) = decode(try reader.value())
            let node = Node(kind: kind, text: text, pointer: pointer)
            node.isLone = isLone
            return node
        default:
            return Node(kind: kind, text: try reader.value(), pointer: pointer)
        }
    }

    private func decode(_ string: Bytes) -> (text: Bytes, isLone: Bool) {
        let start = decoded.count
        guard decoded.appendText(ofJSON: string) else {
            decoded.truncate(to: start)
            return (string, true)
        }
        return (decoded.bytes(from: start), false)
    }
}

private func pointerToken(_ name: Bytes) -> String {
    var token = ""
    for character in String(decoding: name, as: UTF8.self).unicodeScalars {
        switch character {
        case "~": token += "~0"
        case "/": token += "~1"
        default: token.unicodeScalars.append(character)
        }
    }
    return token
}
