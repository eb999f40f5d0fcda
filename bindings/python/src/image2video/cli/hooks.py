"""The command webhook-verify."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..webhook import open_webhook
from .access import webhook_pair
from .exits import Exit
from .show import number, word

if TYPE_CHECKING:
    import argparse

    from .screen import Screen


def webhook_verify(options: argparse.Namespace, screen: Screen) -> int:
    """Verifies and opens the body of a webhook. Asks nobody: what it says is not confirmed."""
    client_id, client_secret = webhook_pair(options)
    body = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    event = open_webhook(body, client_id=client_id, client_secret=client_secret, max_age=options.max_age)
    screen.fields(
        {
            "id": event.id or "",
            "status": word(event.status),
            "type": event.type or "",
            "video": event.url or "",
            "credits": number(event.deduction_credit),
            "sent": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.timestamp)),
        }
    )
    screen.document({"event": event.raw, "timestamp": event.timestamp})
    return Exit.OK
