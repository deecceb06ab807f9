"""What a report says first of a run: whether anything is red, why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec import reproduce
from sockspec.errors import SockspecError
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.judge.causes import Cause
    from sockspec.judge.gate import Gate
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry

__all__ = ["Banner", "Red", "of"]

_SCRIPTS = 20  # causes whose script is on the page: one is 10 kB


@dataclass(frozen=True, slots=True)
class Red:
    """A cause, with the program that shows it on what is accused, where the page has it."""

    cause: Cause
    script: str

    @property
    def first(self) -> str:
        """The case that stands for the others; empty where it is about none."""
        return next(iter(self.cause.cases), "")


@dataclass(frozen=True, slots=True)
class Banner:
    """The gate of a run, and the causes of what is red, worst first."""

    gate: Gate
    causes: tuple[Red, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing keeps the run from being green."""
        return self.gate.exit_code == 0

    @property
    def headline(self) -> str:
        """`Red: 3 causes, 12 of 74 cases`."""
        ran = sum(self.gate.counts.values())
        red = len({case for each in self.causes for case in each.cause.cases})
        if self.causes:
            return f"Red: {number(len(self.causes), 'cause')}, {red} of {number(ran, 'case')}"
        if self.is_open:
            return f"Green: nothing is red in {number(ran, 'case')}"
        return "Not judged in full" if self.gate.faults else "Nothing was tried"


def of(run: Run, found: Gate, rules: Registry) -> Banner:
    """The banner of a run that a gate has judged."""
    return Banner(found, tuple(_red(run, found, rules)))


def _red(run: Run, found: Gate, rules: Registry) -> Iterator[Red]:
    seen = run.by_case()
    for place, cause in enumerate(sorted(found.causes, key=lambda each: each.rank)):
        first = seen.get(next(iter(cause.cases), ""))
        yield Red(cause, _script(run, first, rules) if first and place < _SCRIPTS else "")


def _script(run: Run, observation: Observation, rules: Registry) -> str:
    behaviour = next(iter([*observation.unexpected, *observation.witness]), "")
    if behaviour not in observation.witness:
        return ""  # it never got to the point, or made no call
    try:
        return reproduce.script(run, observation, behaviour, rules.resolve(observation.rule))
    except SockspecError:
        return ""  # what it did is not in calls
