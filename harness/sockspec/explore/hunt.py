"""Hunting: programs are drawn until time or steps are over, and what is found made small.

A program with a find is made small for as long as the same is found. Finds are kept as
programs, in a folder or on a server, and tried first. The drawing is not Hypothesis's: it
takes constants from whatever modules are loaded, so that a seed is another one elsewhere, and
shrinks what was drawn, which costs ten times what it costs to leave steps out of a program.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sockspec.explore.play import PATIENCE, Coverage, Find, Play
from sockspec.explore.steps import Step, dump, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.database import ExampleDatabase

    from sockspec.explore.moves import Move

__all__ = ["Bounds", "Found", "Hunt"]

_LONGEST = 80  # moves
_SHRINKING = 20.0  # seconds for one find
_LEFT = 5.0  # seconds for it, where the time of the hunt is over
_PATIENCE = 0.2  # seconds, where something is wrong already
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a hunt is over: seconds, steps, or that many finds."""

    seconds: float
    steps: int | None = None
    finds: int = 10


@dataclass(slots=True)
class Found:
    """A find: what, the smallest program that shows it, how often it did when tried again."""

    find: Find
    program: list[Step]
    shown: int = _TRIES
    kept: bool = False


def _moves(drawn: random.Random) -> Iterator[Move]:
    for _ in range(drawn.randint(1, _LONGEST)):
        kind, call, a, b = drawn.randbytes(4)
        yield kind, drawn.randrange(16), call, a, b


@dataclass
class Hunt:
    """Finds are collected in `found`, by name.

    `start` begins a play, given what it adds its coverage to and how patient it has to be.
    """

    start: Callable[[Coverage, float], Play]
    bounds: Bounds
    seed: int
    coverage: Coverage = field(default_factory=Coverage)
    found: dict[str, Found] = field(default_factory=dict)
    _until: float = 0.0

    def run(
        self,
        database: ExampleDatabase | None = None,
        key: bytes = b"",
        say: Callable[[str], object] = str,
    ) -> None:
        """Try what is kept, then draw until a bound is reached."""
        self._until = time.monotonic() + self.bounds.seconds
        for kept in list(database.fetch(key)) if database else ():
            self._try_kept(kept)
        while not self._is_over():
            found = self._next()
            if found is None:
                continue
            self.found[found.find.name] = found
            say(f"found {found.find.name} ({len(found.program)} steps)")
            if database is not None:
                database.save(key, dump(found.program))

    def _is_over(self) -> bool:
        steps = self.bounds.steps
        return (
            time.monotonic() > self._until
            or len(self.found) >= self.bounds.finds
            or (steps is not None and self.coverage.steps >= steps)
        )

    def _enough(self) -> float:
        """When a find is small enough."""
        now = time.monotonic()
        return min(now + _SHRINKING, max(self._until, now + _LEFT))

    def _try_kept(self, kept: bytes) -> None:
        program = load(kept)
        seen = program and self._again(program)
        if program and seen and seen.name not in self.found:
            self.found[seen.name] = Found(seen, program, self._shows(program, seen.name), True)

    def _again(self, program: list[Step]) -> Find | None:
        try:
            self.start(Coverage(), _PATIENCE).again(program)
        except Find as found:
            return found
        return None

    def _next(self) -> Found | None:
        """Play one more program."""
        drawn = random.Random(f"{self.seed} {self.coverage.programs}")  # noqa: S311 - no secret
        try:
            self.start(self.coverage, PATIENCE).draw(_moves(drawn))
        except Find as seen:
            if seen.name not in self.found:
                return self._small(seen, self._enough())
        return None

    def _small(self, found: Find, until: float) -> Found:
        """Leave steps out, many at once and then fewer, and make what is left simpler."""
        size = len(found.program) // 2
        while size and time.monotonic() < until:
            smaller = self._without(found, size, until)
            size = size // 2 if smaller is found else max(1, len(smaller.program) // 2)
            found = smaller
        for at, step in enumerate(found.program):
            for simpler in _simpler(step):
                tried = [*found.program[:at], simpler, *found.program[at + 1 :]]
                found = self._same(found, tried, until) or found
        return Found(found, found.program, self._shows(found.program, found.name))

    def _without(self, found: Find, size: int, until: float) -> Find:
        end = len(found.program) - 1  # the last step is the find itself
        while end > 0:
            begin = max(0, end - size)
            tried = found.program[:begin] + found.program[end:]
            found = self._same(found, tried, until) or found
            end = min(begin, len(found.program) - 1)
        return found

    def _same(self, found: Find, tried: list[Step], until: float) -> Find | None:
        if time.monotonic() > until:
            return None
        seen = self._again(tried)
        return seen if seen is not None and seen.name == found.name else None

    def _shows(self, program: list[Step], name: str) -> int:
        seen = [self._again(program) for _ in range(_TRIES)]
        return sum(each is not None and each.name == name for each in seen)


def _simpler(step: Step) -> Iterator[Step]:
    """The step without flags, and with a byte where it has more."""
    for at, value in enumerate(step.args):
        is_tuple = isinstance(value, tuple) and bool(value)
        if is_tuple and value[0] == "bytes" and value[1] > 1:
            less: tuple[object, ...] = ("bytes", 1, value[2])
        elif is_tuple and str(value[0]).startswith("MSG_"):
            less = ()
        else:
            continue
        yield replace(step, args=(*step.args[:at], less, *step.args[at + 1 :]))
