"""Entries `cannot` for the arrangements that failed in runs, each the call and the error."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from sockspec.judge.cannot import Cannot
from sockspec.judge.entry import Evidence
from sockspec.judge.verdict import ARRANGING, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry

__all__ = ["barrier", "failed"]

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


def _owner(call: str, how: str, judged: Sequence[Observation], rules: Registry) -> str:
    """A rule that says what a call does, best one that saw it; people may know better."""
    word = call.replace("_", "-")
    about = [each for each in judged if word in each.rule.split(".")]
    seen = next((each.rule for each in about if how in each.behaviours), "")
    known = (each for each in rules.rules if word in each.split("."))
    return seen or next(known, "")
