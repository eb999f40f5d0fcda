/// A job as each reply shows it. The three replies list different fields, and clients depend on which.
enum Rows {
    /// `data` of `createBySourcePrompt`.
    static func created(_ job: Job) -> JSON {
        .object(
            common(job).adding([
                "status": .int(JobStatus.queueing.rawValue),
                "negative_prompt": .string(job.request.negativePrompt),
                "extend_prompt": .bool(job.request.extendPrompt),
                "audio_type": .int(job.request.sound.rawValue),
                "audio_url": .string(job.request.audioURL),
                "effect_code": .string(job.request.effect?.code ?? ""),
            ]))
    }

    /// An item of `successList`.
    static func batched(_ job: Job, in batch: Batch) -> JSON {
        .object(
            common(job).adding([
                "status": .int(JobStatus.queueing.rawValue),
                "negative_prompt": .string(job.request.negativePrompt),
                "extend_prompt": .bool(job.request.extendPrompt),
                "last_image_url": .string(job.request.lastImageURL),
                "model_name": .string(job.request.modelName),
                "batch_id": .string(batch.id),
                "batch_count": .int(batch.count),
            ]))
    }

    /// `data` of `updateVideoAudio`.
    static func dubbed(_ job: Job) -> JSON {
        guard let row = created(job).object else { return .null }
        return .object(
            row.adding([
                "update_time": .int(job.created),
                "video_duration": .int(job.request.seconds),
                "pre_video_id": .string(job.original?.id ?? ""),
                "only_add_audio": true,
            ]))
    }

    /// An item of `data.result`. `video_url` is there once there is a video, and no earlier.
    static func result(_ job: Job, at time: Milliseconds, clock: JobClock, origin: String) -> JSON {
        let progress = job.progress(at: time, clock: clock)
        var row = common(job).adding([
            "status": .int(progress.status.rawValue),
            "update_time": .int(progress.since),
            "video_duration": .int(job.request.seconds),
            "audio_type": .int(job.request.sound.rawValue),
            "audio_url": .string(job.request.audioURL),
            "effect_code": .string(job.request.effect?.code ?? ""),
            "only_add_audio": .bool(job.original != nil),
        ])
        switch progress.status {
        case .completed: row["video_url"] = .string("\(origin)/videos/\(job.videoName)")
        case .failed: row["error_reason"] = .string(job.failure ?? "")
        case .queueing, .processing: break
        }
        return .object(row)
    }

    /// A row of the listing, which has its own names for status and address.
    static func listed(_ job: Job, at time: Milliseconds, clock: JobClock, origin: String) -> JSON {
        let progress = job.progress(at: time, clock: clock)
        let video = progress.status == .completed ? "\(origin)/videos/\(job.videoName)" : ""
        return .object(
            common(job).adding([
                "type": 15,
                "video_status": .int(progress.status.rawValue),
                "update_time": .int(progress.since),
                "video": .string(video),
                "external_video": .string(video),
                "negative_prompt": .string(job.request.negativePrompt),
                "extend_prompt": .bool(job.request.extendPrompt),
                "last_image_url": .string(job.request.lastImageURL),
                "model_name": .string(job.request.modelName),
                "video_duration": .int(job.request.seconds),
            ]))
    }

    private static func common(_ job: Job) -> [String: JSON] {
        [
            "_id": .string(job.id),
            "create_time": .int(job.created),
            "uid": .int(Account.uid),
            "team_id": .string(Account.teamID),
            "webhookUrl": .string(job.request.webhookURL),
            "resolution": .string(job.request.resolution),
            "file_name": job.request.fileName,
            "effect_name": .string(job.request.effect?.name ?? ""),
            "image_url": .string(job.request.imageURL),
            "prompt": .string(job.request.prompt),
            "deduction_credit": .int(job.request.price),
        ]
    }
}

extension [String: JSON] {
    fileprivate func adding(_ others: [String: JSON]) -> [String: JSON] {
        merging(others) { _, other in other }
    }
}
