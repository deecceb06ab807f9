"""What the page of a platform says: where it diverges, its grid, and what is not known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sockspec.judge import grid
from sockspec.judge.verdict import Verdict
from sockspec.report.grid import Cell, tables
from sockspec.site.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sockspec.judge.grid import Place
    from sockspec.judge.reading import Recorded
    from sockspec.report.grid import Drawing
    from sockspec.site.model import CaseRow, RuleRow, Site

__all__ = ["Divergence", "Portrait", "Portraits"]

_PAPER = {"conforms": Verdict.CONFORMS, "diverges": Verdict.KNOWN}
"""What documents say of a case, as a verdict; of the others nothing is promised."""


class Divergence(NamedTuple):
    """A rule that a platform does not keep: in which cases it does what, and why."""

    row: RuleRow
    did: Mapping[str, list[str]]
    entries: Sequence[Recorded]


@dataclass(frozen=True)
class Portrait:
    """One platform: by area its divergences, the grid, what was not tried and not asked.

    `reasons` say why cases could not be tried, with how many each costs; `newer` are by area
    the rules that came after the run.
    """

    areas: Mapping[str, list[Divergence]]
    grid: Sequence[Drawing]
    reasons: Sequence[tuple[str, int]]
    newer: Mapping[str, list[RuleRow]]


class Portraits:
    """Draws the platforms of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._places = [
            (where, case)
            for row in site.rows
            if row.rule.area == grid.AREA
            for where, case in _cells(row)
        ]
        self.calls = {
            where.call: row.rule.subject
            for row in site.rows
            if row.rule.area == grid.AREA
            for where, _ in _cells(row)
        }
        """For each call of the grid the subject of its rules."""
        self._diverging = _diverging(site)
        self._untried = _untried(site)

    def of(self, at: int) -> Portrait:
        """The portrait of one of them."""
        return Portrait(
            self._divergences(at), tables(self._grid(at)), self._reasons(at), self._newer(at)
        )

    def _divergences(self, at: int) -> dict[str, list[Divergence]]:
        found: dict[str, list[Divergence]] = {}
        there = self._site.entries
        for row, cases in self._diverging[at]:
            did: dict[str, list[str]] = {}
            for shown, behaviour, _ in cases:
                did.setdefault(behaviour, []).append(shown)
            origins = dict.fromkeys(origin for _, _, origin in cases)
            entries = [there[each] for each in origins if each in there]
            found.setdefault(row.rule.area, []).append(Divergence(row, did, entries))
        return found

    def _grid(self, at: int) -> dict[Place, Cell]:
        found = {}
        for where, case in self._places:
            if at >= len(self._site.run):
                told = next((each for each in case.told if each.platform == at), None)
                if told:
                    verdict = _PAPER.get(told.standing, Verdict.UNSPECIFIED)
                    found[where] = Cell(verdict, told.behaviour)
            elif each := case.answers[at]:
                found[where] = Cell(each.verdict, each.behaviour)
        return found

    def _reasons(self, at: int) -> list[tuple[str, int]]:
        return self._untried.get(at, Counter()).most_common()

    def _newer(self, at: int) -> dict[str, list[RuleRow]]:
        found: dict[str, list[RuleRow]] = {}
        for row in self._site.rows:
            if at in row.older:
                found.setdefault(row.rule.area, []).append(row)
        return found


def _cells(row: RuleRow) -> Iterator[tuple[Place, CaseRow]]:
    shown = {case.id: case for case in row.cases}
    for case in row.rule.cases:
        where = grid.place(case)
        if where is not None and case.id in shown:
            yield where, shown[case.id]


_Diverging = list[tuple["RuleRow", list[tuple[str, str, str]]]]
"""The rules that a platform does not keep, with cases, behaviours and entries."""


def _diverging(site: Site) -> list[_Diverging]:
    """That of each platform, all of them in one go."""
    found: list[_Diverging] = [[] for _ in site.platforms]
    for row in site.rows:
        here: dict[int, list[tuple[str, str, str]]] = {}
        for case in row.cases:
            for each, platforms in case.given.items():
                if each.state in {State.DIVERGES, State.RED}:
                    did = (case.shown, each.behaviour or each.because, each.origin)
                    for at in platforms:
                        here.setdefault(at, []).append(did)
            for told in case.told:
                if told.standing == "diverges":
                    did = (case.shown, told.behaviour, told.origin)
                    here.setdefault(told.platform, []).append(did)
        for at, cases in here.items():
            found[at].append((row, cases))
    return found


def _untried(site: Site) -> dict[int, Counter[str]]:
    """For each platform why cases could not be tried, with how many each reason costs."""
    found: dict[int, Counter[str]] = {}
    for row in site.rows:
        for because, members in row.untried().items():
            for at, cases in members.items():
                found.setdefault(at, Counter())[because] += cases
    return found
