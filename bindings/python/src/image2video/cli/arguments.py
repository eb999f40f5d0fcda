"""The options of the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .. import _abi
from .access import LEDGER
from .exits import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .screen import Screen

    Run = Callable[[argparse.Namespace, Screen], int]

_DESCRIPTION = "Turns pictures into videos through the AKOOL Image to Video service."
_EPILOG = """\
Credentials come from the environment: AKOOL_API_KEY, or AKOOL_CLIENT_ID with
AKOOL_CLIENT_SECRET. Options can name files that hold them; secrets are never
options themselves, since other users of the machine see those. AKOOL_BASE_URL
says where the service is, IMAGE2VIDEO_LEDGER which file keeps what was submitted.

exit codes:
"""


def parser() -> argparse.ArgumentParser:
    """The parser; the options that it gives have the command in `run`."""
    from . import asking, hooks, keeping, making

    top = argparse.ArgumentParser(
        prog="image2video",
        description=_DESCRIPTION,
        epilog=_EPILOG + "\n".join(f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"image2video {_abi.I2V_VERSION}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, takes: str, run: Run, help: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            usage=" ".join(filter(None, ["image2video", name, "[OPTION]...", takes])),
            parents=[*parents, _common()],
        )
        added.set_defaults(run=run)
        return added

    animate = command(
        "animate",
        "PICTURE_URL [PROMPT]",
        making.animate,
        "make a video of a picture and save it",
        _making(),
        _keeping(),
    )
    animate.add_argument("image", metavar="PICTURE_URL", help="address of the picture")
    animate.add_argument("prompt", nargs="?", metavar="PROMPT", help="how the picture shall move")
    animate.add_argument("--to", metavar="FILE", help="file to save to; default: the picture's name, as .mp4")

    batch = command(
        "batch",
        "[PICTURE_URL]...",
        making.batch,
        "make videos of several pictures, or several of one",
        _making(),
        _keeping(),
    )
    batch.add_argument("images", nargs="*", metavar="PICTURE_URL", help="addresses of the pictures")
    batch.add_argument("--prompt", help="how the pictures shall move")
    batch.add_argument("--count", type=int, metavar="N", help="how many videos of each picture, 1 to 10")
    batch.add_argument(
        "--from",
        dest="from_file",
        metavar="FILE",
        help="requests, a JSON object a line with the fields of a request and its file in 'to'; - is stdin",
    )
    batch.add_argument("--to", metavar="FOLDER", help="folder to save to; default: this one")

    audio = command(
        "audio", "ID", making.audio, "give a finished video new sound, as a new video", _saving(), _keeping()
    )
    audio.add_argument("id", metavar="ID", help="id of the finished video")
    audio.add_argument(
        "--audio-url", metavar="URL", help="address of the sound; default: the service makes some"
    )
    _add_budget(audio)

    attach = command(
        "attach", "ID...", making.attach, "wait for videos by their ids, and save them", _saving(), _ledger()
    )
    attach.add_argument("ids", nargs="+", metavar="ID", help="ids of videos, wherever they were created")
    attach.add_argument("--no-save", action="store_true", help="do not save them, but print their addresses")

    resume = command(
        "resume",
        "",
        keeping.resume,
        "take up all that is unfinished in the ledger and that no other process is at; with --reconcile, also "
        "look for what earlier ones lost",
        _keeping(),
    )
    _add_budget(resume)
    jobs = command("jobs", "", keeping.jobs, "list what is in the ledger; asks nobody", _ledger())
    jobs.add_argument("--open", action="store_true", help="only what is not finished")

    results = command("results", "ID...", asking.results, "show how far videos are", _asking())
    results.add_argument("ids", nargs="+", metavar="ID", help="ids of videos")
    command("effects", "", asking.effects, "list the effects", _asking())
    models = command("models", "", asking.models, "list the models, best first", _asking())
    models.add_argument("--type", type=int, default=1501, help="what they do; default 1501, image to video")
    command("credits", "", asking.credits, "show how many credits the account has", _asking())
    delete = command("delete", "ID...", asking.delete, "delete videos at the service", _asking())
    delete.add_argument("ids", nargs="+", metavar="ID", help="ids of videos")
    delete.add_argument("--yes", action="store_true", help="do not ask")

    verify = command(
        "webhook-verify", "[FILE]", hooks.webhook_verify, "verify and open the body of a webhook"
    )
    verify.add_argument("file", nargs="?", default="-", metavar="FILE", help="the body; default: stdin")
    verify.add_argument(
        "--max-age", type=float, metavar="SECONDS", help="how far its time may be from now; default: any"
    )
    return top


def _common() -> argparse.ArgumentParser:
    """The options of every command."""
    common = argparse.ArgumentParser(add_help=False)
    output = common.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="print results, and errors, as one JSON document")
    output.add_argument("--plain", action="store_true", help="no colours and lines, even where rich is there")
    output.add_argument("--quiet", "-q", action="store_true", help="nothing about how it is going")
    access = common.add_argument_group("access")
    access.add_argument("--api-key-file", metavar="FILE", help="file that holds the API key")
    access.add_argument("--bearer-token-file", metavar="FILE", help="file that holds the bearer token")
    access.add_argument("--client-id", metavar="ID", help="client id")
    access.add_argument("--client-secret-file", metavar="FILE", help="file that holds the client secret")
    access.add_argument("--base-url", metavar="URL", help="where the service is")
    access.add_argument("--ca-file", metavar="FILE", help="certificate authorities to trust, in PEM")
    access.add_argument("--proxy", metavar="URL", help="proxy (http, https, socks4, socks4a, socks5, socks5h); empty for none")
    access.add_argument("--poll-interval", type=_interval, metavar="MIN,MAX", help=argparse.SUPPRESS)
    return common


def _asking() -> argparse.ArgumentParser:
    asking = argparse.ArgumentParser(add_help=False)
    asking.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS", help="for all tries together; default 60"
    )
    return asking


def _saving() -> argparse.ArgumentParser:
    saving = argparse.ArgumentParser(add_help=False)
    saving.add_argument("--to", metavar="FILE", help="file to save to; default: the id, as .mp4")
    saving.add_argument("--replace", action="store_true", default=None, help="replace a file that exists")
    return saving


def _ledger() -> argparse.ArgumentParser:
    keeping = argparse.ArgumentParser(add_help=False)
    group = keeping.add_argument_group("ledger")
    group.add_argument(
        "--ledger", metavar="FILE", help=f"file that keeps what was submitted; default: ${LEDGER}, or none"
    )
    return keeping


def _keeping() -> argparse.ArgumentParser:
    """For what creates, whose answer may get lost."""
    keeping = _ledger()
    keeping.add_argument(
        "--reconcile",
        action="store_true",
        help="where the answer to a create was lost, look for its video among the account's recent ones",
    )
    return keeping


def _making() -> argparse.ArgumentParser:
    """The fields of a request, under the service's names."""
    making = argparse.ArgumentParser(add_help=False)
    fields = making.add_argument_group("request")
    flag = argparse.BooleanOptionalAction
    fields.add_argument("--negative-prompt", metavar="TEXT", help="what to avoid")
    fields.add_argument("--extend-prompt", action=flag, help="let the service extend the prompt")
    fields.add_argument("--resolution", help="720p (default), 1080p or 4k; or what the model lists")
    fields.add_argument("--video-length", type=int, metavar="SECONDS", help="5 (default) or 10; or as listed")
    fields.add_argument("--model", metavar="NAME", help="a model's value or name, see models")
    fields.add_argument("--effect", metavar="NAME", help="an effect's name or code, see effects")
    fields.add_argument("--last-image-url", metavar="URL", help="picture to end with")
    fields.add_argument(
        "--audio-type", choices=["generated", "custom", "none"], help="where the sound is from"
    )
    fields.add_argument("--audio-url", metavar="URL", help="address of the sound")
    fields.add_argument("--generate-audio", action=flag, help="let the model make sound")
    fields.add_argument("--is-premium-model", action=flag, help="the faster model; needs a pro plan")
    fields.add_argument(
        "--shot",
        dest="multi_prompt",
        type=_shot,
        action="append",
        metavar="SECONDS:PROMPT",
        help="a shot with a prompt of its own (multi_prompt); up to five follow each other",
    )
    fields.add_argument("--webhookurl", metavar="URL", help="where the service shall report progress")
    fields.add_argument(
        "--no-webhook-nonce",
        dest="webhook_nonce",
        action="store_false",
        default=None,
        help="send that address as it is, also with a ledger, as one with a signed query needs",
    )
    job = making.add_argument_group("job")
    job.add_argument("--replace", action="store_true", default=None, help="replace a file that exists")
    job.add_argument("--deadline", type=float, metavar="SECONDS", help="for each video; default one hour")
    job.add_argument("--estimate", action="store_true", help="print what it may cost, and send nothing")
    _add_budget(job)
    return making


def _add_budget(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--max-credits", type=float, metavar="N", help="refuse, before it is sent, what may cost more"
    )


def _shot(text: str) -> tuple[int, str]:
    seconds, colon, prompt = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError("is written SECONDS:PROMPT")
    try:
        return int(seconds), prompt.strip()
    except ValueError:
        raise argparse.ArgumentTypeError("begins with a whole number of seconds") from None


def _interval(text: str) -> tuple[float, float]:
    floor, ceiling = text.split(",")
    return float(floor), float(ceiling)
