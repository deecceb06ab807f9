"""A project of one's own: an adapter, a profile, continuous integration, pytest.

What is written stands in `templates`, where each adapter is a program that works as it is:
it makes the calls of the system, until somebody puts others in their place.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import TYPE_CHECKING

from sockspec import __version__, files, locate
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

__all__ = ["CI", "LANGUAGES", "Language", "Project", "write"]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PYTEST = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pytest.toml", ".pytest.toml")
"""Files that can hold a configuration of pytest, beside pyproject.toml."""


@dataclass(frozen=True, slots=True)
class Language:
    """How an adapter in a language is built and served.

    `folder` is where its files go, `built` what building them leaves there.
    """

    backend: str
    build: str = ""
    built: str = ""
    folder: str = "adapter"


LANGUAGES = {
    "python": Language("sockspec_adapter:Adapter", folder=""),
    "c": Language("agent:{project}/adapter/agent", "make -C adapter", "/agent"),
    "rust": Language(
        "agent:{project}/adapter/target/release/sockspec-agent",
        "cargo build --release --manifest-path adapter/Cargo.toml",
        "/target",
    ),
    "go": Language(
        "agent:{project}/adapter/agent", "(cd adapter && go build -o agent .)", "/agent"
    ),
    "java": Language(
        "agent:java -cp {project}/adapter/classes Adapter",
        "javac -d adapter/classes adapter/Adapter.java",
        "/classes",
    ),
    "node": Language("agent:node {project}/adapter/agent.js"),
}
"""The languages that there is an adapter in."""

_PRELOADED = Language(
    "agent:env LD_PRELOAD=LIBRARY SOCKSPEC_LABEL=my-stack"
    " {project}/adapter/agent/build/sockspec-agent",
    "make -s -C adapter/agent",
    "/agent/build",
)
"""The agent in C as it is: a library that is preloaded replaces calls of libc in it."""

_SOURCES = ("Makefile", "*.c", "*.h")

CI = {
    "github": ".github/workflows/sockspec.yml",
    "gitlab": ".gitlab-ci.yml",
    "jenkins": "Jenkinsfile",
}
"""Where continuous integration looks for its file."""

_CI_TEMPLATES = {"github": "github.yml", "gitlab": "gitlab.yml", "jenkins": "Jenkinsfile"}
_NOWHERE = (
    "    defaults:\n      run:\n        working-directory: FOLDER\n",
    '    - cd "FOLDER"\n',
    "FOLDER/",
)
"""What a template has of a project's folder and one in the root does without, longest first."""


@dataclass(frozen=True, slots=True)
class Project:
    """What is to be made: the profile `name` extends `extends`; `ci` is of `CI`, or none.

    `preload` is a library whose calls are tested, in the place of an adapter in `language`.
    """

    folder: Path
    name: str
    language: str
    extends: str
    ci: str = "github"
    preload: str = ""

    @property
    def adapter(self) -> Language:
        """What serves the calls."""
        return _PRELOADED if self.preload else LANGUAGES[self.language]

    @property
    def backend(self) -> str:
        """What a command is told of it; a library below the project is named from there."""
        is_below = "/" in self.preload and not self.preload.startswith(("/", "{"))
        library = f"{{project}}/{self.preload}" if is_below else self.preload
        told = self.adapter.backend.replace("LIBRARY", library)
        return told.replace("my-stack", self.name)

    @property
    def steps(self) -> list[str]:
        """What its author does next, from its folder."""
        build = self.adapter.build
        return [
            *([build] if build else []),
            "sockspec smoke",
            "sockspec run --out run.jsonl",
            "sockspec update run.jsonl --write",
            "sockspec gate run.jsonl",
        ]


def write(project: Project, taken: Iterable[str]) -> list[Path]:
    """Make a project; the files that were written, pyproject.toml where it was added to.

    `taken` are the names that a profile cannot have. Raises `UsageError`, before anything is
    written, for a name that is none or taken, and where one of its files is there already.
    """
    if not _NAME.fullmatch(project.name):
        raise UsageError(
            f"{project.name!r} is no name of a backend and a profile",
            remedy="use lower-case letters, digits and hyphens: --name my-stack",
        )
    made = dict(_files(project))
    if there := [locate.shown(path) for path in made if path.exists()]:
        raise UsageError(
            f"{', '.join(there)}: already there",
            remedy="name another folder, or move them away",
        )
    settings = project.folder / "pyproject.toml"
    made[settings] = _settings(project, settings)
    if project.name in taken:
        raise UsageError(
            f"there is a profile {project.name!r} already", remedy="choose another --name"
        )
    for path, text in made.items():
        files.write(path, text)
    return list(made)


def _files(project: Project) -> Iterator[tuple[Path, str]]:
    adapter = project.adapter
    folder = project.folder / adapter.folder
    sources = _agent() if project.preload else _below(_template(project.language))
    for name, text in sources:
        yield folder / name, text.replace("my-stack", project.name)
    if adapter.built:
        yield folder / ".gitignore", f"{adapter.built}\n"
    profile = _template("project", "profile.toml").read_text("utf-8")
    profile = profile.replace("my-stack", project.name).replace("EXTENDS", project.extends)
    yield project.folder / "profile" / "profile.toml", profile
    if project.ci in CI:
        root = locate.repository(project.folder)
        yield root / CI[project.ci], _pipeline(project, root)


def _template(*names: str) -> Traversable:
    return resources("sockspec.init").joinpath("templates", *names)


def _below(folder: Traversable, before: str = "") -> Iterator[tuple[str, str]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            if each.name != "__pycache__":
                yield from _below(each, f"{before}{each.name}/")
        else:
            yield f"{before}{each.name}", each.read_text("utf-8")


def _agent() -> Iterator[tuple[str, str]]:
    root = locate.native_agent()
    for room in ("agent", "core"):
        for pattern in _SOURCES:
            for each in sorted((root / room).glob(pattern)):
                yield f"{room}/{each.name}", each.read_text("utf-8")


def _pipeline(project: Project, root: Path) -> str:
    text = _template("project", _CI_TEMPLATES[project.ci]).read_text("utf-8")
    inside = project.folder.resolve().relative_to(root).as_posix()
    build = project.adapter.build
    if not build:
        text = re.sub(r".*\bBUILD\b.*\n", "", text)
    if inside == ".":
        for nowhere in _NOWHERE:
            text = text.replace(nowhere, "")
    text = text.replace("FOLDER", inside)
    return text.replace("BUILD", build).replace("VERSION", __version__)


def _settings(project: Project, path: Path) -> str:
    table = _template("project", "sockspec.toml").read_text("utf-8")
    table = table.replace("BACKEND", project.backend)
    tests = _template("project", "pytest.toml").read_text("utf-8")
    if not path.exists():
        # Somebody's own configuration of pytest stays in force.
        others = any((project.folder / name).exists() for name in _PYTEST)
        return table if others else table + tests
    with files.refusing(path):
        before = path.read_text("utf-8")
    try:
        told = tomllib.loads(before)
        if "sockspec" in told.get("tool", {}):
            raise UsageError(
                "has a table [tool.sockspec]", file=path, remedy="the project is made already"
            )
        joined = f"{before.rstrip()}\n\n{table}"
        tomllib.loads(joined)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"[tool.sockspec] cannot be added: {error}", file=path, remedy="fix the file"
        ) from None
    return joined
