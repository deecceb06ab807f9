"""Targets that are other architectures: their programs, translated by QEMU call by call."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from sockspec.targets.target import Room, Target, without
from sockspec.targets.uml import extract

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Foreign"]


class Foreign(Target, frozen=True, kw_only=True, tag="qemu-user"):
    """The CPython that `suite` of Debian has for `architecture`, under qemu-user.

    The kernel is that of this machine: what is seen is what QEMU makes of its calls, so
    that the profile is one of its own. `processor` is QEMU's name of the architecture.
    """

    architecture: str
    processor: str
    suite: str
    packages: tuple[str, ...] = ("python3-minimal", "libpython3-stdlib")

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        tools = ["mmdebstrap", f"{self._emulator}=qemu-user-static"]
        return super().missing(context) or without(tools)

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        room.fill(f"unpacking Debian {self.suite} for {self.architecture}", self._unpack)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        python = room.folder / "usr/bin/python3"
        words = [self._emulator, "-L", room.folder, python, "-u", room.agent]
        return f"agent:{shlex.join(map(str, words))}"

    @property
    def _emulator(self) -> str:
        return f"qemu-{self.processor}-static"

    def _unpack(self, folder: Path) -> None:
        extract(folder, self.suite, self.packages, f"--architectures={self.architecture}")
        # QEMU looks for the loader below its root, but follows a link from the host's.
        for loader in (*folder.glob("lib*/ld*"), *folder.glob("usr/lib*/ld*")):
            if loader.is_symlink() and (there := loader.readlink()).is_absolute():
                inside = folder / there.relative_to("/")
                loader.unlink()
                loader.symlink_to(os.path.relpath(inside, loader.parent))
        # From trixie on base-files alone has the links of the merged /usr.
        for name in ("lib", "lib64"):
            if not (folder / name).exists():
                (folder / name).symlink_to(f"usr/{name}")
