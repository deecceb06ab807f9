"""The `sockspec` command: verbs only. What they do stands in the modules they name."""

from __future__ import annotations

from typing import Any

import click

from sockspec import __version__
from sockspec.cli import judging, observing, reading
from sockspec.cli.common import BROKEN, USAGE
from sockspec.errors import SockspecError, UsageError

__all__ = ["main"]


class _Group(click.Group):
    """Turns the errors that a person can mend into one message and exit code 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except UsageError as error:
            click.echo(f"error: {error}", err=True)
            context.exit(USAGE)
        except SockspecError as error:
            click.echo(f"error: {error}", err=True)
            context.exit(BROKEN)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sockspec")
def main() -> None:
    """An executable specification of the socket API.

    Exit codes: 0 fine; 1 new, changed or fixed divergence; 2 usage; 3 harness error or
    indeterminate; 5 nothing ran.
    """


for verbs in (observing, judging, reading):
    for name in verbs.__all__:
        main.add_command(getattr(verbs, name))
