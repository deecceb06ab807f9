"""Pairs: what separates one platform from another, by area, worst first.

What no entry of a profile explains stands apart from what one does, and from what is left open.
"""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sockspec.site.model import Answer, State
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.reading import Recorded
    from sockspec.site.model import CaseRow, RuleRow, Site, Told

__all__ = ["Difference", "Pair", "Part", "Side", "pairs"]

_LEVELS = list(Level)


class Part(enum.StrEnum):
    """Where a difference stands, the worst first: the value is the heading."""

    UNEXPLAINED = "No entry of a profile explains it"
    EXPLAINED = "Explained by a profile"
    OPEN = "The rule allows both"

    @property
    def anchor(self) -> str:
        """Its name, as an address has it."""
        return self.name.lower()


class Side(NamedTuple):
    """What one of the two does: seen, or said by documents."""

    behaviour: str
    state: State
    origin: str
    is_paper: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule in which the two do different things: what each does, in which cases.

    `count` is in how many cases; `rank` sorts the worst first: by level, then by that number.
    """

    row: RuleRow
    cases: Mapping[tuple[Side, Side], list[str]]
    entries: tuple[Recorded, ...]
    part: Part
    count: int
    rank: tuple[int, int, str]

    @classmethod
    def of(
        cls,
        row: RuleRow,
        cases: Mapping[tuple[Side, Side], list[str]],
        entries: tuple[Recorded, ...],
    ) -> Difference:
        """The one that those cases make."""
        count = sum(map(len, cases.values()))
        rank = (_LEVELS.index(row.rule.level), -count, row.rule.id)
        return cls(row, cases, entries, _part(cases, entries), count, rank)


def _part(cases: Iterable[tuple[Side, Side]], entries: tuple[Recorded, ...]) -> Part:
    """Whether an entry of a profile says why, for one side at least, or need not."""
    if entries:
        return Part.EXPLAINED
    right = (State.OPEN, State.CONFORMS)
    is_right = all(side.state in right for sides in cases for side in sides)
    return Part.OPEN if is_right else Part.UNEXPLAINED


@dataclass(frozen=True)
class Pair:
    """Two platforms, by their places, and how they part: by part and area, worst first."""

    one: int
    other: int
    parts: Mapping[Part, Mapping[str, list[Difference]]]
    both: int
    """Cases that both answer."""

    def _all(self) -> Iterator[Difference]:
        for areas in self.parts.values():
            for found in areas.values():
                yield from found

    @property
    def count(self) -> int:
        """In how many cases they part."""
        return sum(each.count for each in self._all())

    @property
    def rules(self) -> int:
        """In how many rules."""
        return sum(1 for _ in self._all())

    @property
    def areas(self) -> dict[str, tuple[Counter[Part], Counter[str]]]:
        """By area how many rules each part has, and each subject; the worst area first."""
        found: dict[str, tuple[Counter[Part], Counter[str]]] = {}
        for each in self._all():
            parts, subjects = found.setdefault(each.row.rule.area, (Counter(), Counter()))
            parts[each.part] += 1
            subjects[each.row.rule.subject] += 1
        return dict(
            sorted(found.items(), key=lambda item: [-item[1][0][part] for part in Part])
        )


def pairs(site: Site, profiles: Mapping[str, Profile]) -> Iterator[Pair]:
    """Each platform and that which people compare it with; others are made on demand.

    That is the reference: a run of Linux, through the same backend where there is one; the
    first one where there is none. And it
    is what the platform imitates, where its profile extends that of a platform that is only
    documented: Wine and Windows.
    """
    beside = _Beside(site)
    by_profile = {each.profile: at for at, each in enumerate(site.platforms) if not each.is_run}
    for at, each in enumerate(site.platforms):
        reference = _reference(site, at)
        if reference is not None and reference != at:
            yield pair(at, reference, beside)
        if each.is_run and each.profile in profiles:
            for layer in list(profiles[each.profile].layers())[1:]:
                if layer.name in by_profile:
                    yield pair(at, by_profile[layer.name], beside)


def _reference(site: Site, at: int) -> int | None:
    linux = [n for n, each in enumerate(site.run) if each.profile == "linux"]
    linux = linux or list(range(len(site.run)))[:1]
    if not linux:
        return None
    head = site.platforms[at].header
    alike = [
        n
        for n in linux
        if head and (there := site.run[n].header) and there.backend == head.backend
    ]
    return (alike or linux)[0]


class _Beside:
    """What platforms that were run answer, so that two of them are quick to compare."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._did: list[list[int]] = [[] for _ in site.run]
        self._cases: list[set[str]] = [set() for _ in site.run]
        self._known: dict[tuple[int, int, int], Difference | None] = {}
        for row in site.rows:
            for number, members in enumerate(row.alike.values()):
                for at in members:
                    self._did[at].append(number)
            for case in row.cases:
                for each, platforms in case.given.items():
                    for at in platforms if each.behaviour else ():
                        self._cases[at].add(case.id)

    def differences(self, one: int, other: int) -> list[Difference]:
        """The rules in which the two do different things."""
        if max(one, other) >= len(self._did):
            found = [_difference(self._site, row, one, other) for row in self._site.rows]
            return [each for each in found if each]
        told = []
        for at, (here, there) in enumerate(zip(self._did[one], self._did[other], strict=True)):
            if here == there:
                continue
            # Others that answer the rule as these two do differ in it as they do.
            key = (at, here, there)
            if key not in self._known:
                self._known[key] = _difference(self._site, self._site.rows[at], one, other)
            if each := self._known[key]:
                told.append(each)
        return told

    def both(self, one: int, other: int) -> int:
        """How many cases both answer."""
        if max(one, other) >= len(self._did):
            cases = (case for row in self._site.rows for case in row.cases)
            return sum(1 for each in cases if _did(each, one) and _did(each, other))
        return len(self._cases[one] & self._cases[other])


