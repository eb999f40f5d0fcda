"""The demo's Python host: several pictures become videos at once, with one progress bar for all of them."""

from __future__ import annotations

import os
import sys
import time

from image2video import Client, JobState


def main() -> int:
    pairs = [argument.split("=", 1) for argument in sys.argv[1:]]  # OUTPUT.mp4=PICTURE_URL|PROMPT
    poll = float(os.environ.get("DEMO_POLL_MS", "0")) / 1000
    begin = time.monotonic()
    last = ""
    with Client(
        api_key=os.environ["AKOOL_API_KEY"],
        base_url=os.environ.get("AKOOL_BASE_URL"),
        poll_interval=(poll, 4 * poll) if poll else None,
    ) as client:
        jobs = []
        for output, wish in pairs:
            url, prompt = wish.split("|", 1)
            jobs.append(client.submit(url, prompt, to=output, replace=True))
        while True:
            client.dispatch(0.1)
            saved = sum(job.state == JobState.SAVED for job in jobs)
            failed = sum(job.state == JobState.FAILED for job in jobs)
            text = f"{saved} of {len(jobs)} saved"
            elapsed = time.monotonic() - begin
            if sys.stdout.isatty():
                filled = 30 * saved // len(jobs)
                bar = "#" * filled + "." * (30 - filled)
                print(f"\r  Python  [{bar}] {100 * saved // len(jobs):3d} %  {text} {elapsed:5.1f} s", end="", flush=True)
            elif text != last:
                print(f"  Python  {100 * saved // len(jobs):3d} %  {text} {elapsed:5.1f} s")
            last = text
            if saved + failed == len(jobs):
                break
        if sys.stdout.isatty():
            print()
        for job in jobs:
            if job.error is not None:
                print(f"{job.path}: {job.error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
