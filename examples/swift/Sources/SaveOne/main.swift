// One picture becomes a video, with its progress shown: SaveOne PICTURE_URL PROMPT OUTPUT.mp4
import Foundation
import Image2Video

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: SaveOne PICTURE_URL PROMPT OUTPUT.mp4")
    exit(2)
}

var configuration = Configuration()
configuration.apiKey = ProcessInfo.processInfo.environment["AKOOL_API_KEY"]
if let url = ProcessInfo.processInfo.environment["AKOOL_BASE_URL"] { configuration.baseURL = url }

var request = VideoRequest(imageURL: arguments[1], prompt: arguments[2])
request.target = arguments[3]

do {
    let client = try Client.start(configuration)
    let job = try client.submit(request) { job, event in
        switch event {
        case .created: print("created \(job.id ?? "")")
        case .status: print("the service's status is \(job.video?.status ?? 0)")
        case .progress: print("\(job.progress.received) of \(job.progress.total) bytes")
        case .warning: print("hindered, and goes on: \(job.error?.message ?? "not any more")")
        case .done: break
        }
    }
    try job.wait()
    print("saved \(job.path ?? "")")
    try client.close()
} catch {
    print("\(error.status): \(error.message)")
    exit(1)
}
