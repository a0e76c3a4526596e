/// The names that one object has so far, to see one that comes twice.
struct Names {
    private var declared: [Bool] = []
    private var others: [Bytes] = []
    /// A hash table over `others`: places in it, or -1. Empty while they are few.
    private var slots: [Int32] = []

    private static let few = 12

    /// Begins an object whose contract has so many members.
    mutating func begin(_ count: Int) {
        declared.removeAll(keepingCapacity: true)
        declared.append(contentsOf: repeatElement(false, count: count))
        others.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
    }

    func has(_ member: Int) -> Bool { declared[member] }

    /// Notes a declared member; false: it was there.
    mutating func add(_ member: Int) -> Bool {
        defer { declared[member] = true }
        return !declared[member]
    }

    /// Notes another name, which must stay where it is until the object ends; false: it was there.
    mutating func add(_ name: Bytes) -> Bool {
        if others.count < Self.few {
            if others.contains(where: { $0.equals(name) }) { return false }
            others.append(name)
            return true
        }
        if slots.count < others.count * 2 { rehash() }
        let place = place(of: name)
        guard slots[place] < 0 else { return false }
        slots[place] = Int32(others.count)
        others.append(name)
        return true
    }

    private mutating func rehash() {
        var size = 64
        while size < others.count * 4 { size *= 2 }
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(-1, count: size))
        for (number, name) in others.enumerated() { slots[place(of: name)] = Int32(number) }
    }

    /// Where a name stands in the table, or would. The hash has a seed that differs from process to
    /// process, so that no record can be made whose names all fall on one place.
    private func place(of name: Bytes) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: name)
        let mask = slots.count - 1
        var place = hasher.finalize() & mask
        while slots[place] >= 0, !others[Int(slots[place])].equals(name) {
            place = (place + 1) & mask
        }
        return place
    }
}
