"""Targets that are Wine: Winsock as Wine makes it, on this machine. Never Windows."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.targets import tool
from sockspec.targets.target import Room, Target, without
from sockspec.targets.uml import extract

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Wine"]

_END = 30.0
_ASKING = 60.0
_PREPARE = 3600.0  # seconds for six steps, each of which has a bound of its own and is named
_LINKER = "x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64"
_RUST_TARGET = "x86_64-pc-windows-gnu"

_LIBRARIES = "usr/lib/x86_64-linux-gnu/wine"
# The installation of the package copies it, with the mark of what Wine itself has built.
_MARK = slice(64, 96)
_ZLIB = {"x86_64-windows": "x86_64-w64-mingw32", "i386-windows": "i686-w64-mingw32"}
# The host's /tmp is where every program of a prefix finds the one server. Wine 10 frees what
# is not its own when there is a TMPDIR.
_START = """\
#!/bin/sh
exec bwrap --bind {root} / --dev /dev --proc /proc --bind /tmp /tmp --bind {folder} {folder} \\
    --unsetenv TMPDIR --setenv WINESERVER /usr/lib/wine/wineserver64 {program} "$@"
"""
_PROGRAMS = {"wine": "/usr/lib/wine/wine64", "wineserver": "/usr/lib/wine/wineserver64"}


class Wine(Target, frozen=True, kw_only=True, tag="wine"):
    """Wine with an agent: `c` or `rust`, compiled for Windows here, or `python`.

    The last runs on CPython for Windows; with the agent `none` that CPython runs the suite
    itself, in process.

    `platforms/targets/wine/prepare.py` makes the prefix, and whatever it downloads is
    compared with a hash. With `suite` it is the Wine of that suite of Debian, in a root of its
    own, and this machine's without.
    """

    agent: Literal["c", "rust", "python", "none"]
    suite: str = ""

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        if locate.examples() is None:
            return "what it is built from is in a checkout only: clone sockspec's repository"
        compilers = {"c": [_LINKER], "rust": ["cargo", "rustc", _LINKER]}.get(self.agent, [])
        here = ["wine", "wineserver=wine"]
        wine = ["mmdebstrap", "bwrap=bubblewrap"] if self.suite else here
        lacking = super().missing(context) or without([*wine, *compilers])
        return lacking or (_without_library() if self.agent == "rust" else "")

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        # The script keeps each step that is done: what a slow machine did not get to, the next
        # attempt does. The agents and the suite there are always those of this checkout.
        is_new = not room.folder.is_dir()
        room.folder.mkdir(parents=True, exist_ok=True)
        if self.suite:
            root = replace(room, folder=room.folder / "debian")
            root.fill(f"unpacking Debian {self.suite}", self._unpack)
            _write_starters(room.folder)
        room.say("preparing a prefix" if is_new else "bringing the prefix up to date")
        script = locate.platforms() / "targets" / "wine" / "prepare.py"
        more = ["--rust"] if self.agent == "rust" else []
        tool.call(
            [sys.executable, script, "--root", room.folder, *more],
            seconds=_PREPARE,
            environment={**os.environ, **self.environment(room)},
        )

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
        path = {"PATH": f"{room.folder / 'bin'}:{os.environ['PATH']}"} if self.suite else {}
        return {**quiet, **path, "WINEPREFIX": str(room.folder / "prefix")}

    def _python(self, room: Room) -> list[str | Path]:
        return ["wine", room.folder / "python" / "python.exe"]

    def _unpack(self, folder: Path) -> None:
        extract(folder, self.suite, ["wine64", "base-files"])
        for kind, system in _ZLIB.items():
            library = bytearray((folder / "usr" / system / "lib/zlib1.dll").read_bytes())
            library[_MARK] = b"Wine builtin DLL".ljust(_MARK.stop - _MARK.start, b"\0")
            (folder / _LIBRARIES / kind / "zlib1.dll").write_bytes(library)


def _write_starters(folder: Path) -> None:
    """The commands of a Wine in a root of its own, on whose standard streams they are."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, program in _PROGRAMS.items():
        starter = folder / "bin" / name
        starter.write_text(
            _START.format(root=folder / "debian", folder=folder, program=program),
            encoding="utf-8",
        )
        starter.chmod(0o755)


def _without_library() -> str:
    """Why nothing in Rust can be compiled for Windows, with the remedy; empty when it can."""
    asked = ["rustc", "--print", "target-libdir", "--target", _RUST_TARGET]
    if Path(tool.call(asked, seconds=_ASKING).strip()).is_dir():
        return ""
    remedy = (
        f"rustup target add {_RUST_TARGET} (Debian: apt-get install libstd-rust-dev-windows)"
    )
    return f"rustc has no standard library for {_RUST_TARGET}: {remedy}"
