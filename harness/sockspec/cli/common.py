"""What the verbs share: exit codes, options, and how an answer is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from sockspec import locate, project
from sockspec.cli import completing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sockspec.judge.catalogue import Catalogue

__all__ = [
    "ALL",
    "BACKEND",
    "BROKEN",
    "COMMON",
    "DIVERGENCE",
    "FORMAT",
    "INTERRUPTED",
    "NOTHING",
    "OK",
    "PLATFORMS",
    "PROFILE",
    "RULE",
    "RUN",
    "RUNS",
    "SYSTEM",
    "USAGE",
    "Kinds",
    "catalogue",
    "choose",
    "recipes",
    "say",
]

OK, DIVERGENCE, USAGE, BROKEN, SYSTEM, NOTHING, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
"""Exit codes: fine; a new, changed or fixed divergence, and nothing else; a mistake of usage;
a harness error or an indeterminate case; a file that the system does not read or write; nothing
ran; interrupted."""

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
BACKEND = click.option(
    "--backend",
    "-b",
    shell_complete=completing.backends,
    help="Name, MODULE:CALLABLE, agent:COMMAND or docker:IMAGE; default: the project's, or "
    "stdlib.",
)
PROFILE = click.option(
    "--profile",
    metavar="NAME|PATH",
    shell_complete=completing.profiles,
    help="Judge by this profile: a name, or the path of your own.",
)
RULE = click.option(
    "--rule",
    "-r",
    "patterns",
    multiple=True,
    shell_complete=completing.rules,
    help="Segments of an id, a glob, a case, or with ! what to leave out; repeatable.",
)
COMMON = click.option(
    "--common", is_flag=True, help="Only the cases that all the runs could try."
)
ALL = click.option(
    "--all", "everything", is_flag=True, help="All causes of what is red, not the first ones."
)
PLATFORMS = click.option(
    "--platforms",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of profiles that come before the installed ones; repeatable.",
)
RUN = click.argument("run", type=click.Path(path_type=Path))
RUNS = click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))


class Kinds(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic from 8.4 on
    """Names with commas between them; `any` for all of them, and `none`."""

    name = "kinds"

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        self._known = known

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The names as a set."""
        known = frozenset(self._known())
        given = frozenset(value.split(",")) - {"none"}
        if "any" in given:
            return known
        if unknown := sorted(given - known):
            told = f"{unknown[0]!r} is none of {', '.join(sorted(known))}, any, none"
            self.fail(told, param, context)
        return given

    def shell_complete(
        self, _: click.Context, __: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        """Each name, after the last comma."""
        before, comma, _typed = typed.rpartition(",")
        names = (f"{before}{comma}{name}" for name in self._known())
        return [CompletionItem(name) for name in names if name.startswith(typed)]


def say(form: str, data: Any, text: Callable[[], Iterable[str]]) -> None:
    """Print data as JSON, or the lines of its text."""
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for line in text():
        click.echo(line)


def catalogue(
    platforms: Iterable[Path], profile: str | None = None, *, portable: bool = False
) -> Catalogue:
    """The profiles that a command can find; `portable` for what is written for others."""
    from sockspec.judge.catalogue import Catalogue  # noqa: PLC0415 - not every verb reads them

    name = locate.portable if portable else locate.shown
    return Catalogue(platforms, profile or "", project.find(), name=name)


def choose(backend: str | None, profile: str | None, label: str | None) -> project.Choice:
    """What is tested and how it is judged: what was given, else what the project says."""
    here = project.find()
    here.make_importable()
    return project.choose(backend, profile, label, here)


def recipes(platforms: Sequence[Path]) -> list[Path]:
    """The folders of recipes: those beside the profiles that were given, else the installed."""
    return [each for each in platforms if (each / "targets").is_dir()] or [locate.platforms()]
