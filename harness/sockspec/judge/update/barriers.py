"""Entries `cannot` for the arrangements that failed in runs, each the call and the error."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sockspec.judge import compare
from sockspec.judge.cannot import Barred, Cannot
from sockspec.judge.entry import Evidence
from sockspec.judge.stale import is_idle
from sockspec.judge.update.narrow import narrow, narrowed
from sockspec.judge.update.points import conditions
from sockspec.judge.verdict import ARRANGING, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry

__all__ = ["Barriers", "barrier", "failed"]

_SUBJECTS = 8  # that an entry names; where it would be more it holds for all cases


def failed(judged: Iterable[Observation]) -> dict[tuple[str, str], list[Observation]]:
    """The cases that failed on the way to their point, by the call and how it failed."""
    found: dict[tuple[str, str], list[Observation]] = {}
    for each in judged:
        if each.verdict is Verdict.INDETERMINATE and each.because.startswith(ARRANGING):
            call, _, how = each.because.removeprefix(ARRANGING).partition(": ")
            found.setdefault((call, how), []).append(each)
    return found


def barrier(
    found: Sequence[Observation],
    judged: Sequence[Observation],
    runs: Sequence[Run],
    rules: Registry,
) -> Cannot:
    """The entry that says that cases cannot get to their point; all have failed alike.

    `judged`: everything that was seen in the runs. Why, and by which source, is left open.
    """
    call, _, how = found[0].because.removeprefix(ARRANGING).partition(": ")
    subjects = list(dict.fromkeys(".".join(each.rule.split(".")[:2]) for each in found))
    date = max(run.header.started[:10] for run in runs)
    return Cannot(
        rule=_owner(call, how, judged, rules) or found[0].rule,
        call=call,
        error=how,
        cases=subjects if len(subjects) <= _SUBJECTS else [],
        evidence=Evidence(
            "observed",
            ", ".join(sorted({run.title for run in runs})),
            datetime.date.fromisoformat(date),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """A run as `narrow` tells it from others: by the conditions in which they differ."""

    attributes: dict[str, str]


class Barriers:
    """The entries `cannot` that the runs of a platform ask for."""

    def __init__(
        self, runs: Sequence[Run], judged: Sequence[Sequence[Observation]], rules: Registry
    ) -> None:
        self._runs = runs
        self._judged = judged
        self._seen = [{each.case: each for each in some} for some in judged]
        self._rules = rules
        self._at = [_Run(each) for each in conditions(runs)]
        self._failed = [failed(some) for some in judged]

    def lacking(self) -> Iterator[Cannot]:
        """The entries that there should be, under the conditions of the runs that failed so."""
        everything = [each for some in self._judged for each in some]
        for how in dict.fromkeys(how for some in self._failed for how in some):
            inside = [at for at, some in enumerate(self._failed) if how in some]
            found = [each for some in self._failed for each in some.get(how, ())]
            entry = barrier(found, everything, [self._runs[at] for at in inside], self._rules)
            placed = Barred(entry, "", Path(), "", 0)
            outside = [
                at
                for at in range(len(self._runs))
                if at not in inside and is_idle(placed, self._seen[at], self._rules)
            ]
            yield from self._under(entry, inside, outside)

    def corrected(self, barred: Barred) -> list[Cannot]:
        """What becomes of an entry: itself, one with more conditions or several, or nothing."""
        when = barred.entry.when
        of = [at for at, run in enumerate(self._runs) if compare.situation(run).meets(when)]
        used = [at for at in of if any(map(barred.bars, self._judged[at]))]
        idle = [
            at
            for at in of
            if not self._runs[at].truncated and is_idle(barred, self._seen[at], self._rules)
        ]
        if not idle:
            return [barred.entry]
        return self._under(barred.entry, used, idle) if used else []

    def _under(
        self, entry: Cannot, inside: Sequence[int], outside: Sequence[int]
    ) -> list[Cannot]:
        if not outside:
            return [entry]
        made = narrow([self._at[at] for at in inside], [self._at[at] for at in outside])
        whens = [narrowed(entry.when, each) for each in made]
        return [msgspec.structs.replace(entry, when=when) for when in whens]


def _owner(call: str, how: str, judged: Sequence[Observation], rules: Registry) -> str:
    """A rule that says what a call does, best one that saw it; people may know better."""
    word = call.replace("_", "-")
    about = [each for each in judged if word in each.rule.split(".")]
    seen = next((each.rule for each in about if how in each.behaviours), "")
    known = (each for each in rules.rules if word in each.split("."))
    return seen or next(known, "")
