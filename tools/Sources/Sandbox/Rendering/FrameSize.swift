/// The pixels of a video.
struct FrameSize: Sendable, Equatable {
    let width: Int
    let height: Int

    /// How a picture stands; its video stands the same way.
    enum Shape: Sendable {
        case landscape, portrait, square

        init(width: Int, height: Int) {
            let ratio = Double(width) / Double(max(height, 1))
            self = ratio > 1.15 ? .landscape : ratio < 1 / 1.15 ? .portrait : .square
        }
    }

    /// Understands "720p", "1080P", "4k" and the like, whose number is the short side of a 16:9 frame, and
    /// "1280x720", which some models use and which is taken as it is.
    init(resolution: String, shape: Shape) {
        if let exact = Self.exact(resolution) {
            self = exact
            return
        }
        let short = Self.even(Self.shortSide(of: resolution))
        let long = Self.even(short * 16 / 9)
        switch shape {
        case .landscape: (width, height) = (long, short)
        case .portrait: (width, height) = (short, long)
        case .square: (width, height) = (short, short)
        }
    }

    private init(width: Int, height: Int) {
        self.width = Self.even(width)
        self.height = Self.even(height)
    }

    /// The shorter side that a resolution's name means; 720 when the name says nothing.
    static func shortSide(of resolution: String) -> Int {
        if let exact = exact(resolution) { return min(exact.width, exact.height) }
        let name = resolution.lowercased()
        let digits = name.prefix { $0.isNumber }
        guard let number = Int(digits), number > 0 else { return 720 }
        switch name.dropFirst(digits.count) {
        case "k": return min(number, 4) * 540
        case "p", "": return min(number, 2160)
        default: return 720
        }
    }

    private static func exact(_ resolution: String) -> FrameSize? {
        let sides = resolution.lowercased().split(whereSeparator: { $0 == "x" || $0 == "*" }).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1] else { return nil }
        guard (64...4096).contains(width), (64...4096).contains(height) else { return nil }
        return FrameSize(width: width, height: height)
    }

    /// H.264 with halved colour planes wants even sides.
    private static func even(_ side: Int) -> Int { max(64, (side + 1) / 2 * 2) }
}
