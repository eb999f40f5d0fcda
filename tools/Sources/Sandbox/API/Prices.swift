/// What a video costs, by the price table of the service's page.
enum Prices {
    /// The default model. The table ends at 10 seconds and at 4k; what lies between counts as the next dearer
    /// entry.
    static func single(resolution: String, seconds: Int) -> Int {
        let perFiveSeconds =
            switch FrameSize.shortSide(of: resolution) {
            case ...720: 20
            case ...1080: 25
            default: 30
            }
        return perFiveSeconds * fiveSecondUnits(seconds)
    }

    /// A model chosen by name. Prices differ by model; the page's sample has 5 for five seconds.
    static func withModel(seconds: Int) -> Int { 5 * fiveSecondUnits(seconds) }

    private static func fiveSecondUnits(_ seconds: Int) -> Int { (seconds + 4) / 5 }
}
