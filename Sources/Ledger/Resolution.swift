/// What a reconciliation made of a task.
public enum Resolution: Sendable, Equatable {
    /// The sink has it; the outcome is the sink's word (`inserted`, `superseded`, ...).
    case delivered(taskID: Int64, outcome: String)
    /// It came down again: the task stays as it is, with one attempt more and the newest reason.
    case failed(taskID: Int64, signal: String, reason: String, history: String)
    /// Part of it was delivered: these tasks stand for the rest.
    case remainder(taskID: Int64, replacing: [NewTask])

    var taskID: Int64 {
        switch self {
        case .delivered(let id, _), .failed(let id, _, _, _), .remainder(let id, _): id
        }
    }
}
