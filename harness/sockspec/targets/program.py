"""Targets that are programs: on the path, or in packages that are unpacked, not installed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.targets import tool
from sockspec.targets.target import Room, Target, without

__all__ = ["Package", "Program"]

_DOWNLOAD = 600.0  # seconds for packages to come


class Program(Target, frozen=True, kw_only=True, tag="program"):
    """A program on the path that runs the agent. In `command`, `{agent}` is its file."""

    command: tuple[str, ...]

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        return super().missing(context) or ("" if self._program() else self._not_there())

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        words = [word.format(agent=room.agent) for word in self.command[1:]]
        return f"agent:{shlex.join([self._program(), *words])}"

    def _program(self) -> str:
        # pyenv puts a shim on the path for each Python it has, which only works where that
        # Python was chosen; where they really are, its README says ("Understanding shims").
        name = self.command[0]
        pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        places = [shutil.which(name) or "", *map(str, sorted(pyenv.glob(f"*/bin/{name}")))]
        return next((place for place in places if place and _works(place)), "")

    def _not_there(self) -> str:
        return f"there is no {self.command[0]} that works: install it, or put it on the path"


def _works(program: str) -> bool:
    try:
        tool.call([program, "--version"], seconds=60)
    except UsageError:
        return False
    return True


class Package(Target, frozen=True, kw_only=True, tag="package"):
    """Debian packages, downloaded by apt, which verifies them, and unpacked into the cache.

    In `command`, `{root}` is where they are, `{python}` this interpreter and `{examples}` the
    examples of a checkout. Without `suite` they are those of this machine's release. `over` is
    the command over a link, where that is another one.
    """

    packages: tuple[str, ...]
    command: tuple[str, ...]
    over: tuple[str, ...] = ()
    suite: str = ""

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        if locate.examples() is None and any("{examples}" in word for word in self.command):
            return "the examples are in a checkout only: clone sockspec's repository"
        tools = ["mmdebstrap"] if self.suite else ["apt-get", "dpkg"]
        return super().missing(context) or without(tools)

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        room.fill("downloading", self._unpack)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        return self._agent(self.command, room)

    def linked(self, room: Room) -> str:
        """As `Target.linked`."""
        return self._agent(self.over or self.command, room)

    def _agent(self, command: tuple[str, ...], room: Room) -> str:
        here = {"python": sys.executable, "examples": locate.examples()}
        named = {"agent": room.agent, "root": room.folder, **here}
        return f"agent:{shlex.join(word.format(**named) for word in command)}"

    def _unpack(self, folder: Path) -> None:
        if self.suite:
            include = f"--include={','.join(self.packages)}"
            command = ["mmdebstrap", "--variant=extract", include, self.suite, str(folder)]
            tool.call(command, seconds=_DOWNLOAD)
            return
        packages = folder.parent / "packages"
        packages.mkdir()
        tool.call(["apt-get", "download", *self.packages], packages, seconds=_DOWNLOAD)
        for package in sorted(packages.glob("*.deb")):
            tool.call(["dpkg", "-x", package, folder], seconds=_DOWNLOAD)
