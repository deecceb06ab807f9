"""What of the two documents works: for each function the cases of the rules that cite it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sockspec.judge.verdict import Verdict
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sockspec.judge.runfile import Run
    from sockspec.report.view import RuleView

__all__ = ["WORDS", "Answer", "Function", "of", "tally"]

WORDS = ("works", "diverges", "missing", "not tried", "not judged")
"""What a run can say of a function."""

_PAGES = {"Socket": "struct.Socket.html", "TcpSocket": "struct.TcpSocket.html"}
_JUDGED = {verdict for verdict in Verdict if verdict.is_red or verdict is Verdict.KNOWN}
_JUDGED.add(Verdict.CONFORMS)


@dataclass
class Answer:
    """What one run says of one function.

    `missing` is why it is not there. `counted` has the verdicts on the cases of the rules
    that cite it, `diverging` how many cases of which rule do not conform.
    """

    missing: str
    rules: int
    counted: Counter[Verdict] = field(default_factory=Counter)
    diverging: Counter[str] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """Cases that conform or do not."""
        return sum(self.counted[verdict] for verdict in _JUDGED)

    @property
    def is_red(self) -> bool:
        """Whether one of the cases is."""
        return any(verdict.is_red for verdict in self.counted)

    @property
    def word(self) -> str:
        """One of `WORDS`."""
        if self.missing:
            return "missing"
        if self.diverging:
            return "diverges"
        if self.judged:
            return "works"
        return (
            "not judged" if not self.rules or self.counted[Verdict.UNSPECIFIED] else "not tried"
        )

    @property
    def told(self) -> str:
        """The same with numbers, as a cell of a table has it."""
        wrong = sum(self.diverging.values())
        match self.word:
            case "missing":
                return f"missing: {self.missing}"
            case "diverges":
                return f"diverges in {wrong} of {number(self.judged, 'case')}"
            case "works":
                return f"works: {number(self.judged, 'case')}"
            case "not tried":
                return "there; none of its cases could be tried"
            case _ if self.rules:
                return "there; its rules ask for nothing"
            case _:
                return "there; no rule cites it"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a document, with an answer for each run; None where a run has none."""

    name: str
    answers: tuple[Answer | None, ...]


def of(runs: Sequence[Run], rules: Iterable[RuleView]) -> list[Function]:
    """Every function that the runs know of, in the order of the documents."""
    names = dict.fromkeys(name for run in runs for name in run.header.functions)
    citing: dict[str, list[RuleView]] = {name: [] for name in names}
    by_link = {_anchor(name): name for name in names if name.partition(".")[0] in _PAGES}
    for rule in rules:
        links = {source["link"].rpartition("/")[2] for source in rule.data["sources"]}
        for link in links & by_link.keys():
            citing[by_link[link]].append(rule)
    return [
        Function(
            name,
            tuple(
                _answer(run.header.functions, name, citing[name], at)
                for at, run in enumerate(runs)
            ),
        )
        for name in names
    ]


def tally(functions: Iterable[Function], run: int) -> Counter[str]:
    """How many functions work in a run, diverge, are missing: by `WORDS`."""
    answers = (function.answers[run] for function in functions)
    return Counter(answer.word for answer in answers if answer)


def _anchor(name: str) -> str:
    face, _, function = name.partition(".")
    return f"{_PAGES[face]}#method.{function}"


def _answer(
    functions: Mapping[str, str], name: str, citing: Sequence[RuleView], run: int
) -> Answer | None:
    if name not in functions:
        return None
    answer = Answer(functions[name], len(citing))
    for rule in citing:
        for case in rule.cases:
            cell = case.cells[run]
            if cell is None:
                continue
            answer.counted[cell.verdict] += 1
            if cell.verdict in _JUDGED and cell.verdict is not Verdict.CONFORMS:
                answer.diverging[rule.data["id"]] += 1
    return answer
