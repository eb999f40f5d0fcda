/// What the camera does over the still picture: the one thing of a prompt that the sandbox can act out.
enum CameraMove: String, Sendable {
    case pushIn, zoomIn, zoomOut, panLeft, panRight, tiltUp, tiltDown, rotate

    /// Finds the move that a prompt speaks of; a slow push-in when it speaks of none.
    init(named prompt: String) {
        let words = Set(prompt.lowercased().split { !$0.isLetter }.map(String.init))
        func says(_ stems: String...) -> Bool {
            words.contains { word in stems.contains { word.hasPrefix($0) } }
        }
        // Whole words: "pan" also begins "panda", and "up" begins "upper".
        func says(word options: String...) -> Bool { !words.isDisjoint(with: options) }

        if says("zoom", "dolly", "pull") {
            self = says(word: "out", "back", "away") ? .zoomOut : .zoomIn
        } else if says(word: "pan", "pans", "panning", "slide", "slides", "sliding") {
            self = says(word: "left") ? .panLeft : .panRight
        } else if says("tilt") {
            self = says(word: "down", "downward", "downwards") ? .tiltDown : .tiltUp
        } else if says("rotat", "orbit", "spin") {
            self = .rotate
        } else {
            self = .pushIn
        }
    }

    /// Where the camera is, as expressions of ffmpeg's zoompan filter; `progress` runs from 0 to 1.
    func zoompan(progress: String) -> (zoom: String, x: String, y: String) {
        let (middleX, middleY) = ("(iw-iw/zoom)/2", "(ih-ih/zoom)/2")
        switch self {
        case .pushIn, .rotate: return ("1+0.12*\(progress)", middleX, middleY)
        case .zoomIn: return ("1+0.3*\(progress)", middleX, middleY)
        case .zoomOut: return ("1.3-0.3*\(progress)", middleX, middleY)
        case .panLeft: return ("1.2", "(iw-iw/zoom)*(1-\(progress))", middleY)
        case .panRight: return ("1.2", "(iw-iw/zoom)*\(progress)", middleY)
        case .tiltUp: return ("1.2", middleX, "(ih-ih/zoom)*(1-\(progress))")
        case .tiltDown: return ("1.2", middleX, "(ih-ih/zoom)*\(progress)")
        }
    }
}
