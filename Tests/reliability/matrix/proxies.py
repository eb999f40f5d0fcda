#!/usr/bin/env python3
"""Plays every way in which a proxy fails to what costs and to what only reads, asserts what must hold in any
case, and keeps the table in docs/reliability.md: it compares, or with --write writes. Exits with 1 when something
does not hold or differs."""

import argparse
import base64
import json
import multiprocessing
import os
import pathlib
import sys
import tempfile
import time
import traceback
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import matrix
import operations
import support

# As many as matrix.py has, and for its reasons.
BENCHES = 8 if matrix.SANITIZER == "valgrind" else 20
USER, PASSWORD = "pr0xy/us3r", "s3cret p/ss:w0rd+%"
CREDENTIALS = ":".join(urllib.parse.quote(text, safe="") for text in (USER, PASSWORD))
BEGIN, END = "<!-- proxies:begin -->", "<!-- proxies:end -->"
LOG_DEBUG = 4
CONNECT_TIMEOUT, DEADLINE_OF_FAILING = 1_500, 9_000
NOTHING_LEFT = {"RESOLVE", "CONNECT", "TLS"}
MOST_SECONDS = 20


# --- how a client gets to its server ---------------------------------------------------------------------


class Column:
    """An operation by a way: `kind` is what faults know the way by, `scheme` what the proxy's address begins
    with, `target` what a fault is for, where not all requests of the operation are meant."""

    def __init__(self, name, operation, kind, scheme, is_secure, environment=None, target=None):
        self.name, self.operation, self.kind, self.scheme = name, operation, kind, scheme
        self.is_secure, self.environment, self.target = is_secure, environment, target

    def counts(self, request):
        """Whether the proxy was asked because of the operation, and not of what comes before or after."""
        if self.kind == "forward" and request["way"]:
            return "createBySourcePrompt" in request["line"]
        return not self.target or self.target in request["target"]


class FetchSecurely(operations.Fetch):
    """The video's address is https, so that a tunnel leads there, too, and another host's, so that it is one
    more."""

    def prepare(self, bench):
        super().prepare(bench)
        (create,) = bench.sandbox.creates()
        url = bench.way.url.replace("127.0.0.1", "localhost") + create["video"]
        bench.sandbox.faults([{"route": "results", "times": -1, "row": {"video_url": url}}])


COLUMNS = (
    Column("submit, CONNECT", operations.Submit, "connect", "http", True),
    Column("submit, CONNECT by https_proxy", operations.Submit, "connect", "http", True, "https_proxy"),
    Column("submit, CONNECT over TLS", operations.Submit, "connect", "https", True),
    Column("submit, SOCKS5", operations.Submit, "socks5", "socks5h", False),
    Column("submit, SOCKS4", operations.Submit, "socks4", "socks4a", False),
    Column("submit, forwarded", operations.Submit, "forward", "http", False),
    Column("batch of 2, CONNECT", operations.Batch, "connect", "http", True),
    Column("credits, CONNECT", operations.Credits, "connect", "http", True),
    Column("download, CONNECT", FetchSecurely, "connect", "http", True, target="localhost"),
)


# --- how a proxy fails -----------------------------------------------------------------------------------

HTTP, SOCKS, TUNNELS = {"connect", "forward"}, {"socks5", "socks4"}, {"connect", "socks5", "socks4"}
ANY = HTTP | SOCKS


