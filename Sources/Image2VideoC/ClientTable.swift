import CSystem
import Image2Video

/// The process's clients by their handles, which are numbers that never come again: so a handle that is used
/// after its client was destroyed is told from all others, instead of reaching into memory that is not its own.
final class ClientTable: @unchecked Sendable {
    static let shared = ClientTable()

    private struct Slot {
        var generation: UInt = 1
        var client: Client?
    }

    /// Handles are odd, as no pointer is: slot and generation over a bit.
    private static let slotBits: UInt = 12
    private static let generations: UInt = UInt.max >> (slotBits + 1)

    private let lock = Lock()
    private var slots: [Slot] = []

    private init() {
        // A process that is forked off must not inherit the lock while another thread has it.
        i2v_at_fork(
            { ClientTable.shared.lock.lock() }, { ClientTable.shared.lock.unlock() },
            { ClientTable.shared.lock.unlock() })
    }

    func insert(_ client: Client) throws(I2VError) -> i2v_client? {
        try lock.withLock { () throws(I2VError) in
            if let index = slots.firstIndex(where: { $0.client == nil }) {
                slots[index].client = client
                return handle(index)
            }
            guard slots.count < 1 << Self.slotBits else {
                throw I2VError(.system, "this process has \(slots.count) clients, and no more are possible")
            }
            slots.append(Slot(client: client))
            return handle(slots.count - 1)
        }
    }

    func find(_ handle: i2v_client?) throws(I2VError) -> Client {
        guard let handle else { throw .null("client") }
        return try lock.withLock { () throws(I2VError) in
            guard let index = index(handle), let client = slots[index].client else {
                throw I2VError(.closed, "the client has been destroyed")
            }
            return client
        }
    }

    func remove(_ handle: i2v_client?) {
        lock.withLock {
            guard let handle, let index = index(handle) else { return }
            slots[index].client = nil
            slots[index].generation = slots[index].generation % Self.generations + 1
        }
    }

    private func handle(_ index: Int) -> i2v_client? {
        OpaquePointer(bitPattern: (slots[index].generation << Self.slotBits | UInt(index)) << 1 | 1)
    }

    private func index(_ handle: i2v_client) -> Int? {
        let bits = UInt(bitPattern: handle)
        let index = Int(bits >> 1 & (1 << Self.slotBits - 1))
        guard bits & 1 == 1, slots.indices.contains(index),
            slots[index].generation == bits >> (Self.slotBits + 1)
        else { return nil }
        return index
    }
}
