import Chain
import Foundation
import Testing

/// Whole pipelines played over the pure machines: random graphs, faults, crashes, orders of lanes.
/// `SPILLWAY_LONG=1` plays ten times as many; `SPILLWAY_SEED=n` plays one of them again, alone.
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let only = environment["SPILLWAY_SEED"].flatMap { UInt64($0) }
    private static let schedules: UInt64 =
        environment["SPILLWAY_SCHEDULES"].flatMap { UInt64($0) }
        ?? (environment["SPILLWAY_LONG"] == "1" ? 1_000_000 : 100_000)
    private static let blocks: [UInt64] = only == nil ? Array(0..<20) : [0]

    private static func seeds(_ block: UInt64) -> any Sequence<UInt64> {
        if let only { return [only] }
        let size = schedules / 20
        return block * size..<(block + 1) * size
    }

    /// Plays a seed; when it happens to meet no fault, once more with one.
    private static func play(_ scenario: Scenario) -> Play {
        var play = Play(scenario)
        play.play()
        guard play.broken == nil, play.faultsMet == 0 else { return play }
        play = Play(scenario, isForced: true)
        play.play()
        return play
    }

    @Test(arguments: blocks)
    func noScheduleBreaksALaw(block: UInt64) throws {
        for seed in Self.seeds(block) {
            let scenario = try Scenario(seed: seed)
            let play = Self.play(scenario)
            guard play.broken == nil, play.faultsMet > 0 else {
                Issue.record(
                    """
                    \(play.broken ?? "a schedule without a fault"). Again, alone: \
                    SPILLWAY_SEED=\(seed)
                    """)
                return
            }
            if scenario.isCalm || seed % 4 == 0 { try Self.checkDeterminism(scenario, play) }
        }
    }

    /// Law 4: the same seed does the same, to the last action; in a calm schedule the routes do not
    /// hang on the number of lanes either.
    private static func checkDeterminism(_ scenario: Scenario, _ play: Play) throws {
        let again = Self.play(try Scenario(seed: scenario.seed))
        #expect(again.trace == play.trace, "law 4: SPILLWAY_SEED=\(scenario.seed)")
        guard scenario.isCalm else { return }
        for lanes in [1, 4] {
            var other = scenario
            other.lanes = lanes
            let played = Self.play(other)
            #expect(
                played.routes == play.routes,
                "law 4: SPILLWAY_SEED=\(scenario.seed), \(lanes) lanes")
        }
    }
}
