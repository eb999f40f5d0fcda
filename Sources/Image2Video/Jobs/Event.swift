/// Something that happened to a job.
public enum Event: Int32, Sendable {
    /// The service accepted the request; the job has its id and its receipt.
    case created = 1
    /// The service's word on the video changed.
    case status = 2
    /// More of the video was downloaded.
    case progress = 3
    /// What was started ended: the state says how.
    case done = 4
    /// The job is hindered and goes on: its error says by what, and is gone when nothing hinders it any more.
    case warning = 5
}
