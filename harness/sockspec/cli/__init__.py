"""The `sockspec` command: verbs only. What they do stands in the modules they name."""

from __future__ import annotations

import errno
import itertools
import json
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from sockspec import __version__, collector, files
from sockspec.cli import (
    completing,
    exploring,
    hunting,
    judging,
    making,
    observing,
    publishing,
    reading,
)
from sockspec.cli.common import BROKEN, INTERRUPTED, SYSTEM, USAGE
from sockspec.errors import Refused, SockspecError, UsageError

__all__ = ["main"]

_JSON = "sockspec.json"
_OUTPUT = "standard output"
_UNWRITTEN = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Why what is printed is not taken: nobody reads, or there is no room."""


class _Group(click.Group):
    """Turns what a person can mend into one message, and gives each end its exit code.

    Where the words have `--format json` an error is JSON too, on standard output.
    """

    def main(self, *words: Any, **settings: Any) -> Any:
        try:
            return super().main(*words, **settings)
        finally:
            is_whole = not words and settings.keys() <= {"prog_name"}
            if is_whole:  # the process, which ends with this
                collector.leave()

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        pairs = itertools.pairwise(args)
        context.meta[_JSON] = ("--format", "json") in pairs or "--format=json" in args
        try:
            return super().parse_args(context, args)  # which prints help
        except click.UsageError as error:
            self._end_click(context, error)
        except OSError as error:
            self._end_unwritten(context, error)

    def invoke(self, context: click.Context) -> Any:
        try:
            try:
                return super().invoke(context)
            finally:
                with files.refusing(_OUTPUT):
                    sys.stdout.flush()
        except click.ClickException as error:
            self._end_click(context, error)
        except UsageError as error:
            self._end(context, error, USAGE)
        except Refused as error:
            self._end(context, error, SYSTEM)
        except SockspecError as error:
            self._end(context, error, BROKEN)
        except OSError as error:
            self._end_unwritten(context, error)
        except KeyboardInterrupt:
            if context.meta[_JSON]:
                self._print(context, {"message": "interrupted"}, INTERRUPTED)
            with suppress(OSError):
                click.echo("interrupted: what was written so far is there", err=True)
            context.exit(INTERRUPTED)

    def _end_unwritten(self, context: click.Context, error: OSError) -> NoReturn:
        if error.filename is not None or error.errno not in _UNWRITTEN:
            raise error
        self._end(context, Refused(_OUTPUT, error), SYSTEM)

    def _end(self, context: click.Context, error: SockspecError, code: int) -> NoReturn:
        unwritten = isinstance(error, Refused) and error.path == _OUTPUT
        if unwritten:
            # What is still buffered must not be tried again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if context.meta[_JSON] and not unwritten:
            self._print(context, error.as_data(), code)
        with suppress(OSError):
            click.echo(f"error: {error}", err=True)
        context.exit(code)

    def _end_click(self, context: click.Context, error: click.ClickException) -> NoReturn:
        if not context.meta[_JSON]:
            raise error
        self._print(context, {"message": error.format_message()}, USAGE)

    @staticmethod
    def _print(context: click.Context, told: dict[str, Any], code: int) -> NoReturn:
        with suppress(OSError):
            click.echo(json.dumps({"error": {**told, "exit": code}}, indent=2))
        context.exit(code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sockspec")
def main() -> None:
    """An executable specification of the socket API.

    Exit codes: 0 fine; 1 new, changed or fixed divergence, and nothing else; 2 usage; 3 harness
    error or indeterminate; 4 the system refuses to read or write a file; 5 nothing ran; 130
    interrupted. With `--format json` an error is JSON too: `{"error": {"message": ...}}`.
    """


for verbs in (observing, hunting, exploring, judging, making, publishing, reading):
    for name in verbs.__all__:
        main.add_command(getattr(verbs, name))
main.add_command(completing.completion)
