import Foundation
import Pipeline
import PluginHost

/// Times the chain and the in-process dispatch on the success path, one call per payload, and counts
/// allocations when count_malloc.c is preloaded. Prints one JSON object.
@main
enum Dispatch {
    private struct Result: Encodable {
        var payloadBytes: Int
        var payloadsPerSecond: Double
        var nanosecondsPerPayload: Double
        var hostNanoseconds: Double
        var allocationsPerPayload: Double?
    }

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let size = Int(arguments[2]) else {
            print("usage: bench-dispatch ECHO.so PAYLOAD_BYTES")
            exit(2)
        }
        let loader = PluginLoader(
            searchPaths: [], privateFolder: PluginSearch.privateFolder(), allowUnpinned: true)
        let plugin = try loader.load(arguments[1])
        let executor = try Executor(
            name: "primary", handler: plugin.makeHandler(InstanceSetup(name: "primary")),
            store: plugin.makeStore(InstanceSetup(name: "store")))
        var payload = [UInt8](repeating: UInt8(ascii: "x"), count: size)
        let rounds = 1_000_000
        let count = allocationCounter()
        payload.withUnsafeMutableBytes { payload in
            for round in 0..<10_000 { run(executor, payload, round) }
            let allocatedBefore = count()
            let began = MonotonicClock.now()
            for round in 0..<rounds { run(executor, payload, round) }
            let each = Double(MonotonicClock.now() - began) / Double(rounds)
            let allocated = count()
            let hashing = timeOfHashing(payload, rounds)
            let result = Result(
                payloadBytes: size, payloadsPerSecond: 1e9 / each, nanosecondsPerPayload: each,
                hostNanoseconds: each - hashing,
                allocationsPerPayload: allocated.flatMap { after in
                    allocatedBefore.map { Double(after - $0) / Double(rounds) }
                })
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            if let data = try? encoder.encode(result) {
                print(String(decoding: data, as: UTF8.self))
            }
        }
    }

    /// Another payload each time, so that nothing can be remembered.
    @inline(__always)
    private static func run(
        _ executor: Executor, _ payload: UnsafeMutableRawBufferPointer, _ round: Int
    ) {
        payload.storeBytes(of: UInt32(truncatingIfNeeded: round), as: UInt32.self)
        guard case .unchanged = executor.execute(UnsafeRawBufferPointer(payload)) else {
            fatalError("the success path was left")
        }
    }

    /// Nanoseconds of the key alone.
    private static func timeOfHashing(_ payload: UnsafeMutableRawBufferPointer, _ rounds: Int)
        -> Double
    {
        let hasher = KeyHasher()
        let began = MonotonicClock.now()
        for round in 0..<rounds {
            payload.storeBytes(of: UInt32(truncatingIfNeeded: round), as: UInt32.self)
            hasher.hash(UnsafeRawBufferPointer(payload))
        }
        return Double(MonotonicClock.now() - began) / Double(rounds)
    }

    private static func allocationCounter() -> () -> UInt64? {
        typealias Count = @convention(c) () -> UInt64
        guard let symbol = dlsym(nil, "malloc_count") else { return { nil } }
        let count = unsafeBitCast(symbol, to: Count.self)
        return { count() }
    }
}
