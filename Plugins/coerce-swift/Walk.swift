import SpillwayABI

/// One record on its way through the plan. All its room is used again for the next record.
struct Walk: ~Copyable {
    enum Verdict {
        /// Nothing changed: the record's own bytes hold.
        case unchanged
        /// The result is in `out`, what happened in `events`.
        case changed
        case rejected(Trouble)
    }

    /// How a value went.
    enum Change {
        case none
        /// Something inside it changed, and has events of its own.
        case inside
        case value(Loss)

        var isNone: Bool { if case .none = self { true } else { false } }
    }

    private let root: Shape
    var out = ByteBuffer(room: 4096)
    private(set) var events = Events()
    /// Where the walk is; after trouble: where that is.
    var path = Path()
    var converter = Converter()
    /// Decoded texts. Each part of a record is decoded once, so with the record's length as room
    /// nothing in it moves until the record ends.
    private var decoded = ByteBuffer()
    private var names: [Names] = []
    private var level = 0

    init(_ root: Shape) { self.root = root }

    mutating func walk(_ record: Bytes) -> Verdict {
        out.clear()
        events.clear()
        path.leave(to: 0)
        decoded.clear()
        decoded.reserve(record.count)
        level = 0
        do throws(Trouble) {
            let changed = try object(try readObject(record), root)
            return changed ? .changed : .unchanged
        } catch {
            events.clear()
            return .rejected(error)
        }
    }

    /// The record's object, once the record is known to be one JSON text.
    private func readObject(_ record: Bytes) throws(Trouble) -> Bytes {
        var reader = JSONReader(record)
        let none = record.part(0, 0)
        guard let value = try? reader.value(), reader.isAtEnd() else {
            throw .reject(.notJSON, none)
        }
        guard case .object = value.kind else { throw .reject(.notAnObject, none) }
        return value
    }
}

// MARK: - Objects

extension Walk {
    /// Writes an object; answers whether something in it changed. An unchanged one is written as it
    /// was, a changed one without white space around its own punctuation.
    mutating func object(_ raw: Bytes, _ shape: Shape) throws(Trouble) -> Bool {
        let start = out.count
        let level = level
        if names.count == level { names.append(Names()) }
        names[level].begin(shape.members.count)
        self.level += 1
        var hasChanged = false
        var guess = 0
        var cursor = Cursor(into: raw)
        out.append(UInt8(ascii: "{"))
        while let written = cursor.name() {
            let value = cursor.value()
            guard let name = text(of: written) else { throw .reject(.loneSurrogate, written) }
            let number = shape.find(name, guess: guess)
            let isNew = number.map { names[level].add($0) } ?? names[level].add(name)
            let depth = path.depth
            path.enter(.member(name))
            guard isNew else { throw .reject(.duplicateMember, raw.part(0, 0)) }
            if let number {
                guess = number + 1
                let member = shape.members[number]
                if try declared(member, written, value, start) { hasChanged = true }
            } else if shape.isClosed {
                events.add(SPW_EVENT_STRIPPED, at: path, before: value)
                hasChanged = true
            } else {
                openMember(written, start)
                out.append(value)
            }
            path.leave(to: depth)
        }
        for number in shape.essential where !names[level].has(number) {
            path.enter(.member(shape.members[number].name))
            throw .misfit(.missing, raw.part(0, 0))
        }
        self.level = level
        close(UInt8(ascii: "}"), hasChanged, start, raw)
        return hasChanged
    }

    /// A member that the contract declares; a misfit is rescued where the member is optional.
    private mutating func declared(
        _ member: Shape.Member, _ written: Bytes, _ value: Bytes, _ object: Int
    ) throws(Trouble) -> Bool {
        let start = out.count
        let mark = events.mark
        let depth = path.depth
        let level = level
        openMember(written, object)
        do throws(Trouble) {
            return try self.value(value, member.field)
        } catch {
            guard error.kind == .misfit, !member.isEssential else { throw error }
            out.truncate(to: start)
            events.goBack(to: mark)
            path.leave(to: depth)
            self.level = level
            events.add(SPW_EVENT_RESCUED, at: path, before: value, reason: error.reason)
            return true
        }
    }

    /// Writes what stands before a member's value.
    private mutating func openMember(_ name: Bytes, _ object: Int) {
        if out.count > object + 1 { out.append(UInt8(ascii: ",")) }
        out.append(name)
        out.append(UInt8(ascii: ":"))
    }

    mutating func close(_ end: UInt8, _ hasChanged: Bool, _ start: Int, _ raw: Bytes) {
        if hasChanged {
            out.append(end)
        } else {
            out.truncate(to: start)
            out.append(raw)
        }
    }

    /// A member's or element's value, which has an event of its own when it changes.
    mutating func value(_ raw: Bytes, _ field: Field) throws(Trouble) -> Bool {
        let start = out.count
        let change = try coerce(Value(raw), field)
        if case .value(let loss) = change {
            events.add(
                SPW_EVENT_COERCED, at: path, before: raw, after: out.bytes(from: start), loss: loss)
        }
        return !change.isNone
    }

    /// The text of a JSON string; nil: it holds a lone surrogate.
    mutating func text(of string: Bytes) -> Bytes? {
        guard string.hasEscapes else { return string.part(1, string.count - 1) }
        let start = decoded.count
        return decoded.appendText(ofJSON: string) ? decoded.bytes(from: start) : nil
    }
}
