/// Makes a correct reply as odd as it was asked to be.
extension Oddities {
    func apply(to reply: Reply, of route: Route) -> Reply {
        guard route.isAPI, json != [:] else { return reply }
        let edited = RowEdit.rows(of: reply) { rows in arranged(rows.map { odd($0, on: route) }, on: route) }
        return envelope(moved(edited, on: route))
    }

    private func arranged(_ rows: [JSON], on route: Route) -> [JSON] {
        guard route == .results || route == .list, let first = rows.first else { return rows }
        // Moved on by one: no row is where it belongs.
        let moved = hasShuffledRows ? rows.dropFirst() + [first] : rows
        return hasDuplicateRows ? moved + moved : moved
    }

    private func odd(_ row: JSON, on route: Route) -> JSON {
        guard var members = row.object, route != .credits else { return row }
        if idForm != .hex { makeNumbers(&members) }
        if route == .delete { return .object(members) }
        if route.showsVideos {
            makeOlder(&members)
            if route != .create, route != .batch, route != .audio { hideStatus(&members) }
        }
        dropFields(&members, on: route)
        rename(&members, on: route)
        if let timeForm {
            for name in ["create_time", "update_time"] {
                if let time = members[name]?.int { members[name] = timeForm.json(time) }
            }
        }
        if hasExtraFields { members.merge(Self.extras) { own, _ in own } }
        return .object(members)
    }

    private func makeNumbers(_ row: inout [String: JSON]) {
        for name in ["_id", "pre_video_id"] { row[name] = row[name]?.asNumber }
        // Of an answer to a deletion.
        if let ids = row["successIds"]?.array { row["successIds"] = .array(ids.map(\.asNumber)) }
        if let items = row["noPermissionItems"]?.array {
            row["noPermissionItems"] = .array(
                items.map { item in
                    guard var members = item.object else { return item }
                    makeNumbers(&members)
                    return .object(members)
                })
        }
    }

    private func makeOlder(_ row: inout [String: JSON]) {
        guard let created = row["create_time"]?.int else { return }
        row["create_time"] = .int(created - age)
        guard let updated = row["update_time"]?.int else { return }
        // Five minutes, as in the page's own sample.
        row["update_time"] = .int(hasUpdateBeforeCreate ? created - age - 303_606 : updated - age)
    }

    private func hideStatus(_ row: inout [String: JSON]) {
        guard let unknownStatus else { return }
        for name in ["status", "video_status"] {
            guard let status = row[name]?.int.flatMap(JobStatus.init(rawValue:)), !status.isFinal else {
                continue
            }
            row[name] = .int(unknownStatus)
        }
    }

    private func dropFields(_ row: inout [String: JSON], on route: Route) {
        switch missingFields {
        case .none: break
        case .most:
            guard route.showsVideos else { break }
            let needed = ["_id", "status", "video_status", "video_url", "video", "error_reason"]
            row = row.filter { needed.contains($0.key) }
        case .named(let names):
            for name in names { row[name] = nil }
        }
    }

    private func rename(_ row: inout [String: JSON], on route: Route) {
        guard route == .results else { return }
        if let urlField, let url = row.removeValue(forKey: "video_url") { row[urlField] = url }
        if let failureField, let reason = row.removeValue(forKey: "error_reason") {
            row[failureField.name] = failureField.shape.wrap(reason)
        }
    }

    private func moved(_ reply: Reply, on route: Route) -> Reply {
        guard let place = rowPlaces[route], case .json(let value, let status) = reply,
            var members = value.object, let data = members["data"]
        else { return reply }
        members["data"] = place.data(rows: RowEdit.list(in: reply), from: data)
        return .json(.object(members), status)
    }

    private func envelope(_ reply: Reply) -> Reply {
        guard case .json(let value, let status) = reply, var members = value.object else { return reply }
        if hasTokenInData, let token = members.removeValue(forKey: "token") {
            members["data"] = ["token": token]
        }
        if hasExtraFields { members["request_id"] = "c0ffee00c0ffee00" }
        if hasCodeAsText, let code = members["code"]?.int { members["code"] = .string(String(code)) }
        return .json(.object(members), status)
    }

    private static let extras: [String: JSON] = [
        "sub_type": 1501, "__v": 0, "note": "größer 🐈",
        "storage": ["region": "us-west-1", "parts": [1, .null, "two", .double(2.5), ["deep": true]]],
    ]
}

extension Oddities.FailureField.Shape {
    fileprivate func wrap(_ reason: JSON) -> JSON {
        switch self {
        case .text: reason
        case .object: ["code": 1015, "message": reason]
        case .array: [reason]
        }
    }
}

extension Route {
    /// Answers with rows that are videos.
    fileprivate var showsVideos: Bool {
        switch self {
        case .create, .batch, .results, .audio, .list, .info: true
        default: false
        }
    }
}
