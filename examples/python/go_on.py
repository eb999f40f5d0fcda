"""Makes videos, and goes on where it was after a crash: go_on.py LEDGER FOLDER PICTURE_URL...

Start it again with the same arguments, as often as you like: no video is paid for twice, and none is lost.
"""

import sys
from datetime import timedelta
from pathlib import Path

import image2video


def main() -> None:
    ledger, folder, *pictures = sys.argv[1:]
    # AKOOL_API_KEY and AKOOL_BASE_URL say where to go.
    with image2video.Client.from_env(ledger=ledger) as client:
        print(f"{len(client.resume())} taken up")
        known = {record.path for record in image2video.read_ledger(ledger) if not may_be_tried_again(record)}
        for number, picture in enumerate(pictures):
            # As the ledger has it.
            file = Path(folder).resolve() / f"{number}.mp4"
            if file not in known:
                client.submit(picture, "a slow zoom in", to=file)
        for job in client.as_completed():
            print(job)
        # Creates whose answers were lost, just now or in an earlier run.
        lost = client.reconcile()
        for job in client.as_completed():
            print(job)
    for job in lost:
        if job.id is None:
            print(f"Look at the account before you ask for {job.path} again: {job.error}", file=sys.stderr)
    image2video.prune_ledger(ledger, timedelta(days=30))


def may_be_tried_again(record: image2video.LedgerRecord) -> bool:
    """Whether it failed without having cost anything."""
    return not record.is_open and bool(record.status) and record.charge == image2video.Charge.NONE


if __name__ == "__main__":
    main()
