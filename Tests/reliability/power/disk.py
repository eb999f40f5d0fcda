"""The disks that a loss of power can leave, from a journal of all that was done to them (preload/journal.c).

A disk keeps what a sync covered that ended before the power was lost: a file's contents by a sync of the file, the names
in a folder by a sync of the folder. Anything later it may have kept, dropped or torn, in any order. What a write did not
touch it leaves alone; that much SQLite expects of a disk, too.
"""

import collections
import struct

HEAD = struct.Struct("=IIqqqqII")
OPENED, WRITTEN, CUT, SYNC_BEGINS, SYNCED, RENAMED, LINKED, UNLINKED, SENT, MARKED, REFUSED = "OWTSsRLUPMF"
ATTRIBUTE_SET, ATTRIBUTE_REMOVED = "Xx"

Entry = collections.namedtuple("Entry", "kind process thread file number path to data")


def read_journal(path):
    """Its entries; the last of a process that was killed may be missing, but none is cut."""
    content = path.read_bytes()
    entries, at = [], 0
    while at < len(content):
        length, kind, process, thread, file, number, path_length, to_length = HEAD.unpack_from(content, at)
        first = at + HEAD.size
        second, third, at = first + path_length, first + path_length + to_length, at + length
        entries.append(
            Entry(
                chr(kind),
                process,
                thread,
                file,
                number,
                content[first:second].decode(),
                content[second:third].decode(),
                content[third:at],
            )
        )
    return entries

# A file as a loss of power left it.
Left = collections.namedtuple("Left", "number content attributes")


class File:
    """What is surely on disk, and the writes and cuts since: (when, offset, bytes), or (when, None, size); and the same of
    its attributes: (when, name, value or None)."""

    def __init__(self, number):
        self.number = number
        self.synced = b""
        self.later = []
        self.synced_attributes, self.later_attributes = {}, []

    def sync(self, begin):
        done = [change for change in self.later_attributes if change[0] < begin]
        self.synced_attributes.update((name, value) for _, name, value in done)
        self.later_attributes = self.later_attributes[len(done) :]
        done = [change for change in self.later if change[0] < begin]
        if done:
            self.synced = bytes(perform(bytearray(self.synced), done))
            self.later = [change for change in self.later if change[0] >= begin]

    def whole(self):
        """As a program sees it that reads it before the power is lost."""
        return bytes(perform(bytearray(self.synced), self.later))


def perform(content, changes):
    for _, offset, change in changes:
        if offset is None:
            del content[change:]
            content.extend(bytes(change - len(content)))
        else:
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(change)] = change
    return content


class Disk:
    """Goes through a journal entry by entry; `crash` gives a disk as it could be then."""

    def __init__(self, folders):
        self.folders = {str(folder) for folder in folders}
        self.files = {}
        self.names, self.synced_names = {}, {}
        # What happened to names since their folder was synced: (when, folder, {path: file or None}).
        self.later = []
        self.syncs = {}
        self.now = 0

    def apply(self, entry):
        self.now += 1
        # What is in it is written through a map, and is worth nothing after a loss of power.
        if entry.path.endswith("-shm"):
            return
        if entry.kind == OPENED:
            if self.names.get(entry.path) is None or self.names[entry.path].number != entry.file:
                self.files[entry.file] = File(entry.file)
                self.name({entry.path: self.files[entry.file]})
        elif entry.kind == WRITTEN:
            self.files[entry.file].later.append((self.now, entry.number, entry.data))
        elif entry.kind == CUT:
            self.files[entry.file].later.append((self.now, None, entry.number))
        elif entry.kind in (ATTRIBUTE_SET, ATTRIBUTE_REMOVED):
            value = entry.data if entry.kind == ATTRIBUTE_SET else None
            self.files[entry.file].later_attributes.append((self.now, entry.to, value))
        elif entry.kind == SYNC_BEGINS:
            self.syncs[entry.thread] = self.now
        elif entry.kind == SYNCED:
            begin = self.syncs.pop(entry.thread)
            if entry.number == 0:
                self.sync(entry, begin)
        elif entry.kind == RENAMED:
            self.name({entry.path: None, entry.to: self.names[entry.path]})
        elif entry.kind == LINKED:
            self.name({entry.to: self.names[entry.path]})
        elif entry.kind == UNLINKED:
            self.name({entry.path: None})

    def name(self, change):
        self.names.update(change)
        self.later.append((self.now, {path.rpartition("/")[0] for path in change}, change))

    def sync(self, entry, begin):
        if entry.path not in self.folders:
            return self.files[entry.file].sync(begin)
        later = []
        for when, folders, change in self.later:
            if when < begin and entry.path in folders:
                self.synced_names.update(change)
            else:
                later.append((when, folders, change))
        self.later = later

    def crash(self, loss):
        """The files by their paths, on a disk that treats what was not synced as `loss` does."""
        names = dict(self.synced_names)
        for when, _, change in self.later:
            if loss.keeps(when):
                names.update(change)
        return {
            path: Left(file.number, loss.contents(file), loss.attributes(file))
            for path, file in names.items()
            if file is not None
        }


