"""Where a cause is shown: a file of the user's repository and a line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import locate

if TYPE_CHECKING:
    from sockspec.judge.causes import Cause
    from sockspec.project import Project

__all__ = ["Place", "Placing"]


@dataclass(frozen=True, slots=True)
class Place:
    """A file, relative to the repository's root with slashes, and a line in it, from 1."""

    file: str
    line: int = 1


class Placing:
    """Places of causes: the profile's entry or file, else the project's table, else the run.

    The repository is that of `GITHUB_WORKSPACE`, else the one around the current folder.
    """

    def __init__(self, project: Project) -> None:
        here = Path.cwd()
        self._here = here
        given = os.environ.get("GITHUB_WORKSPACE", "")
        self.root = Path(given).resolve() if given else locate.repository(here)
        self._project = self._of(project.place)

    def cause(self, cause: Cause, run: str) -> Place:
        """Where a cause of a run is shown."""
        return self._of(cause.place) or self.run(run)

    def fault(self, told: str, run: str) -> Place:
        """Where a fault is shown: at the file and line that it begins with, if it does."""
        found = re.match(r"(\S+?:\d+): ", told)
        return (self._of(found[1]) if found else None) or self.run(run)

    def run(self, run: str) -> Place:
        """Where what belongs to a whole run is shown."""
        return self._project or self._of(run) or Place(Path(run).name)

    def _of(self, place: str) -> Place | None:
        name, colon, line = place.rpartition(":")
        if not (colon and line.isdecimal()):
            name, line = place, "1"
        if not name:
            return None
        there = (self._here / name).resolve()
        if not there.is_relative_to(self.root) or locate.is_installed(there):
            return None
        while not there.exists() and there != self.root:
            there = _nearest(there)
        if there == self.root:
            return None
        return Place(there.relative_to(self.root).as_posix(), max(int(line), 1))


def _nearest(gone: Path) -> Path:
    """In place of a file that is still to be written, its profile's head, else its folder."""
    head = gone.parent / "profile.toml"
    return head if head.exists() else gone.parent
