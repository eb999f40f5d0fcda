/// The service's id of a video. What it looks like is the service's business; it only must not break a list.
enum VideoID {
    static func isUsable(_ text: String) -> Bool {
        !text.isEmpty && !text.utf8.contains { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: ",") }
    }
}
