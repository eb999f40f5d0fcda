/// A place in a list that comes in pages: where a page cannot be read it is asked for in smaller ones, down to the row
/// that is at fault.
struct ListPlace {
    /// Each divides the one before, so that every page of one size begins where one of the next smaller does.
    private static let sizes = [50, 25, 5, 1]

    private(set) var offset = 0
    private(set) var size = sizes[0]

    /// Counted from 1.
    var page: Int { offset / size + 1 }

    /// Goes behind the page, and on in the largest pages that begin there.
    mutating func advance() {
        offset += size
        size = Self.sizes.first { offset % $0 == 0 } ?? 1
    }

    /// Smaller pages from the same place; false when there are none.
    mutating func narrow() -> Bool {
        guard let smaller = Self.sizes.first(where: { $0 < size }) else { return false }
        size = smaller
        return true
    }

    /// Back to where the largest page began.
    mutating func rewind() {
        size = Self.sizes[0]
        offset -= offset % size
    }
}