def pair(one: int, other: int, beside: _Beside) -> Pair:
    """What separates two platforms."""
    ordered = sorted(beside.differences(one, other), key=lambda each: each.rank)
    by_part: dict[Part, list[Difference]] = {}
    for each in ordered:
        by_part.setdefault(each.part, []).append(each)
    parts = {part: _areas(by_part[part]) for part in Part if part in by_part}
    return Pair(one, other, parts, beside.both(one, other))


def _difference(site: Site, row: RuleRow, one: int, other: int) -> Difference | None:
    cases: dict[tuple[Side, Side], list[str]] = {}
    for case in row.cases:
        here, there = _did(case, one), _did(case, other)
        if here and there and here.behaviour != there.behaviour:
            cases.setdefault((_side(here), _side(there)), []).append(case.shown)
    if not cases:
        return None
    origins = dict.fromkeys(side.origin for sides in cases for side in sides)
    entries = tuple(site.entries[each] for each in origins if each in site.entries)
    return Difference.of(row, cases, entries)


def _areas(found: Sequence[Difference]) -> dict[str, list[Difference]]:
    """By area, that with the worst difference first, and of two the one with more."""
    areas: dict[str, list[Difference]] = {}
    for each in found:
        areas.setdefault(each.row.rule.area, []).append(each)
    return dict(sorted(areas.items(), key=lambda item: (item[1][0].rank[0], -len(item[1]))))


def _did(case: CaseRow, at: int) -> Answer | Told | None:
    """What one of the two answers, if it does."""
    if at < len(case.answers):
        each = case.answers[at]
        return each if each is not None and each.behaviour else None
    return next((told for told in case.told if told.platform == at), None)


def _side(did: Answer | Told) -> Side:
    if isinstance(did, Answer):
        return Side(did.behaviour, did.state, did.origin, is_paper=False)
    state = {"conforms": State.CONFORMS, "diverges": State.DIVERGES}
    return Side(did.behaviour, state.get(did.standing, State.OPEN), did.origin, is_paper=True)
