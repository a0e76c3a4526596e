/// Compiles a contract to a plan (docs/coercion.md, section 1).
final class Contract {
    typealias Node = ContractTree.Node

    static let maximumDepth = 64
    private static let maximumFields = 65536

    let root: Node
    /// The contract's name in messages.
    private let name: String
    private var fields = 0

    init(_ root: Node, name: String) {
        self.root = root
        self.name = name
    }

    /// The shape of a record.
    func recordShape() throws(Failure) -> Shape {
        try refuseTwinsAndLones(root)
        var depth = 1
        let schema = try follow(root, &depth)
        guard schema.isObject else { throw refuse(schema, "the contract is not a JSON object") }
        try refuseKeywords(schema)
        switch try type(of: schema).base {
        case nil, .object: break
        default: throw refuse(schema["type"] ?? schema, "a record is an object")
        }
        if let values = schema["enum"] {
            throw refuse(values, "coercion knows enum only for single values")
        }
        _ = try annotations(of: schema, .object, isNullable: false)
        return try shape(schema, depth: depth)
    }

    func refuse(_ node: Node, _ why: String) -> Failure {
        .invalid("contract \(name), at '\(node.pointer)': \(why)")
    }

    /// Members of one name, and texts that UTF-8 can't say, mean nothing.
    private func refuseTwinsAndLones(_ node: Node) throws(Failure) {
        if node.isLone { throw refuse(node, "a lone surrogate, which UTF-8 can't say") }
        var names: Set<[UInt8]> = []
        for (name, value) in node.members {
            if !names.insert([UInt8](name)).inserted { throw refuse(value, "named twice") }
            try refuseTwinsAndLones(value)
        }
        for element in node.elements { try refuseTwinsAndLones(element) }
    }

    private func refuseKeywords(_ schema: Node) throws(Failure) {
        let unknown: [StaticString] = [
            "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf",
            "patternProperties", "unevaluatedProperties", "prefixItems",
        ]
        for keyword in unknown {
            guard let found = schema[keyword] else { continue }
            throw refuse(found, "coercion does not know this keyword; write the type in place")
        }
    }
}

// MARK: - Schemas

extension Contract {
    private func field(_ schema: Node, depth: Int) throws(Failure) -> Field {
        guard depth <= Self.maximumDepth else {
            throw refuse(schema, "more than 64 nested schemas")
        }
        fields += 1
        guard fields <= Self.maximumFields else {
            throw refuse(schema, "more than 65536 schemas in all")
        }
        var depth = depth
        let schema = try follow(schema, &depth)
        if case .boolean(true) = schema.kind { return .any }
        guard schema.isObject else { throw refuse(schema, "neither a schema nor true") }
        try refuseKeywords(schema)
        let type = try type(of: schema)
        let base = type.base ?? impliedBase(schema)
        let constants = try constants(schema, base)
        let isNullable = (type.hasNull || base == .enumeration) && (constants?.hasNull ?? true)
        let rules = try annotations(of: schema, base, isNullable: isNullable)
        let target = try target(schema, base, rules, depth)
        return Field(
            target, isNullable: isNullable, allowed: rules.allowed, constants: constants?.values)
    }

    private func target(
        _ schema: Node, _ base: Base, _ rules: Annotations, _ depth: Int
    ) throws(Failure) -> Target {
        switch base {
        case .several: return .any
        case .null: return .null
        case .boolean: return .boolean(words: rules.words)
        case .integer: return .integer(integerRange(schema["format"]))
        case .number:
            return .binary(schema["format"]?.isText("float") == true ? .float : .double)
        case .decimal: return try decimal(schema)
        case .string:
            return .string(
                minimum: try wholeNumber(schema["minLength"], 0...Int.max) ?? 0,
                maximum: try wholeNumber(schema["maxLength"], 0...Int.max) ?? Int.max)
        case .date: return .date(forms: rules.time.forms)
        case .dateTime:
            var time = rules.time
            if let precision = schema["x-time-precision"] { time.digits = try unit(precision) }
            return .dateTime(time)
        case .uuid: return .uuid
        case .enumeration: return .enumeration
        case .array:
            let items = try schema["items"].map { node throws(Failure) in
                try field(node, depth: depth + 1)
            }
            return .array(items: items ?? .any, split: rules.split)
        case .object: return .object(try shape(schema, depth: depth))
        }
    }

    private func decimal(_ schema: Node) throws(Failure) -> Target {
        guard let precision = try wholeNumber(schema["x-precision"], 1...1000) else {
            throw refuse(schema, "a decimal needs x-precision")
        }
        let scale = try wholeNumber(schema["x-scale"], 0...precision) ?? 0
        return .decimal(precision: precision, scale: scale)
    }

    private func integerRange(_ format: Node?) -> IntegerRange {
        let ranges: [(StaticString, IntegerRange)] = [
            ("int8", IntegerRange(bits: 8, isSigned: true)),
            ("int16", IntegerRange(bits: 16, isSigned: true)),
            ("int32", IntegerRange(bits: 32, isSigned: true)),
            ("uint8", IntegerRange(bits: 8, isSigned: false)),
            ("uint16", IntegerRange(bits: 16, isSigned: false)),
            ("uint32", IntegerRange(bits: 32, isSigned: false)),
            ("uint64", IntegerRange(bits: 64, isSigned: false)),
        ]
        let named = ranges.first { format?.isText($0.0) == true }
        return named?.1 ?? IntegerRange(bits: 64, isSigned: true)
    }

