#!/usr/bin/env python3
"""Plays every fault to every operation, asserts what must hold in any case, and keeps the table in
docs/reliability.md: it compares, or with --write writes. Exits with 1 when something does not hold or
differs."""

import argparse
import ctypes
import hashlib
import multiprocessing
import multiprocessing.util
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import faults
import operations
import support

OUTCOME_UNKNOWN = 60
CHARGE_NONE, CHARGE_POSSIBLE, CHARGE_CERTAIN = range(3)
# What the service said itself, as the library repeats it in brackets. (No fault says a bracket.)
QUOTATION = re.compile(r"\((?:the service|it) says: [^()]*\)")
ADVICE_TO_REPEAT = re.compile(r"\b(?:try|send|submit) (?:\w+ )?again\b|\bretry", re.IGNORECASE)
VIDEO_BYTES = 20_000
MOST_MEMORY = 32 << 20
# What a busy machine adds to the deadline of a job, and to the two seconds that a create has at its end, is no hang.
MOST_SECONDS = 60
MOST_SECONDS_TO_GO = 12
MOST_SECONDS_OF_SILENCE = 120
# Under a sanitizer, most of the memory is its own.
SANITIZER = os.environ.get("I2V_SANITIZER")
# Most cells wait; under valgrind they are at work, and so many at once would only wait for each other.
BENCHES = 8 if SANITIZER == "valgrind" else 24
DOCUMENT = support.TOP / "docs" / "reliability.md"
BEGIN, END = "<!-- matrix:begin -->", "<!-- matrix:end -->"

# --- one cell --------------------------------------------------------------------------------------------


