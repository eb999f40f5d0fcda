/// The evidence against one job whose polls failed.
struct Suspicion {
    /// Whom it is polled with.
    enum Company: Equatable {
        case anyone
        /// The others of a list that failed.
        case list(Suspects.List)
        /// Nobody: it failed alone.
        case nobody
    }

    private(set) var company = Company.anyone
    /// Failures in a row, and how many polls had been answered before the first of them.
    private(set) var failures = 0
    private(set) var answersBefore = 0
    /// How often it was found to fail alone, and how many answers in a row it had alone since.
    private var isolations = 0
    private var answersAlone = 0

    var exists: Bool { company != .anyone }

    mutating func failed(answers: Int) {
        if failures == 0 { answersBefore = answers }
        failures += 1
    }

    mutating func join(_ list: Suspects.List) {
        company = .list(list)
    }

    mutating func isolate() {
        answersAlone = 0
        guard company != .nobody else { return }
        company = .nobody
        isolations = min(isolations + 1, 8)
    }

    /// It is polled with others again; the more often it was found to fail alone, the more answers later.
    mutating func answered() {
        failures = 0
        if company == .nobody { answersAlone += 1 }
        if company != .nobody || answersAlone >= isolations { company = .anyone }
    }
}

/// The lists that failed, and how fast they are polled: at once while others are answered, though no more than so many
/// within a floor; one at a time, with pauses, while nothing is.
struct Suspects {
    /// A list that failed. The halves of one have the numbers 2n and 2n + 1.
    typealias List = Int

    private static let mostPolls: Int64 = 32
    /// Failures in a row after which nothing is thought to be answered any more.
    private static let patience = 16

    private let floor: Int64
    private var polls = 0
    private var earliest = Instant(milliseconds: 0)
    private var lastList: List = 0
    /// By half of their halves' numbers: the lengths of lists of which no half has failed.
    private var halved: [Int: (count: Int, isHalfAnswered: Bool)] = [:]
    /// Polls that were answered, and those that failed since the last.
    private(set) var answers = 0
    private var unanswered = 0
    /// Nothing is answered: the service is down, as far as suspects can tell.
    private(set) var isDown = false

    init(floor: Int64) {
        self.floor = floor
    }

    /// When one may be polled.
    var ready: Instant { isDown && polls > 0 ? .never : earliest }

    /// While nothing is answered, the list that failed least and the one that was halved last take turns: one bad id
    /// is not in both halves of a list, and a list that is too long is so until it was halved several times.
    var prefersNewest: Bool { !isDown || unanswered % 2 == 0 }

    mutating func begin(now: Instant) {
        earliest = max(earliest, now + -floor) + max(1, floor / Self.mostPolls)
        polls += 1
    }

    mutating func end() {
        polls -= 1
    }

    /// A poll was answered, of suspects or of others. Gives the length of a list that was too long: its halves were
    /// answered.
    mutating func answered(_ list: List?, now: Instant) -> Int? {
        answers += 1
        unanswered = 0
        if isDown { earliest = now + -floor }
        isDown = false
        guard let list, let whole = halved[list / 2] else { return nil }
        halved[list / 2] = whole.isHalfAnswered ? nil : (whole.count, true)
        return whole.isHalfAnswered ? whole.count : nil
    }

    /// A poll failed, which may be of its ids; `isAlone` when no other was answered since it failed first.
    mutating func failed(_ list: List?, isAlone: Bool, now: Instant, pause: Int64) {
        if let list { halved[list / 2] = nil }
        unanswered += 1
        if isAlone || unanswered > Self.patience { isDown = true }
        if isDown { earliest = max(earliest, now + pause) }
    }

    /// A new list, of jobs that stay together.
    mutating func add() -> List {
        lastList += 2
        return lastList
    }

    /// Two new lists in place of one of so many jobs.
    mutating func addHalves(of count: Int) -> (List, List) {
        let list = add()
        halved[list / 2] = (count, false)
        return (list, list + 1)
    }

    /// There are no such lists at present. Where the jobs of a half have ended, nobody else says so.
    mutating func forgetHalves() {
        halved = [:]
    }
}
