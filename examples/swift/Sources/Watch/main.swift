// Several pictures side by side in a task group, every event printed as it comes: Watch PICTURE_URL...
// Writes watch-1.mp4, watch-2.mp4 and so on into the current folder.
import Foundation
import Image2Video

do {
    var configuration = Configuration()
    try configuration.loadEnvironment()
    let client = try AsyncClient(configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, url) in CommandLine.arguments.dropFirst().enumerated() {
            var request = VideoRequest(imageURL: url, prompt: "slow zoom in")
            request.target = "watch-\(index + 1).mp4"
            let job = try client.submit(request)
            group.addTask {
                for await event in job.events {
                    let status = job.video?.status ?? 0
                    print("\(index + 1): \(event), status \(status), \(job.progress.received) bytes")
                }
                try await job.finished()
                print("\(index + 1): saved \(job.path ?? "")")
            }
        }
        try await group.waitForAll()
    }
    try await client.close()
} catch let error as I2VError {
    print("\(error.status): \(error.message)")
    exit(1)
}
