#!/usr/bin/env python3
"""Takes the power away at many moments of hosts' lives; all that a host was told must be on disk.

Each recording runs hosts under preload/journal, on a disk that is slow, or full at times, or with a ledger that others
lock at times: two hosts at once, of which one is killed, and one that finishes what they left. Then the journal is cut where a host was told something, where a create is about to leave, and at random;
each cut gives disks as a loss of power could leave them (disk.py), and each of these is looked at with the shipped
library. With some of them a host goes on against the sandbox. Exits with 1, and keeps the folder, when anything is amiss.

Last the same is done with journals that were falsified: of a program that does not sync, or tells and sends too early. A
check that finds nothing there is no check.
"""

import argparse
import collections
import contextlib
import errno
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import disk as disks
import support

CREATED, SAVED, FAILED = 2, 5, 6
OUTCOME_UNKNOWN = 60
VIDEO_BYTES = 20_000
CREATES = 14

# Enough that some creates are lost, and some downloads broken off.
FAULTS = [
    {"route": "video", "times": -1, "probability": 0.3, "break_after": VIDEO_BYTES // 3},
    {"route": "create", "times": -1, "probability": 0.1, "when": "after", "close": True},
    {"route": "create", "times": -1, "probability": 0.2, "when": "after", "latency_ms": 200},
    {"route": "batch", "times": -1, "probability": 0.1, "when": "after", "reset": True},
    {"route": "results", "times": -1, "probability": 0.1, "when": "before", "code": 1015, "msg": "busy"},
]

# --- a recording -----------------------------------------------------------------------------------------


class Recording:
    """What hosts did in a folder of their own, and what the sandbox made for them."""

    def __init__(self, options, sandbox, folder, chance, pressure):
        self.options, self.sandbox, self.folder, self.chance = options, sandbox, folder, chance
        self.disk, self.journal = folder / "disk", folder / "journal"
        self.videos, self.ledger = self.disk / "videos", self.disk / "jobs.ledger"
        self.videos.mkdir(parents=True)
        self.switch = folder / "full"
        self.settings = {
            **os.environ,
            "I2V_JOURNAL": str(self.journal),
            "I2V_JOURNAL_FOLDER": str(self.disk),
            "I2V_SYNC_MS": chance.choice(("0-5", "0-30")),
            "I2V_SYNC_PATH": str(self.disk),
            "I2V_FULL_SWITCH": str(self.switch),
            "I2V_FULL_PATH": str(self.disk),
        }
        with pressure(self):
            self.play(folder.name)
        self.entries = disks.read_journal(self.journal)
        self.creates = sandbox.creates()
        # Else the journal would say nothing of when creates left.
        made = {create["prompt"] for create in self.creates if create["prompt"].startswith(folder.name)}
        unseen = made - set(prompts_sent(self.entries).values())
        if unseen:
            sys.exit(f"the sandbox made what no entry of the journal sends: {sorted(unseen)}")

    def play(self, name):
        self.sandbox.faults(FAULTS)
        hosts = [
            self.start_host(f"{name}a", CREATES),
            self.start_host(f"{name}b", CREATES, I2V_JOURNAL_END=self.chance.randrange(50, 500)),
        ]
        codes = [host.wait() for host in hosts]
        self.sandbox.faults([])
        codes.append(self.start_host(f"{name}c", 2).wait())
        if codes[0] != 0 or codes[1] not in (0, -signal.SIGKILL) or codes[2] != 0:
            sys.exit(f"the hosts of a recording ended with {codes}")

    def start_host(self, name, creates, **settings):
        most = self.chance.choice((2, 4, 16))
        words = [self.sandbox.url, self.ledger, self.videos, name, creates, self.chance.randrange(1 << 30), most]
        return self.start([self.options.host, *words], ("journal", "full-disk", "slow-sync"), **settings)

    def start(self, words, preloads, **settings):
        preloads = [f"{support.setting('I2V_PRELOADS')}/{preload}.so" for preload in preloads]
        before = filter(None, [os.environ.get("LD_PRELOAD")])
        environment = {
            **self.settings,
            **{name: str(value) for name, value in settings.items()},
            "LD_PRELOAD": ":".join([*before, *preloads]),
        }
        return subprocess.Popen([*map(str, words)], env=environment)


# --- the pressures ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def slow(_):
    """Syncs take time in any case."""
    yield


@contextlib.contextmanager
def locked(recording):
    """Another program writes to the ledger, for less time than the library waits before it tells hosts all the same."""
    locker = recording.start([sys.executable, __file__, "--lock", recording.ledger], ("journal",))
    try:
        yield
    finally:
        locker.kill()
        locker.wait()


def lock_and_unlock(ledger):
    while not ledger.exists() or ledger.stat().st_size < 4096:
        time.sleep(0.01)
    connection = sqlite3.connect(ledger, isolation_level=None, timeout=60)
    while True:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(random.choice((0.1, 0.4, 1)))
        connection.execute("ROLLBACK")
        time.sleep(random.uniform(0.5, 1))


@contextlib.contextmanager
def full(recording):
    """The disk has no room at times, for less time than the library waits before it tells hosts all the same; in some
    recordings it also fails."""
    chance = random.Random(recording.chance.random())
    words = ["EDQUOT", "grows", "partly", "names", "syncs"] + ["EIO"] * (chance.random() < 0.3)
    is_over = threading.Event()

    def fill_and_empty():
        while not is_over.wait(chance.uniform(0.5, 1.5)):
            written = recording.switch.with_suffix(".new")
            written.write_text(" ".join(word for word in words if chance.random() < 0.25))
            written.rename(recording.switch)
            is_over.wait(chance.uniform(0.05, 0.7))
            recording.switch.unlink()

    thread = threading.Thread(target=fill_and_empty)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


PRESSURES = (slow, locked, full)


def prompts_sent(entries):
    """The prompt of the create whose first byte an entry is about to send. Bodies may follow in entries of their own."""
    prompts, open_requests = {}, {}
    for index, entry in enumerate(entries):
        if entry.kind != disks.SENT:
            continue
        connection = (entry.process, entry.number)
        if re.match(rb"POST \S*/createBySourcePrompt", entry.data):
            open_requests[connection] = (index, b"")
        if connection in open_requests:
            begin, text = open_requests[connection]
            text += entry.data
            open_requests[connection] = (begin, text)
            prompt = re.search(rb'"prompt":\s*("(?:[^"\\]|\\.)*")', text)
            if prompt:
                prompts[begin] = json.loads(prompt[1])
                del open_requests[connection]
    return prompts


def asked(prompt):
    return int(prompt.rsplit("x", 1)[1])


# --- what was promised until a moment --------------------------------------------------------------------

Told = collections.namedtuple("Told", "state status charge id path")


def is_marked_whole(file):
    """A part file that is only begun has the job's name alone, without the service's id behind it."""
    return any(b" " in value for value in file.attributes.values())


def read_mark(entry):
    _, state, status, charge, name, path = entry.path.split(" ", 5)
    return Told(int(state), int(status), int(charge), None if name == "-" else name, path)


class Promises:
    def __init__(self, entries):
        self.sends = prompts_sent(entries)
        self.told, self.ids, self.sent = {}, {}, set()
        # Processes whose ledger's disk has failed, not just been full. What they are told since then may not be there.
        self.broken = set()
        # How often each path will be told of again: what was told last may have changed on disk before that is told.
        self.untold = collections.Counter()
        # Who was told of it. A job that failed for one process may have gone on in another.
        self.tellers = collections.defaultdict(set)
        for entry in entries:
            if entry.kind == disks.MARKED:
                path = read_mark(entry).path
                self.untold[path] += 1
                self.tellers[path].add(entry.process)

    def apply(self, index, entry):
        if entry.kind == disks.MARKED:
            told = read_mark(entry)
            self.untold[told.path] -= 1
            if entry.process in self.broken:
                return
            self.told[told.path] = told
            if told.id:
                self.ids[told.path] = told.id
        elif entry.kind in (disks.REFUSED, disks.SYNCED) and ".ledger" in entry.path:
            if entry.number not in (0, errno.ENOSPC, errno.EDQUOT):
                self.broken.add(entry.process)
        elif index in self.sends:
            self.sent.add(self.sends[index])


# --- a look at a disk ------------------------------------------------------------------------------------


class Look:
    """One disk that a loss of power left, held against what was promised."""

    def __init__(self, checker, promises, files, scratch):
        self.checker, self.promises, self.files, self.scratch = checker, promises, files, scratch
        self.problems = []

    def amiss(self, what, *things):
        self.problems.append(what + "".join(f"\n      {str(thing)[:1500]}" for thing in things))

    def run(self, is_thorough):
        records = self.read_records(is_thorough)
        if records is None:
            return self.problems
        by_path, by_prompt = {}, collections.defaultdict(list)
        for record in records:
            by_path[record["path"]] = record
            by_prompt[prompt_of(record)].append(record)
        for prompt in self.promises.sent:
            sent = [record for record in by_prompt[prompt] if record.get("sent") or record["id"]]
            if len(sent) != asked(prompt):
                self.amiss(f"a create was sent that is not on disk as sent: {prompt}", by_prompt[prompt])
        for path, name in self.promises.ids.items():
            if path not in by_path or by_path[path]["id"] != name:
                self.amiss(f"an id that was told is not on disk: {name}", by_path.get(path))
        for path, told in self.promises.told.items():
            self.check_told(told, by_path.get(path))
        for path, file in self.files.items():
            claim = "has its final name" if path.endswith(".mp4") else "is marked as whole" if is_marked_whole(file) else None
            if claim and sha256(file.content) not in self.checker.served:
                self.amiss(f"a file that is not whole {claim}: {path}, {len(file.content)} bytes")
        ids = [record["id"] for record in records if record["id"]]
        if len(ids) != len(set(ids)):
            self.amiss("two records have one id")
        return self.problems

    def check_told(self, told, record):
        if told.state < CREATED:
            return
        if record is None:
            return self.amiss("a job that was told of is not on disk", told)
        is_as_told = (record["state"], record["status"]) == (told.state, told.status)
        is_sought = told.status == OUTCOME_UNKNOWN and record.get("sent")
        is_resumed = told.state == FAILED and len(self.promises.tellers[told.path]) > 1
        is_ahead = record["state"] > told.state or self.promises.untold[told.path] > 0
        went_on = is_sought or is_resumed or is_ahead
        if not is_as_told and not went_on:
            self.amiss("a job is not on disk as it was told", told, record)
        # A search may have found meanwhile that it was charged.
        if is_as_told and told.state == FAILED and record["charge"] < told.charge:
            self.amiss("a charge is not on disk as it was told", told, record)
        if told.state == SAVED:
            file = self.files.get(told.path)
            if file is None:
                self.amiss("a video was told as saved, and has no file", told, record)
            elif sha256(file.content) not in self.checker.served_for(told.id):
                self.amiss(f"a video was told as saved, and its file is another: {len(file.content)} bytes", told)

    def read_records(self, is_thorough):
        """None when there is no ledger yet, or one that is nothing yet."""
        ledger = self.checker.recording.ledger
        names = [str(ledger) + suffix for suffix in ("", "-wal", "-journal")]
        if names[0] not in self.files:
            if self.promises.sent or self.promises.ids:
                self.amiss("the ledger is not on disk")
            return None
        for name in names:
            copy = self.scratch / pathlib.Path(name).name
            copy.unlink(missing_ok=True)
            if name in self.files:
                copy.write_bytes(self.files[name].content)
        copy = self.scratch / ledger.name
        # What the last process that had the ledger open left of its -shm file is not to be trusted.
        shared = copy.with_name(copy.name + "-shm")
        shared.unlink(missing_ok=True)
        if is_thorough:
            shared.write_bytes(self.checker.random.randbytes(32768))
        try:
            records = support.read_ledger(self.checker.abi, self.checker.library, copy)
        except SystemExit as problem:
            # It is being made; who only reads may not finish that.
            if self.promises.sent or self.promises.told:
                self.amiss(str(problem))
            return None
        if is_thorough:
            connection = sqlite3.connect(copy)
            said = connection.execute("PRAGMA integrity_check").fetchall()
            connection.close()
            if said != [("ok",)]:
                self.amiss("SQLite finds the ledger damaged", said)
        return records


def prompt_of(record):
    request = record.get("request") or {}
    return (json.loads(request) if isinstance(request, str) else request).get("prompt")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# --- a host that goes on ---------------------------------------------------------------------------------


class GoingOn:
    """A host that takes up what is on a disk after the power came back."""

    def __init__(self, checker, promises, files, folder):
        self.checker, self.promises, self.files, self.folder = checker, promises, files, folder
        self.problems = []

    def amiss(self, what, *things):
        self.problems.append("going on: " + what + "".join(f"\n      {str(thing)[:1500]}" for thing in things))

    def run(self):
        recording, sandbox = self.checker.recording, self.checker.recording.sandbox
        ledger, videos = self.folder / recording.ledger.name, self.folder / recording.videos.name
        self.build(ledger, videos)
        before = len(sandbox.creates())
        words = [sandbox.url, ledger, videos, "on", 0, 1, 16]
        code = subprocess.run([recording.options.host, *map(str, words)]).returncode
        if code != 0:
            return self.amiss(f"the host ended with {code}")
        creates = sandbox.creates()
        records = support.read_ledger(self.checker.abi, self.checker.library, ledger)
        again = collections.Counter(create["prompt"] for create in creates[before:])
        for prompt, count in again.items():
            if prompt in self.promises.sent or count != asked(prompt):
                self.amiss(f"a create that had been sent was sent again, or more than once: {prompt}")
        self.checker.learn(creates)
        # On the next disk they will not have been made.
        if again:
            sandbox.delete([create["id"] for create in creates[before:]])
        for record in records:
            self.check_record(record)
        saved = {record["path"] for record in records if record["state"] == SAVED}
        for path in videos.iterdir():
            if str(path) not in saved:
                of_it = [record for record in records if record["path"] == str(path).removesuffix(".part")]
                self.amiss(f"a file is left that no saved record has: {path.name}", *of_it)
        return self.problems

    def check_record(self, record):
        is_lost = record["status"] == OUTCOME_UNKNOWN and not record["id"] and record.get("sent")
        if record["open"]:
            self.amiss("a record stays open", record)
        elif record["state"] == SAVED:
            path = pathlib.Path(record["path"])
            if not path.exists() or sha256(path.read_bytes()) not in self.checker.served_for(record["id"]):
                self.amiss("a saved record's file is not there, or not what was served", record)
        elif not is_lost:
            self.amiss("a record ended neither saved nor as one whose outcome nobody knows", record)

    def build(self, ledger, videos):
        """Files get numbers of their own here, and lie elsewhere: the ledger is made to fit. In truth only the machine's
        boot would be another."""
        recording = self.checker.recording
        videos.mkdir()
        numbers = []
        for path, file in self.files.items():
            copy = self.folder / pathlib.Path(path).relative_to(recording.disk)
            copy.write_bytes(file.content)
            for name, value in file.attributes.items():
                os.setxattr(copy, name, value)
            numbers.append((copy.stat().st_ino, file.number))
        if not ledger.exists():
            return
        connection = sqlite3.connect(ledger, isolation_level=None)
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            connection.execute("BEGIN")
            connection.execute("CREATE TEMP TABLE number(new, old)")
            connection.executemany("INSERT INTO number VALUES (?, ?)", numbers)
            connection.execute(
                "UPDATE job SET path = replace(path, ?, ?), part_boot = 'before', part_device = ?,"
                " part_inode = ifnull((SELECT new FROM number WHERE old = part_inode), 0)"
                " WHERE part_inode IS NOT NULL",
                (str(recording.disk), str(self.folder), videos.stat().st_dev),
            )
            connection.execute(
                "UPDATE job SET path = replace(path, ?, ?)", (str(recording.disk), str(self.folder))
            )
            connection.execute("UPDATE holder SET boot = 'before'")
            connection.execute("COMMIT")
        connection.close()


# --- many moments ----------------------------------------------------------------------------------------


class Checker:
    def __init__(self, abi, library, recording, chance, scratch):
        self.abi, self.library, self.recording = abi, library, recording
        self.random, self.scratch = chance, scratch
        self.served, self.by_id = set(), {}
        self.learn(recording.creates)
        self.looks = self.gone_on = 0

    def learn(self, creates):
        for create in creates:
            if create["sha256"]:
                self.by_id[create["id"]] = {create["sha256"], *(create["earlier_sha256"] or [])}
                self.served |= self.by_id[create["id"]]

    def served_for(self, name):
        return self.by_id.get(name, set())

    def moments(self, entries, count):
        """Where something was promised, each; and others, `count` in all unless there are more of those."""
        sends = prompts_sent(entries)
        promised = {
            index for index, entry in enumerate(entries) if entry.kind == disks.MARKED or index in sends
        }
        if len(promised) > count:
            return set(self.random.sample(sorted(promised), count))
        others = sorted(set(range(len(entries))) - promised)
        return promised | set(self.random.sample(others, min(len(others), count - len(promised))))

    def run(self, entries, count, going_on=0, stops=False):
        """The problems that were found, each with its moment; the first one with `stops`."""
        moments = self.moments(entries, count)
        goes_on = set(self.random.sample(sorted(moments), min(going_on, len(moments))))
        disk = disks.Disk([self.recording.disk, self.recording.videos])
        promises = Promises(entries)
        found = []
        for index, entry in enumerate(entries):
            promises.apply(index, entry)
            disk.apply(entry)
            if index not in moments:
                continue
            loss = disks.Loss(self.random, disk.now)
            files = disk.crash(loss)
            problems = Look(self, promises, files, self.scratch).run(self.looks % 8 == 0)
            self.looks += 1
            if index in goes_on:
                with tempfile.TemporaryDirectory(dir=self.recording.folder) as folder:
                    problems += GoingOn(self, promises, files, pathlib.Path(folder)).run() or []
                self.gone_on += 1
            found += [f"entry {index} of {len(entries)}, {loss} | {problem}" for problem in problems]
            if found and stops:
                break
        return found


# --- falsified journals ----------------------------------------------------------------------------------


def without_syncs(*ends):
    """Of a program that does not sync what ends like this."""
    return lambda entries: [
        entry._replace(number=-1) if entry.kind == disks.SYNCED and entry.path.endswith(ends) else entry
        for entry in entries
    ]


def before_the_sync(is_early):
    """Of a program that does some things before, and not after, the last sync of the ledger."""

    def falsify(entries):
        falsified, since_sync = [], 0
        for entry in entries:
            if is_early(entry):
                falsified.insert(since_sync, entry)
            else:
                falsified.append(entry)
                if entry.kind == disks.SYNC_BEGINS and entry.path.endswith("-wal"):
                    since_sync = len(falsified) - 1
        return falsified

    return falsify


FALSIFIED = {
    "the ledger is not synced": without_syncs(".ledger-wal"),
    "videos are not synced": without_syncs(".part"),
    "the videos' folder is not synced": without_syncs("/videos"),
    "hosts are told before the sync": before_the_sync(lambda entry: entry.kind == disks.MARKED),
    "creates are sent before the sync": before_the_sync(lambda entry: entry.kind == disks.SENT),
}


# --- all of it -------------------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True, help="the host's executable")
    parser.add_argument("--recordings", type=int, default=3, help="each under another pressure, in turns")
    parser.add_argument("--moments", type=int, default=400, help="for each recording")
    parser.add_argument("--going-on", type=int, default=6, help="moments of each after which a host goes on")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run's choices; printed")
    parser.add_argument("--keep", action="store_true", help="keeps the folder in any case")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 30)
    return options


