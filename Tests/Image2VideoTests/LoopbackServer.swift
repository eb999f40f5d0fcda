import Foundation

/// A small HTTP server on loopback whose every answer a test decides. A thread for each connection.
final class LoopbackServer: @unchecked Sendable {
    struct Request {
        let method: String
        let path: String
        let headers: [String: String]
        let body: [UInt8]
    }

    enum Reply {
        case answer(Int, [String: String], [UInt8])
        /// Announces more than it sends, and closes.
        case brokenOff([UInt8], announced: Int)
        /// Closes without a word.
        case close
        /// Says nothing for as long as the client waits.
        case hang

        static func json(_ text: String, _ status: Int = 200) -> Reply {
            .answer(status, ["Content-Type": "application/json"], Array(text.utf8))
        }
    }

    let port: UInt16
    private let listener: Int32
    private let isSilent: Bool
    private let lock = NSLock()
    private var seen: [Request] = []
    private let reply: @Sendable (Request, Int) -> Reply

    /// `reply` is given each request and its number, from 0. One that is silent has a port, and refuses connections.
    init(isSilent: Bool = false, _ reply: @escaping @Sendable (Request, Int) -> Reply) {
        self.reply = reply
        self.isSilent = isSilent
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = getsockname(listener, $0, &length)
            }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        guard !isSilent else { return }
        listen(listener, 64)
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                // Closed by the thread that accepts: it must never accept on a number that is another's by
                // now.
                guard connection >= 0 else {
                    close(listener)
                    return
                }
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    func stop() {
        if isSilent { close(listener) } else { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { lock.withLock { seen } }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        while let request = read(connection) {
            let number = lock.withLock {
                seen.append(request)
                return seen.count - 1
            }
            switch reply(request, number) {
            case .answer(let status, let headers, let body):
                send(connection, status, headers, body, body.count)
            case .brokenOff(let body, let announced):
                return send(connection, 200, ["Content-Type": "video/mp4"], body, announced)
            case .close:
                return
            case .hang:
                var byte: UInt8 = 0
                _ = recv(connection, &byte, 1, 0)
                return
            }
        }
    }

    private func send(
        _ connection: Int32, _ status: Int, _ headers: [String: String], _ body: [UInt8], _ length: Int
    ) {
        var head = "HTTP/1.1 \(status) X\r\nContent-Length: \(length)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + body
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let split = bytes.firstRange(of: end) {
                let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).components(
                    separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    guard let colon = line.firstIndex(of: ":") else { continue }
                    headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                        .trimmingCharacters(in: .whitespaces)
                }
                let length = Int(headers["content-length"] ?? "0") ?? 0
                let body = bytes[split.upperBound...]
                if body.count >= length {
                    let words = lines[0].components(separatedBy: " ")
                    return Request(
                        method: words[0], path: words[1], headers: headers, body: Array(body.prefix(length)))
                }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }
}
