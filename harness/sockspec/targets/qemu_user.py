"""Targets that are other architectures: their programs, translated by QEMU call by call."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from sockspec.targets.target import Room, Target, without
from sockspec.targets.uml import extract

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Foreign"]

_EMULATOR = "emulator"  # its place in the room


class Foreign(Target, frozen=True, kw_only=True, tag="qemu-user"):
    """The CPython that `suite` of Debian has for `architecture`, under qemu-user.

    The kernel is that of this machine: what is seen is what QEMU makes of its calls, so
    that the profile is one of its own. `processor` is QEMU's name of the architecture, and
    `emulator` the suite of Debian whose QEMU translates: this machine's without.
    """

    architecture: str
    processor: str
    suite: str
    emulator: str = ""
    packages: tuple[str, ...] = ("python3-minimal", "libpython3-stdlib")

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        here = [] if self.emulator else [f"qemu-{self.processor}-static=qemu-user-static"]
        return super().missing(context) or without(["mmdebstrap", *here])

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        room.fill(f"unpacking Debian {self.suite} for {self.architecture}", self._unpack)
        if self.emulator:
            there = replace(room, folder=room.folder / _EMULATOR)
            there.fill(f"unpacking QEMU of Debian {self.emulator}", self._unpack_emulator)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        python = room.folder / "usr/bin/python3"
        emulator = f"qemu-{self.processor}-static"
        if self.emulator:
            emulator = str(room.folder / _EMULATOR / f"usr/bin/qemu-{self.processor}")
        words = [emulator, "-L", room.folder, python, "-u", room.agent]
        return f"agent:{shlex.join(map(str, words))}"

    def _unpack_emulator(self, folder: Path) -> None:
        extract(folder, self.emulator, ["qemu-user"])

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
