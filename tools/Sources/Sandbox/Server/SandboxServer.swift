import Foundation
import Hummingbird
import Logging
import NIOCore

/// Builds the parts, connects them, and serves.
struct SandboxServer: Sendable {
    private let settings: Settings
    private let gate: Gate
    private let endpoints: [Endpoint]
    private let connections = ConnectionBook()

    init(settings: Settings, folder: DataFolder, children: ChildProcesses) {
        let journal = Journal(keeping: settings.keptRequests)
        let arrivals = ArrivalBook()
        let faults = FaultBook()
        let book = JobBook(settings: settings)
        let oddities = OddityBook()
        let uploads = UploadShelf(folder: folder.uploads)
        let renderer = Renderer(folder: folder, children: children)
        let inputs = InputResolver(uploads: uploads, folder: folder, renderer: renderer)
        let postman = Postman(
            seal: WebhookSeal(client: settings.client), post: WebhookPost(), speed: settings.clock.speed)
        let studio = Studio(
            book: book, inputs: inputs, renderer: renderer, mode: settings.mode,
            herald: Herald(book: book, postman: postman, oddities: oddities))

        let tokens = TokenBook(seconds: settings.tokenSeconds)
        let credentials = Credentials(settings: settings, tokens: tokens)

        self.settings = settings
        gate = Gate(
            connections: connections, journal: journal, arrivals: arrivals, faults: faults, book: book,
            credentials: credentials, oddities: oddities)
        endpoints =
            RouteTable(
                api: ImageToVideoAPI(book: book, studio: studio, plan: settings.plan, oddities: oddities),
                catalogue: CatalogueAPI(),
                account: AccountAPI(book: book, credentials: credentials, tokens: tokens),
                listing: ListingAPI(book: book),
                files: FileEndpoints(book: book, uploads: uploads, oddities: oddities),
                control: ControlEndpoints(
                    connections: connections, book: book, journal: journal, arrivals: arrivals,
                    faults: faults,
                    credentials: credentials,
                    tokens: tokens,
                    postman: postman, oddityBook: oddities, plan: settings.plan, digests: Digests())
            ).endpoints
    }

    func run(host: String, port: Int, onListening: @escaping @Sendable (Int) async -> Void) async throws {
        // Standard output carries the one line that starters read, so the framework logs to standard error.
        var logger = Logger(label: "sandbox") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let connections = connections
        let application = Application(
            router: router(),
            server: .http1(configuration: .init(additionalChannelHandlers: connections.handlers)),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            logger: logger)
        try await application.run()
    }

    private func router() -> Router<CallContext> {
        let router = Router(context: CallContext.self)
        router.add(middleware: UnknownRoute(gate: gate))
        for endpoint in endpoints {
            mount(endpoint, on: router, at: endpoint.path)
            if let prefix = settings.prefix, endpoint.route.isAPI {
                mount(endpoint, on: router, at: prefix + endpoint.path)
            }
        }
        return router
    }

    private func mount(_ endpoint: Endpoint, on router: Router<CallContext>, at path: String) {
        let gate = gate
        router.on(RouterPath(path), method: endpoint.method) { request, context in
            try await gate.admit(request, context, to: endpoint)
        }
    }
}

/// Answers what no route matches. A middleware, because the framework offers no catch-all that also takes
/// known paths with the wrong method; and through the gate, so that such requests are counted as well.
private struct UnknownRoute: RouterMiddleware {
    typealias Context = CallContext

    let gate: Gate

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        guard context.endpointPath == nil else { return try await next(request, context) }
        let nowhere = Endpoint(.other, request.method, request.uri.path) { _ in .notFound }
        return try await gate.admit(request, context, to: nowhere)
    }
}
