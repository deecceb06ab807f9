"""Targets that are Wine: Winsock as Wine makes it, on this machine. Never Windows."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Literal

from sockspec import locate
from sockspec.targets import tool
from sockspec.targets.target import Room, Target, without

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Wine"]

_PREPARE = 1200.0  # seconds: downloads, a prefix of 700 MB, a compilation


class Wine(Target, frozen=True, kw_only=True, tag="wine"):
    """Wine with an agent: `c`, compiled by mingw-w64, or `python`, on CPython for Windows.

    `platforms/targets/wine/prepare.py` makes the prefix, and whatever it downloads is
    compared with a hash.
    """

    agent: Literal["c", "python"]

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        if locate.examples() is None:
            return "what it is built from is in a checkout only: clone sockspec's repository"
        compiler = ["x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64"] if self.agent == "c" else []
        return super().missing(context) or without(["wine", "wineserver=wine", *compiler])

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        room.fill("preparing a prefix", self._prepare)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        folder = room.folder
        python = [str(folder / "python" / "python.exe"), "-u", str(room.agent)]
        program = python if self.agent == "python" else [str(folder / "sockspec-agent.exe")]
        return f"agent:{shlex.join(['wine', *program])}"

    def environment(self, room: Room) -> dict[str, str]:
        """As `Target.environment`: no display, no offers to install more, no log."""
        quiet = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=", "DISPLAY": ""}
        return {**quiet, "WINEPREFIX": str(room.folder / "prefix")}

    def _prepare(self, folder: Path) -> None:
        script = locate.platforms() / "targets" / "wine" / "prepare.py"
        tool.run([sys.executable, script, "--root", folder], seconds=_PREPARE)
