// Many pictures at once, dispatched from one loop: Many PICTURE_URL...
// Writes video-1.mp4, video-2.mp4 and so on into the current folder.
import Foundation
import Image2Video

var configuration = Configuration()
configuration.apiKey = ProcessInfo.processInfo.environment["AKOOL_API_KEY"]
if let url = ProcessInfo.processInfo.environment["AKOOL_BASE_URL"] { configuration.baseURL = url }

do {
    let client = try Client.start(configuration)
    for (index, url) in CommandLine.arguments.dropFirst().enumerated() {
        var request = VideoRequest(imageURL: url, prompt: "slow zoom in")
        request.target = "video-\(index + 1).mp4"
        _ = try client.submit(request) { job, event in
            guard event == .done else { return }
            print(job.error.map { "\(job.path ?? ""): \($0.message)" } ?? "saved \(job.path ?? "")")
        }
    }
    while client.jobCount > 0 { try client.dispatch() }
    try client.close()
} catch {
    print("\(error.status): \(error.message)")
    exit(1)
}