# --- what becomes of what was not synced -----------------------------------------------------------------


class Loss:
    """One way to treat what was not synced, drawn at random."""

    KINDS = ("nothing", "everything", "first", "some", "torn", "mixed")

    def __init__(self, random, now):
        self.random = random
        self.kind = random.choice(self.KINDS)
        self.share = random.choice((0.1, 0.5, 0.9))
        self.sector = random.choice((512, 4096))
        self.fills = random.choice(("zeros", "garbage"))
        # With `first`, what is kept ends here, somewhere in the recent past.
        self.end = now - int(random.expovariate(1 / 20))

    def __str__(self):
        return f"{self.kind}, share {self.share}, sectors of {self.sector}, {self.fills}"

    def keeps(self, when):
        """Whether a change of a name or an attribute is kept."""
        kind = self.random.choice(self.KINDS) if self.kind == "mixed" else self.kind
        return (
            kind == "everything"
            or kind == "first"
            and when < self.end
            or kind in ("some", "torn")
            and self.random.random() < self.share
        )

    def attributes(self, file):
        attributes = dict(file.synced_attributes)
        attributes.update((name, value) for when, name, value in file.later_attributes if self.keeps(when))
        return {name: value for name, value in attributes.items() if value is not None}

    def contents(self, file):
        if not file.later:
            return file.synced
        kind = self.random.choice(self.KINDS) if self.kind == "mixed" else self.kind
        if kind == "nothing":
            return file.synced
        if kind == "everything":
            return file.whole()
        if kind == "first":
            kept = [change for change in file.later if change[0] < self.end]
            torn = file.later[len(kept) : len(kept) + 1]
            return bytes(perform(bytearray(file.synced), kept + self.tear(torn)))
        if kind == "some":
            kept = [change for change in file.later if self.random.random() < self.share]
        else:
            kept = self.tear(file.later)
        return self.resize(file, perform(bytearray(file.synced), kept))

    def tear(self, changes):
        """The sectors of them that were written."""
        kept = []
        for when, offset, change in changes:
            if offset is None:
                if self.random.random() < self.share:
                    kept.append((when, None, change))
                continue
            at = 0
            while at < len(change):
                end = min(len(change), at + self.sector - (offset + at) % self.sector)
                if self.random.random() < self.share:
                    kept.append((when, offset + at, change[at:end]))
                at = end
        return kept

    def resize(self, file, content):
        """A file's size may have been written without what is in it."""
        size = len(perform(bytearray(file.synced), file.later))
        if size > len(content) and self.random.random() < 0.5:
            missing = size - len(content)
            content.extend(bytes(missing) if self.fills == "zeros" else self.random.randbytes(missing))
        return bytes(content)
