"""Verbs that make something: a project of one's own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import click

from sockspec.cli import completing
from sockspec.cli.common import FORMAT, PLATFORMS, catalogue, say
from sockspec.errors import UsageError

__all__ = ["init"]

_LANGUAGES = ("python", "c", "rust", "go", "java", "node")
_MANY = 9


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--language",
    "-l",
    type=click.Choice(_LANGUAGES),
    default="python",
    show_default=True,
    help="What the adapter is written in.",
)
@click.option("--name", help="Name of the backend and its profile; default: the folder's.")
@click.option(
    "--extends",
    shell_complete=completing.profiles,
    help="Profile that yours extends; default: this platform's.",
)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "jenkins", "none"]),
    default="github",
    show_default=True,
    help="Continuous integration to write a file for.",
)
@click.option(
    "--preload",
    default="",
    metavar="LIBRARY",
    help="Test a library that replaces libc's calls: the agent in C, run with LD_PRELOAD.",
)
@PLATFORMS
@FORMAT
def init(
    folder: Path,
    language: str,
    name: str | None,
    extends: str | None,
    ci: str,
    preload: str,
    platforms: tuple[Path, ...],
    form: str,
) -> None:
    """Make a project: an adapter that works as it is, a profile, CI, pytest.

    Nothing that is there already is touched; [tool.sockspec] is added to a pyproject.toml.
    """
    from sockspec import init as making  # noqa: PLC0415 - verbs import what they need
    from sockspec import locate, platform  # noqa: PLC0415 - as above

    known = catalogue(platforms)
    base = extends or platform.identify()
    if extends is None and base not in known.names():
        base = "posix"
    known.place(base)
    project = making.Project(folder, name or _named(folder), language, base, ci, preload)
    written = [locate.shown(path) for path in making.write(project, known.names())]
    inside = [] if folder.resolve() == Path.cwd() else [f"cd {locate.shown(folder)}"]
    steps = [*inside, *project.steps]
    told = {"name": project.name, "extends": base, "written": written, "next": steps}
    say(form, told, lambda: [*_listed(written), "next:", *(f"  {step}" for step in steps)])


def _listed(written: list[str]) -> list[str]:
    """The files; of the agent's sources only their folders."""
    rooms = Counter(str(Path(each).parent) for each in written)
    many = {room for room, count in rooms.items() if count > _MANY}
    single = [each for each in written if str(Path(each).parent) not in many]
    return [*(f"{room}: {rooms[room]} files" for room in sorted(many)), *single]


def _named(folder: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    if not name or not name[0].isalpha():
        raise UsageError("the folder's name is none for a backend", remedy="give --name")
    return name
