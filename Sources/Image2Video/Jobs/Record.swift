/// What outlives the process of a job, beyond what its host sees of it. The I/O thread's.
final class Record {
    /// Where the job comes from.
    struct Origin {
        /// Shared by the jobs of one create, and by nothing else.
        var submission = Nonce.make()
        /// Its place among them.
        var position = 0
        var count = 1
        /// The create; nil for a video that was made elsewhere.
        var call: APICall?
        /// Milliseconds since 1970.
        var submitted = WallClock.now
        /// Milliseconds from its start to its end.
        var deadline: Int64
    }

    /// How far its download came, for whoever goes on with it.
    struct Partial: Equatable {
        /// The part file, as the file system knows it, and the boot it was written in: what was in the
        /// machine's memory when the machine went down is not on disk.
        var device: Int64
        var inode: Int64
        var boot: String
        /// What the server called the entity: an ETag or a date.
        var validator: String?
        /// The size of the whole file, once it is whole and on disk.
        var size: Int64?

        /// A part file that is about to be made: whoever finds it should know whose it is.
        static let intended = Partial(device: 0, inode: 0, boot: "")
    }

    var origin: Origin
    /// Its number in the ledger; nil until it is there.
    var row: Int64?
    /// When its create went on the wire, in milliseconds since 1970; nil when it certainly is, and was, not.
    var sent: Int64?
    /// Whoever resumes takes it up.
    var isOpen = true
    /// The number under which this client holds it, as far as it knows.
    var holder: Int64?
    /// Another process took it up: this one has nothing more to say of it, but its id.
    var isLost = false
    var partial: Partial?
    /// A process before this one knew that the service has the video.
    var wasKnownToExist = false
    /// Credits that the service said it took, in this process or before.
    var deduction: Double?

    init(_ origin: Origin) {
        self.origin = origin
    }

    /// No other job has the same.
    var name: String { "\(origin.submission).\(origin.position)" }

    /// The record of another job of the same create.
    func at(_ position: Int) -> Record {
        var origin = origin
        origin.position = position
        return Record(origin)
    }
}
