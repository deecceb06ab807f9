"""Seeing it again: the red cases of a run are run anew before they are called what they are."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec.judge import runfile
from sockspec.run import runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.run.runner import Outcome, Plan

__all__ = ["TIMES", "Again", "exit_code", "lines", "verify"]

TIMES = 3
"""How often a red case is run again."""

_UNSTEADY = 3  # the exit code of an indeterminate case: nothing is known of it


@dataclass(frozen=True, slots=True)
class Again:
    """A red case, and in how many of the runs it was red."""

    case: str
    verdict: str
    seen: int
    of: int

    @property
    def is_steady(self) -> bool:
        """Whether it was seen again."""
        return self.seen > 1

    def line(self) -> str:
        """A line for people."""
        what = self.verdict if self.is_steady else f"not called {self.verdict}"
        return f"{what}, seen in {self.seen} of {self.of} runs: {self.case}"


def verify(plan: Plan, found: Outcome) -> list[Again]:
    """Run the red cases of a run `TIMES` more."""
    red = {each.case: each.verdict for each in found.run.observations if each.verdict.is_red}
    if not red:
        return []
    counts = dict.fromkeys(red, 1)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(TIMES):
            out = Path(folder, f"{number}.jsonl")
            runner.run(replace(plan, patterns=(), red_of=plan.out, out=out))
            for each in runfile.read(out, witnesses=False).observations:
                if each.verdict.is_red and each.case in counts:
                    counts[each.case] += 1
    return [Again(case, red[case].value, seen, TIMES + 1) for case, seen in counts.items()]


def lines(found: list[Again]) -> Iterator[str]:
    """What was seen again, and how often."""
    yield from (each.line() for each in found)


def exit_code(code: int, found: list[Again]) -> int:
    """The exit code of a run: one that was never seen again is no divergence."""
    if code == 1 and found and not any(each.is_steady for each in found):
        return _UNSTEADY
    return code
