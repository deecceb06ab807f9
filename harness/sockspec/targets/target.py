"""A target: what every recipe says, and what every kind of target can be asked."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from sockspec.targets import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["GROUPS", "Group", "Room", "Target", "without"]

_ASKING = 60.0  # seconds in which a release is told

Group = Literal["host", "kernel", "system", "sandbox", "stack", "runtime"]

GROUPS: dict[str, str] = {
    "host": "This machine",
    "kernel": "Other kernels",
    "system": "Other systems over this kernel",
    "sandbox": "Sandboxes and translations",
    "stack": "Stacks of their own",
    "runtime": "Runtimes and libraries",
}
"""The groups in the order of pages, with the headings they have there."""


@dataclass(frozen=True)
class Room:
    """Where a target is prepared, and what it may use there.

    `folder` is its own: it holds what was made for this very recipe, and does not exist
    before. `agent` is the Python agent as one file. `say` tells people what is being done.
    `context` is the Docker engine to use, by the name of its context; empty for the default.
    """

    folder: Path
    agent: Path
    say: Callable[[str], None]
    context: str = ""

    def fill(self, doing: str, make: Callable[[Path], None]) -> None:
        """Have `make` fill the folder, once: what breaks half-way leaves nothing behind."""
        if self.folder.is_dir():
            return
        self.say(doing)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as made:
            inside = Path(made) / "made"
            inside.mkdir()
            make(inside)
            inside.rename(self.folder)


class Target(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="kind",
    omit_defaults=True,
):
    """What every recipe says.

    `title` says what it really is: Wine is called Wine, and never Windows. `group` says where
    pages list it: this host, another kernel, another system's libraries and Python, a sandbox
    or a translation over this kernel, a stack of its own, a runtime. `profile` is what
    it is judged by where its facts cannot tell. `workers` processes keep `cores` busy (0: as
    many as they are; fewer where many calls hang, which takes time and no work) and need
    `memory` MiB; `deadline` is in seconds, for one call. `examples` are drawn for each case,
    0 for as many as elsewhere: fewer where every call is slow. `link` joins it to another
    target (see `sockspec.network`): veth where its sockets are of the network namespace that it
    runs in, tap where it brings a device of its own, nothing where neither is so.

    `label` heads its reports where its facts cannot tell what it is. `{release}` in it is the
    first word with a digit of what the command `release` prints, in whose
    words `{root}` is where it is kept and `{agent}` the agent's file.
    """

    version: Literal[1]
    name: str
    title: str
    group: Group
    note: str = ""
    profile: str = ""
    needs: tuple[str, ...] = ()
    workers: int = 1
    cores: int = 0
    memory: int = 512
    deadline: float = 10.0
    examples: int = 0
    link: Literal["", "veth", "tap"] = ""
    label: str = ""
    release: tuple[str, ...] = ()

    has_engine: ClassVar[bool] = False
    """Whether it runs in an engine, of which there can be several."""

    def missing(self, context: str = "") -> str:  # noqa: ARG002 - only containers have engines
        """Why it cannot run here, with the remedy; empty when it can."""
        return without(self.needs)

    def prepare(self, room: Room) -> None:
        """Have everything it needs in the cache; nothing is done twice.

        Raises `UsageError` with the last lines of the tool that failed.
        """

    def interpreter(self, room: Room) -> Sequence[str | Path]:  # noqa: ARG002 - most: this one
        """The Python, with sockspec installed, that runs the suite."""
        return [sys.executable]

    def backend(self, room: Room) -> str:
        """What `sockspec run --backend` is given."""
        raise NotImplementedError

    def linked(self, room: Room) -> str:
        """The same over its link, which may take another command."""
        return self.backend(room)

    def called(self, room: Room) -> str:
        """The label of a run of it; empty where its facts say what it is.

        Raises `UsageError` when its release cannot be asked for.
        """
        if not self.release:
            return self.label
        words = [word.format(agent=room.agent, root=room.folder) for word in self.release]
        printed = tool.call(words, seconds=_ASKING).split()
        digits = (word for word in printed if any(each.isdigit() for each in word))
        return self.label.format(release=next(digits, "of unknown release"))

    def environment(self, room: Room) -> dict[str, str]:  # noqa: ARG002 - most need none
        """What is added to the environment of that run."""
        return {}

    def end(self, room: Room) -> None:
        """End what a run that was cut short may have left behind."""

    def digest(self) -> str:
        """A short name of what the recipe says: another recipe is prepared anew."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]


def without(programs: Sequence[str]) -> str:
    """What keeps programs from being used, with the remedy; empty when they are all there.

    `PROGRAM=PACKAGE` names the Debian package where its name is another.
    """
    for each in programs:
        program, _, package = each.partition("=")
        if shutil.which(program) is None:
            remedy = f"(Debian: apt-get install {package or program})"
            return f"there is no {program}: install it {remedy}"
    return ""
