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
    from collections.abc import Iterator, Mapping, Sequence

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


@dataclass(frozen=True)
class Difference:
    """A rule in which the two do different things: what each does, in which cases."""

    row: RuleRow
    cases: Mapping[tuple[Side, Side], list[str]]
    entries: tuple[Recorded, ...]

    @property
    def count(self) -> int:
        """In how many cases."""
        return sum(map(len, self.cases.values()))

    @property
    def part(self) -> Part:
        """Whether an entry of a profile says why, for one side at least, or need not."""
        if self.entries:
            return Part.EXPLAINED
        right = (State.OPEN, State.CONFORMS)
        is_right = all(side.state in right for sides in self.cases for side in sides)
        return Part.OPEN if is_right else Part.UNEXPLAINED

    @property
    def rank(self) -> tuple[int, int, str]:
        """The worst first: by level, then by the number of cases."""
        return (_LEVELS.index(self.row.rule.level), -self.count, self.row.rule.id)


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
            yield pair(site, at, reference, beside)
        if each.is_run and each.profile in profiles:
            for layer in list(profiles[each.profile].layers())[1:]:
                if layer.name in by_profile:
                    yield pair(site, at, by_profile[layer.name], beside)


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
        self._rows = site.rows
        self._did: list[list[int]] = [[] for _ in site.run]
        self._cases: list[set[str]] = [set() for _ in site.run]
        for row in site.rows:
            for number, members in enumerate(row.alike.values()):
                for at in members:
                    self._did[at].append(number)
            for case in row.cases:
                for each, platforms in case.given.items():
                    for at in platforms if each.behaviour else ():
                        self._cases[at].add(case.id)

    def rows(self, one: int, other: int) -> Sequence[RuleRow]:
        """The rules in which the two may do different things."""
        if max(one, other) >= len(self._did):
            return self._rows
        did = zip(self._rows, self._did[one], self._did[other], strict=True)
        return [row for row, here, there in did if here != there]

    def both(self, one: int, other: int) -> int:
        """How many cases both answer."""
        if max(one, other) >= len(self._did):
            cases = (case for row in self._rows for case in row.cases)
            return sum(1 for each in cases if _did(each, one) and _did(each, other))
        return len(self._cases[one] & self._cases[other])


def pair(site: Site, one: int, other: int, beside: _Beside) -> Pair:
    """What separates two platforms."""
    found: list[Difference] = []
    for row in beside.rows(one, other):
        cases: dict[tuple[Side, Side], list[str]] = {}
        for case in row.cases:
            here, there = _did(case, one), _did(case, other)
            if here and there and here.behaviour != there.behaviour:
                sides = (_side(here), _side(there))
                cases.setdefault(sides, []).append(case.shown)
        if cases:
            origins = dict.fromkeys(side.origin for sides in cases for side in sides)
            entries = tuple(site.entries[each] for each in origins if each in site.entries)
            found.append(Difference(row, cases, entries))
    ordered = sorted(found, key=lambda each: each.rank)
    parts = {part: _areas([each for each in ordered if each.part is part]) for part in Part}
    found_in = {part: areas for part, areas in parts.items() if areas}
    return Pair(one, other, found_in, beside.both(one, other))


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
