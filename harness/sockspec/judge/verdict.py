"""What the behaviours seen in a case mean, given what was expected. Pure."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Collection

    from sockspec.spec.rules import Case

__all__ = ["ARRANGING", "Barrier", "Expectation", "Judgement", "Trouble", "Verdict", "judge"]
__all__ += ["allowed", "needed", "trouble_of"]

ARRANGING = "arranging failed: "
"""What the reason of an indeterminate case begins with: the call follows, and how it failed."""


class Verdict(enum.StrEnum):
    """What one run says of one case."""

    CONFORMS = "conforms"
    KNOWN = "known divergence"
    NEW = "new divergence"
    FIXED = "fixed"
    CHANGED = "changed"
    MISSING = "missing feature"
    UNSPECIFIED = "unspecified"
    UNSUPPORTED = "unsupported"
    INDETERMINATE = "indeterminate"
    HARNESS_ERROR = "harness error"

    @property
    def is_red(self) -> bool:
        """Whether it fails a run and a gate."""
        return self in _RED

    @property
    def kind(self) -> str:
        """Its name as an option has it: `new`, `harness-error`."""
        return self.name.lower().replace("_", "-")


_RED = {
    Verdict.NEW,
    Verdict.FIXED,
    Verdict.CHANGED,
    Verdict.MISSING,
    Verdict.INDETERMINATE,
    Verdict.HARNESS_ERROR,
}


class Barrier(msgspec.Struct, frozen=True):
    """A state that a profile says the platform cannot be brought into.

    The `call` that fails on the way there, `how` it fails, `why`, and the entry that says so.
    """

    call: str
    how: str
    why: str
    origin: str


class Expectation(msgspec.Struct, frozen=True):
    """What a profile records for a case; `origin` says which entry, by file and line.

    `behaviours` empty: nothing is recorded, and the rule alone decides. `sometimes`:
    a run need not show all of them (a race, a documented choice). `barriers`: what may keep
    the case from getting to its point.
    """

    behaviours: frozenset[str] = frozenset()
    sometimes: bool = False
    origin: str = ""
    barriers: tuple[Barrier, ...] = ()


class Trouble(enum.StrEnum):
    """Why a case has no behaviour, or none that counts."""

    UNSUPPORTED = "unsupported"
    INDETERMINATE = "indeterminate"
    HARNESS_ERROR = "harness error"


_TROUBLES = {Verdict(each.value): each for each in Trouble}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the sentence that explains it."""

    verdict: Verdict
    because: str
    unexpected: tuple[str, ...] = ()

    @property
    def is_red(self) -> bool:
        """Whether it fails a run and a gate."""
        return self.verdict.is_red


def allowed(case: Case, expected: Expectation) -> frozenset[str] | None:
    """The behaviours that a test need not stop at; None when every named one is."""
    if expected.behaviours:
        return expected.behaviours
    if case.rule.level is Level.UNSPECIFIED:
        return None
    return case.rule.conforming


def trouble_of(verdict: Verdict, because: str) -> tuple[Trouble, str] | None:
    """The trouble that a case had, of the verdict that it got and the reason given."""
    if because.startswith(ARRANGING):
        # What a profile said of it then does not count now.
        return Trouble.INDETERMINATE, because.partition("; ")[0]
    if verdict is Verdict.MISSING:
        return Trouble.UNSUPPORTED, because
    trouble = _TROUBLES.get(verdict)
    return None if trouble is None else (trouble, because)


def needed(because: str) -> str:
    """The feature whose lack is the reason that a case could not be tried; empty if none."""
    found = re.match(r"needs ([\w-]+)", because)
    return found[1] if found else ""


def judge(
    case: Case,
    expected: Expectation,
    seen: Collection[str],
    trouble: tuple[Trouble, str] | None = None,
    promised: Collection[str] = (),
) -> Judgement:
    """The verdict on a case from the behaviours seen and what was expected of it.

    `promised`: the features that the platform has, as its profile says.
    """
    if trouble is not None and trouble[0] is Trouble.HARNESS_ERROR:
        return Judgement(Verdict.HARNESS_ERROR, trouble[1])
    nameless = sorted([name for name in seen if not case.rule.knows(name)])
    if nameless:
        return Judgement(
            Verdict.HARNESS_ERROR,
            f"{case.rule.id} does not declare the behaviour {', '.join(nameless)}",
        )
    within = allowed(case, expected)
    unexpected = () if within is None or within.issuperset(seen) else _beyond(seen, within)
    if unexpected:
        return _unexpected(case, expected, set(seen), unexpected)
    if trouble is not None:
        return _troubled(*trouble, expected, promised)
    if not seen:
        return Judgement(Verdict.HARNESS_ERROR, "the test named no behaviour")
    return _expected(case, expected, set(seen))


def _beyond(seen: Collection[str], within: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(set(seen) - within))


def _troubled(
    kind: Trouble, why: str, expected: Expectation, promised: Collection[str]
) -> Judgement:
    if kind is Trouble.UNSUPPORTED and needed(why) in promised:
        return Judgement(Verdict.MISSING, why)
    if kind is Trouble.INDETERMINATE:
        for each in expected.barriers:
            if why == f"{ARRANGING}{each.call}: {each.how}":
                return Judgement(Verdict.UNSUPPORTED, f"{why}; {each.why} ({each.origin})")
    return Judgement(Verdict(kind.value), why)


def _unexpected(
    case: Case, expected: Expectation, seen: set[str], unexpected: tuple[str, ...]
) -> Judgement:
    names = ", ".join(unexpected)
    if not expected.behaviours:
        wanted = " or ".join(sorted(case.rule.conforming))
        return Judgement(Verdict.NEW, f"saw {names}; the rule asks for {wanted}", unexpected)
    recorded = ", ".join(sorted(expected.behaviours))
    conforming = case.rule.conforming
    if seen <= conforming:
        diverged = expected.behaviours - conforming
        verdict = Verdict.FIXED if diverged else Verdict.CHANGED
        return Judgement(
            verdict, f"saw {names}; {expected.origin} records {recorded}", unexpected
        )
    if case.rule.level is Level.UNSPECIFIED:
        return Judgement(
            Verdict.CHANGED, f"saw {names}; {expected.origin} records {recorded}", unexpected
        )
    return Judgement(
        Verdict.NEW, f"saw {names}; {expected.origin} records {recorded}", unexpected
    )


def _expected(case: Case, expected: Expectation, seen: set[str]) -> Judgement:
    names = ", ".join(sorted(seen))
    missing = expected.behaviours - seen
    if missing and not expected.sometimes:
        gone = ", ".join(sorted(missing))
        return Judgement(Verdict.CHANGED, f"saw {names}; {expected.origin} also records {gone}")
    if case.rule.level is Level.UNSPECIFIED:
        return Judgement(Verdict.UNSPECIFIED, f"saw {names}")
    if seen <= case.rule.conforming:
        return Judgement(Verdict.CONFORMS, f"saw {names}")
    return Judgement(Verdict.KNOWN, f"saw {names}, as {expected.origin} records")
