@testable import Pipeline

/// A small configuration that is right, and ways to make it wrong.
enum ConfigurationSample {
    static let text = """
        pipeline: orders
        sources:
          - name: feed
            plugin: json-source
            options: { files: "*.json" }
            on: { default: persist }
        chain:
          primary:
            plugin: contract
            on: { schema_drift: persist, dependency: again, default: persist }
          again: { retry: primary, on: { default: persist } }
          persist: { persist: cold }
        stores:
          cold: { plugin: persist-files, options: { path: cold } }
        sink:
          name: table
          plugin: sqlite-sink
          on: { default: persist }

        """

    static func decoded(
        _ text: String = text, environment: [String: String] = ["HOME": "/home/ada"]
    ) throws(ConfigurationError) -> Configuration {
        try Configuration(text: text, file: "/etc/spillway/o.yml", environment: environment)
    }

    /// The sample with one more line at its end.
    static func with(_ line: String) throws(ConfigurationError) -> Configuration {
        try decoded(text + line + "\n")
    }

    /// The sample with an option of the source.
    static func options(
        _ options: String, environment: [String: String] = ["HOME": "/"]
    ) throws(ConfigurationError) -> String {
        let text = text.replacing("options: { files: \"*.json\" }", with: "options: \(options)")
        return try decoded(text, environment: environment).sources[0].use.options
    }
}

extension Configuration {
    func node(_ name: String) -> Node? {
        chain.first { $0.name == name }
    }

    func tier(_ name: String) -> Tier? {
        guard case .tier(let tier) = node(name)?.work else { return nil }
        return tier
    }

    func retry(_ name: String) -> Retry? {
        guard case .retry(let retry) = node(name)?.work else { return nil }
        return retry
    }

    func persist(_ name: String) -> Persist? {
        guard case .persist(let persist) = node(name)?.work else { return nil }
        return persist
    }
}
