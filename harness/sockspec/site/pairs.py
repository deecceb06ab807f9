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
    by_profile = {each.profile: at for at, each in enumerate(site.platforms) if not each.is_run}
    for at, each in enumerate(site.platforms):
        reference = _reference(site, at)
        if reference is not None and reference != at:
            yield pair(site, at, reference)
        if each.is_run and each.profile in profiles:
            for layer in list(profiles[each.profile].layers())[1:]:
                if layer.name in by_profile:
                    yield pair(site, at, by_profile[layer.name])


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


def pair(site: Site, one: int, other: int) -> Pair:
    """What separates two platforms."""
    found: list[Difference] = []
    both = 0
    for row in site.rows:
        cases: dict[tuple[Side, Side], list[str]] = {}
        for case in row.cases:
            here, there = _did(case, one), _did(case, other)
            if here and there:
                both += 1
                if here.behaviour != there.behaviour:
                    sides = (_side(here), _side(there))
                    cases.setdefault(sides, []).append(case.shown)
        if cases:
            origins = dict.fromkeys(side.origin for sides in cases for side in sides)
            entries = tuple(site.entries[each] for each in origins if each in site.entries)
            found.append(Difference(row, cases, entries))
    ordered = sorted(found, key=lambda each: each.rank)
    parts = {part: _areas([each for each in ordered if each.part is part]) for part in Part}
    return Pair(one, other, {part: areas for part, areas in parts.items() if areas}, both)


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
