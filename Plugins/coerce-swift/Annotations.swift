/// What `x-coerce` says.
struct Annotations {
    var allowed: Allowed = []
    var words = TruthWords()
    var time = TimeRules()
    var split: Bytes?
}

extension Contract {
    /// Reads `x-coerce` of a schema with that target.
    func annotations(
        of schema: Node, _ base: Base, isNullable: Bool
    ) throws(Failure) -> Annotations {
        var rules = Annotations()
        guard let node = schema["x-coerce"] else { return rules }
        guard node.isObject else { throw refuse(node, "not an object") }
        if base == .several, !node.members.isEmpty {
            throw refuse(node, "nothing to coerce to: the schema needs one type")
        }
        try refuseUnknown(node)
        for (name, flag) in Allowed.keys where try self.flag(node[name]) == true {
            rules.allowed.insert(flag)
        }
        try readLosses(node, &rules)
        rules.words = try words(node)
        try readTimes(node, base, &rules.time)
        rules.split = try split(node)
        if rules.allowed.contains(.emptyAsNull), !isNullable {
            throw refuse(node["empty_as_null"] ?? node, "needs a type that may be null")
        }
        return rules
    }

    private func refuseUnknown(_ node: Node) throws(Failure) {
        let others: [StaticString] = [
            "allow", "round", "true", "false", "formats", "zone", "epoch", "split",
        ]
        for (name, value) in node.members {
            let isKnown =
                Allowed.keys.contains { name.equals($0.name) }
                || others.contains { name.equals($0) }
            guard isKnown else { throw refuse(value, "not a key of x-coerce") }
        }
    }

    private func readLosses(_ node: Node, _ rules: inout Annotations) throws(Failure) {
        for loss in try texts(node["allow"]) {
            if loss.equals("precision") {
                rules.allowed.insert(.precision)
            } else if loss.equals("truncation") {
                rules.allowed.insert(.truncation)
            } else {
                throw refuse(
                    node["allow"] ?? node, "a loss that is neither \"precision\" nor \"truncation\""
                )
            }
        }
        guard let round = node["round"] else { return }
        guard round.isText("half-even") else {
            throw refuse(round, "not \"half-even\", the one way to round")
        }
        rules.allowed.insert(.halfEven)
    }

    private func words(_ node: Node) throws(Failure) -> TruthWords {
        let words = TruthWords(yes: try texts(node["true"]), no: try texts(node["false"]))
        let areApart = !words.yes.contains { yes in
            yes.equals("false") || words.no.contains { $0.equals(yes) }
        }
        guard areApart, !words.no.contains(where: { $0.equals("true") }) else {
            throw refuse(
                node["true"] ?? node["false"] ?? node, "a text that means both true and false")
        }
        return words
    }

    private func readTimes(_ node: Node, _ base: Base, _ rules: inout TimeRules) throws(Failure) {
        let forms = try texts(node["formats"])
        if base == .date || base == .dateTime {
            for text in forms {
                guard let form = TimeForm(text, hasTime: base == .dateTime) else {
                    throw refuse(
                        node["formats"] ?? node,
                        base == .date
                            ? "a form of a date has YYYY, MM and DD, each once, and no other token"
                            : "a form of a date-time has YYYY, MM, DD, HH and mm, each once, "
                                + "and ss or not")
                }
                rules.forms.append(form)
            }
        }
        if let zone = node["zone"] {
            guard zone.isText, let declared = Zone(zone.text), declared.isDeclarable else {
                throw refuse(zone, "neither \"Z\" nor like \"+01:00\"")
            }
            rules.zone = declared
        }
        if let epoch = node["epoch"] { rules.epochDigits = try unit(epoch) }
    }

    private func split(_ node: Node) throws(Failure) -> Bytes? {
        guard let split = node["split"] else { return nil }
        guard split.isText, split.text.count > 0 else {
            throw refuse(split, "not a text to split at")
        }
        return split.text
    }
}
