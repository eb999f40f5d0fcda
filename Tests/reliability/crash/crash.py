#!/usr/bin/env python3
"""Kills hosts at random moments under mixed faults; nothing may be paid twice, and nothing lost.

Each round starts one host or more on the same ledger, and ends them with SIGKILL. Meanwhile the ledger may be
under pressure: locked by another writer, on a full disk, slow to sync, or moved away. In rounds of their own one of
the hosts is stopped, until its lease has run out and another has its jobs, and goes on. After each round every
create that arrived is held against what the ledger says: its row was there, as sent, before it arrived. After
the last round the faults are switched off, and a host that is not killed finishes what is left. Then the
sandbox's record of what was paid for is compared with the ledger and with the files. Exits with 1, and keeps the
folder, when anything is amiss.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import pressure
import support

OUTCOME_UNKNOWN, FILE_EXISTS = 60, 71
SAVED, FAILED = 5, 6
CHARGE_NONE = 0
VIDEO_BYTES = 50_000
LONGEST_LIFE = 1.7
# A search goes through 2000 videos at most; some are made after it began.
LISTED = 1_900

# --- the faults ------------------------------------------------------------------------------------------


def mixed_faults(scale):
    """Rules for every route. A refusal for the rate comes before the service acts, as the word says: one that
    lies would make any client pay twice."""
    rules = []

    def add(routes, probability, **action):
        for route in routes:
            rules.append(
                {"route": route, "times": -1, "probability": min(0.5, probability * scale), **action}
            )

    creates, reads, every = (
        ["create", "batch"],
        ["results", "list"],
        ["create", "batch", "results", "list", "video"],
    )
    for when in ("before", "after"):
        add(every, 0.02, when=when, latency_ms=400)
        add(every, 0.02, when=when, close=True)
        add(every, 0.02, when=when, reset=True)
        add(creates + reads, 0.01, when=when, code=1015, msg="the service could not process the video")
        add(creates + reads, 0.01, when=when, html=True)
        add(every, 0.01, when=when, reply={"status": 503, "body": "busy"})
        for form in ("truncated", "wrong_types", "duplicate_keys", "invalid_utf8", "nul"):
            add(creates + reads, 0.004, when=when, json=form)
    add(every, 0.02, when="before", rate_limit=True, retry_after=1)
    add(creates + reads, 0.02, when="before", code=1005, msg="too frequent")
    add(creates + reads, 0.02, break_after=20)
    add(every, 0.01, break_header=30)
    add(every, 0.003, when="after", hang=True)
    add(["results"], 0.02, omit=True)
    add(["results"], 0.001, row={"status": 4, "video_url": None, "error_reason": "it could not be made"})
    add(["video"], 0.10, break_after=VIDEO_BYTES // 3)
    add(["video"], 0.03, stall_after=VIDEO_BYTES // 2)
    add(["video"], 0.02, length_off=-999)
    add(["video"], 0.02, length_off=999)
    for when in ("before", "after"):
        add(["video"], 0.03, when=when, change_entity=True)
        add(["video"], 0.03, when=when, expire=True)
    add(["video"], 0.003, when="before", gone=True)
    return rules


def slow_creates():
    """There is one on the wire at most moments."""
    return [
        {"route": route, "times": -1, "probability": 0.4, "latency_ms": 200, "when": when}
        for route in ("create", "batch")
        for when in ("before", "after")
    ]


# --- the rounds ------------------------------------------------------------------------------------------


class Rounds:
    def __init__(self, options, sandbox, folder):
        self.options, self.sandbox = options, sandbox
        self.folder, self.ledger, self.videos = folder, folder / "jobs.ledger", folder / "videos"
        self.videos.mkdir()
        self.random = random.Random(options.seed)
        self.violations = []
        self.hosts = self.shared = self.last_arrival = self.checked = 0
        self.pressures, self.stopped = collections.Counter(), collections.Counter()

    def start(self, name, creates, *words, environment=None):
        words += ("reconcile",) if self.options.reconcile else ()
        arguments = [
            self.sandbox.url,
            self.ledger,
            self.videos,
            name,
            creates,
            self.random.randrange(1 << 30),
            *words,
        ]
        self.hosts += 1
        return subprocess.Popen(
            [self.options.host, *map(str, arguments)], env={**os.environ, **(environment or {})}
        )

    def count_of_hosts(self, is_shared):
        if self.options.hosts or is_shared:
            return self.random.randint(2, max(2, self.options.hosts))
        return 2 if self.random.random() < 0.3 else 1

    def play(self, number, kind):
        faults = mixed_faults(self.random.choice((0.3, 1, 1, 3)))
        self.sandbox.faults(faults + slow_creates() if kind == "stop" else faults)
        count = self.count_of_hosts(is_shared=kind == "stop")
        names = [f"r{number}{'abc'[index]}" for index in range(count)]
        self.shared += count > 1
        weight = pressure.choose(self.random, kind, self.ledger, self.folder)
        self.pressures.update(weight.names)
        words = weight.words(self.random)
        hosts = [
            self.start(name, self.options.creates, *words, environment=weight.environment) for name in names
        ]
        # Some right after they began, where the ledger is opened and old jobs are taken up.
        longest = LONGEST_LIFE + weight.seconds
        lives = [self.random.uniform(0, 0.1 if self.random.random() < 0.15 else longest) for _ in hosts]
        with weight:
            self.stopped.update(weight.stop(self.random, hosts, names))
            begun = time.monotonic()
            for life, host, name in sorted(zip(lives, hosts, names), key=lambda each: each[0]):
                time.sleep(max(0, begun + life - time.monotonic()))
                host.send_signal(signal.SIGKILL)
                if host.wait() != -signal.SIGKILL:
                    self.violations.append(f"host {name} ended by itself with {host.returncode}")
        self.check_arrivals()

    def check_arrivals(self):
        """Each create that arrived has a row that was written as sent before. A create that the service refused may
        be unsent again; one that it acted on never is."""
        arrivals = self.sandbox.ask("GET", f"/_sandbox/arrivals?after={self.last_arrival}")
        if not arrivals:
            return
        self.last_arrival = arrivals[-1]["arrival"]
        rows = support.sent_marks(self.ledger)
        for arrival in arrivals:
            sent = rows.get(arrival["prompt"])
            self.checked += 1
            if arrival["arrived"] is None:
                continue
            if sent is None:
                self.violations.append(f"arrived without a row: {arrival['prompt']}")
            elif arrival["acted"] and not any(mark and mark <= arrival["begun"] + 1 for mark in sent):
                self.violations.append(f"made, and its row was not written as sent: {arrival['prompt']} {sent}")

    def lose_creates(self):
        """Many hosts at once die with their creates on the wire: half of them arrived, half did not."""
        self.sandbox.faults(
            [
                {"route": route, "times": -1, "latency_ms": 60_000, **how}
                for route in ("create", "batch")
                for how in ({"when": "before", "probability": 0.5}, {"when": "after"})
            ]
        )
        hosts = [self.start(f"l{number}", self.options.creates) for number in range(6)]
        time.sleep(1)
        for host in hosts:
            host.kill()
            host.wait()

    def finish(self):
        self.sandbox.faults([])
        code = self.start("last", 4, "finish").wait()
        if code != 0:
            self.violations.append(f"the last host ended with {code}")


# --- the check -------------------------------------------------------------------------------------------


class Check:
    """What was paid for against what is known of it."""

    def __init__(self, creates, records, videos, violations, listed):
        """`listed`: how many of the newest videos were looked through for what was lost."""
        self.listed = {create["id"] for create in creates[len(creates) - min(listed, len(creates)) :]}
        self.creates, self.records, self.videos, self.violations = creates, records, videos, violations
        self.by_id = collections.defaultdict(list)
        self.by_prompt = collections.defaultdict(list)
        for record in records:
            record["prompt"] = prompt_of(record)
            self.by_prompt[record["prompt"]].append(record)
            if record["id"]:
                self.by_id[record["id"]].append(record)
        self.paid = collections.defaultdict(list)
        for create in creates:
            self.paid[create["prompt"]].append(create)
        self.known_by_id = self.unknown_and_paid = self.possible_and_paid = 0

    def amiss(self, what, *things):
        self.violations.append(what + "".join(f"\n      {json.dumps(thing)[:1500]}" for thing in things))

    def run(self):
        for record in self.records:
            self.check_record(record)
        for name, records in self.by_id.items():
            if len(records) > 1:
                self.amiss(f"{len(records)} records have the id {name}", *records)
        for prompt, paid in self.paid.items():
            self.check_prompt(prompt, paid)
        saved = {record["path"] for record in self.records if record["state"] == SAVED}
        for path in sorted(self.videos.iterdir()):
            if path.suffix == ".part":
                self.amiss(f"a part file is left: {path.name}")
            elif str(path) not in saved:
                self.amiss(f"no saved record has the file {path.name}")

    def check_record(self, record):
        if record["open"]:
            self.amiss("a record is left open", record)
        elif record["status"] == FILE_EXISTS:
            self.amiss("a record ends because its own video is there", record)
        elif record["state"] not in (SAVED, FAILED):
            self.amiss("a record has ended neither saved nor failed", record)
        if record["state"] == SAVED:
            self.check_file(record)

    def check_file(self, record):
        path = pathlib.Path(record["path"])
        create = next((create for create in self.creates_of(record) if create["id"] == record["id"]), None)
        if create is None:
            return self.amiss("a saved record's video was never paid for", record)
        if not path.exists():
            return self.amiss("a saved record has no file", record)
        served = {create["sha256"], *(create["earlier_sha256"] or [])}
        if hashlib.sha256(path.read_bytes()).hexdigest() not in served:
            self.amiss("a file is not what the sandbox served", record, create)

    def creates_of(self, record):
        return self.paid.get(record["prompt"], ())

    def check_prompt(self, prompt, paid):
        """Paid for once, as often as asked; each video known by its id, or covered by a record that says that
        it may have been charged, almost always as outcome unknown."""
        records = self.by_prompt.get(prompt, [])
        asked = asked_by(prompt)
        if is_paid_twice(paid, asked) or len(paid) > asked:
            self.amiss(f"paid for more than once: {prompt}", *paid, *records)
        missing = [create for create in paid if create["id"] not in self.by_id]
        without_id = [record for record in records if not record["id"]]
        unknown = [record for record in without_id if record["status"] == OUTCOME_UNKNOWN]
        possible = [record for record in without_id if record["charge"] != CHARGE_NONE]
        self.known_by_id += len(paid) - len(missing)
        self.unknown_and_paid += min(len(missing), len(unknown))
        self.possible_and_paid += max(0, min(len(missing), len(possible)) - len(unknown))
        if len(missing) > len(possible):
            self.amiss(f"lost, or said to have cost nothing: {prompt}", *missing, *records)
        for create in missing:
            if create["id"] in self.listed:
                self.amiss(f"in the account's list, and not found there: {prompt}", create, *records)

    # What is printed.

    def counts(self, library):
        states = collections.Counter()
        for record in self.records:
            if record["state"] == SAVED:
                states["saved"] += 1
            else:
                states[f"failed, {library.i2v_status_get_name(record['status']).decode()}"] += 1
        unknown = [record for record in self.records if record["status"] == OUTCOME_UNKNOWN]
        return {
            "records in the ledger": len(self.records),
            **{f"  {name}": count for name, count in sorted(states.items())},
            "creates that the sandbox acted on": len({create["create"] for create in self.creates}),
            "videos that were paid for": len(self.creates),
            "  in the ledger by their id": self.known_by_id,
            "  covered by a record whose outcome is unknown": self.unknown_and_paid,
            "  covered by a record of a failure that may have been charged": self.possible_and_paid,
            "creates acted on twice": sum(
                is_paid_twice(paid, asked_by(prompt)) for prompt, paid in self.paid.items()
            ),
            "outcomes unknown": len(unknown),
            "  really charged": self.unknown_and_paid,
            "  not charged": len(unknown) - self.unknown_and_paid,
            "files, each as it was served": sum(1 for _ in self.videos.iterdir()),
        }


def asked_by(prompt):
    return int(prompt.rsplit("x", 1)[1])


def is_paid_twice(paid, asked):
    """The creates ask for more together than was wanted. A batch may go out in parts: a host that goes on leaves to
    others what one of its own jobs still has the file of."""
    bodies = {create["create"]: json.loads(create["body"]) for create in paid}
    return sum(body.get("count", 1) for body in bodies.values()) > asked


def prompt_of(record):
    request = record.get("request") or {}
    if isinstance(request, str):
        request = json.loads(request)
    return request.get("prompt")


# --- all of it -------------------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True, help="the host's executable")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--creates", type=int, default=24, help="how many each host sends at most")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run's choices; printed")
    parser.add_argument("--reconcile", action="store_true", help="hosts look for the videos of lost creates")
    parser.add_argument("--hosts", type=int, default=0, help="two to this many hosts in each round")
    parser.add_argument("--stopped", type=int, default=0, help="so many rounds more in which a host is stopped")
    parser.add_argument("--pressure", choices=pressure.KINDS, help="this one in each round")
    parser.add_argument("--keep", action="store_true", help="keeps the folder in any case")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 30)
    return options


def main():
    options = arguments()
    print(f"crash rounds: {options.rounds + options.stopped}, seed {options.seed}", flush=True)
    abi, library = support.load_library()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="i2v-crash-"))
    sandbox = support.Sandbox(
        "--job-seconds",
        "1",
        "--video-bytes",
        str(VIDEO_BYTES),
        "--keep-requests",
        "0",
        "--credits",
        "1000000000",
    )
    begun = time.monotonic()
    try:
        rounds = Rounds(options, sandbox, folder)
        kinds = [options.pressure] * options.rounds + ["stop"] * options.stopped
        for number, kind in enumerate(kinds, 1):
            rounds.play(number, kind)
        if options.reconcile:
            rounds.lose_creates()
        before = support.read_ledger(abi, library, rounds.ledger)
        rounds.finish()
        records = support.read_ledger(abi, library, rounds.ledger)
        check = Check(sandbox.creates(), records, rounds.videos, rounds.violations, LISTED if options.reconcile else 0)
        check.run()
        requests = sandbox.stats()["requests"]
    finally:
        sandbox.stop()
    print(f"hosts started: {rounds.hosts}; rounds with several on one ledger: {rounds.shared}")
    print("rounds under pressure: " + ", ".join(f"{name} {count}" for name, count in sorted(rounds.pressures.items())))
    if rounds.stopped:
        print("hosts that were stopped: " + ", ".join(f"{name} {count}" for name, count in rounds.stopped.items()))
    print(f"creates that arrived, each held against the ledger: {rounds.checked}")
    for name, count in check.counts(library).items():
        print(f"{name}: {count}")
    if options.reconcile:
        looked_for = {
            record["number"]
            for record in before
            if record["open"] and record.get("sent") and not record["id"]
        }
        found = sum(1 for record in records if record["number"] in looked_for and record["id"])
        prompts = {record["prompt"] for record in records if record["number"] in looked_for}
        charged = sum(len(check.paid.get(prompt, ())) for prompt in prompts)
        print(
            f"creates on the wire when the last hosts were killed: {len(looked_for)} videos,"
            f" {charged} of them charged"
        )
        print(f"  found by reconcile in the last host: {found}")
    print("requests: " + ", ".join(f"{name} {count}" for name, count in sorted(requests.items()) if count))
    print(f"seconds: {time.monotonic() - begun:.0f}")
    for violation in rounds.violations:
        print(f"AMISS {violation}")
    if rounds.violations or options.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    bad = len(rounds.violations)
    print(f"{int(not bad)} passed, {int(bool(bad))} failed" + (f": {bad} things amiss" if bad else ""))
    return 1 if bad else 0


sys.exit(main())
