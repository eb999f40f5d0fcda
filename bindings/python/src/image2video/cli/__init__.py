"""The command line: `python -m image2video`, or `image2video` where the package is installed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ..errors import Image2VideoError
from .arguments import parser
from .exits import Exit, exit_for
from .screen import Screen
from .show import error_document

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = parser().parse_args(arguments)
    screen = Screen(is_json=options.json, is_plain=options.plain, is_quiet=options.quiet)
    try:
        code: int = options.run(options, screen)
        sys.stdout.flush()
        return code
    except Image2VideoError as error:
        screen.fail(str(error), error_document(error))
        return exit_for(error)
    except KeyboardInterrupt:
        screen.note("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OTHER
    except OSError as error:
        screen.fail(str(error), {"name": type(error).__name__, "message": str(error)})
        return Exit.FILE