class Failure:
    """`kinds` are the ways that it is played on; `early`: there is no tunnel, or no handshake, behind which a byte
    of a request could leave; `slow`: it only shows with time."""

    def __init__(self, name, kinds=ANY, early=True, once=False, deaf=False, slow=False, **action):
        self.name, self.kinds, self.action, self.once_only = name, kinds, action, once
        self.early, self.is_deaf, self.slow = early, deaf, slow

    def rules(self, column, is_always):
        action = {
            key: value[column.kind] if isinstance(value, dict) and column.kind in value else value
            for key, value in self.action.items()
        }
        where = {"target": column.target} if column.target else {}
        return [{"times": -1 if is_always else 1, **where, **action}] if action else []

    def applies(self, column, is_always):
        """At once, no target is known yet."""
        if column.target and (self.is_deaf or self.is_at_once):
            return False
        return column.kind in self.kinds and not (self.once_only if is_always else self.is_deaf)

    @property
    def is_at_once(self):
        return bool({"close_at_once", "reset_at_once"} & set(self.action))

    def is_early(self, column):
        """Without a tunnel the proxy gets the request itself."""
        return self.early and (column.kind != "forward" or self.is_deaf)


# So many bytes into a tunnel are inside of a request or an answer: behind a handshake, or plain.
REQUEST = {"connect": 700, "socks5": 60, "socks4": 60, "forward": 60}
ANSWER = {"connect": 1_350, "socks5": 20, "socks4": 20, "forward": 20}
STATUSES = (302, 400, 403, 429, 500, 502, 503, 504)
NEGOTIATE = {"Proxy-Authenticate": "Negotiate"}

ALL = (
    Failure("none", once=True),
    Failure("nobody listens", deaf=True),
    # Where nothing is said before the request, a moment decides whether it still leaves.
    Failure("closes at once", TUNNELS, close_at_once=True),
    Failure("resets at once", TUNNELS, reset_at_once=True),
    Failure("closes", close=True),
    Failure("resets", reset=True),
    Failure("hangs", slow=True, hang=True),
    Failure("answers garbage", garbage=True),
    *(Failure(f"refuses, HTTP {status}", HTTP, refuse=status) for status in STATUSES),
    Failure("refuses, HTTP 502 and a page", HTTP, once=True, refuse=502, body="<html>busy</html>"),
    Failure("wants credentials, HTTP 407", HTTP, refuse=407),
    Failure("wants other credentials than Basic", HTTP, once=True, refuse=407, headers=NEGOTIATE),
    Failure("breaks its answer off", TUNNELS, break_answer=4),
    Failure("breaks its answer off with RST", TUNNELS, once=True, break_answer=4, how="reset"),
    Failure("drips its answer", TUNNELS, once=True, drip_ms=5),
    Failure("drips its answer too slowly", TUNNELS, slow=True, drip_ms=600),
    Failure("long headers", {"connect"}, once=True, headers_bytes=20_000),
    Failure("endless headers", {"connect"}, endless_headers=True),
    Failure("a body in front of the tunnel", {"connect"}, answer_body="welcome to the tunnel"),
    Failure("no way to log in, SOCKS", {"socks5"}, socks_method=255),
    Failure("does not know the user, SOCKS", {"socks5"}, socks_password=True),
    *(
        Failure(f"refuses, SOCKS5 reply {code}", {"socks5"}, once=code not in (1, 5), socks_reply=code)
        for code in (1, 2, 3, 4, 5, 6, 7, 8, 99)
    ),
    *(
        Failure(f"refuses, SOCKS4 reply {code}", {"socks4"}, once=code != 91, socks_reply=code)
        for code in (91, 92, 93)
    ),
    *(
        Failure(f"TLS behind it: {what}", {"connect"}, tls=what)
        for what in ("garbage", "alert", "close", "reset")
    ),
    Failure("TLS behind it: hang", {"connect"}, slow=True, tls="hang"),
    Failure("breaks in the handshake", {"connect"}, break_up=100),
    Failure("breaks in the handshake with RST", {"connect"}, once=True, break_up=100, how="reset"),
    Failure("breaks in the server's part of the handshake", {"connect"}, break_down=300),
    Failure("falls silent in the handshake", {"connect"}, slow=True, stall_down=300),
    Failure("breaks in the request", early=False, break_up=REQUEST),
    Failure("breaks in the request with RST", early=False, once=True, how="reset", break_up=REQUEST),
    Failure("breaks in the answer", early=False, break_down=ANSWER),
    Failure("falls silent in the request", early=False, slow=True, stall_up=REQUEST),
    Failure("falls silent in the answer", early=False, slow=True, stall_down=ANSWER),
    Failure("a slow tunnel", early=False, once=True, bytes_per_second=40_000),
)


