"""The `sockspec` command: verbs only. What they do stands in the modules they name."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from sockspec import __version__, files
from sockspec.cli import judging, observing, reading
from sockspec.cli.common import BROKEN, INTERRUPTED, SYSTEM, USAGE
from sockspec.errors import Refused, SockspecError, UsageError

__all__ = ["main"]


class _Group(click.Group):
    """Turns what a person can mend into one message, and gives each end its exit code."""

    def invoke(self, context: click.Context) -> Any:
        try:
            try:
                return super().invoke(context)
            finally:
                with files.refusing("standard output"):
                    sys.stdout.flush()
        except UsageError as error:
            self._end(context, f"error: {error}", USAGE)
        except Refused as error:
            if isinstance(error.error, BrokenPipeError):
                # Nobody reads: what is still buffered must not be tried again at the end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            self._end(context, f"error: {error}", SYSTEM)
        except SockspecError as error:
            self._end(context, f"error: {error}", BROKEN)
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            self._end(context, f"error: {Refused('standard output', error)}", SYSTEM)
        except KeyboardInterrupt:
            self._end(context, "interrupted: what was written so far is there", INTERRUPTED)

    @staticmethod
    def _end(context: click.Context, message: str, code: int) -> NoReturn:
        with suppress(OSError):
            click.echo(message, err=True)
        context.exit(code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sockspec")
def main() -> None:
    """An executable specification of the socket API.

    Exit codes: 0 fine; 1 new, changed or fixed divergence, and nothing else; 2 usage; 3 harness
    error or indeterminate; 4 a file cannot be read or written; 5 nothing ran; 130 interrupted.
    """


for verbs in (observing, judging, reading):
    for name in verbs.__all__:
        main.add_command(getattr(verbs, name))
