import Foundation
import Testing

@testable import Pipeline

/// The published schema and reference say what the decoder does.
@Suite struct SchemaTests {
    let definitions: [String: Any]

    init() throws {
        let text = try Repository.text("docs/spillway.schema.json")
        let schema = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        definitions = try #require(schema?["$defs"] as? [String: Any])
    }

    /// The keys of each kind of map in the schema.
    private var published: [String: [String: [String: Any]]] {
        definitions.compactMapValues {
            ($0 as? [String: Any])?["properties"] as? [String: [String: Any]]
        }
    }

    /// A file in which every kind of map occurs, so that the decoder asks for all its keys.
    private static let whole = """
        pipeline: whole
        sources:
          - { name: feed, plugin: p, on: { default: keep } }
        chain:
          primary: { plugin: p, before: [{ validator: v }], on: { default: again } }
          again: { retry: primary, backoff: {}, on: { default: keep } }
          keep: { persist: cold }
        stores:
          cold: { plugin: p }
        sink: { plugin: p }
        limits: {}
        retry_budget: {}
        breaker: {}
        """

    private func decoded(
        _ text: String
    ) throws -> (configuration: Configuration, keys: [String: Set<String>]) {
        let (root, _) = try YAMLFile(file: "o.yml", expansion: Expansion(environment: [:]))
            .read(text)
        var decoder = ConfigurationDecoder(
            file: "o.yml", folder: "/", environment: ["HOME": "/home"])
        return (try decoder.decode(root), decoder.reader.keysAsked)
    }

    @Test func everyKeyIsPublishedAndEveryPublishedKeyIsKnown() throws {
        var known = try decoded(Self.whole).keys
        known["on"] = Set(SignalNames.signals + SignalNames.classes + ["default"])
        #expect(known == published.mapValues { Set($0.keys) })
    }

    @Test func everyPublishedKeyHasADescription() {
        for (kind, properties) in published {
            for (key, schema) in properties {
                #expect((schema["description"] as? String)?.isEmpty == false, "\(kind).\(key)")
            }
            let schema = definitions[kind] as? [String: Any]
            #expect(schema?["additionalProperties"] as? Bool == false, "\(kind)")
        }
    }

    /// Writing each published default out changes nothing.
    @Test func publishedDefaultsAreTheDefaults() throws {
        var text = Self.whole
        for (kind, marker) in [
            ("tier", "primary: { plugin: p, "), ("retry", "again: { retry: primary, "),
            ("persist", "keep: { persist: cold"), ("sink", "sink: { plugin: p"),
            ("limits", "limits: {"), ("retry_budget", "retry_budget: {"),
            ("breaker", "breaker: {"), ("backoff", "backoff: {"), ("gate", "{ validator: v"),
        ] {
            try #require(text.contains(marker))
            let written = try defaults(of: kind)
            try #require(!written.isEmpty)
            let joined = written.joined(separator: ", ")
            let line =
                marker.hasSuffix(", ")
                ? marker + joined + ", " : marker + (marker.hasSuffix("{") ? joined : ", " + joined)
            text = text.replacing(marker, with: line, maxReplacements: 1)
        }
        text += "\nallow_unpinned: false"
        let bare = try decoded(Self.whole).configuration
        let full = try decoded(text).configuration
        #expect(full.limits == bare.limits)
        #expect(full.retryBudget == bare.retryBudget)
        #expect(full.allowUnpinned == bare.allowUnpinned)
        #expect(full.sink.name == bare.sink.name)
        #expect(full.sink.order == bare.sink.order)
        #expect(full.sink.call == bare.sink.call)
        #expect(full.tier("primary")?.call == bare.tier("primary")?.call)
        #expect(
            full.tier("primary")?.before.map(\.tolerance)
                == bare.tier("primary")?.before.map(\.tolerance))
        #expect(full.persist("keep")?.call == bare.persist("keep")?.call)
        var retry = try #require(full.retry("again"))
        let bareRetry = try #require(bare.retry("again"))
        retry.location = bareRetry.location
        #expect(retry == bareRetry)
    }

    private func defaults(of kind: String) throws -> [String] {
        try (published[kind] ?? [:]).compactMap { key, schema in
            try schema["default"].map { "\(key): \(try json($0))" }
        }.sorted()
    }

    private func json(_ value: Any) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed])
        return String(decoding: data, as: UTF8.self)
    }

    @Test func theReferenceHasEveryKeyAndDefault() throws {
        let page = try Repository.text("docs/configuration.md")
        for (kind, properties) in published {
            for (key, schema) in properties {
                #expect(page.contains("`\(key)`"), "\(kind).\(key)")
                guard let value = schema["default"] else { continue }
                let written = try json(value).replacing("\"", with: "")
                let rows = page.split(separator: "\n").filter { $0.contains("`\(key)`") }
                #expect(
                    rows.contains { $0.contains("`\(written)`") }, "\(kind).\(key): \(written)")
            }
        }
    }
}