# --- one cell --------------------------------------------------------------------------------------------


class Cell:
    def __init__(self, column, failure, is_always):
        self.column, self.failure, self.is_always = column, failure, is_always
        self.text, self.amiss = "?", []

    @property
    def key(self):
        return self.column.name, self.failure.name, self.is_always

    def run(self, bench):
        begun = time.monotonic()
        bench.begin(self.is_always, False)
        bench.deadline = DEADLINE_OF_FAILING if self.is_always else bench.deadline
        bench.proxy.reset()
        bench.proxy.faults([])
        log = self.listen(bench)
        try:
            bench.way = self.way(bench)
            operation = self.column.operation()
            operation.prepare(bench)
            paid_before, log.lines = len(bench.sandbox.creates()), []
            bench.proxy.reset()
            bench.proxy.faults(self.failure.rules(self.column, self.is_always))
            outcomes = operation.act(bench)
            seen = bench.proxy.seen()
            self.judge(bench, outcomes, len(bench.sandbox.creates()) - paid_before)
            self.search(bench, outcomes, log)
            self.text = self.describe(bench, outcomes, seen)
        except Exception:
            self.amiss.append(traceback.format_exc(limit=4))
        finally:
            bench.end()
            os.environ.pop(self.column.environment or "", None)
        seconds = time.monotonic() - begun
        if seconds > MOST_SECONDS:
            self.amiss.append(f"it took {seconds:.1f} s")
        return self.key, self.text, self.amiss, seconds

    def way(self, bench):
        column = self.column
        address = bench.proxy.front if column.scheme == "https" else bench.proxy.served
        if self.failure.is_deaf:
            address = bench.nowhere
        # SOCKS4 has no passwords.
        credentials = CREDENTIALS.split(":")[0] if column.kind == "socks4" else CREDENTIALS
        proxy = f"{column.scheme}://{credentials}@{address}"
        if column.environment:
            os.environ[column.environment], proxy = proxy, None
        return operations.Way(bench.secure if column.is_secure else bench.sandbox.url, proxy,
                              bench.authority if column.is_secure else None)  # fmt: skip

    def listen(self, bench):
        log = Log(bench.abi)
        bench.log = (LOG_DEBUG, log.function)
        return log

    # What must hold.

    def judge(self, bench, outcomes, paid):
        asked = self.column.operation.asked
        if paid > asked:
            self.amiss.append(f"{paid} videos were paid for, {asked} asked for")
        for outcome in outcomes:
            self.judge_outcome(bench, outcome, paid)
        if asked:
            self.judge_ledger(bench, outcomes)

    def judge_outcome(self, bench, outcome, paid):
        name = self.name(bench, outcome)
        if (
            outcome.status != 0
            and self.column.operation.asked
            and paid
            and outcome.charge == matrix.CHARGE_NONE
        ):
            self.amiss.append(f"paid for, but said to have cost nothing: {outcome.message}")
        if outcome.status == matrix.OUTCOME_UNKNOWN and (
            outcome.charge != matrix.CHARGE_POSSIBLE or outcome.retryable
        ):
            self.amiss.append(f"unknown, with charge {outcome.charge}, retryable {outcome.retryable}")
        if self.failure.is_early(self.column) and outcome.status != 0 and self.column.operation.asked:
            if outcome.charge != matrix.CHARGE_NONE or name not in NOTHING_LEFT:
                self.amiss.append(
                    f"nothing left, but it ended as {name}, charge {outcome.charge}: {outcome.message}"
                )

    def judge_ledger(self, bench, outcomes):
        """A record says that a create was sent exactly when a byte of it left."""
        for record in support.read_ledger(bench.abi, bench.library, bench.ledger):
            is_sent, charge = record.get("sent") is not None, record["charge"]
            if record["id"] is None and is_sent != self.left(outcomes):
                self.amiss.append(f"charge {charge}, but the ledger's sent is {record.get('sent')}")

    def left(self, outcomes):
        return any(outcome.charge != matrix.CHARGE_NONE for outcome in outcomes) or not self.failure.is_early(
            self.column
        )

    def name(self, bench, outcome):
        return bench.library.i2v_status_get_name(outcome.status).decode().removeprefix("I2V_ERROR_")

    # Where the proxy's credentials must not be.

    def search(self, bench, outcomes, log):
        places = [("the log", line.encode()) for line in log.lines]
        places += [("an error", outcome.message.encode()) for outcome in outcomes]
        places += [(path.name, path.read_bytes()) for path in bench.folder.glob("cell*")]
        places.append(("the server", json.dumps(bench.sandbox.ask("GET", "/_sandbox/requests")).encode()))
        for where, text in places:
            for secret in SECRETS:
                if secret in text:
                    self.amiss.append(f"{where} has {secret!r}: {text[:200]!r}")
        if self.column.operation is operations.Submit and not log.lines:
            self.amiss.append("nothing was logged")

    # What the table says.

    def describe(self, bench, outcomes, seen):
        words = sorted({self.word(bench, outcome) for outcome in outcomes})
        chances = self.chances()
        if set(words) <= set(chances):
            words = [" or ".join(chances)]
        count = sum(self.column.counts(request) for request in seen)
        return " / ".join(words) + (" n" if count > 1 and self.is_always else f" {count}")

    def chances(self):
        """What takes its time ends at a failure, or while the next try is under way, but for creates, which have
        few tries."""
        if not self.is_always or not self.failure.slow or self.column.operation.asked:
            return ()
        paid = " $" if self.column.operation is FetchSecurely else ""
        return tuple(f"{name}{paid} ↻" for name in ("CONNECT" if self.failure.early else "NETWORK", "DEADLINE"))

    def word(self, bench, outcome):
        if outcome.status == 0:
            return "ok"
        return (
            self.name(bench, outcome) + {0: "", 1: " ?", 2: " $"}[outcome.charge] + " ↻" * outcome.retryable
        )