class Cell:
    """One fault on one operation: what came of it, and what of that must not be."""

    def __init__(self, operation, fault, form, is_always):
        self.operation, self.fault, self.form, self.is_always = operation, fault, form, is_always
        self.text, self.amiss, self.memory, self.seconds = "?", [], 0, 0.0

    @property
    def key(self):
        return self.operation.name, self.fault.label(self.form), self.is_always

    def run(self, bench, elsewhere):
        bench.begin(self.is_always, self.fault.slow, self.fault.stalls)
        try:
            operation = self.operation()
            bench.way = bench.ways["download" if operation.saves else "api"]
            operation.prepare(bench)
            paid_before = len(bench.sandbox.creates())
            seen_before = bench.sandbox.stats()["requests"].get(operation.route, 0)
            bench.sandbox.faults(self.fault.rules(operation.route, self.form, self.is_always, elsewhere))
            memory, begun = Memory(), time.monotonic()
            outcomes = operation.act(bench)
            self.seconds, self.memory = time.monotonic() - begun, memory.growth()
            self.requests = bench.sandbox.stats()["requests"].get(operation.route, 0) - seen_before
            going = bench.end()
            self.judge(bench, outcomes, bench.sandbox.creates()[paid_before:], going)
            self.text = self.describe(bench.library, outcomes)
        except Exception:
            self.amiss.append(traceback.format_exc(limit=4))
        finally:
            bench.end()
        return self.key, self.text, self.amiss, self.memory, self.seconds

    # What must hold.

    def judge(self, bench, outcomes, paid, going):
        operation = self.operation
        if len(paid) > operation.asked or len({create["create"] for create in paid}) > 1:
            self.amiss.append(f"{len(paid)} videos were paid for, {operation.asked} asked for")
        if (
            not operation.asked
            and not operation.is_given
            and any(outcome.charge == CHARGE_POSSIBLE for outcome in outcomes)
            and operation.route != "list"
        ):
            self.amiss.append("what creates nothing says that it may have been charged")
        unknown = sum(not outcome.known for outcome in outcomes)
        if operation.asked and paid and unknown:
            self.judge_lost([outcome for outcome in outcomes if not outcome.known])
        for outcome in outcomes:
            self.judge_marks(outcome)
        if self.seconds > MOST_SECONDS or going > MOST_SECONDS_TO_GO:
            self.amiss.append(f"it took {self.seconds:.1f} s, and {going:.1f} s to go")
        if self.memory > MOST_MEMORY and not SANITIZER:
            self.amiss.append(f"it took {self.memory >> 20} MiB of memory")
        if operation.saves:
            self.judge_file(bench, outcomes[0])

    def judge_lost(self, outcomes):
        """The service acted, and the host does not know the id."""
        for outcome in outcomes:
            if outcome.charge == CHARGE_NONE:
                self.amiss.append(f"paid for, but said to have cost nothing: {outcome.message}")
            elif outcome.status != OUTCOME_UNKNOWN and "code" not in self.fault.action:
                self.amiss.append(f"paid for, but its outcome is not called unknown: {outcome.message}")
            if outcome.retryable:
                self.amiss.append(f"paid for, but said to be worth another try: {outcome.message}")

    def judge_marks(self, outcome):
        """What an error says of the charge and of another try goes with how it ended and with what is known,
        whether the service acted or not."""
        if outcome.status == OUTCOME_UNKNOWN:
            self.judge_unknown(outcome)
        if outcome.status != 0 and outcome.known != (outcome.charge == CHARGE_CERTAIN):
            self.amiss.append(f"the id is known: {outcome.known}, the charge: {outcome.charge}")

    def judge_unknown(self, outcome):
        """A host that does as it is told must not pay twice. Words quoted from the service are the service's:
        they are marked as such, and to leave them out would hide what it said; the advice is what stands
        around them."""
        if outcome.charge != CHARGE_POSSIBLE or outcome.retryable:
            self.amiss.append(f"unknown, with charge {outcome.charge}, retryable {outcome.retryable}")
        if ADVICE_TO_REPEAT.search(QUOTATION.sub("", outcome.message)):
            self.amiss.append(f"unknown, and advises to do it again: {outcome.message}")

    def judge_file(self, bench, outcome):
        left = [path.name for path in bench.folder.glob("cell*") if ".part" in path.name]
        if left and not (self.operation is operations.ResumeMade and outcome.status != 0):
            self.amiss.append(f"left behind: {left}")
        if bench.target.exists() != (outcome.status == 0):
            self.amiss.append(f"status {outcome.status}, and the file is there: {bench.target.exists()}")
        if bench.target.exists():
            (create,) = bench.sandbox.creates()
            if hashlib.sha256(bench.target.read_bytes()).hexdigest() not in {
                create["sha256"],
                *(create["earlier_sha256"] or []),
            }:
                self.amiss.append("the file is not what the sandbox served")

    # What the table says.

    def describe(self, library, outcomes):
        words = sorted({self.word(library, outcome) for outcome in outcomes})
        chances = self.chances()
        if chances and set(words) <= set(chances):
            words = [" or ".join(chances)]
        return " / ".join(words) + self.count

    def chances(self):
        """What it may be called when it always fails, where that hangs on a moment; each name has marks of
        its own. What is longer than its header says breaks the connection sooner or later. A download that each
        try brings on ends when the time does: at a failure, or while it waits."""
        operation, name = self.operation, self.fault.name
        if self.is_always and name in ("broken body", "hang", "stalled body") and operation is operations.Fetch:
            return "NETWORK $ ↻", "DEADLINE $ ↻"
        if self.is_always and name == "length too small":
            if operation is operations.Fetch:
                return "NETWORK $ ↻", "PROTOCOL $ ↻"
            if operation is operations.Login or issubclass(operation, operations.Query):
                return "NETWORK ↻", "PROTOCOL ↻"
        return ()

    def word(self, library, outcome):
        if outcome.status == 0:
            return "ok"
        name = library.i2v_status_get_name(outcome.status).decode().removeprefix("I2V_ERROR_")
        return name + {0: "", 1: " ?", 2: " $"}[outcome.charge] + (" ↻" if outcome.retryable else "")

    @property
    def count(self):
        """Where time decides, it is not the same each time; nor after a body that is longer than its header
        says, whose rest comes when it will."""
        is_chance = self.operation is operations.Fetch and self.fault.name == "length too small"
        return " n" if self.requests > 1 and (self.is_always or is_chance) else f" {self.requests}"


