"""What a report shows, put in order: runs as columns, rules as rows, cases below them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec import reproduce
from sockspec.judge import compare, profiles
from sockspec.judge.verdict import Verdict
from sockspec.report import functions
from sockspec.spec.rules import as_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile, Recorded
    from sockspec.judge.runfile import Observation, Run
    from sockspec.report.functions import Function
    from sockspec.spec.rules import Registry

__all__ = ["WORDS", "Cell", "Report", "RuleView", "judge"]

WORDS = {
    Verdict.CONFORMS: "ok",
    Verdict.KNOWN: "known",
    Verdict.NEW: "NEW",
    Verdict.FIXED: "FIXED",
    Verdict.CHANGED: "CHANGED",
    Verdict.UNSPECIFIED: "open",
    Verdict.UNSUPPORTED: "n/a",
    Verdict.INDETERMINATE: "UNCLEAR",
    Verdict.HARNESS_ERROR: "ERROR",
}
"""The word of a verdict in a table's cell; the red ones are in capitals."""

_MOST = 6  # cases that a remark lists


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run says of one case."""

    observation: Observation
    meanings: dict[str, str]
    recorded: Recorded | None
    script: str

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.observation.verdict

    @property
    def word(self) -> str:
        """The verdict as one word."""
        return WORDS[self.verdict]

    @property
    def behaviours(self) -> str:
        """The behaviours seen, joined."""
        return ", ".join(self.observation.behaviours) or "-"

    @property
    def sources(self) -> list[str]:
        """The links of the profile entry."""
        if self.recorded is None:
            return []
        return self.recorded.entry.sources


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
class RuleView:
    """One rule with its cases; `data` is what `sockspec rules --format json` prints."""

    data: dict[str, Any]
    cases: tuple[CaseView, ...]

    @property
    def remarks(self) -> list[Remark]:
        """What diverges or is red, each thing once a run."""
        found: dict[tuple[int, Verdict, str, str], Remark] = {}
        for case in self.cases:
            for run, cell in enumerate(case.cells):
                if cell is None or not (cell.verdict.is_red or cell.verdict is Verdict.KNOWN):
                    continue
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


@dataclass(frozen=True)
class Report:
    """Everything that the templates read."""

    runs: tuple[Run, ...]
    rules: tuple[RuleView, ...]
    faults: tuple[str, ...]
    unclear: dict[str, list[str]]
    functions: tuple[Function, ...]

    @classmethod
    def of(
        cls,
        runs: Sequence[Run],
        rules: Registry,
        catalogue: Catalogue,
        expected: Iterable[str] = (),
    ) -> Report:
        """Judge the runs by today's profiles and arrange what they saw."""
        judged, loaded = judge(runs, rules, catalogue)
        faults = [
            f"{run.label}: truncated: {len(run.observations)} of {run.header.declared} cases"
            for run in judged
            if run.truncated
        ]
        there = {Path(run.path).name for run in runs}
        faults.extend(
            f"{name}: missing: nobody ran it" for name in expected if name not in there
        )
        faults.extend(
            str(fault)
            for profile in loaded.values()
            for fault in (*profiles.check(profile, rules), *profile.drafts)
        )
        views = sorted(_views(judged, rules, loaded), key=lambda view: view.rank)
        unclear: dict[str, list[str]] = {}
        for run in judged:
            for each in run.observations:
                if each.verdict is Verdict.INDETERMINATE:
                    unclear.setdefault(each.because, []).append(each.case)
        found = functions.of(judged, views)
        return cls(
            tuple(judged),
            tuple(views),
            tuple(dict.fromkeys(faults)),
            unclear,
            tuple(found),
        )

    def lacking(self, run: int) -> dict[str, int]:
        """Why cases could not be tried in a run, and how many each reason costs."""
        observations = self.runs[run].observations
        seen = (each for each in observations if each.verdict is Verdict.UNSUPPORTED)
        return dict(Counter(each.because for each in seen).most_common())

    def function_words(self, run: int) -> Counter[str]:
        """How many documented functions work in a run, diverge, are missing."""
        answers = (function.answers[run] for function in self.functions)
        return Counter(answer.word for answer in answers if answer)

    def missing(self, run: int) -> dict[str, list[str]]:
        """Why documented functions are missing in a run, and which, most first."""
        found: dict[str, list[str]] = {}
        for name, why in self.runs[run].header.functions.items():
            if why:
                found.setdefault(why, []).append(name)
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    @property
    def red(self) -> list[tuple[Run, Observation]]:
        """Every red case with its run."""
        return [
            (run, each) for run in self.runs for each in run.observations if each.verdict.is_red
        ]


def judge(
    runs: Sequence[Run], rules: Registry, catalogue: Catalogue
) -> tuple[list[Run], dict[str, Profile]]:
    """The runs as today's profiles judge them, and those profiles."""
    named = {run.header.profile for run in runs}
    loaded = {name: catalogue.load(catalogue.judging(name)) for name in named}
    judged = []
    for run in runs:
        kept = compare.rejudge(run, rules, loaded[run.header.profile])
        judged.append(type(run)(run.path, run.header, kept, run.footer, run.complaint))
    return judged, loaded


def _views(runs: Sequence[Run], rules: Registry, loaded: dict[str, Profile]) -> list[RuleView]:
    entries = {
        recorded.origin: recorded
        for profile in loaded.values()
        for layer in profile.layers()
        for recorded in layer.entries
    }
    by_case = [run.by_case() for run in runs]
    views = []
    for rule in rules.rules.values():
        data = as_data(rule)
        cases = []
        for case in rule.cases:
            cells = tuple(
                _cell(seen[case.id], rule.meaning, entries, rule.sentence, run.header.backend)
                if case.id in seen
                else None
                for run, seen in zip(runs, by_case, strict=True)
            )
            if any(cells):
                shown = ", ".join(value for _, value in case.parameters)
                cases.append(CaseView(case.id, shown, cells))
        if cases:
            views.append(RuleView(data, tuple(cases)))
    return views


def _cell(
    observation: Observation,
    meaning: Callable[[str], str],
    entries: dict[str, Recorded],
    sentence: str,
    backend: str,
) -> Cell:
    script = ""
    if observation.verdict in {Verdict.KNOWN, Verdict.NEW, Verdict.CHANGED, Verdict.FIXED}:
        shown = next(iter([*observation.unexpected, *observation.witness]), "")
        if shown in observation.witness:
            witness = observation.witness[shown]
            script = reproduce.script(observation.case, sentence, shown, witness, backend)
    seen = {name: meaning(name) for name in observation.behaviours}
    return Cell(observation, seen, entries.get(observation.origin), script)
