import Foundation
import Testing

@testable import Image2Video

@Suite struct FileTests {
    private func write(_ text: String, to file: PartFile) throws {
        try Array(text.utf8).withUnsafeBytes { bytes in try file.write(bytes) }
    }

    @Test(arguments: [
        ("cat.mp4", "cat-2.mp4"), ("/a.b/cat", "/a.b/cat-2"), ("a/.hidden", "a/.hidden-2"),
        ("x.tar.gz", "x.tar-2.gz"),
        ("ünï.mp4", "ünï-2.mp4"), ("cat.", "cat-2."),
    ])
    func numbersGoBeforeTheExtension(path: String, numbered: String) {
        #expect(Target(path: path, replace: false).numbered(2).path == numbered)
    }

    @Test func aTargetIsCheckedBeforeAnythingIsPaid() throws {
        let scratch = Scratch()
        try Target(path: scratch.file("new.mp4"), replace: false).check()
        _ = FileManager.default.createFile(atPath: scratch.file("old.mp4"), contents: Data())
        try Target(path: scratch.file("old.mp4"), replace: true).check()
        let cases: [(String, Bool, Status, Int32)] = [
            (scratch.file("old.mp4"), false, .fileExists, EEXIST), (scratch.path, true, .file, EISDIR),
            (scratch.file("no/such.mp4"), false, .file, ENOENT),
            (scratch.path + "/", false, .invalidArgument, 0),
        ]
        for (path, replace, status, code) in cases {
            let error = failure { () throws(I2VError) in try Target(path: path, replace: replace).check() }
            #expect(error.status == status)
            #expect(error.systemError == code)
            #expect(error.field == "target")
        }
    }

    @Test func theNameStandsForTheWholeOnly() throws {
        let scratch = Scratch()
        let file = PartFile(Target(path: scratch.file("v.mp4"), replace: false))
        try file.open(continuing: nil)
        try write("half", to: file)
        #expect(scratch.names == ["v.mp4.part"])
        try file.startOver()
        try write("whole", to: file)
        try file.seal()
        try file.name()
        #expect(scratch.names == ["v.mp4"])
        file.discard()
        #expect(try String(contentsOfFile: scratch.file("v.mp4"), encoding: .utf8) == "whole")
    }

    /// A file in the way is this very video where an earlier process saved it and could not write that down.
    @Test(arguments: [
        ("same", "same", true), ("same", "some", false), ("same", "sam", false), ("same", "", false),
        (String(repeating: "x", count: 200_000) + "a", String(repeating: "x", count: 200_000) + "a", true),
        (String(repeating: "x", count: 200_000) + "a", String(repeating: "x", count: 200_000) + "b", false),
    ])
    func aFileInTheWayIsTheVideoOnlyIfItsBytesAre(video: String, there: String, isSame: Bool) throws {
        let scratch = Scratch()
        let file = PartFile(Target(path: scratch.file("v.mp4"), replace: false))
        try file.open(continuing: nil)
        try write(video, to: file)
        try file.seal()
        try there.write(toFile: scratch.file("v.mp4"), atomically: false, encoding: .utf8)
        if isSame {
            try file.name()
            #expect(scratch.names == ["v.mp4"])
        } else {
            let error = failure { () throws(I2VError) in try file.name() }
            #expect(error.status == .fileExists)
            #expect(scratch.names == ["v.mp4", "v.mp4.part"])
        }
        // Foundation leaks when it reads an empty file.
        if !there.isEmpty {
            #expect(try String(contentsOfFile: scratch.file("v.mp4"), encoding: .utf8) == there)
        }
    }

    @Test func aLinkOrAFolderInTheWayIsNotTheVideo() throws {
        let scratch = Scratch()
        for name in ["link", "folder"] {
            let file = PartFile(Target(path: scratch.file(name), replace: false))
            try file.open(continuing: nil)
            try write("video", to: file)
            try file.seal()
            if name == "link" {
                try "video".write(toFile: scratch.file("other"), atomically: false, encoding: .utf8)
                try FileManager.default.createSymbolicLink(
                    atPath: scratch.file("link"), withDestinationPath: scratch.file("other"))
            } else {
                try FileManager.default.createDirectory(
                    atPath: scratch.file("folder"), withIntermediateDirectories: false)
            }
            #expect(failure { () throws(I2VError) in try file.name() }.status == .fileExists)
            file.discard()
        }
        #expect(scratch.names == ["folder", "link", "other"])
    }

    @Test func whatIsGivenUpLeavesNothing() throws {
        let scratch = Scratch()
        let file = PartFile(Target(path: scratch.file("v.mp4"), replace: false))
        try file.open(continuing: nil)
        file.discard()
        #expect(scratch.names.isEmpty)
    }

    @Test func whatIsKeptIsGoneOnWith() throws {
        let scratch = Scratch()
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        let first = PartFile(target)
        try first.open(continuing: nil)
        try write("half", to: first)
        first.note(validator: "\"a\"")
        let partial = try #require(first.partial)
        first.keep()
        let second = PartFile(target)
        try second.open(continuing: partial)
        #expect(second.size == 4)
        #expect(second.partial?.validator == "\"a\"")
        second.keep()
        var ofAnotherBoot = partial
        ofAnotherBoot.boot = "another"
        let third = PartFile(target)
        try third.open(continuing: ofAnotherBoot)
        #expect(third.size == 0)
        #expect(third.partial?.validator == nil)
    }

    @Test func twoDoNotWriteOnePartFile() throws {
        let scratch = Scratch()
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        let first = PartFile(target)
        try first.open(continuing: nil)
        try write("mine", to: first)
        let second = PartFile(target)
        #expect(failure { () throws(I2VError) in try second.open(continuing: nil) }.status == .file)
        second.discard()
        try first.seal()
        try first.name()
        #expect(try String(contentsOfFile: target.path, encoding: .utf8) == "mine")
    }