def show(found):
    """One problem is there at many moments: each kind is shown at its first."""
    kinds = collections.defaultdict(list)
    for problem in found:
        recording, _, what = problem.partition(" | ")
        kinds[recording.partition(", entry")[0] + what.partition("\n")[0].rpartition(":")[0]].append(problem)
    for problems in kinds.values():
        print(f"AMISS at {len(problems)} moments, first at {problems[0]}")


def main():
    if sys.argv[1:2] == ["--lock"]:
        return lock_and_unlock(pathlib.Path(sys.argv[2]))
    options = arguments()
    print(f"loss of power: {options.recordings} recordings, seed {options.seed}", flush=True)
    abi, library = support.load_library()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="i2v-power-")).resolve()
    memory = pathlib.Path("/dev/shm")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="i2v-power-", dir=memory if memory.is_dir() else None))
    sandbox = support.Sandbox(
        "--job-seconds",
        "0.3",
        "--video-bytes",
        str(VIDEO_BYTES),
        "--keep-requests",
        "0",
        "--credits",
        "1000000000",
    )
    chance = random.Random(options.seed)
    begun = time.monotonic()
    found, counts = [], collections.Counter()
    try:
        for number in range(1, options.recordings + 1):
            pressure = PRESSURES[(number - 1) % len(PRESSURES)]
            recording = Recording(options, sandbox, folder / f"r{number}", chance, pressure)
            checker = Checker(abi, library, recording, chance, scratch)
            found += [
                f"recording {number}, {pressure.__name__}, {problem}"
                for problem in checker.run(recording.entries, options.moments, options.going_on)
            ]
            kinds = collections.Counter(entry.kind for entry in recording.entries)
            counts["creates recorded"] += len(prompts_sent(recording.entries))
            counts["things told"] += kinds[disks.MARKED]
            counts["writes"] += kinds[disks.WRITTEN]
            counts["syncs"] += kinds[disks.SYNCED]
            counts["refused by the disk"] += kinds[disks.REFUSED]
            counts["disks looked at"] += checker.looks
            counts["hosts that went on"] += checker.gone_on
        for name, falsify in FALSIFIED.items():
            problems = checker.run(falsify(recording.entries), 10 * options.moments, stops=True)
            print(f"{'found' if problems else 'NOT FOUND'}: {name}")
            if not problems:
                found.append(f"a fault that was planted was not found: {name}")
    finally:
        sandbox.stop()
        shutil.rmtree(scratch)
    for name, count in counts.items():
        print(f"{name}: {count}")
    print(f"seconds: {time.monotonic() - begun:.0f}")
    show(found)
    if found or options.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    bad = len(found)
    print(f"{int(not bad)} passed, {int(bool(bad))} failed" + (f": {bad} things amiss" if bad else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
