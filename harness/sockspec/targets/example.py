"""Targets that a checkout has the source of: the examples of other implementations, agents."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from sockspec import locate
from sockspec.targets import tool
from sockspec.targets.target import Room, Target

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NO_EXAMPLES", "Example"]

NO_EXAMPLES = "the examples are in a checkout only: clone sockspec's repository"
"""Why what needs one of them cannot run from an installed package."""

_BUILD = 1200.0  # seconds for a build, downloads of its parts included


class Example(Target, frozen=True, kw_only=True, tag="example"):
    """A file of `harness/examples`, or of what stands beside it, which only a checkout has.

    In `serves`, the word for `--backend`, and in `build`, a command, `{examples}` is that
    folder, `{root}` this target's own and `{python}` this interpreter. `modules` must be
    importable, `headers` readable (`FILE=PACKAGE`).
    """

    serves: str
    build: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        if locate.examples() is None:
            return NO_EXAMPLES
        for header, _, package in (each.partition("=") for each in self.headers):
            if not os.path.exists(header):  # noqa: PTH110 - a name, not a place of ours
                return f"there is no {header} (Debian: apt-get install {package})"
        for module in self.modules:
            if importlib.util.find_spec(module) is None:
                return f"{module} is not installed: pip install {module}"
        return super().missing(context)

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        if self.build:
            # Cargo and make know themselves what is still good: they are always asked.
            room.folder.mkdir(parents=True, exist_ok=True)
            room.say("building")
            tool.call([self._word(word, room) for word in self.build], seconds=_BUILD)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        return self._word(self.serves, room)

    def environment(self, room: Room) -> dict[str, str]:  # noqa: ARG002 - the same for all
        """As `Target.environment`: a class path is looked for where Python looks."""
        paths = (str(locate.examples()), os.environ.get("PYTHONPATH", ""))
        return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    def _word(self, text: str, room: Room) -> str:
        folder: Path | None = locate.examples()
        return text.format(examples=folder, root=room.folder, python=sys.executable)
