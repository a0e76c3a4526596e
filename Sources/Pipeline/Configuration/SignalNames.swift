/// The words that edges and breakers know.
enum SignalNames {
    static let signals = [
        "schema_drift", "divergence", "unrecoverable", "duplicate", "backpressure", "capacity",
        "unavailable", "transient", "timeout", "crash", "over_budget", "breaker_open", "denied",
        "unknown_outcome",
    ]
    static let classes = ["record", "dependency", "operator", "unknown"]
}
