"""The picture of many platforms: known divergences by area, as one SVG that stands alone."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sockspec.report.across import Across, Row

__all__ = ["Picture"]

_LEFT, _TOP, _CELL, _LINE, _GAP = 78, 104, 23, 25, 9  # of names, of a square, between groups
_LETTER = 5.4  # the width of one, in the type of the headings
_HEADING = 12  # the height of a line of a heading
_RIGHT = 60  # for the last name, which leans over


@dataclass(frozen=True, slots=True)
class Square:
    """An area on a platform: its number of known divergences, None where no case was tried."""

    x: int
    y: int
    number: int | None
    shade: float

    @property
    def is_deep(self) -> bool:
        """Whether its number needs to be light."""
        return self.shade > 0.65


@dataclass(frozen=True, slots=True)
class Name:
    """A name and where it stands; a heading has several lines."""

    x: float
    y: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """Everything that the template draws."""

    width: int
    height: int
    squares: tuple[Square, ...]
    platforms: tuple[Name, ...]
    areas: tuple[Name, ...]
    headings: tuple[Name, ...]
    cell: int
    line: int

    @classmethod
    def of(cls, across: Across, places: Mapping[str, tuple[str, str]]) -> Picture:
        """Lay out the platforms in their groups, from left to right."""
        areas = across.areas()
        columns = range(len(across.columns))
        most = max(across.known(rows, at) for rows in areas.values() for at in columns)
        squares: list[Square] = []
        platforms: list[Name] = []
        headings: list[Name] = []
        x, under = _LEFT, _TOP + _LINE * len(areas) + 14
        for heading, members in across.groups(places):
            words = textwrap.wrap(heading, max(8, int(_CELL * len(members) / _LETTER)))
            headings.append(Name(x + _CELL * len(members) / 2, under, tuple(words)))
            for at, column, _ in members:
                platforms.append(Name(x + _CELL / 2, _TOP - 6, (column.name,)))
                squares.extend(
                    _square(x, _TOP + _LINE * line, rows, at, most)
                    for line, rows in enumerate(areas.values())
                )
                x += _CELL
            x += _GAP
        return cls(
            width=x + _RIGHT,
            height=under + _HEADING * max(len(each.lines) for each in headings),
            squares=tuple(squares),
            platforms=tuple(platforms),
            areas=tuple(
                Name(_LEFT - 8, _TOP + _LINE * line, (area,)) for line, area in enumerate(areas)
            ),
            headings=tuple(headings),
            cell=_CELL,
            line=_LINE,
        )


def _square(x: int, y: int, rows: Sequence[Row], column: int, most: int) -> Square:
    counted = [row.squares[column] for row in rows]
    told = [each.counted for each in counted if each]
    if all(set(each) <= {Verdict.UNSUPPORTED} for each in told):
        return Square(x, y, None, 0)
    number = sum(each.get(Verdict.KNOWN, 0) for each in told)
    # By its root: one divergence is still seen beside a hundred.
    return Square(x, y, number, round(math.sqrt(number / most), 2) if number else 0)
