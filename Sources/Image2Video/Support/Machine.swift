import CSystem

/// What the kernel says of this machine.
enum Machine {
    /// Another after each start of the machine; empty where the kernel does not say.
    static let boot = smallFile("/proc/sys/kernel/random/boot_id")

    /// Milliseconds since the start of the machine, sleep included.
    static var uptime: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The first bytes of a small file, without the end of its line; empty when it cannot be read.
    static func smallFile(_ path: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = bytes.withUnsafeMutableBytes { i2v_read_file(path, $0.baseAddress, $0.count) }
        let text = bytes.prefix(max(0, count))
        return String(decoding: text.last == UInt8(ascii: "\n") ? text.dropLast() : text, as: UTF8.self)
    }
}
