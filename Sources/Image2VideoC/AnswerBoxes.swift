import Image2Video

/// What C reads of a query.
extension Query {
    var count: Int {
        guard let answer else { return 0 }
        switch question {
        case .results: return answer.videos.count
        case .delete: return answer.deletions.count
        case .effects: return answer.effects.count
        case .models: return answer.models.count
        case .credits: return 0
        }
    }

    var json: UnsafePointer<CChar>? {
        guard let answer else { return nil }
        return texts.get("json") {
            answer.json.count == 1
                ? answer.json[0].text : "[" + answer.json.map { $0.text }.joined(separator: ",") + "]"
        }
    }

    func deletion(_ index: Int) -> Deletion? {
        guard let list = answer?.deletions, list.indices.contains(index) else { return nil }
        return list[index]
    }

    func refusal(_ index: Int) -> UnsafePointer<CChar>? {
        guard let refusal = deletion(index)?.refusal else { return nil }
        return texts.get("refusal \(index)") { refusal }
    }
}

final class EffectBox {
    let row: JSON
    private let texts = TextCache()

    init(_ effect: Effect) {
        row = effect.json
    }

    var id: UnsafePointer<CChar>? {
        row["_id"]?.cString ?? row["_id"]?.id.map { id in texts.get("_id") { id } }
    }

    var json: UnsafePointer<CChar>? { texts.get("json") { row.text } }
}

final class ModelBox {
    let model: Model
    private let texts = TextCache()

    init(_ model: Model) {
        self.model = model
    }

    var row: JSON { model.json }
    var json: UnsafePointer<CChar>? { texts.get("json") { row.text } }

    func tag(_ index: Int) -> UnsafePointer<CChar>? {
        guard model.tags.indices.contains(index) else { return nil }
        return texts.get("tag \(index)") { model.tags[index] }
    }

    func ratio(_ index: Int) -> UnsafePointer<CChar>? {
        guard model.ratios.indices.contains(index) else { return nil }
        return texts.get("ratio \(index)") { model.ratios[index] }
    }

    func resolution(_ index: Int) -> Model.Resolution? {
        model.resolutions.indices.contains(index) ? model.resolutions[index] : nil
    }

    func resolutionText(_ index: Int) -> UnsafePointer<CChar>? {
        guard let resolution = resolution(index) else { return nil }
        return texts.get("value \(index)") { resolution.value }
    }

    func resolutionJSON(_ index: Int) -> UnsafePointer<CChar>? {
        guard let resolution = resolution(index) else { return nil }
        return texts.get("json \(index)") { resolution.json.text }
    }
}
