"""The verb that runs programs which nobody wrote; `diff --live` runs them on two backends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sockspec.cli.common import BACKEND, FORMAT, choose, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.explore.session import Plan

__all__ = ["explore"]

_BOUNDS = (
    click.option("--for", "time", metavar="TIME", help="How long: 90s, 10m, 1h; default 1m."),
    click.option("--steps", type=click.IntRange(min=1), help="How many calls."),
    click.option(
        "--seed", type=int, help="Draw the programs of this number, printed at the end."
    ),
    click.option(
        "--finds",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        help="End after so many.",
    ),
    click.option("--keep", help="Keep finds, and try them first: a folder, or redis://HOST."),
    click.option(
        "--out",
        "-o",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for a script of each find, and coverage.json.",
    ),
)


def bounded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a hunt to a verb."""
    for option in reversed(_BOUNDS):
        command = option(command)
    return command


def plan(time: str | None, **given: Any) -> Plan:
    """The plan that the options of a hunt make."""
    from sockspec.explore import session  # noqa: PLC0415 - verbs import what they need

    return session.Plan(time=None if time is None else session.seconds(time), **given)


@click.command()
@BACKEND
@bounded
@FORMAT
def explore(backend: str | None, form: str, **given: Any) -> None:
    """Run programs of calls that nobody wrote, against a model of the whole life of sockets.

    An answer that the model cannot explain is a find: it is made small, printed, kept, and
    written as a script. Exit 1 when there is one, 3 when none showed again, 5 when nothing ran.
    """
    from sockspec.explore import session  # noqa: PLC0415 - verbs import what they need

    name = choose(backend, None, None).backend
    found = session.explore(name, plan(**given), lambda line: click.echo(line, err=True))
    say(form, found.as_data(), found.lines)
    sys.exit(found.exit_code)


def live(one: str, other: str, form: str, given: dict[str, Any]) -> int:
    """Run programs on two backends in step; the exit code."""
    from sockspec.explore import session  # noqa: PLC0415 - verbs import what they need

    found = session.diff(one, other, plan(**given), lambda line: click.echo(line, err=True))
    say(form, found.as_data(), found.lines)
    return found.exit_code
