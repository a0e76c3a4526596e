// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
]

let package = Package(
    name: "Spillway",
    products: [
        .executable(name: "spillway", targets: ["spillway"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The plugin contract as a module: SDK/include/spillway/abi.h, no code.
        .target(name: "SpillwayABI"),
        // The little C that Swift can't do: call frames, ELF, SHA-256.
        .target(
            name: "CHost", dependencies: ["SpillwayABI"],
            cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("crypto")]),
        // What is decided: pure, no input or output, no clock.
        .target(name: "Chain"),
        .target(name: "PluginHost", dependencies: ["Chain", "CHost", "SpillwayABI"]),
        .target(
            name: "Ledger",
            dependencies: ["Chain", .product(name: "GRDB", package: "GRDB.swift")]),
        // Performs what Chain decides.
        .target(
            name: "Pipeline",
            dependencies: [
                "Chain", "PluginHost", "Ledger", "CHost", "SpillwayABI",
                .product(name: "Yams", package: "Yams"),
            ]),
        .executableTarget(
            name: "spillway",
            dependencies: [
                "Pipeline", "PluginHost", "Ledger", "Chain",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "bench-dispatch", dependencies: ["Pipeline", "PluginHost"],
            path: "Benchmarks/dispatch",
            exclude: ["echo.c", "count_malloc.c", "baseline.py"], sources: ["Dispatch.swift"]),
        .testTarget(name: "ChainTests", dependencies: ["Chain"], exclude: ["mutants.sh"]),
        .testTarget(
            name: "PluginHostTests", dependencies: ["PluginHost", "CHost", "SpillwayABI"],
            exclude: ["Fixtures"]),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger"]),
        .testTarget(name: "PipelineTests", dependencies: ["Pipeline"]),
    ],
    swiftLanguageModes: [.v6]
)

// The C border is unsafe by nature and says so in its own comments; everything else is checked.
let atTheBorder: Set = [
    "spillway", "bench-dispatch", "PluginHost", "Pipeline", "PluginHostTests", "PipelineTests",
]

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
    if !atTheBorder.contains(target.name) {
        target.swiftSettings?.append(.strictMemorySafety())
    }
}
