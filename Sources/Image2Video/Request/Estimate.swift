/// What a request will cost, as far as that can be known before: from the price of the model's entry, or else
/// from the price table of the service's page. Bills have been seen to differ from both.
public enum Estimate {
    /// Credits for all videos of a request together.
    public static func credits(for request: VideoRequest) -> Double {
        let seconds = request.effectiveVideoLength
        let resolution = request.effectiveResolution
        var price = request.model?.price(of: seconds, at: resolution) ?? tabled(resolution, seconds)
        if let model = request.model, model.alwaysMakesAudio || request.generateAudio == true {
            price += price * (model.audioMultiplier.map { min(max(0, $0), 100) } ?? 0)
        }
        return price * Double(request.effectiveCount)
    }

    /// Credits for new sound; for the table's longest video when the length is not known.
    static func audio(seconds: Int64?) -> Double {
        5 * units(seconds ?? 10)
    }

    /// What the table does not list counts as the next dearer entry.
    private static func tabled(_ resolution: String, _ seconds: Int64) -> Double {
        let unit: Double
        switch resolution {
        case "720p": unit = 20
        case "1080p": unit = 25
        default: unit = 30
        }
        return unit * units(seconds)
    }

    /// The table counts in steps of five seconds.
    private static func units(_ seconds: Int64) -> Double {
        Double((seconds + 4) / 5)
    }
}