    @Test func aWholeFileIsFinishedWithoutBeingFetchedAgain() throws {
        let scratch = Scratch()
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        let file = PartFile(target)
        try file.open(continuing: nil)
        try write("whole", to: file)
        let before = try #require(file.partial)
        #expect(!PartFile.isFinished(target, before, job: "no mark"))
        try file.seal()
        let partial = try #require(file.partial)
        file.keep()
        // The process ended before the name was given, and then after.
        #expect(PartFile.isFinished(target, partial, job: "no mark"))
        #expect(scratch.names == ["v.mp4"])
        #expect(PartFile.isFinished(target, partial, job: "no mark"))
        // A file of somebody else's is not ours, whatever its size.
        try FileManager.default.removeItem(atPath: target.path)
        let keeper = scratch.file("keeper")
        #expect(FileManager.default.createFile(atPath: keeper, contents: Data()))
        try Data("other".utf8).write(to: URL(fileURLWithPath: target.path))
        var stranger = partial
        stranger.inode += 1_000_000
        #expect(!PartFile.isFinished(target, stranger, job: "no mark"))
    }

    @Test func aPartFileIsRemovedForTheJobThatBeganIt() throws {
        let scratch = Scratch()
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        let file = PartFile(target, mark: FileMark(job: "job.1", id: "an-id"))
        try file.open(continuing: nil)
        try write("a part", to: file)
        file.keep()
        #expect(PartFile.savedID(target, job: "job.1") == nil)
        for other in ["job.2", "job.11", "job", ""] {
            PartFile.remove(target, begunFor: other)
            #expect(scratch.names == ["v.mp4.part"])
        }
        PartFile.remove(target, begunFor: "job.1")
        #expect(scratch.names.isEmpty)
    }

    /// The ledger could not be written while the video was saved: its mark alone tells whose it is.
    @Test func aMarkedFileIsFinishedWhateverTheLedgerSays() throws {
        let scratch = Scratch()
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        let file = PartFile(target, mark: FileMark(job: "a-submission.0", id: "an-id"))
        try file.open(continuing: nil)
        try write("whole", to: file)
        #expect(!PartFile.isFinished(target, nil, job: "a-submission.0"))
        try file.seal()
        file.keep()
        #expect(PartFile.savedID(target, job: "a-submission.0") == "an-id")
        #expect(!PartFile.isFinished(target, nil, job: "a-submission.1"))
        #expect(!PartFile.isFinished(target, .intended, job: "a-submission"))
        #expect(PartFile.isFinished(target, .intended, job: "a-submission.0"))
        #expect(scratch.names == ["v.mp4"])
        #expect(PartFile.isFinished(target, nil, job: "a-submission.0"))
        #expect(PartFile.savedID(target, job: "a-submission.0") == "an-id")
        #expect(PartFile.savedID(target, job: "a-submission.1") == nil)
        PartFile.unmark(target)
        #expect(PartFile.savedID(target, job: "a-submission.0") == nil)
        #expect(!PartFile.isFinished(target, nil, job: "a-submission.0"))
        #expect(try String(contentsOfFile: target.path, encoding: .utf8) == "whole")
    }

    /// A mark is of the bytes that it was put on: other bytes under the same name are not its job's video.
    @Test func aMarkEndsWithTheBytesThatItIsOf() throws {
        let scratch = Scratch()
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        let first = PartFile(target, mark: FileMark(job: "first.0", id: "one"))
        try first.open(continuing: nil)
        try write("whole", to: first)
        try first.seal()
        first.keep()
        let second = PartFile(target, mark: FileMark(job: "second.0", id: "two"))
        try second.open(continuing: nil)
        try write("pa", to: second)
        second.keep()
        #expect(!PartFile.isFinished(target, nil, job: "first.0"))
        #expect(!PartFile.isFinished(target, nil, job: "second.0"))
        #expect(scratch.names == ["v.mp4.part"])
    }

    @Test func aFileThatAppearsMeanwhileIsNotReplaced() throws {
        let scratch = Scratch()
        let file = PartFile(Target(path: scratch.file("v.mp4"), replace: false))
        try file.open(continuing: nil)
        #expect(
            FileManager.default.createFile(atPath: scratch.file("v.mp4"), contents: Data("theirs".utf8)))
        #expect(failure { () throws(I2VError) in try file.name() }.status == .fileExists)
        file.discard()
        #expect(scratch.names == ["v.mp4"])
        #expect(try String(contentsOfFile: scratch.file("v.mp4"), encoding: .utf8) == "theirs")
    }

    @Test func aFullDiskIsReported() {
        let file = PartFile(Target(path: "/proc/self/v.mp4", replace: false))
        let error = failure { () throws(I2VError) in try file.open(continuing: nil) }
        #expect(error.status == .file)
        #expect(error.systemError != 0)
    }

    @Test(arguments: [
        ("http://e.com", "e.com", "/"), ("HTTPS://e.com:8443/a/b", "e.com:8443", "/a/b"),
        ("http://[::1]:80/", "[::1]:80", "/"),
    ])
    func webAddressesAreTakenApart(text: String, authority: String, path: String) throws {
        let url = try #require(WebURL(text))
        #expect(url.authority == authority)
        #expect(url.path == path)
    }

    @Test(arguments: [
        "", "e.com", "ftp://e.com", "file:///etc/passwd", "http://", "http://a b", "http://e.com/\n",
        "//e.com",
    ])
    func otherAddressesAreRefused(text: String) {
        #expect(WebURL(text) == nil)
    }
}
