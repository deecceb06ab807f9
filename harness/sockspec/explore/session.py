"""What `sockspec explore` and `sockspec diff --live` do: hunt, keep, write down."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sockspec import backends, files
from sockspec.backends.trace import Traced
from sockspec.errors import UsageError
from sockspec.explore import script, survey
from sockspec.explore.hunt import Bounds, Found, Hunt
from sockspec.explore.lockstep import Lockstep
from sockspec.explore.play import Coverage, Play
from sockspec.run.database import open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Plan", "Session", "diff", "explore", "seconds"]

DEFAULT = 60.0
"""Seconds, where neither time nor steps are given."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_FOREVER = 10.0**9


def seconds(text: str) -> float:
    """`90`, `90s`, `10m` or `1h` in seconds. Raises `UsageError` for anything else."""
    told = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if told is None or not float(told[1]):
        raise UsageError(f"{text!r} is no time", remedy="write 90s, 10m or 1h")
    return float(told[1]) * _UNITS[told[2] or "s"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`time` and `steps` bound the hunt, whichever comes first; `finds` ends it too.

    `keep` is where finds are kept, a folder or a server; `out` a folder for the scripts and
    the coverage.
    """

    time: float | None = None
    steps: int | None = None
    seed: int | None = None
    finds: int = 10
    keep: str | None = None
    out: Path | None = None

    def bounds(self) -> Bounds:
        """When it is over."""
        left = DEFAULT if self.steps is None else _FOREVER
        return Bounds(left if self.time is None else self.time, self.steps, self.finds)


@dataclass(slots=True)
class Session:
    """What a hunt has found and visited."""

    of: str
    seed: int
    coverage: Coverage
    found: list[Found] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 nothing, 1 a find, 3 only finds that did not show again, 5 nothing ran."""
        if not self.found:
            return 0 if self.coverage.sockets else 5
        return 1 if any(each.shown for each in self.found) else 3

    def as_data(self) -> dict[str, Any]:
        """What `--format json` prints, and the file of the coverage."""
        found = [
            {
                "name": each.find.name,
                "says": list(each.find.lines()),
                "program": [str(step) for step in each.program],
                "shown": each.shown,
                "kept": each.kept,
            }
            for each in self.found
        ]
        head = {"of": self.of, "seed": self.seed, "exit": self.exit_code, "found": found}
        return {**head, **survey.as_data(self.coverage)}

    def lines(self) -> Iterator[str]:
        """What people read."""
        for each in self.found:
            again = "" if each.shown else "; it did not show again"
            yield f"{each.find.name}{' (kept)' if each.kept else ''}{again}"
            yield from (f"    {line}" for line in each.find.lines())
            yield from (f"        {step}" for step in each.program)
        yield from (f"written: {each}" for each in self.written)
        if self.coverage.lacks:
            yield f"not there: {', '.join(sorted(self.coverage.lacks))}"
        yield f"{survey.line(self.coverage)}; {len(self.found)} found; seed {self.seed}"


def explore(backend: str, plan: Plan, say: Callable[[str], object]) -> Session:
    """Look for an answer of a backend that the model cannot explain."""
    inner = backends.load(backend)
    traced = Traced(inner)
    try:
        return _hunt(
            backend,
            plan,
            say,
            lambda coverage, patience: Play(traced, coverage, patience),
            lambda found: script.of(found, inner, backend),
        )
    finally:
        inner.shut_down()


def diff(one: str, other: str, plan: Plan, say: Callable[[str], object]) -> Session:
    """Look for an answer in which two backends differ."""
    inner, beside = backends.load(one), backends.load(other)
    traced, second = Traced(inner), Traced(beside)
    lacking: set[str] = set()
    known: dict[str, Found] = {}
    try:
        return _hunt(
            f"{one} {other}",
            plan,
            say,
            lambda coverage, patience: Lockstep(
                traced, second, coverage, lacking, known, patience
            ),
            lambda found: script.of(found, inner, one),
            known,
        )
    finally:
        inner.shut_down()
        beside.shut_down()


def _hunt(
    of: str,
    plan: Plan,
    say: Callable[[str], object],
    start: Callable[[Coverage, float], Play],
    write: Callable[[Found], str],
    found: dict[str, Found] | None = None,
) -> Session:
    if plan.out is not None:  # before the hunt, which takes its time
        files.folder(plan.out)
    seed = random.SystemRandom().getrandbits(32) if plan.seed is None else plan.seed
    hunt = Hunt(start, plan.bounds(), seed, found={} if found is None else found)
    database = open_database(plan.keep) if plan.keep else None
    hunt.run(database, f"explore {of}".encode(), say)
    session = Session(of, seed, hunt.coverage, list(hunt.found.values()))
    if plan.out is not None:
        _write(session, plan.out, write)
    return session


def _write(session: Session, folder: Path, write: Callable[[Found], str]) -> None:
    for number, found in enumerate(session.found, 1):
        path = folder / f"find-{number}.py"
        files.write(
            path, write(found), is_ours=lambda head: b"Exits 1 while that lasts" in head
        )
        session.written.append(str(path))
    told = json.dumps(session.as_data(), indent=2, ensure_ascii=False)
    path = folder / "coverage.json"
    files.write(path, told + "\n", is_ours=lambda head: head.startswith(b'{\n  "of": "'))
