/// Ways in which the service has been seen to deviate from its own page, each off until a test turns it on.
struct Oddities: Sendable {
    /// What was asked for, to be shown.
    private(set) var json: JSON = [:]

    var missingFields: MissingFields?
    var hasUpdateBeforeCreate = false
    var hasShuffledRows = false
    var hasDuplicateRows = false
    var hasExtraFields = false
    /// What is said in place of queueing and processing.
    var unknownStatus: Int?
    /// The most ids that one request for results may name.
    var resultsCap: Int?
    var hasCodeAsText = false
    var hasTokenInData = false
    /// The name that `video_url` goes by.
    var urlField: String?
    var failureField: FailureField?
    /// How much older than they are all videos are said to be.
    var age: Milliseconds = 0
    var hasEmptySuccess = false
    var partialSuccess: PartialSuccess?
    /// How many more videos each create makes and charges than it was asked for.
    var surplus = 0
    /// The form that ids of new videos have.
    var idForm = IDForm.hex
    var timeForm: TimeForm?
    /// Something in the sealed content of every webhook.
    var webhookOddValue: OddValue?
    /// Where the answers of some routes have their rows.
    var rowPlaces: [Route: RowPlace] = [:]
    var prices = Prices()

    enum MissingFields: Sendable {
        /// All that a client can do without.
        case most
        case named([String])
    }

    /// How many videos of a batch succeed.
    enum PartialSuccess: Sendable {
        case half
        case exactly(Int)
    }

    /// Where a failed video says why, and in what form.
    struct FailureField: Sendable {
        let name: String
        let shape: Shape

        enum Shape: String, Sendable, CaseIterable {
            case text, object, array
        }
    }
}

/// The oddities in force.
actor OddityBook {
    private(set) var current = Oddities()

    func replace(with oddities: Oddities) { current = oddities }
}

extension Oddities {
    /// Reads a set of oddities and insists on every name and value, as a misspelt one would test nothing.
    init(_ json: JSON) throws(OddityProblem) {
        guard let members = json.object else {
            throw OddityProblem(message: "the body must be a JSON object")
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let read = Self.readers[name] else {
                throw OddityProblem(message: "unknown oddity \"\(name)\"")
            }
            // Whatever it takes besides, false and null turn it off.
            guard value != false, value != .null else { continue }
            guard read(&self, value) else {
                throw OddityProblem(message: "\"\(name)\" cannot be \(value.text)")
            }
        }
        self.json = json
    }

    /// Sets one oddity; false when the value makes no sense for it.
    private typealias Reader = @Sendable (inout Oddities, JSON) -> Bool

    private static let readers: [String: Reader] = [
        "missing_fields": { $0.readMissingFields($1) },
        "update_before_create": flag(\.hasUpdateBeforeCreate),
        "shuffled_rows": flag(\.hasShuffledRows),
        "duplicate_rows": flag(\.hasDuplicateRows),
        "extra_fields": flag(\.hasExtraFields),
        "unknown_status": { oddities, value in
            oddities.unknownStatus = value == true ? 7 : value.int
            return oddities.unknownStatus != nil
        },
        "results_cap": { oddities, value in
            oddities.resultsCap = value.int
            return (oddities.resultsCap ?? 0) > 0
        },
        "code_as_text": flag(\.hasCodeAsText),
        "token_in_data": flag(\.hasTokenInData),
        "url_field": { oddities, value in
            oddities.urlField = value.string
            return oddities.urlField?.isEmpty == false
        },
        "failure_field": { $0.readFailureField($1) },
        "age_days": { oddities, value in
            guard let days = value.number, (-3650...3650).contains(days) else { return false }
            oddities.age = Int(days * 86_400_000)
            return true
        },
        "empty_success": flag(\.hasEmptySuccess),
        "partial_success": { $0.readPartialSuccess($1) },
        "surplus": { oddities, value in
            oddities.surplus = value == true ? 1 : value.int ?? 0
            return (1...10).contains(oddities.surplus)
        },
        "numeric_ids": { oddities, value in
            let form = value == true ? IDForm.number : value.string.flatMap(IDForm.init(rawValue:))
            oddities.idForm = form ?? .hex
            return form != nil
        },
        "times_in": { oddities, value in
            oddities.timeForm = value.string.flatMap(TimeForm.init(rawValue:))
            return oddities.timeForm != nil
        },
        "odd_webhooks": { oddities, value in
            oddities.webhookOddValue = value.string.flatMap { OddValue(named: $0, field: nil) }
            return oddities.webhookOddValue != nil
        },
        "rows_in": { $0.readRowPlaces($1) },
        "unit_credit_per": { oddities, value in
            guard let unit = Prices.Unit(rawValue: value.string ?? "") else { return false }
            oddities.prices.unit = unit
            return true
        },
        "single_price": { oddities, value in
            oddities.prices.single = value == true ? 100 : value.int
            return (0...1_000_000).contains(oddities.prices.single ?? -1)
        },
    ]

    private static func flag(_ path: WritableKeyPath<Oddities, Bool> & Sendable) -> Reader {
        { oddities, value in
            oddities[keyPath: path] = value == true
            return value == true
        }
    }

    private mutating func readMissingFields(_ value: JSON) -> Bool {
        if value == true {
            missingFields = .most
            return true
        }
        guard let names = value.array, names.allSatisfy({ $0.string != nil }) else { return false }
        missingFields = .named(names.compactMap(\.string))
        return true
    }

    private mutating func readFailureField(_ value: JSON) -> Bool {
        guard let name = value.string ?? value["name"]?.string, !name.isEmpty,
            let shape = FailureField.Shape(rawValue: value["shape"]?.string ?? "text")
        else { return false }
        failureField = FailureField(name: name, shape: shape)
        return true
    }

    private mutating func readRowPlaces(_ value: JSON) -> Bool {
        guard let members = value.object, !members.isEmpty else { return false }
        for (name, value) in members {
            guard let route = Route(rawValue: name), route.isAPI,
                let place = value.string.flatMap(RowPlace.init(rawValue:))
            else { return false }
            rowPlaces[route] = place
        }
        return true
    }

    private mutating func readPartialSuccess(_ value: JSON) -> Bool {
        if value == true {
            partialSuccess = .half
        } else if let count = value.int, (0...10).contains(count) {
            partialSuccess = .exactly(count)
        }
        return partialSuccess != nil
    }
}

/// What is wrong with a set of oddities, for the person who wrote it.
struct OddityProblem: Error {
    let message: String
}
