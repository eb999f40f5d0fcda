"""Makes the client from what the environment and the options say. Secrets are never arguments: those of a
process are there for everyone on the machine to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..client import Client
from ..errors import InvalidArgumentError

if TYPE_CHECKING:
    import argparse
    from typing import Any

LEDGER = "IMAGE2VIDEO_LEDGER"
"""The environment variable that names the ledger."""


def make_client(options: argparse.Namespace, **settings: Any) -> Client:
    """A client with the credentials that the options name, or else those of the environment."""
    given = {
        "api_key": _secret(options.api_key_file, "api_key"),
        "bearer_token": _secret(options.bearer_token_file, "bearer_token"),
        "client_id": options.client_id,
        "client_secret": _secret(options.client_secret_file, "client_secret"),
        "base_url": options.base_url,
        "ca_file": options.ca_file,
        "proxy": options.proxy,
    }
    if options.poll_interval is not None:
        settings["poll_interval"] = options.poll_interval
    settings.update((name, value) for name, value in given.items() if value is not None)
    return Client.from_env(**settings)


def make_keeping_client(options: argparse.Namespace, **settings: Any) -> Client:
    """A client that keeps the ledger, if there is to be one."""
    return make_client(options, ledger=ledger_path(options), **settings)


def ledger_path(options: argparse.Namespace) -> str | None:
    """The ledger that the option names, or else the environment; None for none."""
    from os import environ

    if options.ledger is not None:
        return options.ledger or None
    return environ.get(LEDGER) or None


def needed_ledger_path(options: argparse.Namespace) -> str:
    path = ledger_path(options)
    if path is None:
        raise InvalidArgumentError(f"--ledger or {LEDGER} is needed", field="ledger")
    return path


def webhook_pair(options: argparse.Namespace) -> tuple[str, str]:
    """The client id and secret that webhooks are opened with."""
    from os import environ

    id = options.client_id or environ.get("AKOOL_CLIENT_ID")
    secret = _secret(options.client_secret_file, "client_secret") or environ.get("AKOOL_CLIENT_SECRET")
    if not id:
        raise InvalidArgumentError("--client-id or AKOOL_CLIENT_ID is needed", field="client_id")
    if not secret:
        raise InvalidArgumentError(
            "--client-secret-file or AKOOL_CLIENT_SECRET is needed", field="client_secret"
        )
    return id, secret


def _secret(path: str | None, field: str) -> str | None:
    """What a file holds, without the line break at its end."""
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise InvalidArgumentError(f"{path} is no text in UTF-8", field=field) from None
