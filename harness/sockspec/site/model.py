"""What the site shows: rules down, platforms across, an answer for each case."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sockspec.judge.profiles import Recorded
    from sockspec.site.platforms import Platform
    from sockspec.spec.rules import Rule

__all__ = ["Answer", "CaseRow", "Pattern", "RuleRow", "Site", "State", "Told", "state_of"]


class State(enum.StrEnum):
    """What a platform does with a rule, in a word."""

    CONFORMS = "conforms"
    DIVERGES = "diverges"
    RED = "red"
    OPEN = "open"
    UNTRIED = "untried"
    OLDER = "older"
    NOT_RUN = "notrun"

    @property
    def sign(self) -> str:
        """The same as a sign, which needs no colour."""
        return _SIGNS[self]

    @property
    def words(self) -> str:
        """The same as people say it."""
        return _WORDS[self]


_SIGNS = {
    State.CONFORMS: "✓",
    State.DIVERGES: "≠",
    State.RED: "!",
    State.OPEN: "•",
    State.UNTRIED: "\N{EN DASH}",
    State.OLDER: "\N{HORIZONTAL ELLIPSIS}",
    State.NOT_RUN: "?",
}
_WORDS = {
    State.CONFORMS: "conforms",
    State.DIVERGES: "diverges",
    State.RED: "unexpected",
    State.OPEN: "nothing is promised",
    State.UNTRIED: "could not be tried",
    State.OLDER: "run is older than the rule",
    State.NOT_RUN: "not run",
}


class Answer(NamedTuple):
    """What a run saw in a case; `because` only where that says more than the behaviour."""

    behaviour: str
    verdict: Verdict
    origin: str
    because: str

    @property
    def state(self) -> State:
        """Its verdict, in a word."""
        return state_of(self.verdict)


class Told(NamedTuple):
    """What documents say of a platform that was never run."""

    platform: int
    behaviour: str
    standing: str
    origin: str


def state_of(verdict: Verdict) -> State:
    """The word for a verdict."""
    return _STATES[verdict]


_STATES = {verdict: State.RED for verdict in Verdict if verdict.is_red} | {
    Verdict.CONFORMS: State.CONFORMS,
    Verdict.KNOWN: State.DIVERGES,
    Verdict.UNSPECIFIED: State.OPEN,
    Verdict.UNSUPPORTED: State.UNTRIED,
}
_GRAVEST = (State.RED, State.DIVERGES, State.OPEN, State.CONFORMS, State.UNTRIED)


@dataclass(frozen=True)
class CaseRow:
    """A case: an answer for each platform that was run, in their order, None without one."""

    id: str
    shown: str
    answers: tuple[Answer | None, ...]
    told: tuple[Told, ...] = ()

    @cached_property
    def given(self) -> dict[Answer, list[int]]:
        """Each answer with the platforms that gave it."""
        found: dict[Answer, list[int]] = {}
        for at, each in enumerate(self.answers):
            if each is not None:
                found.setdefault(each, []).append(at)
        return found

    @cached_property
    def counted(self) -> Counter[str]:
        """How many platforms showed which behaviour."""
        found: Counter[str] = Counter()
        for each, platforms in self.given.items():
            if each.behaviour:
                found[each.behaviour] += len(platforms)
        return found


@dataclass(frozen=True, slots=True)
class Pattern:
    """Cases of a rule in which each platform does the same: the answers of all of them."""

    cases: tuple[str, ...]
    answers: Mapping[tuple[str, State], list[int]]


@dataclass(frozen=True)
class RuleRow:
    """A rule with what every platform does.

    `older` are the platforms whose run began before any run that has the rule, the first of
    which began at `first`.
    """

    rule: Rule
    cases: tuple[CaseRow, ...]
    topics: list[str] = field(default_factory=list)
    first: str = ""
    older: frozenset[int] = frozenset()

    @cached_property
    def alike(self) -> dict[tuple[Answer | None, ...], list[int]]:
        """The answers to all cases, each with the platforms that gave them."""
        found: dict[tuple[Answer | None, ...], list[int]] = {}
        for at, column in enumerate(zip(*(case.answers for case in self.cases), strict=True)):
            found.setdefault(column, []).append(at)
        return found

    @cached_property
    def states(self) -> list[State]:
        """For each platform that was run the gravest of its answers."""
        found = [State.NOT_RUN] * len(self.cases[0].answers)
        for column, members in self.alike.items():
            there = {each.state for each in column if each}
            worst = next((state for state in _GRAVEST if state in there), None)
            for at in members:
                found[at] = worst or self._unasked(at)
        return found

    @cached_property
    def left_out(self) -> list[int]:
        """The platforms whose run has no answer, though it is not older than the rule."""
        return [at for at, state in enumerate(self.states) if state is State.NOT_RUN]

    def _unasked(self, platform: int) -> State:
        return State.OLDER if platform in self.older else State.NOT_RUN

    @cached_property
    def differs(self) -> bool:
        """Whether the platforms that answer a case do not all do the same."""
        return any(len(case.counted) > 1 for case in self.cases)

    @cached_property
    def disagreement(self) -> int:
        """How many platforms do otherwise than most, in the case where that is most."""
        counts = (case.counted for case in self.cases)
        return max(each.total() - max(each.values(), default=0) for each in counts)

    @cached_property
    def groups(self) -> str:
        """A letter for each platform that was run: the same one for those that do the same.

        That is, in all cases that they answer. `-` where one answers none.
        """
        known: list[dict[int, str]] = []
        letters = ["-"] * len(self.states)
        for column, members in self.alike.items():
            did = {
                at: each.behaviour for at, each in enumerate(column) if each and each.behaviour
            }
            if not did:
                continue
            fits = (
                number
                for number, group in enumerate(known)
                if all(group.get(at, name) == name for at, name in did.items())
            )
            number = next(fits, len(known))
            if number == len(known):
                known.append({})
            known[number].update(did)
            for at in members:
                letters[at] = _LETTERS[min(number, len(_LETTERS) - 1)]
        return "".join(letters)

    def sign(self, platform: int) -> str:
        """What a table shows of a platform: where nothing is promised, its group's letter."""
        state = self.state(platform)
        if state is State.OPEN and platform < len(self.states) and self.differs:
            return self.groups[platform]
        return state.sign

    @cached_property
    def told(self) -> dict[int, list[Told]]:
        """What documents say, by platform."""
        found: dict[int, list[Told]] = {}
        for case in self.cases:
            for each in case.told:
                found.setdefault(each.platform, []).append(each)
        return found

    def told_state(self, platform: int) -> State:
        """What documents say of a platform that was not run."""
        standings = {each.standing for each in self.told.get(platform, ())}
        if "diverges" in standings:
            return State.DIVERGES
        if "conforms" in standings:
            return State.CONFORMS
        return State.OPEN if standings else State.NOT_RUN

    def state(self, platform: int) -> State:
        """What a platform does, or is documented to do."""
        return (
            self.states[platform] if platform < len(self.states) else self.told_state(platform)
        )

    def patterns(self) -> list[Pattern]:
        """The cases, those together in which every platform does the same."""
        if len(self.cases) == 1:
            return [_pattern(self.cases)]
        found: dict[tuple[tuple[str, State] | None, ...], list[CaseRow]] = {}
        for case in self.cases:
            key = tuple(
                (each.behaviour or each.because, each.state)
                if each and each.state is not State.UNTRIED
                else None
                for each in case.answers
            )
            found.setdefault(key, []).append(case)
        return [_pattern(cases) for cases in found.values()]

    def untried(self) -> dict[str, dict[int, int]]:
        """Why cases could not be tried: for each reason the platforms, with their cases."""
        found: dict[str, dict[int, int]] = {}
        for case in self.cases:
            for each, platforms in case.given.items():
                if each.state is State.UNTRIED:
                    of = found.setdefault(each.because, {})
                    for at in platforms:
                        of[at] = of.get(at, 0) + 1
        return {because: dict(sorted(of.items())) for because, of in found.items()}

    def papers(self) -> dict[tuple[int, str, str], list[str]]:
        """What documents say: by platform, behaviour and standing the cases."""
        found: dict[tuple[int, str, str], list[str]] = {}
        for case in self.cases:
            for each in case.told:
                key = (each.platform, each.behaviour, each.standing)
                found.setdefault(key, []).append(case.shown)
        return found

    def origins(self) -> Iterator[tuple[str, list[int]]]:
        """The entries of profiles behind the answers, each with its platforms."""
        found: dict[str, dict[int, None]] = {}
        for case in self.cases:
            for each, platforms in case.given.items():
                if each.origin:
                    found.setdefault(each.origin, {}).update(dict.fromkeys(platforms))
            for told in case.told:
                found.setdefault(told.origin, {})[told.platform] = None
        for origin, members in found.items():
            yield origin, list(members)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ORDER = (State.CONFORMS, State.OPEN, State.DIVERGES, State.RED)