class Memory:
    """How much more memory this process had at its peak than at the beginning."""

    def __init__(self):
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        self.before = self.read("VmRSS")

    def growth(self):
        return self.read("VmHWM") - self.before

    def read(self, name):
        for line in pathlib.Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) << 10
        return 0


# --- all cells -------------------------------------------------------------------------------------------


def cells():
    every = []
    for is_always in (False, True):
        for fault in faults.ALL:
            for form in fault.forms:
                for operation in operations.ALL:
                    if fault.applies(operation, form, is_always):
                        every.append(Cell(operation, fault, form, is_always))
    return every


bench = elsewhere = None


def take_bench(places, elsewhere_url, folder):
    """In each process: a sandbox, the ways to it, and a folder of its own."""
    global bench, elsewhere
    (sandbox, ways), elsewhere = places.get(), elsewhere_url
    own = tempfile.mkdtemp(dir=folder)
    bench = operations.Bench(*support.load_library(), sandbox, own)
    bench.ways = ways
    look_for_leaks_at_the_end()


def look_for_leaks_at_the_end():
    """The processes of a pool end without the handlers that would."""
    if SANITIZER == "address":
        multiprocessing.util.Finalize(None, ctypes.CDLL(None).__lsan_do_leak_check, exitpriority=1)


def run_cell(index):
    return cells()[index].run(bench, elsewhere)


def gather(pool, run, chosen):
    """The results. A process that dies takes its cell with it, and nothing would ever come of that."""
    results, coming = [], pool.imap_unordered(run, chosen, chunksize=1)
    try:
        while len(results) < len(chosen):
            results.append(coming.next(timeout=MOST_SECONDS_OF_SILENCE))
    except multiprocessing.TimeoutError:
        sys.exit(f"{len(chosen) - len(results)} cells have no end: did a process die?")
    return results


class Running:
    """A sandbox that the parent started, as its children know it."""

    def __init__(self, sandbox):
        self.url, self.address = sandbox.url, sandbox.address

    ask, faults, reset = support.Sandbox.ask, support.Sandbox.faults, support.Sandbox.reset
    stats, creates = support.Sandbox.stats, support.Sandbox.creates


def straight_ways(sandboxes, folder):
    return [], [dict.fromkeys(("api", "download"), operations.Way(sandbox.url)) for sandbox in sandboxes]


def proxied_ways(sandboxes, folder):
    """Through the tunnels of a proxy: the API by CONNECT and TLS, downloads, whose addresses are plain http, by
    SOCKS."""
    proxy, fronts = support.Proxy(), support.Fronts(folder, sandboxes)
    ways = [
        {
            "api": operations.Way(url, f"http://{proxy.served}", fronts.authority),
            "download": operations.Way(sandbox.url, f"socks5h://{proxy.served}"),
        }
        for sandbox, url in zip(sandboxes, fronts.urls)
    ]
    return [proxy, fronts], ways


def run_all(chosen, make_ways):
    servers = []
    stranger = support.Sandbox("--host", "127.0.0.2", "--job-seconds", "0")
    sandboxes = [
        support.Sandbox("--job-seconds", "0", "--video-bytes", str(VIDEO_BYTES), "--keep-requests", "0")
        for _ in range(BENCHES)
    ]
    try:
        with tempfile.TemporaryDirectory(prefix="i2v-matrix-") as folder:
            servers, ways = make_ways(sandboxes, folder)
            free = multiprocessing.SimpleQueue()
            for sandbox, its in zip(sandboxes, ways):
                free.put((Running(sandbox), its))
            with multiprocessing.Pool(BENCHES, take_bench, (free, stranger.url, folder)) as pool:
                results = gather(pool, run_cell, chosen)
                pool.close()
                pool.join()
        leaks = [
            request
            for request in stranger.ask("GET", "/_sandbox/requests")
            if {"x-api-key", "authorization"} & set(request["headers"])
        ]
    finally:
        for server in [stranger, *sandboxes, *servers]:
            server.stop()
    return results, leaks


