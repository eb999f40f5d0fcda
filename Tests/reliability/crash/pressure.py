"""The pressures on a ledger while hosts work and are killed: another writer locks it, its disk is full, its syncs are
slow, it is moved away, or far more creates wait than may go at once; and a host is stopped beyond its lease."""

import contextlib
import ctypes
import os
import signal
import sqlite3
import threading
import time

KINDS = ("lock", "full", "slow", "move", "few", "stop")
# Stopping a host takes longer than a round: it has rounds of its own.
AT_RANDOM = KINDS[:-1]
LEASE = 60
FULL_DISKS = ("", "grows", "partly", "names", "syncs", "EIO", "EDQUOT", "partly grows", "names syncs")
PARTS = ("", "-wal", "-shm")


def choose(random, kind, ledger, folder):
    """What one round is under: the given kind, or some."""
    names = {kind} if kind else {name for name in AT_RANDOM if random.random() < 0.25}
    # What fails matters most while others wait for the place.
    if names and (kind == "stop" or random.random() < 0.6):
        names.add("few")
    if kind == "stop" and random.random() < 0.5:
        names.add("slow")
    if not ledger.exists():
        names.discard("move")
    return Pressure(random, names, ledger, folder, is_alone=bool(kind))


def preload(name):
    return f"{os.environ['I2V_PRELOADS']}/{name}.so"


def factor_of_clock():
    """How much faster time goes for hosts whose lease is to run out; it does for all of a round, and with it all that
    the library does in its time."""
    return ctypes.c_int.in_dll(ctypes.CDLL(preload("clock-fast")), "i2v_clock_factor").value


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
        preloads += [preload(name) for name in ("slow-sync", "full-disk")]
        self.factor = factor_of_clock() if "stop" in names else 1
        if "stop" in names:
            preloads.append(preload("clock-fast"))
        self.environment = {
            "LD_PRELOAD": ":".join(filter(None, preloads)),
            "I2V_FULL_SWITCH": str(self.switch),
            "I2V_FULL_PATH": part,
        }
        if "slow" in names:
            span = f"{50 // self.factor}-{1000 // self.factor}"
            self.environment |= {"I2V_SYNC_MS": span, "I2V_SYNC_PATH": ledger.name}
        self.is_over = threading.Event()
        self.threads = []

    @property
    def seconds(self):
        """How much longer the hosts live than otherwise, at most."""
        if not {"lock", "full", "move"}.isdisjoint(self.names):
            return self.span
        return self.slow_seconds if "slow" in self.names and "stop" not in self.names else 0

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

    def stop(self, random, hosts, names):
        """One of the hosts stands still, with creates waiting, on the wire and under way, until its lease has run out
        and another has taken up its jobs, and goes on. Gives what it had. Where it stands in the middle of a write,
        nobody can take anything up before it goes on, so that is not often."""
        if "stop" not in self.names:
            return {}
        host, name = random.choice(list(zip(hosts, names)))
        wait_until(3, lambda: all(self.held_by(host, name).values()))
        is_writing = random.random() < 0.2
        for _ in range(100):
            time.sleep(random.uniform(0, 0.1))
            host.send_signal(signal.SIGSTOP)
            is_locked = self.is_locked()
            if is_writing or not is_locked:
                break
            host.send_signal(signal.SIGCONT)
        held = self.held_by(host, name)
        is_taken = wait_until(LEASE / self.factor + 2, lambda: not self.is_holder(host))
        time.sleep(random.choice((0, random.uniform(0, 1.5))))
        host.send_signal(signal.SIGCONT)
        how = {"in the middle of a write": int(is_locked), "jobs taken up by others": int(is_taken)}
        return {"rounds": 1, **how, **held}

    def held_by(self, host, name):
        """In numbers of videos, without what it took up and looks for."""
        waiting, sent, made = self.read(
            """SELECT total(job.sent IS NULL), total(job.sent IS NOT NULL AND job.id IS NULL), total(job.id IS NOT NULL)
            FROM job JOIN holder ON job.holder = holder.id
            WHERE job.open = 1 AND holder.process = ? AND job.request LIKE ?""",
            (host.pid, f'%"{name}-%'),
            (0, 0, 0),
        )
        return {"creates waiting": int(waiting), "on the wire": int(sent), "under way": int(made)}

    def is_holder(self, host):
        return self.read("SELECT count(*) FROM holder WHERE process = ?", (host.pid,), (1,))[0] > 0

    def is_locked(self):
        """Somebody writes for longer than any host does that is not stopped."""
        try:
            with contextlib.closing(sqlite3.connect(self.ledger, timeout=0.5)) as database:
                database.execute("BEGIN IMMEDIATE")
                return False
        except sqlite3.OperationalError:
            return True

    def read(self, question, values, otherwise):
        """A row of the ledger, while hosts are at work on it; `otherwise` where it cannot be read just now."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as database:
                return database.execute(question, values).fetchone()
        except sqlite3.OperationalError:
            return otherwise


def wait_until(seconds, condition):
    """Whether it came true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