def spellings(secret):
    """As it is, percent-encoded, and as any of three places in Base64 makes it look."""
    yield secret.encode()
    yield urllib.parse.quote(secret, safe="").encode()
    for place in range(3):
        text = base64.b64encode(b"\0" * place + secret.encode())
        first, last = -(-place * 8 // 6), (place + len(secret.encode())) * 8 // 6
        yield text[first:last]


SECRETS = [spelling for secret in (USER, PASSWORD) for spelling in spellings(secret)]


class Log:
    def __init__(self, abi):
        self.lines = []
        self.function = abi.i2v_log_fn(lambda level, line, _: self.lines.append(line.decode()))


# --- all cells -------------------------------------------------------------------------------------------


def cells():
    return [
        Cell(column, failure, is_always)
        for is_always in (False, True)
        for failure in ALL
        for column in COLUMNS
        if failure.applies(column, is_always)
    ]


bench = None


def take_bench(places, folder):
    """In each process: a sandbox, a proxy and a folder of its own."""
    global bench
    place = places.get()
    bench = operations.Bench(*support.load_library(), place.sandbox, tempfile.mkdtemp(dir=folder))
    bench.proxy, bench.secure, bench.authority = place.proxy, place.secure, place.authority
    bench.nowhere, bench.keeps, bench.connect_timeout = place.nowhere, True, CONNECT_TIMEOUT
    matrix.look_for_leaks_at_the_end()


def run_cell(index):
    return cells()[index].run(bench)


class RunningProxy:
    """A proxy that the parent started, as its children know it; `front` is where it is reached over TLS."""

    def __init__(self, proxy, front):
        self.url, self.address, self.served, self.front = proxy.url, proxy.address, proxy.served, front

    ask, faults, reset, seen = (
        support.Proxy.ask,
        support.Proxy.faults,
        support.Proxy.reset,
        support.Proxy.seen,
    )


class Place:
    def __init__(self, sandbox, proxy, front, secure, authority, nowhere):
        self.sandbox, self.proxy = matrix.Running(sandbox), RunningProxy(proxy, front)
        self.secure, self.authority, self.nowhere = secure, authority, nowhere


def run_all(chosen):
    servers = []
    try:
        with tempfile.TemporaryDirectory(prefix="i2v-proxies-") as folder, support.ClosedPort() as nowhere:
            servers = sandboxes = [support.Sandbox("--job-seconds", "0", "--video-bytes", str(matrix.VIDEO_BYTES))
                                   for _ in range(BENCHES)]  # fmt: skip
            proxies = [support.Proxy("--user", f"{USER}:{PASSWORD}") for _ in range(BENCHES)]
            servers = [*sandboxes, *proxies]
            fronts = support.Fronts(folder, [*sandboxes, *proxies])
            servers.append(fronts)
            free = multiprocessing.SimpleQueue()
            addresses = [url.removeprefix("https://") for url in fronts.urls[BENCHES:]]
            for sandbox, proxy, address, url in zip(sandboxes, proxies, addresses, fronts.urls):
                free.put(Place(sandbox, proxy, address, url, fronts.authority, nowhere.address))
            with multiprocessing.Pool(BENCHES, take_bench, (free, folder)) as pool:
                results = matrix.gather(pool, run_cell, chosen)
                pool.close()
                pool.join()
    finally:
        for server in servers:
            server.stop()
    return results


# --- the table -------------------------------------------------------------------------------------------

LEGEND = """\
The words and marks are those of the table above; the number is how many requests for a connection the proxy saw (0
where it is not there). By CONNECT the server is behind TLS, so that a handshake follows; `forwarded`: the server is
plain http, and the proxy gets the whole request. The proxy wants a user name and password (SOCKS4: takes a name), which
are searched for in the log at its most verbose level, the errors, the ledger and what the server got. Where no byte of
a create left, the ledger does not call it sent.
"""


def table(texts, is_always):
    lines = [
        "| proxy | " + " | ".join(column.name for column in COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for failure in ALL:
        row = [texts.get((column.name, failure.name, is_always), "") for column in COLUMNS]
        if any(row):
            lines.append(f"| {failure.name} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def document(texts):
    return (
        f"{LEGEND}\nThe proxy fails once:\n\n{table(texts, False)}\n\n"
        f"It fails always, and the host waits some seconds:\n\n{table(texts, True)}\n"
    )


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
    parser.add_argument("--only", help="plays only cells whose name has this in it, and prints them")
    options = parser.parse_args()
    begun = time.monotonic()
    every = cells()
    chosen = [
        index
        for index, cell in sorted(enumerate(every), key=lambda each: not each[1].is_always)
        if not options.only or options.only in " / ".join(map(str, cell.key))
    ]
    results = run_all(chosen)
    texts, bad = {key: text for key, text, *_ in results}, 0
    for key, text, amiss, seconds in sorted(results, key=str):
        if options.only:
            print(f"{' / '.join(map(str, key))}: {text} ({seconds:.1f} s)")
        for what in amiss:
            bad += 1
            print(f"AMISS {key[0]} / {key[1]} / {'always' if key[2] else 'once'} ({text}): {what}")
    if not options.only and not options.judge:
        bad += matrix.settle_document(BEGIN, END, document(texts), is_written=options.write)
    print(f"{len(results)} cells in {time.monotonic() - begun:.0f} s")
    print(f"{int(not bad)} passed, {int(bool(bad))} failed" + (f": {bad} things amiss" if bad else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