# --- the table -------------------------------------------------------------------------------------------

LEGEND = """\
A cell says how the operation ended, what its error says of the charge, and how many requests went out on the
route of the fault: `ok 2`; `OUTCOME_UNKNOWN ? 1`. The names are those of the statuses without `I2V_ERROR_`.
`?`: it may have been charged; `$`: it was; an error without either says that nothing was charged. An `ok` has
no mark, though a create that is ok was charged. `↻`: the error is called worth another try by the host. `or`:
one of them, as a moment will have it. `n`: several, as time will have it. `before`: the service did not act;
`after`: it did, which makes no difference to what only reads. An empty cell: not played. The service acted on
one create at most in every cell.
"""


def table(texts, is_always):
    names = [operation.name for operation in operations.ALL if not (is_always and operation.once_only)]
    lines = ["| fault | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for fault in faults.ALL:
        for form in fault.forms:
            row = [texts.get((name, fault.label(form), is_always), "") for name in names]
            if any(row):
                lines.append(f"| {fault.label(form)} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def document(texts):
    return (
        f"{LEGEND}\nThe fault strikes once:\n\n{table(texts, False)}\n\n"
        f"The fault strikes always, and the host waits some seconds:\n\n{table(texts, True)}\n"
    )


def settle_document(begin, end, new, is_written):
    """Writes what stands between two marks, or prints how it differs. Gives the number of differences."""
    head, rest = DOCUMENT.read_text().split(begin, 1)
    old, tail = rest.split(end, 1)
    if is_written:
        DOCUMENT.write_text(f"{head}{begin}\n{new}{end}{tail}")
        return 0
    old, new = old.strip("\n").splitlines(), new.splitlines()
    changes = [f"- {line}" for line in old if line not in new]
    changes += [f"+ {line}" for line in new if line not in old]
    for change in changes:
        print(f"AMISS docs/reliability.md: {change}")
    return len(changes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="writes the table instead of comparing it")
    parser.add_argument(
        "--check", action="store_true", help="compares the table; what happens without --write"
    )
    parser.add_argument(
        "--judge",
        action="store_true",
        help="does not compare: on a machine much slower, other limits of time come first in some cells",
    )
    parser.add_argument(
        "--proxied", action="store_true", help="plays it behind a proxy, which must give the same table"
    )
    parser.add_argument("--only", help="plays only cells whose name has this in it, and prints them")
    options = parser.parse_args()
    begun = time.monotonic()
    every = cells()
    # The slowest first, so that none of them is waited for at the end.
    chosen = [
        index
        for index, cell in sorted(enumerate(every), key=lambda each: not each[1].is_always)
        if not options.only or options.only in " / ".join(map(str, cell.key))
    ]
    if options.proxied and options.write:
        parser.error("the table is written without a proxy, and must be the same with one")
    results, leaks = run_all(chosen, proxied_ways if options.proxied else straight_ways)
    texts = {key: text for key, text, *_ in results}
    bad = 0
    for key, text, amiss, memory, seconds in sorted(results, key=str):
        if options.only:
            print(f"{' / '.join(map(str, key))}: {text} ({seconds:.1f} s, {memory >> 10} KiB)")
        for what in amiss:
            bad += 1
            print(f"AMISS {key[0]} / {key[1]} / {'always' if key[2] else 'once'} ({text}): {what}")
    for leak in leaks:
        bad += 1
        print(f"AMISS a credential went to another host: {leak['route']}")
    if not options.only and not options.judge:
        bad += settle_document(BEGIN, END, document(texts), is_written=options.write)
    if SANITIZER:
        print(f"left out under the {SANITIZER} sanitizer: memory, which is the sanitizer's more than the library's")
    most = max(results, key=lambda each: each[3])
    print(
        f"{len(results)} cells in {time.monotonic() - begun:.0f} s;"
        f" most memory {most[3] >> 20} MiB ({most[0]})"
    )
    print(f"{int(not bad)} passed, {int(bool(bad))} failed" + (f": {bad} things amiss" if bad else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
