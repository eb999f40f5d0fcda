import CSystem

/// A file in the making: written beside its target as `NAME.part`, and given the target's name only when it
/// is whole and on disk. Locked while it is written, so that no two processes write the same one.
final class PartFile {
    let target: Target
    private let mark: FileMark?
    private let path: String
    private var descriptor: Int32 = -1
    /// Bytes in it.
    private(set) var size: Int64 = 0
    /// What tells it from other files; nil while there is none.
    private(set) var partial: Record.Partial?

    init(_ target: Target, mark: FileMark? = nil) {
        self.target = target
        self.mark = mark
        path = target.partLocation
    }

    deinit {
        closeDescriptor()
    }

    /// Opens it to go on where `partial` says that it stands; empty when that is another file.
    func open(continuing partial: Record.Partial?) throws(I2VError) {
        closeDescriptor()
        let info = try openLocked()
        if let partial, partial.isFile(info), isAsLeft(info, by: partial) {
            self.partial = partial
            size = Int64(info.st_size)
        } else {
            self.partial = Record.Partial(
                device: Int64(truncatingIfNeeded: info.st_dev),
                inode: Int64(truncatingIfNeeded: info.st_ino), boot: Machine.boot)
            try startOver()
        }
    }

    /// Whether what was written to it is there. While it was not locked, another process may have used it.
    private func isAsLeft(_ info: stat, by partial: Record.Partial) -> Bool {
        guard self.partial == nil else { return Int64(info.st_size) == size }
        return partial.boot == Machine.boot && !Machine.boot.isEmpty
    }

    /// The file of that name, locked. Whoever had the lock before may have given it another name meanwhile.
    private func openLocked() throws(I2VError) -> stat {
        for _ in 0..<16 {
            descriptor = i2v_open_for_writing(path)
            guard descriptor >= 0 else {
                throw target.fileError(.file, "the target cannot be written", i2v_errno())
            }
            var (mine, named) = (stat(), stat())
            // A file system that knows no locks is written to without one.
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0, i2v_errno() == EWOULDBLOCK {
                closeDescriptor()
                throw target.fileError(.file, "another process is saving to the target", EWOULDBLOCK)
            }
            if fstat(descriptor, &mine) == 0, lstat(path, &named) == 0, mine.st_ino == named.st_ino,
                mine.st_dev == named.st_dev
            {
                return mine
            }
            closeDescriptor()
        }
        throw target.fileError(.file, "the target cannot be written", EBUSY)
    }