    private func shape(_ schema: Node, depth: Int) throws(Failure) -> Shape {
        var members: [Shape.Member] = []
        let properties = schema["properties"]
        if let properties, !properties.isObject { throw refuse(properties, "not an object") }
        for (name, property) in properties?.members ?? [] {
            members.append(.init(name: name, field: try field(property, depth: depth + 1)))
        }
        var essential: [Int] = []
        for name in try texts(schema["required"]) {
            let known = members.firstIndex { $0.name.equals(name) }
            if known == nil { members.append(.init(name: name, field: .any)) }
            mark(known ?? members.count - 1, &members, &essential)
        }
        for (number, property) in (properties?.members ?? []).enumerated() {
            if try isKey(property.value) { mark(number, &members, &essential) }
        }
        let isOpen = try flag(schema["additionalProperties"]) ?? true
        return Shape(members: members, essential: essential, isClosed: !isOpen)
    }

    private func mark(_ number: Int, _ members: inout [Shape.Member], _ essential: inout [Int]) {
        guard !members[number].isEssential else { return }
        members[number].isEssential = true
        essential.append(number)
    }
}

// MARK: - Types

extension Contract {
    /// What `type`, with `format` where it is a string, says.
    enum Base {
        case integer, number, boolean, string, decimal, date, dateTime, uuid
        case array, object, null, enumeration, several
    }

    private func type(of schema: Node) throws(Failure) -> (base: Base?, hasNull: Bool) {
        guard let type = schema["type"] else { return (nil, false) }
        guard type.isArray else { return (try base(type, schema), false) }
        var bases: [Base] = []
        var hasNull = false
        for element in type.elements {
            let base = try base(element, schema)
            if base == .null { hasNull = true } else if !bases.contains(base) { bases.append(base) }
        }
        switch bases.count {
        case 0:
            guard hasNull else { throw refuse(type, "an empty list of types") }
            return (.null, true)
        case 1: return (bases[0], hasNull)
        default: return (.several, hasNull)
        }
    }

    private func base(_ type: Node, _ schema: Node) throws(Failure) -> Base {
        let bases: [(StaticString, Base)] = [
            ("integer", .integer), ("number", .number), ("boolean", .boolean), ("array", .array),
            ("object", .object), ("null", .null),
        ]
        if let named = bases.first(where: { type.isText($0.0) }) { return named.1 }
        guard type.isText("string") else { throw refuse(type, "not a type of JSON Schema") }
        let formats: [(StaticString, Base)] = [
            ("decimal", .decimal), ("date", .date), ("date-time", .dateTime), ("uuid", .uuid),
        ]
        return formats.first { schema["format"]?.isText($0.0) == true }?.1 ?? .string
    }

    private func impliedBase(_ schema: Node) -> Base {
        if schema["properties"] != nil { return .object }
        return schema["enum"] == nil ? .several : .enumeration
    }

    private func constants(
        _ schema: Node, _ base: Base
    ) throws(Failure) -> (values: [Constant], hasNull: Bool)? {
        guard let list = schema["enum"], base != .several else { return nil }
        guard list.isArray else { throw refuse(list, "not an array") }
        if base == .array || base == .object {
            throw refuse(list, "coercion knows enum only for single values")
        }
        var values: [Constant] = []
        var hasNull = false
        for element in list.elements {
            switch element.kind {
            case .null:
                hasNull = true
                values.append(.null)
            case .boolean(let value): values.append(.boolean(value))
            case .number: values.append(.number(Numeral(json: element.text)))
            case .string: values.append(.text(element.text))
            case .array, .object:
                throw refuse(element, "coercion knows only single values in enum")
            }
        }
        return (values, hasNull)
    }
}

// MARK: - Keywords

extension Contract {
    func flag(_ node: Node?) throws(Failure) -> Bool? {
        guard let node else { return nil }
        guard case .boolean(let value) = node.kind else {
            throw refuse(node, "neither true nor false")
        }
        return value
    }

    func texts(_ node: Node?) throws(Failure) -> [Bytes] {
        guard let node else { return [] }
        guard node.isArray else { throw refuse(node, "not an array of strings") }
        var texts: [Bytes] = []
        for element in node.elements {
            guard element.isText else { throw refuse(element, "not a string") }
            texts.append(element.text)
        }
        return texts
    }

    /// The digits behind the second that a unit has.
    func unit(_ node: Node) throws(Failure) -> Int {
        let units: [(StaticString, Int)] = [("s", 0), ("ms", 3), ("us", 6), ("ns", 9)]
        guard let named = units.first(where: { node.isText($0.0) }) else {
            throw refuse(node, "neither \"s\", \"ms\", \"us\" nor \"ns\"")
        }
        return named.1
    }

    private func wholeNumber(
        _ node: Node?, _ range: ClosedRange<Int>
    ) throws(Failure) -> Int? {
        guard let node else { return nil }
        guard case .number = node.kind, node.text.count <= 18, node.text.allSatisfy(isDigit) else {
            throw refuse(node, "not a whole number in the range of this keyword")
        }
        let number = node.text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard range.contains(number) else {
            throw refuse(node, "not a whole number in the range of this keyword")
        }
        return number
    }
}
