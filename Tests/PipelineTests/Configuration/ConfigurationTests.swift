import Foundation
import Testing

@testable import Pipeline

@Suite struct ConfigurationTests {
    @Test func everyPartIsRead() throws {
        let found = try ConfigurationSample.decoded()
        #expect(found.pipeline == "orders")
        #expect(found.file == "/etc/spillway/o.yml")
        #expect(found.folder == "/etc/spillway")
        #expect(found.contract == nil)
        #expect(found.allowUnpinned == false)
        #expect(found.sources.map(\.name) == ["feed"])
        #expect(found.sources[0].use.plugin == "json-source")
        #expect(found.sources[0].use.options == #"{"files":"*.json"}"#)
        #expect(found.chain.map(\.name) == ["primary", "again", "persist"])
        #expect(found.tier("primary")?.use.options == "{}")
        #expect(found.retry("again")?.target == "primary")
        #expect(found.persist("persist")?.store == "cold")
        #expect(found.stores.map(\.name) == ["cold"])
        #expect(found.stores[0].use.options == #"{"path":"cold"}"#)
        #expect(found.sink.name == "table")
        #expect(found.sink.order == .relaxed)
        #expect(
            found.node("primary")?.edges.map(\.trigger)
                == [.signal("schema_drift"), .signalClass("dependency"), .default])
        #expect(found.node("primary")?.edges.map(\.target) == ["persist", "again", "persist"])
    }

    @Test func everyPartKnowsItsPlace() throws {
        let found = try ConfigurationSample.decoded()
        func place(_ location: Pipeline.SourceLocation?) -> String {
            location.map { "\($0.line):\($0.column)" } ?? "nowhere"
        }
        #expect(place(found.sources[0].location) == "3:5")
        #expect(place(found.sources[0].use.location) == "4:13")
        #expect(place(found.sources[0].use.optionsLocation) == "5:14")
        #expect(place(found.node("primary")?.location) == "8:3")
        #expect(place(found.node("primary")?.edges[1].location) == "10:34")
        #expect(place(found.node("primary")?.edges[1].targetLocation) == "10:46")
        #expect(place(found.retry("again")?.location) == "11:19")
        #expect(place(found.persist("persist")?.location) == "12:23")
        #expect(place(found.stores[0].location) == "14:3")
        #expect(place(found.sink.use.location) == "17:11")
        #expect(found.sink.use.location.description == "/etc/spillway/o.yml:17:11")
    }

    @Test func theExampleOfTheReferenceIsRight() throws {
        let page = try Repository.text("docs/configuration.md")
        let start = try #require(page.range(of: "```yaml\npipeline"))
        let end = try #require(page.range(of: "\n```", range: start.upperBound..<page.endIndex))
        let text = "pipeline" + page[start.upperBound..<end.lowerBound] + "\n"
        #expect(try ConfigurationSample.decoded(text).chain.count == 4)
    }

    @Test func unitsAreRead() throws {
        let found = try ConfigurationSample.with(
            """
            retry_budget: { ratio: 150%, floor: 0 }
            limits: { batch_records: 7, batch_bytes: 1.5KiB, in_flight_bytes: 2MB, lanes: 4 }
            breaker: { failure_rate: 0.5%, slow_call: 250us, recovery: 2m, consecutive: 5, count: [record, timeout] }
            """)
        #expect(found.retryBudget.ratio == Share(millionths: 1_500_000))
        #expect(found.retryBudget.floor == 0)
        #expect(found.limits.batchRecords == 7)
        #expect(found.limits.batchBytes == 1536)
        #expect(found.limits.inFlightBytes == 2_000_000)
        #expect(found.limits.inFlightRecords == 100_000)
        let breaker = try #require(found.tier("primary")?.call.breaker)
        #expect(breaker.failureRate == Share(millionths: 5000))
        #expect(breaker.slowCall == 250_000)
        #expect(breaker.recovery == 120_000_000_000)
        #expect(breaker.consecutive == 5)
        #expect(breaker.counted == ["record", "timeout"])
        #expect(found.sink.call.breaker == breaker)
        #expect(found.persist("persist")?.call.breaker == breaker)
    }

    @Test(
        arguments: [
            ("30s", 30_000_000_000), ("1ns", 1), ("1.5s", 1_500_000_000), ("2 m", 120_000_000_000),
            ("0.000000001s", 1), ("5124095h", 18_446_742_000_000_000_000), ("0s", 0),
            ("1.5ns", nil), ("30", nil), ("s", nil), ("", nil), ("-1s", nil), ("1e3s", nil),
            ("5124096h", nil), ("30sec", nil), (".5s", nil), ("5.s", nil), ("1.2.3s", nil),
            ("99999999999999999999s", nil), ("٣s", nil), ("30S", nil),
        ] as [(String, UInt64?)])
    func amountsAreExactOrRefused(text: String, nanoseconds: UInt64?) {
        let units: [(String, UInt64)] = [
            ("ns", 1), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ]
        #expect(ConfigurationReader.amount(text, units) == nanoseconds)
    }

    @Test func aNodesBreakerSaysWhatDiffers() throws {
        let text = ConfigurationSample.text
            .replacing("plugin: contract", with: "plugin: contract\n    breaker: { probes: 3 }")
        let found = try ConfigurationSample.decoded(text + "breaker: { window: 50 }\n")
        #expect(found.tier("primary")?.call.breaker.probes == 3)
        #expect(found.tier("primary")?.call.breaker.window == 50)
        #expect(found.sink.call.breaker.probes == 1)
    }

    @Test func aSmallWindowNeedsFewerCalls() throws {
        let found = try ConfigurationSample.with("breaker: { window: 5 }")
        #expect(found.sink.call.breaker.minimumCalls == 5)
    }

    @Test func concurrencyStaysBelowTheLanes() throws {
        let chain = ConfigurationSample.text.replacing(
            "  persist: {",
            with: "  coerce: { plugin: coerce-c, on: { default: persist } }\n  persist: {")
        let five = try ConfigurationSample.decoded(chain + "limits: { lanes: 5 }\n")
        #expect(five.tier("primary")?.call.concurrency == 5)
        #expect(five.tier("coerce")?.call.concurrency == 4)
        #expect(five.persist("persist")?.call.concurrency == 4)
        #expect(five.sink.call.concurrency == 1)
        let one = try ConfigurationSample.decoded(chain + "limits: { lanes: 1 }\n")
        #expect(one.tier("primary")?.call.concurrency == 1)
        #expect(one.tier("coerce")?.call.concurrency == 1)
    }

    @Test func gatesAreRead() throws {
        let text = ConfigurationSample.text.replacing(
            "plugin: contract",
            with: """
                plugin: contract
                    before: [{ validator: a, tolerance: 2.5%, options: { x: 1 } }]
                    after:
                      - validator: b
                      - { validator: c }
                """)
        let tier = try #require(try ConfigurationSample.decoded(text).tier("primary"))
        #expect(tier.before.map(\.use.plugin) == ["a"])
        #expect(tier.before.map(\.use.options) == [#"{"x":1}"#])
        #expect(tier.before.map(\.tolerance.millionths) == [25_000])
        #expect(tier.after.map(\.use.plugin) == ["b", "c"])
        #expect(tier.after.map(\.tolerance.millionths) == [1_000_000, 1_000_000])
        #expect(tier.after.map(\.location.line) == [12, 13])
    }

    @Test func backoffAndOtherwiseAreRead() throws {
        let text = ConfigurationSample.text
            .replacing(
                "retry: primary,",
                with: "retry: table, attempts: 9, backoff: { base: 20s }, halve: false,"
            )
            .replacing("persist: cold }", with: "persist: cold, otherwise: warm }")
            .replacing("stores:", with: "stores:\n  warm: { plugin: persist-sqlite }")
        let found = try ConfigurationSample.decoded(text)
        let retry = try #require(found.retry("again"))
        #expect(retry.target == "table")
        #expect(retry.attempts == 9)
        #expect(retry.base == 20_000_000_000)
        #expect(retry.cap == 20_000_000_000)
        #expect(!retry.halves)
        #expect(found.persist("persist")?.otherwise == "warm")
    }

    // MARK: - Paths

    @Test func pathsCountFromTheFile() throws {
        let text =
            "contract: c.json\nstate: /var/x\nplugins: [../p, /q]\n" + ConfigurationSample.text
        let found = try ConfigurationSample.decoded(
            text, environment: ["SPILLWAY_PLUGIN_PATH": "/a::/b"])
        #expect(found.contract?.path == "/etc/spillway/c.json")
        #expect(found.state == "/var/x")
        #expect(found.pluginFolders == ["/etc/spillway/../p", "/q", "/a", "/b"])
        let here = try Configuration(text: text, file: "o.yml", environment: [:])
        #expect(here.folder == FileManager.default.currentDirectoryPath)
    }

    @Test(arguments: [
        (["STATE_DIRECTORY": "/var/lib/spillway:/x", "HOME": "/h"], "/var/lib/spillway/orders"),
        (["XDG_STATE_HOME": "/xdg", "HOME": "/h"], "/xdg/spillway/orders"),
        (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/spillway/orders"),
        (["HOME": "/h"], "/h/.local/state/spillway/orders"),
    ])
    func theStateLiesWhereTheSystemSays(environment: [String: String], folder: String) throws {
        let found = try ConfigurationSample.decoded(
            ConfigurationSample.text, environment: environment)
        #expect(found.state == folder)
    }

    // MARK: - Variables

    @Test(arguments: [
        ("plain", "plain"), ("${V}", "value"), ("a-${V}/${V}", "a-value/value"),
        ("${E}", ""), ("${E:-x}", "x"), ("${N:-}", ""), ("${N:-a b}", "a b"),
        ("${N:-${V}s}", "values"), ("${N:-${M:-deep}}", "deep"), ("${V:?needed}", "value"),
        ("$${V}", "${V}"), ("$V $ {}", "$V $ {}"), ("${N:-{}}", "{}"), ("cost: 5$", "cost: 5$"),
        ("$$${V}", "$${V}"),
    ])
    func variablesAreExpanded(text: String, result: String) throws {
        let expansion = Expansion(environment: ["V": "value", "E": ""])
        #expect(try expansion.expand(text) == result)
    }

    @Test(arguments: [
        ("${N}", "the environment variable N is not set"),
        ("${N:?set N to a folder}", "the environment variable N is not set: set N to a folder"),
        ("${E:?}", "the environment variable E is not set: it is required"),
        ("${V", "`${` has no closing brace"),
        ("${}", "`${}` is no variable"),
        ("${1A}", "`${1A}` is no variable"),
        ("${V-x}", "`${V-x}` is no variable"),
        ("${file:/x}", "`${file:/x}` is no variable"),
        ("${N:-${M}}", "the environment variable M is not set"),
    ])
    func aVariableThatIsMissingIsAnError(text: String, message: String) {
        let expansion = Expansion(environment: ["V": "value", "E": ""])
        #expect(throws: Expansion.Fault.self) { try expansion.expand(text) }
        do throws(Expansion.Fault) {
            _ = try expansion.expand(text)
        } catch {
            #expect(error.message == message)
        }
    }

    @Test func aVariableNeverBecomesAKeyOrAList() throws {
        let text = try ConfigurationSample.options(
            "{ path: \"${P}\", more: \"a${P}\" }",
            environment: ["P": "x, other: [1]\nsink: {}", "HOME": "/"])
        #expect(text == #"{"path":"x, other: [1]\nsink: {}","more":"ax, other: [1]\nsink: {}"}"#)
    }

    // MARK: - Options

    @Test(arguments: [
        ("{}", "{}"), ("", "{}"), ("null", "{}"),
        ("{ b: 1, a: 2 }", #"{"b":1,"a":2}"#),
        (
            "{ a: 1.50, b: -0, c: 1e400, d: 123456789012345678901234567890 }",
            #"{"a":1.50,"b":-0,"c":1e400,"d":123456789012345678901234567890}"#
        ),
        ("{ a: \"1\", b: '007', c: \"true\", d: \"\" }", #"{"a":"1","b":"007","c":"true","d":""}"#),
        (
            "{ a: true, b: false, c: null, d: ~, e: }",
            #"{"a":true,"b":false,"c":null,"d":null,"e":null}"#
        ),
        (
            "{ a: yes, b: NO, c: on, d: 2023-04-11, e: 1.2.3, f: 12:30 }",
            #"{"a":"yes","b":"NO","c":"on","d":"2023-04-11","e":"1.2.3","f":"12:30"}"#
        ),
        ("{ a: [1, [x, {y: z}], []] }", #"{"a":[1,["x",{"y":"z"}],[]]}"#),
        ("{ \"k\\\"\\n\": \"v\\\\\\u0001é\" }", #"{"k\"\n":"v\\\u0001é"}"#),
        ("{ a: !!str 5, b: 0abc12, c: 12ab }", #"{"a":"5","b":"0abc12","c":"12ab"}"#),
    ])
    func optionsKeepTheirTypes(yaml: String, json: String) throws {
        #expect(try ConfigurationSample.options(yaml) == json)
    }
    @Test func aVariableHasTheTypeOfWhatItHolds() throws {
        let text = ConfigurationSample.text.replacing(
            "options: { files: \"*.json\" }",
            with: "options:\n      a: ${N:-5}\n      b: \"${N:-5}\"\n      c: x${N:-5}")
        let found = try ConfigurationSample.decoded(text)
        #expect(found.sources[0].use.options == #"{"a":5,"b":"5","c":"x5"}"#)
    }
}
