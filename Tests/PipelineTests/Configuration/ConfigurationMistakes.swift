extension ConfigurationErrorTests {
    static let structure: [Wrong] = [
        Wrong(
            adding: "sinks: {}",
            "o.yml:19:1: sinks: unknown key `sinks`; did you mean `sink`?"),
        Wrong(
            adding: "zzz: 1",
            "o.yml:19:1: zzz: unknown key `zzz`; known are `allow_unpinned`, `breaker`, "
                + "`chain`, `contract`, `limits`, `pipeline`, `plugins`, `retry_budget`, `sink`, "
                + "`sources`, `state`, `stores`"),
        Wrong(
            "pipeline: orders", "pipelin: orders",
            "o.yml:1:1: `pipeline` is missing",
            "o.yml:1:1: pipelin: unknown key `pipelin`; did you mean `pipeline`?"),
        Wrong(
            "pipeline: orders", "pipeline: Orders",
            "o.yml:1:11: pipeline: `Orders` has capitals: a pipeline's name is lower case; "
                + "write `orders`"),
        Wrong(
            "pipeline: orders", "pipeline: or ders",
            "o.yml:1:11: pipeline: `or ders` is no name: use letters, digits, `_` and `-`"),
        Wrong(
            "pipeline: orders", "pipeline: [a]",
            "o.yml:1:11: pipeline: must be text, not a list"),
        Wrong(
            "pipeline: orders", "pipeline:",
            "o.yml:1:10: pipeline: must not be empty"),
        Wrong(
            "    plugin: json-source\n", "",
            "o.yml:3:5: sources[0]: `plugin` is missing"),
        Wrong(
            "  - name: feed\n    plugin", "  - plugin",
            "o.yml:3:5: sources[0]: `name` is missing"),
        Wrong(
            "sources:\n", "sources:\n  - 7\n",
            "o.yml:3:5: sources[0]: must be a map (`key: value` lines), not `7`"),
        Wrong(
            "  plugin: sqlite-sink\n", "",
            "o.yml:16:3: sink: `plugin` is missing"),
        Wrong(
            "options: { files: \"*.json\" }", "options: [1]",
            "o.yml:5:14: sources[0].options: must be a map (`key: value` lines), not a list"),
        Wrong(
            "options: { files: \"*.json\" }", "option: {}",
            "o.yml:5:5: sources[0].option: unknown key `option`; did you mean `options`?"),
        Wrong(
            adding: "allow_unpinned: yes",
            "o.yml:19:17: allow_unpinned: must be `true` or `false`, not `yes`"),
        Wrong(
            adding: "plugins: ../p",
            "o.yml:19:10: plugins: must be a list, not `../p`; write `[...]`, or lines with `- `"),
        Wrong(
            adding: "  order: strickt",
            "o.yml:19:10: sink.order: `strickt` is not known here; did you mean `strict`?"),
    ]

    static let units: [Wrong] = [
        Wrong(
            adding: "  deadline: 30",
            "o.yml:19:13: sink.deadline: must be a time such as `30s`, not `30`; units are "
                + "ns, us, ms, s, m, h"),
        Wrong(
            adding: "  deadline: [30s]",
            "o.yml:19:13: sink.deadline: must be a time such as `30s`, not a list; units "
                + "are ns, us, ms, s, m, h"),
        Wrong(
            adding: "  budget: 64Mb",
            "o.yml:19:11: sink.budget: must be a size such as `64MiB`, not `64Mb`; units "
                + "are B, kB, MB, GB, KiB, MiB, GiB"),
        Wrong(
            adding: "  budget: 0B",
            "o.yml:19:11: sink.budget: `0B` is too small: it must be more than 0"),
        Wrong(
            adding: "limits: { batch_records: 0 }",
            "o.yml:19:26: limits.batch_records: must be a whole number from 1 to 10000000, "
                + "not `0`"),
        Wrong(
            adding: "limits: { lanes: 2000 }",
            "o.yml:19:18: limits.lanes: must be a whole number from 1 to 1024, not `2000`"),
        Wrong(
            adding: "limits: { batch_records: ten }",
            "o.yml:19:26: limits.batch_records: must be a whole number from 1 to 10000000, "
                + "not `ten`"),
        Wrong(
            adding: "limits: { batch_records: 10, in_flight_records: 5 }",
            "o.yml:19:9: limits: in_flight_records (5) is below batch_records (10): no "
                + "batch would fit"),
        Wrong(
            adding: "limits: { batch_bytes: 65MiB }",
            "o.yml:19:9: limits: in_flight_bytes (67108864 B) is below batch_bytes "
                + "(68157440 B): no batch would fit"),
        Wrong(
            adding: "limits: { bach_bytes: 1MiB }",
            "o.yml:19:11: limits.bach_bytes: unknown key `bach_bytes`; did you mean "
                + "`batch_bytes`?"),
        Wrong(
            adding: "retry_budget: { ratio: 0.2 }",
            "o.yml:19:24: retry_budget.ratio: must be a share from 0% to 100000%, such as "
                + "`20%`, not `0.2`"),
        Wrong(
            adding: "breaker: { failure_rate: 101% }",
            "o.yml:19:26: breaker.failure_rate: must be a share from 0% to 100%, such as "
                + "`20%`, not `101%`"),
        Wrong(
            adding: "breaker: { recovery: 0s }",
            "o.yml:19:22: breaker.recovery: `0s` is too small: it must be more than 0"),
        Wrong(
            adding: "breaker: { window: 5, minimum_calls: 6 }",
            "o.yml:19:38: breaker.minimum_calls: must be a whole number from 1 to 5, not `6`"),
        Wrong(
            adding: "breaker: { count: [dependancy] }",
            "o.yml:19:20: breaker.count[0]: `dependancy` is not known here; did you mean "
                + "`dependency`?"),
        Wrong(
            adding: "breaker: { count: timeout }",
            "o.yml:19:19: breaker.count: must be a list, not `timeout`; write `[...]`, or "
                + "lines with `- `"),
    ]

    static let names: [Wrong] = [
        Wrong(
            "schema_drift: persist", "schema_drfit: persist",
            "o.yml:10:11: chain.primary.on.schema_drfit: there is no signal "
                + "`schema_drfit`; did you mean `schema_drift`?"),
        Wrong(
            "schema_drift: persist", "banana: persist",
            "o.yml:10:11: chain.primary.on.banana: there is no signal `banana`; known are "
                + "`backpressure`, `breaker_open`, `capacity`, `crash`, `default`, `denied`, "
                + "`dependency`, `divergence`, `duplicate`, `operator`, `over_budget`, `record`, "
                + "`schema_drift`, `timeout`, `transient`, `unavailable`, `unknown`, "
                + "`unknown_outcome`, `unrecoverable`"),
        Wrong(
            "schema_drift: persist", "schema_drift: persits",
            "o.yml:10:25: chain.primary.on.schema_drift: there is no node `persits`; did "
                + "you mean `persist`?"),
        Wrong(
            "schema_drift: persist", "schema_drift: cold",
            "o.yml:10:25: chain.primary.on.schema_drift: there is no node `cold`; `cold` "
                + "is a store: lead to its node `persist`"),
        Wrong(
            "schema_drift: persist", "schema_drift: feed",
            "o.yml:10:25: chain.primary.on.schema_drift: there is no node `feed`; known "
                + "are `again`, `persist`, `primary`, `table`"),
        Wrong(
            "schema_drift: persist", "schema_drift: [persist]",
            "o.yml:10:25: chain.primary.on.schema_drift: must be text, not a list"),
        Wrong(
            "retry: primary", "retry: primaary",
            "o.yml:11:19: chain.again.retry: there is no node `primaary`; did you mean `primary`?"),
        Wrong(
            "retry: primary", "retry: persist",
            "o.yml:11:19: chain.again.retry: `persist` calls no plugin: it can't be tried "
                + "again; retry a node with `plugin`, or the sink"),
        Wrong(
            "retry: primary", "retry: feed",
            "o.yml:11:19: chain.again.retry: there is no node `feed`; known are `primary`, "
                + "`table`"),
        Wrong(
            "persist: cold", "persist: cald",
            "o.yml:12:23: chain.persist.persist: there is no store `cald`; did you mean `cold`?"),
        Wrong(
            "persist: cold", "persist: attic, otherwise: cold",
            "o.yml:12:23: chain.persist.persist: there is no store `attic`; there is only `cold`"),
        Wrong(
            "persist: cold", "persist: cold, otherwise: cold",
            "o.yml:12:40: chain.persist.otherwise: this is the store that it stands in for"),
        Wrong(
            "name: table", "name: primary",
            "o.yml:16:3: sink.name: `primary` is the name of a node already (line 8); give "
                + "the sink another name"),
        Wrong(
            "name: feed", "name: cold",
            "o.yml:14:3: stores.cold: `cold` is the name of a source already (line 3); "
                + "give the store another name"),
        Wrong(
            "name: feed", "name: a/b",
            "o.yml:3:11: sources[0].name: `a/b` is no name: use letters, digits, `_` and `-`"),
        Wrong(
            "on: { default: persist }\nchain", "on: { default: nowhere }\nchain",
            "o.yml:6:20: sources[0].on.default: there is no node `nowhere`; known are "
                + "`again`, `persist`, `primary`, `table`"),
    ]

    static let nodes: [Wrong] = [
        Wrong(
            "retry: primary,", "retry: primary, plugin: x,",
            "o.yml:11:28: chain.again: `retry` and `plugin` in one node; a node does one "
                + "thing: split it into two"),
        Wrong(
            "plugin: contract", "plugn: contract",
            "o.yml:8:3: chain.primary: a node needs one of `plugin`, `retry` and "
                + "`persist`; did you mean `plugin`?"),
        Wrong(
            "retry: primary,", "retry: primary, attempts: 1,",
            "o.yml:11:38: chain.again.attempts: must be a whole number from 2 to 1000000, not `1`"),
        Wrong(
            "retry: primary,", "retry: primary, deadline: 3s,",
            "o.yml:11:28: chain.again.deadline: `deadline` does not belong here; it is a "
                + "key of nodes with `plugin`"),
        Wrong(
            "retry: primary,", "retry: primary, backoff: { base: 2s, cap: 1s },",
            "o.yml:11:37: chain.again.backoff: base is longer than cap"),
        Wrong(
            "persist: cold }", "persist: cold, halve: true }",
            "o.yml:12:29: chain.persist.halve: `halve` does not belong here; it is a key "
                + "of nodes with `retry`"),
        Wrong(
            "plugin: contract", "plugin: contract\n    otherwise: x",
            "o.yml:10:5: chain.primary.otherwise: `otherwise` does not belong here; it is "
                + "a key of nodes with `persist`"),
        Wrong(
            "plugin: contract", "plugin: contract\n    concurrency: 3",
            "o.yml:10:18: chain.primary.concurrency: 3 calls at once are more than 2; "
                + "there are 2 lanes (limits.lanes)"),
        Wrong(
            "plugin: contract", "plugin: contract\n    after: [structural]",
            "o.yml:10:13: chain.primary.after[0]: must be a map; write `validator: structural`"),
        Wrong(
            "plugin: contract", "plugin: contract\n    after: [{ validater: s }]",
            "o.yml:10:13: chain.primary.after[0]: `validator` is missing",
            "o.yml:10:15: chain.primary.after[0].validater: unknown key `validater`; did "
                + "you mean `validator`?"),
        Wrong(
            "  persist: {",
            "  c: { plugin: c, concurrency: 2, on: {default: persist} }\n  persist: {",
            "o.yml:12:32: chain.c.concurrency: 2 calls at once are more than 1; a node "
                + "other than the first stays below limits.lanes (2), so that a slow one can't "
                + "take them all"),
        Wrong(
            "  again: {", "  a gain: {",
            "o.yml:10:46: chain.primary.on.dependency: there is no node `again`; known are "
                + "`persist`, `primary`, `table`",
            "o.yml:11:3: chain.a gain: `a gain` is no name: use letters, digits, `_` and `-`"),
        Wrong(
            "  persist: { persist: cold }", "  persist:",
            "o.yml:12:3: chain.persist: a node needs one of `plugin`, `retry` and `persist`"),
    ]

    static let yaml: [Wrong] = [
        Wrong(
            "options: { files: \"*.json\" }", "options: { files: \"*.json\"",
            "o.yml:6:5: this is no YAML: while parsing a flow mapping (line 5): did not "
                + "find expected ',' or '}'"),
        Wrong(
            "pipeline: orders", "pipeline: orders\npipeline: more",
            "o.yml:1:1: `pipeline` is written more than once in this map, first here"),
        Wrong(
            "dependency: again", "default: again",
            "o.yml:10:34: `default` is written more than once in this map, first here"),
        Wrong(
            "pipeline: orders", "\tpipeline: orders",
            "o.yml:1:1: this is no YAML: while scanning for the next token (line 1): found "
                + "character that cannot start any token"),
        Wrong(
            "pipeline: orders", "pipeline: \"orders",
            "o.yml:5:25: this is no YAML: while scanning an alias (line 5): did not find "
                + "expected alphabetic or numeric character"),
        Wrong(
            "pipeline: orders", "pipeline: *nothing",
            "o.yml:1:11: this is no YAML: found undefined alias"),
        Wrong(
            "pipeline: orders", "pipeline: !secret orders",
            "o.yml:1:11: pipeline: the tag !secret means nothing here"),
        Wrong(
            "pipeline: orders", "pipeline: ord\u{1}ers",
            "o.yml:1:14: this is no YAML: control characters are not allowed"),
        Wrong(
            "files: \"*.json\"", "files: 007",
            "o.yml:5:23: sources[0].options.files: `007` is a number in some YAMLs and "
                + "none in JSON; put it in quotes, or write a plain number"),
        Wrong(
            "files: \"*.json\"", "files: .inf",
            "o.yml:5:23: sources[0].options.files: `.inf` is a number in some YAMLs and "
                + "none in JSON; put it in quotes, or write a plain number"),
        Wrong(
            "files: \"*.json\"", "files: 0x1F",
            "o.yml:5:23: sources[0].options.files: `0x1F` is a number in some YAMLs and "
                + "none in JSON; put it in quotes, or write a plain number"),
        Wrong(
            "files: \"*.json\"", "? [a] : b",
            "o.yml:5:18: sources[0].options: a key must be a plain word"),
        Wrong(
            "files: \"*.json\"", "files: \"${NO_SUCH}\"",
            "o.yml:5:23: sources[0].options.files: the environment variable NO_SUCH is not "
                + "set; set it, or give a default: `${NO_SUCH:-...}`"),
        Wrong(
            "plugin: contract", "plugin: ${PRIMARY:?name a plugin}",
            "o.yml:9:13: chain.primary.plugin: the environment variable PRIMARY is not "
                + "set: name a plugin"),
        Wrong(
            adding: "---\npipeline: two",
            "o.yml:19:1: this is no YAML: expected a single document in the stream (line "
                + "1): but found another document"),
    ]
}
