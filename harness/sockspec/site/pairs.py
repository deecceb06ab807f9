"""Pairs: what separates one platform from another, by area, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sockspec.site.model import Answer, State
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.judge.profiles import Profile
    from sockspec.judge.reading import Recorded
    from sockspec.site.model import CaseRow, RuleRow, Site, Told

__all__ = ["Difference", "Pair", "Side", "pairs"]

_LEVELS = list(Level)


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
    def is_explained(self) -> bool:
        """Whether an entry of a profile says why, for one side at least."""
        return bool(self.entries)

    @property
    def rank(self) -> tuple[int, int, str]:
        """The worst first: by level, then by the number of cases."""
        return (_LEVELS.index(self.row.rule.level), -self.count, self.row.rule.id)


@dataclass(frozen=True)
class Pair:
    """Two platforms, by their places, and how they part."""

    one: int
    other: int
    areas: Mapping[str, list[Difference]]
    both: int
    """Cases that both answer."""

    @property
    def count(self) -> int:
        """In how many cases they part."""
        return sum(each.count for found in self.areas.values() for each in found)

    @property
    def rules(self) -> int:
        """In how many rules."""
        return sum(map(len, self.areas.values()))

    @property
    def subjects(self) -> dict[str, int]:
        """How many rules there are by subject."""
        found: dict[str, int] = {}
        for members in self.areas.values():
            for each in members:
                found[each.row.rule.subject] = found.get(each.row.rule.subject, 0) + 1
        return dict(sorted(found.items()))


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
    areas: dict[str, list[Difference]] = {}
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
            areas.setdefault(row.rule.area, []).append(Difference(row, cases, entries))
    for found in areas.values():
        found.sort(key=lambda each: each.rank)
    worst = sorted(areas.items(), key=lambda item: (item[1][0].rank[0], -len(item[1])))
    return Pair(one, other, dict(worst), both)


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
