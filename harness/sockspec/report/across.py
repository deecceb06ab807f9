"""What many platforms do, in one table: rules down, platforms across, cases on demand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.judge import compare
from sockspec.judge.verdict import Verdict
from sockspec.report.model import judge
from sockspec.report.view import WORDS
from sockspec.spec.rules import as_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry, Rule

__all__ = ["Across", "Column", "Row", "Square"]

_GRAVEST = (
    *(verdict for verdict in Verdict if verdict.is_red),
    *(Verdict.KNOWN, Verdict.UNSPECIFIED, Verdict.CONFORMS, Verdict.UNSUPPORTED),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One run; its name is that of its file: `gvisor-debian`.

    `unjudged` says what of it could not be judged.
    """

    name: str
    run: Run
    unjudged: tuple[str, ...] = ()

    @classmethod
    def of(cls, judged: Run, run: Run, rules: Registry) -> Column:
        """That of a run as it was, and as it is judged today."""
        return cls(name_of(judged), judged, tuple(compare.unjudged(run, rules)))

    @property
    def verdicts(self) -> dict[str, int]:
        """How many cases have which verdict."""
        return self.run.verdicts()

    @property
    def red(self) -> int:
        """How many cases are red."""
        return sum(each.verdict.is_red for each in self.run.observations)


@dataclass(frozen=True, slots=True)
class Square:
    """What a platform does with a rule: the gravest verdict of its cases, and all of them."""

    verdict: Verdict
    counted: dict[Verdict, int]

    @property
    def told(self) -> str:
        """`3 known divergence, 6 conforms`."""
        return ", ".join(f"{number} {verdict}" for verdict, number in self.counted.items())


@dataclass(frozen=True, slots=True)
class Row:
    """A rule, with a square for each platform that has run it, None for others."""

    data: dict[str, Any]
    squares: tuple[Square | None, ...]
    cases: tuple[tuple[str, tuple[Observation | None, ...]], ...]

    @property
    def quiet(self) -> bool:
        """Whether every platform that has an answer conforms."""
        fine = {Verdict.CONFORMS, Verdict.UNSUPPORTED}
        return all(square is None or square.verdict in fine for square in self.squares)

    @property
    def parted(self) -> bool:
        """Whether the platforms that answer a case do not all do the same."""
        return any(
            len({_joined(each) for each in seen if each and each.behaviours}) > 1
            for _, seen in self.cases
        )

    def behaviours(self) -> Iterator[tuple[str, dict[str, list[int]]]]:
        """For each case on which platforms part: which behaviour, on which columns."""
        for shown, seen in self.cases:
            found: dict[str, list[int]] = {}
            for column, each in enumerate(seen):
                if each and each.behaviours:
                    found.setdefault(_joined(each), []).append(column)
            if len(found) > 1:
                yield shown, found


@dataclass(frozen=True)
class Across:
    """Everything that the templates of the matrix read."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    absent: tuple[tuple[str, str], ...]
    words: dict[Verdict, str]

    @classmethod
    def of(
        cls,
        runs: Sequence[Run],
        rules: Registry,
        catalogue: Catalogue,
        absent: Sequence[tuple[str, str]] = (),
    ) -> Across:
        """Judge the runs by today's profiles; `absent` has who is missing and why."""
        judged = judge(runs, rules, catalogue)
        columns = [Column.of(kept, run, rules) for kept, run in zip(judged, runs, strict=True)]
        return cls.beside(columns, rules, absent)

    @classmethod
    def beside(
        cls, columns: Sequence[Column], rules: Registry, absent: Sequence[tuple[str, str]] = ()
    ) -> Across:
        """Put columns beside one another."""
        by_case = [column.run.by_case() for column in columns]
        rows = (_row(rule, by_case) for rule in rules.rules.values())
        there = tuple(row for row in rows if row.cases)
        return cls(tuple(columns), there, tuple(absent), WORDS)

    def areas(self) -> dict[str, list[Row]]:
        """The rows by area."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.data["area"], []).append(row)
        return found

    def groups(
        self, places: Mapping[str, tuple[str, str]]
    ) -> list[tuple[str, list[tuple[int, Column, str]]]]:
        """The columns under headings: number, column and title of each.

        `places` has a heading and a title for each name, in the order of pages.
        """
        found: dict[str, list[tuple[int, Column, str]]] = {}
        for at, column in enumerate(self.columns):
            heading, title = places.get(column.name, ("Others", column.name))
            found.setdefault(heading, []).append((at, column, title))
        order = [*dict.fromkeys(heading for heading, _ in places.values()), "Others"]
        return sorted(found.items(), key=lambda group: order.index(group[0]))

    @staticmethod
    def known(rows: Sequence[Row], column: int) -> int:
        """How many cases of some rules are known divergences on a platform."""
        squares = (row.squares[column] for row in rows)
        return sum(square.counted.get(Verdict.KNOWN, 0) for square in squares if square)

    def names(self, columns: Sequence[int]) -> str:
        """Names of platforms; where they are nearly all, of those that are not among them."""
        others = [each.name for at, each in enumerate(self.columns) if at not in columns]
        if len(columns) > 4 * len(others):
            return f"all but {', '.join(others)}"
        return ", ".join(self.columns[at].name for at in columns)

    def as_data(self) -> dict[str, Any]:
        """The cases of all rules, short: behaviours and verdicts are numbers into lists."""
        spelled: dict[str, int] = {"": 0}
        verdicts = list(Verdict)

        def cell(each: Observation | None) -> list[int]:
            if each is None:
                return [0, -1]
            number = spelled.setdefault(_joined(each), len(spelled))
            return [number, verdicts.index(each.verdict)]

        cases = {
            row.data["id"]: [[shown, *map(cell, seen)] for shown, seen in row.cases]
            for row in self.rows
            if not row.quiet or row.parted
        }
        names = [column.name for column in self.columns]
        return {
            "columns": names,
            "behaviours": list(spelled),
            "verdicts": [[verdict.value, WORDS[verdict]] for verdict in verdicts],
            "cases": cases,
        }


def name_of(run: Run) -> str:
    """The name of a run's file, without what it ends with; of a kept one that of its folder."""
    path = Path(run.path)
    name = path.name.partition(".jsonl")[0]
    return path.parent.name if name == "run" and path.parent.name else name


def _joined(each: Observation) -> str:
    return ", ".join(each.behaviours)


def _row(rule: Rule, by_case: Sequence[dict[str, Observation]]) -> Row:
    cases = []
    for case in rule.cases:
        seen = tuple(run.get(case.id) for run in by_case)
        if any(seen):
            cases.append((", ".join(value for _, value in case.parameters), seen))
    columns = zip(*(seen for _, seen in cases), strict=True)
    return Row(as_data(rule), tuple(_square(column) for column in columns), tuple(cases))


def _square(column: Sequence[Observation | None]) -> Square | None:
    counted = Counter(each.verdict for each in column if each)
    ordered = {verdict: counted[verdict] for verdict in _GRAVEST if counted[verdict]}
    return Square(next(iter(ordered)), ordered) if ordered else None
