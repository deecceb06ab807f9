"""What a report shows of a rule and of a case: cells, remarks, counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec.judge.grid import AREA
from sockspec.judge.verdict import Verdict
from sockspec.report import timeline

if TYPE_CHECKING:
    from sockspec.judge.cannot import Barred
    from sockspec.judge.reading import Recorded
    from sockspec.judge.runfile import Observation

__all__ = ["RED", "SIGNS", "WORDS", "Blocked", "CaseView", "Cell", "Remark", "RuleView"]

WORDS = {
    Verdict.CONFORMS: "ok",
    Verdict.KNOWN: "known",
    Verdict.NEW: "NEW",
    Verdict.FIXED: "FIXED",
    Verdict.CHANGED: "CHANGED",
    Verdict.MISSING: "MISSING",
    Verdict.UNSPECIFIED: "open",
    Verdict.UNSUPPORTED: "n/a",
    Verdict.INDETERMINATE: "UNCLEAR",
    Verdict.HARNESS_ERROR: "ERROR",
}
"""The word of a verdict in a table's cell; the red ones are in capitals."""

SIGNS = {
    Verdict.CONFORMS: "\u2713",
    Verdict.KNOWN: "\u2260",
    Verdict.UNSPECIFIED: "\u25cb",
    Verdict.UNSUPPORTED: "\u2013",
}
"""What stands before the word of a verdict, for those who do not see the colour."""

RED = "\u2717"
"""The sign of every red verdict."""

_MOST = 6  # cases that a remark lists


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run says of one case."""

    observation: Observation
    meanings: dict[str, str]
    recorded: Recorded | None
    calls: str

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.observation.verdict

    @property
    def has_packets(self) -> bool:
        """Whether what was sent was kept."""
        return any(timeline.events(each) for each in self.witnesses.values())

    @property
    def word(self) -> str:
        """The verdict as one word."""
        return WORDS[self.verdict]

    @property
    def sign(self) -> str:
        """The verdict as a sign."""
        return SIGNS.get(self.verdict, RED)

    @property
    def behaviours(self) -> str:
        """The behaviours seen, joined."""
        return ", ".join(self.observation.behaviours) or "-"

    @property
    def reason(self) -> Recorded | None:
        """The entry that is about what was seen, and so says why."""
        seen = self.verdict in {Verdict.CONFORMS, Verdict.KNOWN, Verdict.UNSPECIFIED}
        return self.recorded if seen else None

    @property
    def instead(self) -> Recorded | None:
        """The entry that is about something else, which should have been seen."""
        other = self.verdict in {Verdict.NEW, Verdict.CHANGED, Verdict.FIXED}
        return self.recorded if other else None

    @property
    def witnesses(self) -> dict[str, dict[str, Any]]:
        """The values and the time lines that show what was not expected, or else what was."""
        named = self.observation.unexpected or list(self.observation.witness)
        found = self.observation.witness
        return {name: found[name] for name in named if isinstance(found.get(name), dict)}


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: a cell for each run, None where the run does not have it."""

    id: str
    parameters: str
    cells: tuple[Cell | None, ...]

    @property
    def disagree(self) -> bool:
        """Whether the runs saw different behaviours."""
        return len({cell.behaviours for cell in self.cells if cell}) > 1

    @property
    def quiet(self) -> bool:
        """Whether every run conforms, so that nobody needs to read it."""
        return all(cell is None or cell.verdict is Verdict.CONFORMS for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a run did in several cases of a rule, and that is no conformance."""

    run: int
    cell: Cell
    cases: list[str]
    of: int

    @property
    def shown(self) -> str:
        """Its cases, in short."""
        if len(self.cases) == self.of > 1:
            return f"all {self.of} cases"
        more = len(self.cases) - _MOST
        listed = "; ".join(self.cases[:_MOST])
        return f"{listed}; and {more} more" if more > 0 else listed


@dataclass(frozen=True, slots=True)
class Blocked:
    """Cases of any rules that a run cannot bring to their point, as an entry says."""

    run: int
    entry: Barred
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule with its cases; `data` is what `sockspec rules --format json` prints."""

    data: dict[str, Any]
    cases: tuple[CaseView, ...]
    barred: tuple[Blocked, ...] = ()
    """What cannot be tried elsewhere because of what this rule says."""

    @property
    def shown(self) -> tuple[CaseView, ...]:
        """The cases to list: of the grid, which is drawn, those that somebody has to read."""
        if self.data["area"] != AREA:
            return self.cases
        drawn = {Verdict.CONFORMS, Verdict.UNSPECIFIED, Verdict.UNSUPPORTED}
        return tuple(
            case
            for case in self.cases
            if case.disagree or any(cell and cell.verdict not in drawn for cell in case.cells)
        )

    @property
    def remarks(self) -> list[Remark]:
        """What diverges or is red, each thing once a run."""
        found: dict[tuple[int, Verdict, str, str], Remark] = {}
        for case in self.cases:
            for run, cell in enumerate(case.cells):
                if cell is None or not (cell.verdict.is_red or cell.verdict is Verdict.KNOWN):
                    continue
                if cell.verdict is Verdict.MISSING:
                    continue  # it is said once, of the feature
                seen = cell.observation
                remark = found.setdefault(
                    (run, cell.verdict, cell.behaviours, seen.origin),
                    Remark(run, cell, [], len(self.cases)),
                )
                remark.cases.append(case.parameters or "the rule's one case")
        return sorted(found.values(), key=lambda remark: remark.run)

    def recorded(self, run: int) -> dict[str, int]:
        """What a run did where the sources ask for nothing, and in how many cases."""
        cells = (case.cells[run] for case in self.cases)
        seen = (cell for cell in cells if cell and cell.verdict is Verdict.UNSPECIFIED)
        return dict(Counter(cell.behaviours for cell in seen).most_common())

    @property
    def tallies(self) -> list[list[tuple[Verdict, str, int]]]:
        """For each run how many cases have which verdict, with its word, worst first."""
        order = list(Verdict)
        tallies = []
        for column in zip(*(case.cells for case in self.cases), strict=True):
            counted = Counter(cell.verdict for cell in column if cell)
            ranked = sorted(
                counted.items(), key=lambda item: (not item[0].is_red, -order.index(item[0]))
            )
            tallies.append([(verdict, WORDS[verdict], number) for verdict, number in ranked])
        return tallies

    @property
    def rank(self) -> tuple[int, int, str]:
        """Red first, then where runs disagree, then what diverges, then by id."""
        cells = [cell for case in self.cases for cell in case.cells if cell]
        if any(cell.verdict.is_red for cell in cells):
            return (0, 0, self.data["id"])
        disagreeing = sum(case.disagree for case in self.cases)
        loud = sum(cell.verdict is Verdict.KNOWN for cell in cells)
        return (1 if disagreeing else 2 if loud else 3, -disagreeing, self.data["id"])

    @property
    def has_packets(self) -> bool:
        """Whether a run has kept what was sent in a case of it."""
        return any(cell and cell.has_packets for case in self.cases for cell in case.cells)

    @property
    def quiet(self) -> bool:
        """Whether every case of it conforms everywhere."""
        return all(case.quiet for case in self.cases)

    @property
    def parting(self) -> str:
        """The verdicts of its cells, for the page's filter."""
        return " ".join(
            sorted(
                {
                    cell.verdict.name.lower()
                    for case in self.cases
                    for cell in case.cells
                    if cell
                }
            )
        )
