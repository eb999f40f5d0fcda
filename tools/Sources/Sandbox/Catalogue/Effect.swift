/// A ready-made look that a create names by its code. The sandbox acts it out as a camera move.
struct Effect: Sendable {
    /// The entry as the service lists it.
    let json: JSON
    let code: String
    let name: String
    let move: CameraMove

    init(id: String, name: String, code: String, move: CameraMove) {
        let place = "https://static.website-files.org/assets/Image_to_Video/Lora"
        let file = name.split(separator: " ").joined(separator: "_")
        self.code = code
        self.name = name
        self.move = move
        json = [
            "_id": .string(id),
            "create_time": 1_752_576_694_502,
            "logo": .string("\(place)/\(file).png"),
            "name": .string(name),
            "video_url": .string("\(place)/\(file).mp4"),
            "effect_code": .string(code),
        ]
    }

    static func named(_ code: String) -> Effect? { all.first { $0.code == code } }

    /// The first three are the page's.
    static let all = [
        Effect(
            id: "687632b95a0f52799eeed701", name: "Squish", code: "squish_89244231312", move: .zoomOut),
        Effect(id: "687632ba5a0f52799eeed887", name: "Cakeify", code: "cakeify_24743216", move: .zoomIn),
        Effect(id: "687632bc5a0f52799eeed929", name: "Samurai", code: "samurai_99757865", move: .panRight),
        Effect(id: "687632bd5a0f52799eeeda12", name: "Inflate", code: "inflate_31870954", move: .pushIn),
        Effect(id: "687632be5a0f52799eeedab6", name: "Deflate", code: "deflate_31870955", move: .zoomOut),
        Effect(id: "687632bf5a0f52799eeedb3c", name: "Melt", code: "melt_70215548", move: .tiltDown),
        Effect(id: "687632c05a0f52799eeedbd4", name: "Levitate", code: "levitate_5530917", move: .tiltUp),
        Effect(id: "687632c15a0f52799eeedc70", name: "Crush", code: "crush_48816203", move: .zoomIn),
        Effect(id: "687632c25a0f52799eeedd05", name: "Hot Wind", code: "hot_wind_662019", move: .panLeft),
        Effect(
            id: "687632c35a0f52799eeedd9e", name: "Slow Spin", code: "slow_spin_80034417", move: .rotate),
    ]
}
