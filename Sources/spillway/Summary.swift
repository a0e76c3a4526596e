import Chain
import Foundation
import Pipeline

/// What a run did: the sums of the first law, per tier and per signal, and where everything is.
struct Summary: Encodable {
    struct Transition: Encodable {
        var from: String
        var signal: String
        var to: String
        var records: UInt64
    }

    struct Change: Encodable {
        var kind: String
        var pointer: String
        var loss: String
        var values: UInt64
    }

    var pipeline: String
    /// This run alone.
    var run: Sums?
    /// Since the pipeline's beginning.
    var total: Sums
    var deliveredBy: [String: UInt64]
    var transitions: [Transition]
    var changes: [Change]
    var sequence: UInt64
    var stopped: Bool
    var seconds: Double
    var state: String
    var sink: String
    var stores: [String]

    init(_ report: Run.Report, _ configuration: Pipeline.Configuration) {
        self.init(
            totals: report.totals, sequence: report.sequence, configuration: configuration)
        run = report.sums
        stopped = report.wasStopped
        seconds = Double(report.duration) / 1e9
    }

    init(totals: Totals, sequence: UInt64, configuration: Pipeline.Configuration) {
        pipeline = configuration.pipeline
        total = totals.sums
        deliveredBy = totals.deliveredBy
        transitions = totals.transitions
            .map {
                Transition(
                    from: $0.key.from, signal: $0.key.signal, to: $0.key.to, records: $0.value)
            }
            .sorted { ($0.from, $0.signal, $0.to) < ($1.from, $1.signal, $1.to) }
        changes = totals.changes
            .map {
                Change(
                    kind: $0.key.kind, pointer: $0.key.pointer, loss: $0.key.loss, values: $0.value)
            }
            .sorted { ($0.kind, $0.pointer, $0.loss) < ($1.kind, $1.pointer, $1.loss) }
        self.sequence = sequence
        stopped = false
        seconds = 0
        state = configuration.state
        sink = "\(configuration.sink.name) (\(configuration.sink.use.plugin))"
        stores = configuration.stores.map { "\($0.name) (\($0.use.plugin))" }
    }

    func printForPeople() {
        if let run {
            let rate = seconds > 0 ? Double(run.accepted) / seconds : 0
            print(
                "\(pipeline): \(stopped ? "stopped" : "finished") in"
                    + " \(String(format: "%.2f", seconds)) s,"
                    + " \(Output.number(UInt64(rate))) records/s")
        }
        print()
        printSums()
        printTiers()
        printChanges()
        print()
        print("sink    \(sink)")
        for store in stores { print("store   \(store)") }
        print("state   \(state)")
    }

    private func printSums() {
        var rows = [row("accepted", \.accepted), row("derived", \.derived)]
        rows += [
            row("delivered", \.delivered), row("  clean", \.clean), row("  degraded", \.degraded),
            row("deferred", \.deferred), row("duplicate", \.duplicate), row("filtered", \.filtered),
        ]
        rows += [
            row("inserted", \.outcomes.inserted), row("updated", \.outcomes.updated),
            row("unchanged", \.outcomes.unchanged), row("deleted", \.outcomes.deleted),
            row("superseded", \.outcomes.superseded),
        ]
        Output.table(["records", run == nil ? "" : "this run", "in total"], rows, right: [1, 2])
        print()
        print(
            "accepted \(Output.number(total.accepted)) + derived \(Output.number(total.derived)) ="
                + " delivered \(Output.number(total.delivered)) + deferred"
                + " \(Output.number(total.deferred)) + duplicate \(Output.number(total.duplicate)) +"
                + " filtered \(Output.number(total.filtered))"
                + (total.fault.map { "  DOES NOT ADD UP: \($0)" } ?? "  ✓"))
    }

    private func row(_ name: String, _ value: KeyPath<Sums, UInt64>) -> [String] {
        [
            name, run.map { Output.number($0[keyPath: value]) } ?? "",
            Output.number(total[keyPath: value]),
        ]
    }

    private func printTiers() {
        if !deliveredBy.isEmpty {
            print()
            Output.table(
                ["delivered by", "records"],
                deliveredBy.sorted { $0.key < $1.key }.map { [$0.key, Output.number($0.value)] },
                right: [1])
        }
        if !transitions.isEmpty {
            print()
            Output.table(
                ["stepped down from", "signal", "to", "records"],
                transitions.map { [$0.from, $0.signal, $0.to, Output.number($0.records)] },
                right: [3])
        }
    }

    private func printChanges() {
        guard !changes.isEmpty else { return }
        print()
        Output.table(
            ["values", "at", "loss", "count"],
            changes.map { [$0.kind, $0.pointer, $0.loss, Output.number($0.values)] }, right: [3])
    }
}
