import Glibc

/// A value on its way to its target.
struct Value {
    let kind: JSONKind
    /// As it is written; nil: a part of a text that was split.
    let raw: Bytes?
    /// A text decoded, all else as it is written.
    var text: Bytes
    var isDecoded = false
    /// Whether the text is no longer what was written.
    var isTrimmed = false

    init(_ raw: Bytes) {
        kind = raw.kind
        self.raw = raw
        text = raw
    }

    init(part: Bytes) {
        kind = .string
        raw = nil
        text = part
        isDecoded = true
    }

    func misfit(_ reason: Reason) -> Trouble { .misfit(reason, raw ?? text.part(0, 0)) }
}

extension Walk {
    /// Writes a value as its field wants it (docs/coercion.md, section 3).
    mutating func coerce(_ value: Value, _ field: Field) throws(Trouble) -> Change {
        if case .any = field.target { return writeKept(value) }
        var value = value
        switch value.kind {
        case .null:
            guard field.mayBeNull else { throw value.misfit(.nullNotAllowed) }
            return writeKept(value)
        case .string:
            try prepare(&value, field)
            if field.allowed.contains(.emptyAsNull), value.text.isEmpty {
                out.append("null")
                return .value(.representation)
            }
        default: break
        }
        switch field.target {
        case .array(let items, let split): return try array(value, items, split, field.allowed)
        case .object(let shape):
            guard case .object = value.kind else { throw value.misfit(.wrongType) }
            return try object(value.text, shape) ? .inside : .none
        default: return try single(value, field)
        }
    }

    /// Decodes a text, and trims it where that is declared.
    private mutating func prepare(_ value: inout Value, _ field: Field) throws(Trouble) {
        if !value.isDecoded {
            guard let text = text(of: value.text) else { throw value.misfit(.loneSurrogate) }
            value.text = text
            value.isDecoded = true
        }
        guard field.allowed.contains(.trim) else { return }
        let trimmed = value.text.trimmed
        if trimmed.count != value.text.count { value.isTrimmed = true }
        value.text = trimmed
    }

    private mutating func writeKept(_ value: Value) -> Change {
        if let raw = value.raw, !value.isTrimmed {
            out.append(raw)
            return .none
        }
        out.appendJSON(text: value.text)
        return value.isTrimmed ? .value(.representation) : .none
    }

    private mutating func single(_ value: Value, _ field: Field) throws(Trouble) -> Change {
        let converted: Converted?
        do throws(Reason) {
            converted = try converter.convert(value, field)
        } catch {
            throw value.misfit(error)
        }
        let kind = converted?.kind ?? value.kind
        let text = converted?.text ?? value.text
        if let constants = field.constants,
            !constants.contains(where: { $0.equals(kind, text) })
        {
            throw value.misfit(.notInEnum)
        }
        guard let converted, !converted.isSame(as: value) else { return writeKept(value) }
        if case .string = kind { out.appendJSON(text: text) } else { out.append(text) }
        return .value(converted.loss)
    }
}

// MARK: - Arrays

extension Walk {
    private mutating func array(
        _ value: Value, _ items: Field, _ split: Bytes?, _ allowed: Allowed
    ) throws(Trouble) -> Change {
        if case .array = value.kind { return try elements(value.text, items) ? .inside : .none }
        let depth = path.depth
        do throws(Trouble) {
            if case .string = value.kind, let split {
                return .value(try parts(value.text, items, split))
            }
            guard allowed.contains(.wrap) else { throw value.misfit(.wrongType) }
            return .value(try wrapped(value, items))
        } catch {
            guard error.kind == .misfit else { throw error }
            path.leave(to: depth)
            throw value.misfit(error.reason)
        }
    }

    private mutating func elements(_ raw: Bytes, _ items: Field) throws(Trouble) -> Bool {
        let start = out.count
        let depth = path.depth
        var hasChanged = false
        var number = 0
        var cursor = Cursor(into: raw)
        out.append(UInt8(ascii: "["))
        while let element = cursor.element() {
            if number > 0 { out.append(UInt8(ascii: ",")) }
            path.enter(.element(number))
            if try value(element, items) { hasChanged = true }
            path.leave(to: depth)
            number += 1
        }
        close(UInt8(ascii: "]"), hasChanged, start, raw)
        return hasChanged
    }

    /// A text as an array, cut at each separator.
    private mutating func parts(
        _ text: Bytes, _ items: Field, _ separator: Bytes
    ) throws(Trouble) -> Loss {
        var loss = Loss.representation
        var rest: Bytes? = text.isEmpty ? nil : text
        out.append(UInt8(ascii: "["))
        while let at = rest {
            let cut = at.place(of: separator)
            let part = Value(part: at.part(0, cut ?? at.count))
            loss = max(loss, try coerce(part, items).loss)
            rest = cut.map { at.part($0 + separator.count, at.count) }
            if rest != nil { out.append(UInt8(ascii: ",")) }
        }
        out.append(UInt8(ascii: "]"))
        return loss
    }

    /// A value as the one element of an array.
    private mutating func wrapped(_ value: Value, _ items: Field) throws(Trouble) -> Loss {
        let depth = path.depth
        path.enter(.element(0))
        out.append(UInt8(ascii: "["))
        let loss = try coerce(value, items).loss
        out.append(UInt8(ascii: "]"))
        path.leave(to: depth)
        return max(loss, .representation)
    }
}

extension Walk.Change {
    fileprivate var loss: Loss { if case .value(let loss) = self { loss } else { .none } }
}

extension Field {
    fileprivate var mayBeNull: Bool {
        if case .null = target { true } else { isNullable }
    }
}

extension Constant {
    /// Whether a result is this member of `enum`.
    fileprivate func equals(_ kind: JSONKind, _ text: Bytes) -> Bool {
        switch (self, kind) {
        case (.text(let constant), .string): constant.equals(text)
        case (.number(let constant), .number): constant.equals(Numeral(json: text))
        case (.boolean(let constant), .boolean(let value)): constant == value
        default: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Where other bytes first occur.
    fileprivate func place(of other: Bytes) -> Int? {
        guard let start = baseAddress,
            let found = memmem(start, count, other.baseAddress!, other.count)
        else { return nil }
        return UnsafeRawPointer(found) - start
    }

    /// The text without the white space that `trim` takes.
    var trimmed: Bytes {
        var start = 0
        while start < count {
            let size = spaceAtStart(of: part(start, count))
            if size == 0 { break }
            start += size
        }
        return part(start, count).trimmedAtEnd
    }

    var trimmedAtEnd: Bytes {
        var end = count
        while let size = (1...3).first(where: { size in
            size <= end && spaceAtStart(of: part(end - size, end)) == size
        }) {
            end -= size
        }
        return part(0, end)
    }
}

/// The bytes of the white space that a text starts with, or 0: space, tab, CR, LF, U+00A0, U+FEFF.
private func spaceAtStart(of text: Bytes) -> Int {
    guard let first = text.first else { return 0 }
    switch first {
    case 0x20, 0x09, 0x0D, 0x0A: return 1
    case 0xC2: return text.count >= 2 && text[1] == 0xA0 ? 2 : 0
    case 0xEF: return text.count >= 3 && text[1] == 0xBB && text[2] == 0xBF ? 3 : 0
    default: return 0
    }
}
