"""Proposing profile entries from what a run saw: the fewest, and the narrowest needed.

A proposal never has a reason: `why` and `source` are left empty, and a profile with an
empty one is refused until somebody has looked.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import tomlkit

from sockspec.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sockspec.runfile import Observation, Run

__all__ = ["Proposal", "propose", "toml"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry without its reason: cases of a rule that showed one set of behaviours."""

    rule: str
    behaviours: tuple[str, ...]
    case: dict[str, list[str]]
    on: str
    date: str


def propose(run: Run, observations: Sequence[Observation]) -> list[Proposal]:
    """Entries for the new divergences, and for open answers that nothing records yet."""
    facts = run.header.platform
    on = f"{facts['system']} {facts['version']} {facts['machine']}"
    date = run.header.started[:10]
    found: list[Proposal] = []
    for rule, members in itertools.groupby(
        sorted(observations, key=lambda each: each.rule), key=lambda each: each.rule
    ):
        cases = [each for each in members if each.verdict is not Verdict.UNSUPPORTED]
        wanted = [each for each in cases if _is_wanted(each)]
        for behaviours in sorted({tuple(each.behaviours) for each in wanted}):
            inside = [each for each in wanted if tuple(each.behaviours) == behaviours]
            outside = [each for each in cases if tuple(each.behaviours) != behaviours]
            found.extend(
                Proposal(rule, behaviours, case, on, date) for case in _filters(inside, outside)
            )
    return found


def _is_wanted(each: Observation) -> bool:
    open_answer = each.verdict is Verdict.UNSPECIFIED and not each.origin
    return each.verdict is Verdict.NEW or open_answer


def _filters(
    inside: Sequence[Observation], outside: Sequence[Observation]
) -> Iterator[dict[str, list[str]]]:
    names = list(inside[0].parameters)
    for count in range(len(names) + 1):
        for chosen in itertools.combinations(names, count):
            case = {
                name: list(dict.fromkeys(each.parameters.get(name, "") for each in inside))
                for name in chosen
            }
            if not any(_covers(case, each) for each in outside):
                yield case
                return
    # No one filter tells them apart: split by the first parameter, and go on in each part.
    for value in dict.fromkeys(each.parameters.get(names[0], "") for each in inside):
        part = [each for each in inside if each.parameters.get(names[0]) == value]
        rest = [each for each in outside if each.parameters.get(names[0]) == value]
        for case in _filters(_without(part, names[0]), _without(rest, names[0])):
            yield {names[0]: [value], **case}


def _without(cases: Sequence[Observation], name: str) -> list[Observation]:

    return [
        msgspec.structs.replace(
            each,
            parameters={key: value for key, value in each.parameters.items() if key != name},
        )
        for each in cases
    ]


def _covers(case: dict[str, list[str]], each: Observation) -> bool:
    return all(each.parameters.get(name) in values for name, values in case.items())


def toml(proposals: Sequence[Proposal]) -> str:
    """The proposals as entries of a profile."""
    document = tomlkit.document()
    tables = tomlkit.aot()
    for each in proposals:
        table = tomlkit.table()
        table["rule"] = each.rule
        if each.case:
            case = tomlkit.inline_table()
            for name, values in each.case.items():
                case[name] = values[0] if len(values) == 1 else values
            table["case"] = case
        table["behaviour"] = (
            each.behaviours[0] if len(each.behaviours) == 1 else list(each.behaviours)
        )
        table["why"] = ""
        table["source"] = ""
        evidence = tomlkit.inline_table()
        evidence["kind"] = "observed"
        evidence["on"] = each.on
        evidence["date"] = tomlkit.date(each.date)
        table["evidence"] = evidence
        tables.append(table)
    document["entry"] = tables
    return tomlkit.dumps(document)
