import ArgumentParser
import Foundation

/// The program: reads the command line, starts the server, ends cleanly on SIGINT and SIGTERM.
@main
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Sandbox",
        abstract: "A local stand-in for the AKOOL Image to Video service.",
        discussion: """
            Speaks the same HTTP API, keeps jobs on a clock, and answers with real MP4s: a camera move \
            over the submitted picture, rendered by ffmpeg. It previews motion; it is no AI model.
            """)

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 picks a free one.")
    var port = 0

    @Option(help: "File to write the port number to once listening.")
    var portFile: String?

    @Option(help: "Folder for uploads and videos. Default: a temporary one, removed at exit.")
    var data: String?

    @Option(help: "How many times faster than the service jobs run.")
    var speed = 1.0

    @Option(help: "Seconds every job takes, before --speed. Default: 40 for a 5 s clip, 75 for 10 s.")
    var jobSeconds: Double?

    @Option(help: "The x-api-key that is accepted.")
    var apiKey = "sandbox-key"

    @Option(help: "The bearer token that is accepted.")
    var bearerToken = "sandbox-token"

    @Option(help: "The client id that getToken takes and webhooks are signed with.")
    var clientID = "sandbox-client-id"

    @Option(help: "The client secret, also accepted as x-api-key; 16, 24 or 32 bytes.")
    var clientSecret = "sandbox-client-secret-24"

    @Option(help: "Seconds until a token expires. Default: a year.")
    var tokenSeconds = 365 * 86400.0

    @Option(help: "Credits in the account.")
    var credits = 1_000_000

    @Option(help: "The account's subscription. The free one has limits, as at the service.")
    var plan = Plan.pro

    @Option(help: "Path to mount the API under a second time, such as /gateway.")
    var prefix: String?

    @Option(help: "What makes the videos: ffmpeg, or none for load tests, where they are filler.")
    var render = RenderChoice.ffmpeg

    @Option(help: "The size of a video of --render none.")
    var videoBytes = 65536

    @Option(help: "How many of the latest requests to keep for /_sandbox/requests, or all.")
    var keepRequests = Kept(count: 1000)

    enum RenderChoice: String, CaseIterable, ExpressibleByArgument {
        case ffmpeg, none
    }

    /// A number of requests, or all of them.
    struct Kept: ExpressibleByArgument {
        /// nil for all.
        let count: Int?

        init(count: Int) { self.count = count }

        init?(argument: String) {
            count = Int(argument)
            guard argument == "all" || (count ?? -1) >= 0 else { return nil }
        }

        var defaultValueDescription: String { count.map(String.init) ?? "all" }
    }

    func validate() throws {
        guard speed > 0, speed.isFinite else { throw ValidationError("--speed must be above 0") }
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0 to 65535") }
        if let jobSeconds, !(jobSeconds >= 0 && jobSeconds.isFinite) {
            throw ValidationError("--job-seconds must be 0 or more")
        }
        guard tokenSeconds >= 0, tokenSeconds <= 1e9 else {
            throw ValidationError("--token-seconds must be 0 to 1000000000")
        }
        guard [16, 24, 32].contains(clientSecret.utf8.count) else {
            throw ValidationError("--client-secret must be 16, 24 or 32 bytes, as it is an AES key")
        }
        guard (FillerVideo.smallest...FillerVideo.largest).contains(videoBytes) else {
            let sizes = "\(FillerVideo.smallest) to \(FillerVideo.largest)"
            throw ValidationError("--video-bytes must be \(sizes)")
        }
        if let prefix, !prefix.hasPrefix("/") { throw ValidationError("--prefix must start with /") }
    }

    func run() async throws {
        // A proxy is of no use on the way to this machine, where all that jobs fetch comes from.
        setenv("no_proxy", "*", 1)
        let folder = try DataFolder(path: data)
        let settings = Settings(
            apiKey: apiKey, bearerToken: bearerToken,
            client: ClientIdentity(id: clientID, secret: clientSecret), tokenSeconds: tokenSeconds,
            credits: credits, plan: plan,
            clock: JobClock(speed: speed, jobSeconds: jobSeconds), prefix: prefix,
            mode: render == .none ? .filler(bytes: videoBytes) : .ffmpeg,
            keptRequests: keepRequests.count)
        let children = ChildProcesses()
        let cleanUp = { @Sendable in
            children.killAll()
            folder.tidyUp()
        }
        let signals = Shutdown.onSignals([SIGINT, SIGTERM], cleanUp)
        defer { withExtendedLifetime(signals) {} }

        let server = SandboxServer(settings: settings, folder: folder, children: children)
        do {
            try await server.run(host: host, port: port) { boundPort in
                announce(port: boundPort)
            }
        } catch {
            cleanUp()
            throw error
        }
    }

    /// Tells the starter where we listen. The port file comes first: whoever reads the line may open it at
    /// once.
    private func announce(port: Int) {
        if let portFile {
            do {
                try Data("\(port)".utf8).write(to: URL(fileURLWithPath: portFile), options: .atomic)
            } catch {
                FileHandle.standardError.write(Data("cannot write \(portFile): \(error)\n".utf8))
            }
        }
        let shownHost = host.contains(":") ? "[\(host)]" : host
        FileHandle.standardOutput.write(Data("listening on http://\(shownHost):\(port)\n".utf8))
    }
}
