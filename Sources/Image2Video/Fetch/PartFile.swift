import CSystem

/// A file in the making: written beside its target as `NAME.part`, and given the target's name only when it
/// is whole and on disk.
final class PartFile {
    let target: Target
    private let path: String
    private var descriptor: Int32 = -1
    private var isOnDisk = false

    init(_ target: Target) {
        self.target = target
        path = target.path + ".part"
    }

    deinit {
        discard()
    }

    /// Starts over, empty.
    func open() throws(I2VError) {
        closeDescriptor()
        descriptor = i2v_open_for_writing(path)
        guard descriptor >= 0 else {
            throw target.fileError(.file, "the target cannot be written", i2v_errno())
        }
        isOnDisk = true
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(I2VError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = CSystem.write(descriptor, base, rest.count)
            if count < 0 {
                if i2v_errno() == EINTR { continue }
                throw target.fileError(.file, "the video cannot be written", i2v_errno())
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Makes the file durable and gives it its name, in this order, so that the name never stands for less
    /// than the whole video.
    func commit() throws(I2VError) {
        guard fsync(descriptor) == 0 else {
            throw target.fileError(.file, "the video cannot be written", i2v_errno())
        }
        closeDescriptor()
        let code = target.replace ? rename(path, target.path) : i2v_rename_new(path, target.path)
        guard code == 0 else {
            let code = i2v_errno()
            throw code == EEXIST
                ? target.alreadyThere() : target.fileError(.file, "the video cannot be given its name", code)
        }
        isOnDisk = false
        let folder = i2v_open_folder(target.folder)
        if folder >= 0 {
            _ = fsync(folder)
            close(folder)
        }
    }

    /// Removes what was written. Harmless after `commit`.
    func discard() {
        closeDescriptor()
        if isOnDisk { unlink(path) }
        isOnDisk = false
    }

    private func closeDescriptor() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
