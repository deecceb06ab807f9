"""Targets that are Wine: Winsock as Wine makes it, on this machine. Never Windows."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.targets import tool
from sockspec.targets.target import Room, Target, without

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Wine"]

_END = 30.0
_ASKING = 60.0
_PREPARE = 3600.0  # seconds for six steps, each of which has a bound of its own and is named
_LINKER = "x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64"
_RUST_TARGET = "x86_64-pc-windows-gnu"


class Wine(Target, frozen=True, kw_only=True, tag="wine"):
    """Wine with an agent: `c` or `rust`, compiled for Windows here, or `python`.

    The last runs on CPython for Windows; with the agent `none` that CPython runs the suite
    itself, in process.

    `platforms/targets/wine/prepare.py` makes the prefix, and whatever it downloads is
    compared with a hash.
    """

    agent: Literal["c", "rust", "python", "none"]

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        if locate.examples() is None:
            return "what it is built from is in a checkout only: clone sockspec's repository"
        compilers = {"c": [_LINKER], "rust": ["cargo", "rustc", _LINKER]}.get(self.agent, [])
        lacking = super().missing(context) or without(["wine", "wineserver=wine", *compilers])
        return lacking or (_without_library() if self.agent == "rust" else "")

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        # The script keeps each step that is done: what a slow machine did not get to, the next
        # attempt does. The agents and the suite there are always those of this checkout.
        is_new = not room.folder.is_dir()
        room.folder.mkdir(parents=True, exist_ok=True)
        room.say("preparing a prefix" if is_new else "bringing the prefix up to date")
        script = locate.platforms() / "targets" / "wine" / "prepare.py"
        more = ["--rust"] if self.agent == "rust" else []
        tool.call([sys.executable, script, "--root", room.folder, *more], seconds=_PREPARE)

    def interpreter(self, room: Room) -> Sequence[str | Path]:
        """As `Target.interpreter`."""
        return self._python(room) if self.agent == "none" else super().interpreter(room)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        match self.agent:
            case "none":
                return "stdlib"
            case "python":
                program = [*self._python(room), "-u", room.agent]
            case "c":
                program = ["wine", room.folder / "sockspec-agent.exe"]
            case "rust":
                program = ["wine", room.folder / "sockspec-agent-rust.exe"]
        return f"agent:{shlex.join(map(str, program))}"

    def end(self, room: Room) -> None:
        """As `Target.end`: programs of Wine's are in no process group of ours."""
        with suppress(UsageError):  # there is none any more
            tool.call(
                ["wineserver", "-k"],
                seconds=_END,
                environment={**os.environ, **self.environment(room)},
                regardless=True,
            )

    def environment(self, room: Room) -> dict[str, str]:
        """As `Target.environment`: no display, no offers to install more, no log."""
        quiet = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=", "DISPLAY": ""}
        return {**quiet, "WINEPREFIX": str(room.folder / "prefix")}

    def _python(self, room: Room) -> list[str | Path]:
        return ["wine", room.folder / "python" / "python.exe"]


def _without_library() -> str:
    """Why nothing in Rust can be compiled for Windows, with the remedy; empty when it can."""
    asked = ["rustc", "--print", "target-libdir", "--target", _RUST_TARGET]
    if Path(tool.call(asked, seconds=_ASKING).strip()).is_dir():
        return ""
    remedy = (
        f"rustup target add {_RUST_TARGET} (Debian: apt-get install libstd-rust-dev-windows)"
    )
    return f"rustc has no standard library for {_RUST_TARGET}: {remedy}"
