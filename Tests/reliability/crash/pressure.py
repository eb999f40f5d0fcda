"""The pressures on a ledger while hosts work and are killed: another writer locks it, its disk is full, its syncs are
slow, it is moved away, or far more creates wait than may go at once."""

import contextlib
import os
import sqlite3
import threading

KINDS = ("lock", "full", "slow", "move", "few")
FULL_DISKS = ("", "grows", "partly", "names", "syncs", "EIO", "EDQUOT", "partly grows", "names syncs")
PARTS = ("", "-wal", "-shm")


def choose(random, kind, ledger, folder):
    """What one round is under: the given kind, or some."""
    names = {kind} if kind else {name for name in KINDS if random.random() < 0.25}
    # What fails matters most while others wait for the place.
    if names and random.random() < 0.6:
        names.add("few")
    if not ledger.exists():
        names.discard("move")
    return Pressure(random, names, ledger, folder, is_alone=bool(kind))


class Pressure:
    """At work from its `with` on; all is as before when that ends."""

    def __init__(self, random, names, ledger, folder, is_alone):
        self.names, self.ledger = sorted(names), ledger
        # Where nothing but slow syncs is played, the hosts live long enough for many of them.
        self.slow_seconds = 8 if is_alone else 2
        # From a blink to longer than any write waits, most of them short.
        self.span = 0.1 * 100 ** random.random()
        self.delay = random.uniform(0.05, 0.5)
        self.words_of_disk = random.choice(FULL_DISKS)
        self.switch = folder / "disk-is-full"
        part = random.choice((ledger.name, str(folder / "videos"), str(folder)))
        preloads = [os.environ.get("LD_PRELOAD", "")]
        preloads += [f"{os.environ['I2V_PRELOADS']}/{name}.so" for name in ("slow-sync", "full-disk")]
        self.environment = {
            "LD_PRELOAD": ":".join(filter(None, preloads)),
            "I2V_FULL_SWITCH": str(self.switch),
            "I2V_FULL_PATH": part,
        }
        if "slow" in names:
            self.environment |= {"I2V_SYNC_MS": "50-1000", "I2V_SYNC_PATH": ledger.name}
        self.is_over = threading.Event()
        self.threads = []

    @property
    def seconds(self):
        """How much longer the hosts live than otherwise, at most."""
        if not {"lock", "full", "move"}.isdisjoint(self.names):
            return self.span
        return self.slow_seconds if "slow" in self.names else 0

    def words(self, random):
        """The host's own part."""
        return (f"requests={random.randint(1, 4)}",) if "few" in self.names else ()

    def __enter__(self):
        for name, work in (("lock", self.lock), ("full", self.fill), ("move", self.move)):
            if name in self.names:
                self.threads.append(threading.Thread(target=work))
                self.threads[-1].start()

    def __exit__(self, *exception):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def lock(self):
        """Another writer. It has the file open before that is moved."""
        if not self.ledger.is_file():
            return
        with contextlib.closing(sqlite3.connect(self.ledger, timeout=0, isolation_level=None)) as database:
            # SQLite opens the file now; a host may be at work on it.
            with contextlib.suppress(sqlite3.OperationalError):
                database.execute("PRAGMA user_version").fetchall()
            self.is_over.wait(self.delay)
            while not self.is_over.wait(0.005):
                with contextlib.suppress(sqlite3.OperationalError):
                    database.execute("BEGIN IMMEDIATE")
                    self.is_over.wait(self.span)
                    database.execute("ROLLBACK")
                    return

    def fill(self):
        if self.is_over.wait(self.delay):
            return
        ready = self.switch.with_suffix(".new")
        ready.write_text(self.words_of_disk)
        ready.rename(self.switch)
        self.is_over.wait(self.span)
        self.switch.unlink()

    def move(self):
        """The file is elsewhere for as long as the hosts live, and nobody can make another in its place."""
        if self.is_over.wait(self.delay):
            return
        away = [(f"{self.ledger}{part}", f"{self.ledger}{part}.away") for part in PARTS]
        for there, elsewhere in away:
            if os.path.exists(there):
                os.rename(there, elsewhere)
        self.ledger.mkdir()
        self.is_over.wait()
        self.ledger.rmdir()
        for there, elsewhere in away:
            if os.path.exists(elsewhere):
                os.rename(elsewhere, there)
