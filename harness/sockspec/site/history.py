"""History: the runs of one platform, oldest first, and what changed from each to the next."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sockspec.site.build import Seen
    from sockspec.site.model import Answer
    from sockspec.site.platforms import Platform

__all__ = ["Change", "History", "Step", "history"]


class Change(NamedTuple):
    """What became something else in some cases of a rule."""

    rule: str
    before: str
    after: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A run, and how it differs from the one before it.

    `added` cases were not asked before, or not answered; `gone` ones not any more.
    """

    platform: Platform
    changes: tuple[Change, ...] = ()
    added: int = 0
    gone: int = 0

    @property
    def changed(self) -> int:
        """How many cases do something else."""
        return sum(len(each.cases) for each in self.changes)


@dataclass(frozen=True)
class History:
    """The runs of a platform; two of them at least."""

    name: str
    steps: Sequence[Step] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """How many cases changed over all of it."""
        return sum(each.changed for each in self.steps)

    @property
    def most(self) -> int:
        """How many cases had one verdict at most: what bars are drawn by."""
        counts = (step.platform.verdicts.values() for step in self.steps)
        return max(itertools.chain.from_iterable(counts), default=1)


def history(name: str, runs: Sequence[Seen]) -> History:
    """What changed over the runs of a platform, which come oldest first."""
    steps = [Step(runs[0].platform)]
    for before, after in itertools.pairwise(runs):
        old, new = _answered(before.column), _answered(after.column)
        steps.append(
            Step(
                after.platform,
                tuple(_changes(old, new)),
                added=len(new.keys() - old.keys()),
                gone=len(old.keys() - new.keys()),
            )
        )
    return History(name, steps)


def _answered(column: Mapping[str, Answer]) -> dict[str, str]:
    return {case: each.behaviour for case, each in column.items() if each.behaviour}


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for case, behaviour in new.items():
        before = old.get(case, behaviour)
        if before != behaviour:
            rule, _, values = case.partition("[")
            found.setdefault((rule, before, behaviour), []).append(values.rstrip("]"))
    return [Change(*key, tuple(cases)) for key, cases in sorted(found.items())]
