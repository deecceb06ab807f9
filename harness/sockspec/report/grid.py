"""The grid of a run, drawn: calls down, states across, families that behave alike in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sockspec.judge import grid
from sockspec.judge.verdict import Verdict
from sockspec.report.view import RED, SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.judge.grid import Place
    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Registry

__all__ = ["Cell", "Drawing", "Square", "drawings", "tables"]

_BARE = {Verdict.UNSPECIFIED, Verdict.UNSUPPORTED}
"""Without a sign: what most cells are."""

_COLOURS = {
    Verdict.CONFORMS: "C",
    Verdict.KNOWN: "K",
    Verdict.UNSPECIFIED: "U",
    Verdict.UNSUPPORTED: "N",
}

_UNTRIED = "not-tried"


@dataclass(frozen=True, slots=True)
class Square:
    """One cell as it is drawn; `colour` is a letter of the style sheet."""

    behaviour: str
    sign: str
    colour: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One table: its families and type, the states, and by call a square for each of them."""

    title: str
    states: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square | None, ...]], ...]


class Cell(NamedTuple):
    """What a run did in a case of the grid."""

    verdict: Verdict
    behaviour: str


def drawings(run: Run, rules: Registry) -> list[Drawing]:
    """The tables of the cells that a run has; none where it has none."""
    at = {case.id: where for where, case in grid.places(rules).items()}
    seen = (each for each in run.observations if each.case in at)
    return tables(
        {at[each.case]: Cell(each.verdict, ", ".join(each.behaviours)) for each in seen}
    )


def tables(cells: Mapping[Place, Cell]) -> list[Drawing]:
    """The tables of some cells; none where there are none."""
    return list(_drawn(cells))


def _drawn(cells: Mapping[Place, Cell]) -> Iterator[Drawing]:
    told = {where: _told(each) for where, each in cells.items()}
    judged = {where for where, each in cells.items() if each.verdict is Verdict.CONFORMS}
    for title, (head, *rows) in grid.sections(told, set(told)):
        type, _, families = title.partition(": ")
        squares = []
        for call, *words in rows:
            places = [
                {grid.Place(type, family, call, state) for family in families.split(", ")}
                for state in head[1:]
            ]
            row = tuple(
                _square(word, bool(among & judged))
                for word, among in zip(words, places, strict=True)
            )
            squares.append((call, row))
        yield Drawing(title, tuple(head[1:]), tuple(squares))


def _told(cell: Cell) -> str:
    # Of families that behave alike a clause may decide some: they share a table all the same.
    verdict = cell.verdict
    verdict = Verdict.UNSPECIFIED if verdict is Verdict.CONFORMS else verdict
    return f"{verdict.name} {cell.behaviour or _UNTRIED}"


def _square(told: str, conforms: bool) -> Square | None:
    name, _, behaviour = told.partition(" ")
    if not behaviour:
        return None  # no such cell, or the same as above
    verdict = Verdict[name]
    if verdict is Verdict.UNSPECIFIED and conforms:
        verdict = Verdict.CONFORMS
    sign = "" if verdict in _BARE else SIGNS.get(verdict, RED)
    return Square(behaviour, sign, _COLOURS.get(verdict, "R"))
