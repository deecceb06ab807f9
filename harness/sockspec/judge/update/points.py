"""What runs saw, as points: a case under the conditions that a profile can tell apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec.judge import compare
from sockspec.judge.verdict import Expectation, Verdict, judge, trouble_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.judge.profiles import Profile, Recorded, Situation
    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Case

__all__ = ["WHEN", "Point", "conditions", "points"]

WHEN = "when."
"""What the names of attributes that are conditions begin with; others are parameters."""

_FACTS = ("libc", "interpreter", "machine", "privileged")
_RED = {Verdict.NEW, Verdict.FIXED, Verdict.CHANGED}


@dataclass(frozen=True)
class Point:
    """The behaviours of one case under one set of conditions, by one run or several.

    `attributes` are the case's parameters and, as `when.NAME`, the conditions in which the
    runs at hand differ. `seen` has the behaviours of each run, once where runs agree.
    """

    case: Case
    attributes: dict[str, str]
    seen: frozenset[frozenset[str]]
    situation: Situation
    on: frozenset[str]
    date: str

    @property
    def behaviours(self) -> frozenset[str]:
        """All that was seen, by whichever run."""
        return frozenset().union(*self.seen)

    @property
    def differs(self) -> bool:
        """Whether runs that are alike in all that a profile can tell saw different things."""
        return len(self.seen) > 1

    def narrowest(self, profile: Profile) -> list[Recorded]:
        """The entry of this profile itself that comes first here; several if they tie."""
        return profile.narrowest(self.case, self.situation)

    def winner(self, profile: Profile) -> Recorded | None:
        """The entry that decides here, where none tie."""
        return next(iter(profile.candidates(self.case, self.situation)), None)

    def is_wrong(self, profile: Profile) -> bool:
        """Whether an edit is due: a divergence not recorded, or recorded and not so.

        Or two entries of the profile that say so with equal right.
        """
        if len(self.narrowest(profile)) > 1:
            return True
        recorded = self.winner(profile)
        entry = recorded and recorded.entry
        expected = profile.answer(self.case, self.situation)
        if entry and not expected.behaviours:
            expected = Expectation(entry.behaviours, entry.sometimes)
        verdicts = {judge(self.case, expected, each).verdict for each in self.seen}
        return bool(verdicts & _RED)


def points(runs: Sequence[Run], cases: dict[str, Case]) -> list[Point]:
    """The points of runs: cases that were observed, those of like conditions joined."""
    found: dict[tuple[Any, ...], Point] = {}
    for run, kept in zip(runs, conditions(runs), strict=True):
        for point in _of_run(run, kept, cases):
            key = (point.case.id, *kept.values())
            found[key] = _joined(found[key], point) if key in found else point
    return list(found.values())


def conditions(runs: Sequence[Run]) -> list[dict[str, str]]:
    """For each run its backend, and the conditions in which the runs differ."""
    told = [_conditions(run) for run in runs]
    varying = {
        name
        for name in {name for each in told for name in each}
        if len({each.get(name) for each in told}) > 1
    }
    names = sorted(varying | {f"{WHEN}backend"})
    return [{name: each.get(name, "") for name in names} for each in told]


def _of_run(run: Run, conditions: dict[str, str], cases: dict[str, Case]) -> Iterable[Point]:
    here = compare.situation(run)
    for each in run.observations:
        case = cases.get(each.case)
        if case is None or not each.behaviours or trouble_of(each.verdict, each.because):
            continue
        yield Point(
            case,
            {**dict(case.parameters), **conditions},
            frozenset({frozenset(each.behaviours)}),
            here,
            frozenset({run.title}),
            run.header.started[:10],
        )


def _joined(one: Point, other: Point) -> Point:
    return Point(
        one.case,
        one.attributes,
        one.seen | other.seen,
        one.situation,
        one.on | other.on,
        max(one.date, other.date),
    )


def _conditions(run: Run) -> dict[str, str]:
    facts = run.header.platform
    numbers = re.match(r"\d+(\.\d+)*", str(facts.get("version", "")))
    named = {
        "backend": run.header.backend,
        "version": numbers[0] if numbers else "",
        **{name: facts.get(name) for name in _FACTS},
        **{f"setting.{name}": value for name, value in facts.get("settings", {}).items()},
    }
    return {f"{WHEN}{name}": _text(value) for name, value in named.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if value in {True, False} else str(value)
