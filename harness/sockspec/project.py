"""The user's project: what `[tool.sockspec]` in its pyproject.toml says.

    [tool.sockspec]
    backend = "agent:{project}/adapter/agent"
    profile = "profile"
    label = "wolfstack 5.1 on FreeRTOS"

The three belong together: the profile and the label are those of that backend, and hold
wherever no other backend is named. `{project}` is the folder of the file, and a relative path
of a profile begins there.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sockspec.errors import UsageError

__all__ = ["Choice", "Project", "choose", "find"]

BACKEND = "stdlib"
"""The backend where nobody names one."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    backend: str = ""
    profile: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A table `[tool.sockspec]`: where it stands and what it says; empty if there is none."""

    file: Path | None = None
    backend: str = ""
    profile: str = ""
    label: str = ""

    @property
    def folder(self) -> str:
        """The folder that `{project}` stands for; empty where there is no table."""
        return str(self.file.parent) if self.file else ""

    @property
    def place(self) -> str:
        """The file and line where the table begins; empty where there is none."""
        if self.file is None:
            return ""
        return f"{self.file}:{_line(self.file.read_text(encoding='utf-8'), '')}"

    def make_importable(self) -> None:
        """Have its modules found by this process and all that it starts, wherever it stands."""
        if self.file is None or ":" not in self.backend:
            return
        folder = str(self.file.parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
            given = os.environ.get("PYTHONPATH")
            os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, given)))


@dataclass(frozen=True, slots=True)
class Choice:
    """What is tested, by which profile it is judged, what it is called; empty: it says."""

    backend: str
    profile: str
    label: str


def find(start: Path | None = None) -> Project:
    """The project of a folder (default: the current one): its own file, or one above it.

    Raises `UsageError` with file and line for a table that is not in order.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if file.is_file() and (found := _read(file)) is not None:
            return found
    return Project()


def choose(
    backend: str | None, profile: str | None, label: str | None, project: Project
) -> Choice:
    """What holds, given the options of a command and the project it is used in."""
    if backend not in {None, project.backend}:
        return Choice(backend or BACKEND, profile or "", label or "")
    return Choice(
        project.backend or BACKEND, profile or project.profile, label or project.label
    )


def _read(file: Path) -> Project | None:
    content = file.read_bytes()
    try:
        text = content.decode()
        table: Any = tomllib.loads(text).get("tool", {})
        table = table.get("sockspec") if isinstance(table, dict) else None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if b"sockspec" not in content:
            return None  # somebody else's file
        raise UsageError(f"is not TOML: {error}", file=file, remedy="fix the syntax") from None
    if table is None:
        return None
    try:
        told = msgspec.convert(table, _Table)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"[tool.sockspec]: {error}",
            file=file,
            line=_line(text, str(error)),
            remedy=f"it has {', '.join(_Table.__struct_fields__)}, each a string",
        ) from None
    # The command line of an agent is split into words; its folder stays one of them.
    folder = str(file.parent)
    is_split = told.backend.startswith("agent:") and os.name != "nt"
    quoted = shlex.quote(folder) if is_split else folder
    backend = told.backend.replace("{project}", quoted)
    profile = told.profile
    if (file.parent / profile / "profile.toml").is_file():
        profile = str(file.parent / profile)
    return Project(file, backend, profile, told.label)


def _line(text: str, message: str) -> int:
    lines = text.splitlines()
    key = re.search(r"(?:field `|\$\.)(\w+)`", message)
    begin = next(
        (at for at, line in enumerate(lines) if re.match(r"\s*\[tool\.sockspec\]", line)), 0
    )
    for at in range(begin, len(lines)):
        if key and re.match(rf"\s*{key[1]}\b", lines[at]):
            return at + 1
    return begin + 1