    /// Empties it. The mark of a job that had it before would make whatever comes a whole video of that job's.
    func startOver() throws(I2VError) {
        i2v_unmark_open_file(descriptor)
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw target.fileError(.file, "the video cannot be written", i2v_errno())
        }
        mark?.begin(on: descriptor)
        size = 0
        partial?.validator = nil
        partial?.size = nil
    }

    /// From now on it holds, or goes on to hold, what the server calls by this name.
    func note(validator: String?) {
        partial?.validator = validator
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(I2VError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = pwrite(descriptor, base, rest.count, off_t(size))
            if count < 0 {
                if i2v_errno() == EINTR { continue }
                throw target.fileError(.file, "the video cannot be written", i2v_errno())
            }
            size += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Up to 16 bytes from a place.
    func read(at offset: Int64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = bytes.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress, $0.count, off_t(offset))
        }
        return Array(bytes.prefix(max(0, count)))
    }

    /// It is whole: makes its bytes durable, and marks them only then. A mark that a loss of power kept must not be
    /// on a file whose bytes it took.
    func seal() throws(I2VError) {
        guard fsync(descriptor) == 0 else {
            throw target.fileError(.file, "the video cannot be written", i2v_errno())
        }
        mark?.complete(on: descriptor)
        partial?.size = size
    }

    /// Gives it the target's name, and makes that durable.
    func name() throws(I2VError) {
        try Self.rename(path, target)
        closeDescriptor()
    }

    /// Removes what was written. Harmless when there is nothing.
    func discard() {
        if descriptor >= 0 { unlink(path) } else if let partial { Self.remove(target, partial) }
        closeDescriptor()
        partial = nil
        size = 0
    }

    /// Leaves what was written, if anything was, for whoever goes on: another, or this one, which opens it again.
    func keep() {
        if size == 0 { discard() } else { closeDescriptor() }
    }

    private func closeDescriptor() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private static func rename(_ path: String, _ target: Target) throws(I2VError) {
        let code =
            target.replace ? CSystem.rename(path, target.location) : i2v_rename_new(path, target.location)
        guard code == 0 else {
            let code = i2v_errno()
            guard code == EEXIST else {
                throw target.fileError(.file, "the video cannot be given its name", code)
            }
            guard holdSame(path, target.location) else { throw target.alreadyThere() }
            // An earlier process saved it, and could not write that down.
            unlink(path)
            return
        }
        let folder = i2v_open_folder(target.folder)
        if folder >= 0 {
            _ = fsync(folder)
            close(folder)
        }
    }

    /// Whether two plain files have the same bytes.
    private static func holdSame(_ path: String, _ other: String) -> Bool {
        let descriptors = (i2v_open_for_reading(path), i2v_open_for_reading(other))
        defer {
            if descriptors.0 >= 0 { close(descriptors.0) }
            if descriptors.1 >= 0 { close(descriptors.1) }
        }
        guard descriptors.0 >= 0, descriptors.1 >= 0, let size = plainSize(descriptors.0),
            size == plainSize(descriptors.1)
        else { return false }
        var parts = ([UInt8](repeating: 0, count: 65_536), [UInt8](repeating: 0, count: 65_536))
        var offset: off_t = 0
        while offset < size {
            let count = pread(descriptors.0, &parts.0, 65_536, offset)
            guard count > 0, pread(descriptors.1, &parts.1, count, offset) == count,
                parts.0.prefix(count).elementsEqual(parts.1.prefix(count))
            else { return false }
            offset += off_t(count)
        }
        return true
    }

    /// nil for what is no plain file.
    private static func plainSize(_ descriptor: Int32) -> off_t? {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.isPlain else { return nil }
        return info.st_size
    }

    // MARK: What another process left

    /// Whether the target is the whole file that `partial` tells of, or that is marked for the job; it is given its
    /// name if that was all that was missing.
    static func isFinished(_ target: Target, _ partial: Record.Partial?, job: String) -> Bool {
        if isWhole(target.location, partial, job) { return true }
        return isWhole(target.partLocation, partial, job) && (try? rename(target.partLocation, target)) != nil
    }

    private static func isWhole(_ path: String, _ partial: Record.Partial?, _ job: String) -> Bool {
        var info = stat()
        guard lstat(path, &info) == 0, info.isPlain else { return false }
        if let partial, let size = partial.size, partial.isFile(info), info.st_size == size { return true }
        return FileMark(of: path)?.job == job
    }

    /// The id of the job's video, where it was saved and the ledger does not even have that.
    static func savedID(_ target: Target, job: String) -> String? {
        for path in [target.location, target.partLocation] {
            if let mark = FileMark(of: path), mark.job == job { return mark.id }
        }
        return nil
    }

    /// Removes a part file that was begun for the job while not even that could be written to the ledger.
    static func remove(_ target: Target, begunFor job: String) {
        if FileMark.isOf(job, target.partLocation) { remove(target, .intended) }
    }

    /// The ledger knows by now that the target is saved.
    static func unmark(_ target: Target) {
        i2v_unmark_file(target.location)
    }

    /// Removes the part file that `partial` tells of.
    static func remove(_ target: Target, _ partial: Record.Partial) {
        let file = PartFile(target)
        var info = stat()
        guard lstat(file.path, &info) == 0, partial == .intended || partial.isFile(info) else { return }
        do throws(I2VError) {
            _ = try file.openLocked()
            file.discard()
        } catch  where error.systemError != EWOULDBLOCK && partial != .intended {
            unlink(file.path)
        } catch {
            // Another is at work on one of that name.
        }
    }
}

extension Record.Partial {
    fileprivate func isFile(_ info: stat) -> Bool {
        device == Int64(truncatingIfNeeded: info.st_dev) && inode == Int64(truncatingIfNeeded: info.st_ino)
    }
}
