/// What a video costs, by the price table of the service's page. Models chosen by name have prices of their
/// own.
enum Prices {
    /// The default model. The table ends at 10 seconds and at 4k; what lies between counts as the next dearer
    /// entry.
    static func video(resolution: String, seconds: Int) -> Int {
        let perFiveSeconds =
            switch FrameSize.shortSide(of: resolution) {
            case ...720: 20
            case ...1080: 25
            default: 30
            }
        return perFiveSeconds * fiveSecondUnits(seconds)
    }

    /// New sound for a video; the sound of a new video is included in its price.
    static func sound(seconds: Int) -> Int { 5 * fiveSecondUnits(seconds) }

    private static func fiveSecondUnits(_ seconds: Int) -> Int { (seconds + 4) / 5 }
}
