/// Work to be done at a time to come: a binary heap of instants. Belongs to the I/O thread.
final class Timers {
    typealias ID = Int

    private struct Entry {
        let time: Instant
        let id: ID
    }

    private var heap: [Entry] = []
    private var actions: [ID: () -> Void] = [:]
    private var lastID: ID = 0

    func schedule(at time: Instant, _ action: @escaping () -> Void) -> ID {
        lastID += 1
        actions[lastID] = action
        heap.append(Entry(time: time, id: lastID))
        siftUp(heap.count - 1)
        return lastID
    }

    func cancel(_ id: ID?) {
        guard let id else { return }
        actions[id] = nil
        dropCancelled()
        // Those behind an earlier one would stay until its time.
        if heap.count > 64, heap.count > 2 * actions.count { rebuild() }
    }

    func cancelAll() {
        heap = []
        actions = [:]
    }

    /// Entries there are, cancelled ones included.
    var count: Int { heap.count }

    var next: Instant { heap.first?.time ?? .never }

    /// Runs what is due. What an action schedules for now waits for the next call, so this always returns.
    func fire(now: Instant) {
        let newest = lastID
        while let first = heap.first, first.time <= now, first.id <= newest {
            removeFirst()
            actions.removeValue(forKey: first.id)?()
            dropCancelled()
        }
    }

    private func dropCancelled() {
        while let first = heap.first, actions[first.id] == nil { removeFirst() }
    }

    private func rebuild() {
        heap = heap.filter { actions[$0.id] != nil }
        for index in heap.indices.reversed() { siftDown(index) }
    }

    private func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(0)
    }

    private func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private func siftDown(_ start: Int) {
        var parent = start
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, first) {
                first = child
            }
            guard first != parent else { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }

    /// Equal times keep the order in which they were scheduled.
    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (heap[left], heap[right])
        return left.time == right.time ? left.id < right.id : left.time < right.time
    }
}