def _pattern(cases: Sequence[CaseRow]) -> Pattern:
    answers: dict[tuple[str, State], list[int]] = {}
    for each, platforms in cases[0].given.items():
        if each.state is not State.UNTRIED:
            key = (each.behaviour or each.because, each.state)
            answers[key] = sorted([*answers.get(key, ()), *platforms])
    ordered = sorted(
        answers.items(), key=lambda item: (_ORDER.index(item[0][1]), -len(item[1]))
    )
    return Pattern(tuple(case.shown for case in cases), dict(ordered))


@dataclass(frozen=True)
class Site:
    """Everything that the pages read; `entries` are those of all profiles, by origin."""

    platforms: tuple[Platform, ...]
    rows: tuple[RuleRow, ...]
    entries: Mapping[str, Recorded]
    columns: tuple[int, ...]
    """The platforms that tables show where nobody chose others."""

    @cached_property
    def run(self) -> list[Platform]:
        """The platforms that were run: the first ones."""
        return [each for each in self.platforms if each.is_run]

    @cached_property
    def by_rule(self) -> dict[str, RuleRow]:
        """The rows by the rule's id."""
        return {row.rule.id: row for row in self.rows}

    def areas(self) -> dict[str, dict[str, list[RuleRow]]]:
        """The rows by area and subject."""
        found: dict[str, dict[str, list[RuleRow]]] = {}
        for row in self.rows:
            found.setdefault(row.rule.area, {}).setdefault(row.rule.subject, []).append(row)
        return found

    def grouped(self, platforms: Iterable[int]) -> dict[str, list[int]]:
        """Platforms by their kind."""
        found: dict[str, list[int]] = {}
        for at in platforms:
            found.setdefault(self.platforms[at].kind, []).append(at)
        return found
