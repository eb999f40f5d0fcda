/// Where a job is, as its host sees it.
public enum JobState: Int32, Sendable {
    /// Its create has not been answered yet.
    case submitting = 1
    /// The service accepted it and is at work.
    case waiting = 2
    /// The service has finished the video; saving was not asked for.
    case completed = 3
    /// The video is being downloaded.
    case fetching = 4
    /// The file is there.
    case saved = 5
    /// It ended otherwise; the error says how.
    case failed = 6

    /// Nothing more happens by itself.
    var isFinal: Bool {
        switch self {
        case .completed, .saved, .failed: return true
        case .submitting, .waiting, .fetching: return false
        }
    }
}
