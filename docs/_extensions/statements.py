"""What the rules are held against, as tables: counts first, then every statement."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import covered

from sockspec.judge import grid
from sockspec.judge.catalogue import Catalogue
from sockspec.spec import coverage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.spec.coverage import Area, Row
    from sockspec.spec.rules import Registry

__all__ = ["markdown"]

_STANDINGS = ("covered", "partly", "left out", "no claim")


def markdown(rules: Registry) -> str:
    """The page below its introduction."""
    areas = coverage.areas()
    lines = [*_beside(rules, areas), *_counts(areas), *_cells(rules), *_flags(rules)]
    for area in areas:
        lines += _area(area)
    return "\n".join(lines) + "\n"


# -- counts ---------------------------------------------------------------------------


def _of(area: Area) -> Counter[str]:
    return Counter(row.standing for row in area.rows.values())


def _beside(rules: Registry, areas: list[Area]) -> Iterator[str]:
    each = {area.name: _of(area) for area in areas}
    cells = grid.places(rules)
    cases = sum(len(rule.cases) for rule in rules.rules.values())
    known = covered.options(rules.rules.values())
    reported = each["reported"]
    yield from ("## Beside the counts of before", "")
    yield from ("| | 28 November 2026 | now |", "| --- | --- | --- |")
    yield f"| rules | 702 | {len(rules.rules)} |"
    yield f"| cases | 3,961 | {cases:,} |"
    yield (
        "| cells that are looked at: calls by family, type and state | 687 of 2,268 | "
        f"{len(cells):,} of {_possible(cells):,} |"
    )
    yield (
        "| options of Linux's headers that have a rule | 49 of 209 | "
        f"{sum(known.values())} of {len(known)} |"
    )
    for name, before in (("socket2", 26), ("tokio", 10)):
        now = each[name]["left out"]
        yield f"| claims of the {name} document that no rule observes | {before} | {now} |"
    yield (
        "| bugs that users reported of other socket layers, and that a rule is about | "
        f"none of {reported.total()} | {reported['covered']}, and {reported['partly']} partly |"
    )
    yield ""


def _possible(cells: dict[grid.Place, object]) -> int:
    """Cells if every call could be made in every state of every family and type."""
    kinds = {(place.type, place.family) for place in cells}
    return (
        len(kinds)
        * len({place.call for place in cells})
        * len({place.state for place in cells})
    )


def _counts(areas: list[Area]) -> Iterator[str]:
    yield from ("## Statements by area", "")
    yield f"| area | statements | {' | '.join(_STANDINGS)} |"
    yield f"| --- | {' | '.join(['---'] * (len(_STANDINGS) + 1))} |"
    total: Counter[str] = Counter()
    for area in areas:
        told = _of(area)
        total += told
        yield f"| [{area.title}](#{_anchor(area)}) | {told.total()} | {_numbers(told)} |"
    yield f"| **all** | {total.total()} | {_numbers(total)} |"
    yield ""


def _numbers(told: Counter[str]) -> str:
    return " | ".join(str(told[standing]) for standing in _STANDINGS)


def _cells(rules: Registry) -> Iterator[str]:
    recorded = Catalogue().load("linux", rules).grid
    places = grid.places(rules)
    asked = Counter(place.call for place in places)
    decided = Counter(
        place.call for place, case in places.items() if case.rule.level.value != "unspecified"
    )
    known = Counter(place.call for place in places if recorded and place in recorded.any)
    yield from ("## Calls and states", "")
    states = {place.state for place in places}
    yield f"The calls in {len(states)} states, for each family and type that can be in them."
    yield "{repo}`conformance/grid/states.py` says why a family or type cannot be in a state."
    yield "What Linux does in a cell is in its profile."
    yield ""
    yield "| call | cells | of these a clause decides | recorded on Linux |"
    yield "| --- | --- | --- | --- |"
    for call in asked:
        yield f"| `{call}` | {asked[call]} | {decided[call]} | {known[call]} |"
    yield f"| **all** | {asked.total()} | {decided.total()} | {known.total()} |"
    yield ""


def _flags(rules: Registry) -> Iterator[str]:
    told: dict[str, Counter[str]] = {}
    for rule in rules.rules.values():
        for case in rule.cases:
            flag = case.get("flag") or ""
            if flag.startswith("MSG_"):
                told.setdefault(flag, Counter())[rule.id] += 1
    columns = ("data.flags.on-send", "data.flags.on-receive", "data.flags.returned")
    yield from ("## Flags and calls", "")
    yield "Cases, each on a family and type. One case makes all calls of its direction: `send`,"
    yield "`sendto` and `sendmsg`, or `recv`, `recvfrom` and `recvmsg`."
    yield ""
    yield "| flag | sending | receiving | returned | other rules |"
    yield "| --- | --- | --- | --- | --- |"
    for flag, by_rule in sorted(told.items()):
        here = [by_rule[column] for column in columns]
        yield f"| `{flag}` | {' | '.join(map(str, here))} | {by_rule.total() - sum(here)} |"
    yield ""


# -- every statement ------------------------------------------------------------------


def _anchor(area: Area) -> str:
    return re.sub(r"[^\w ]", "", area.title.lower()).replace(" ", "-")


def _area(area: Area) -> Iterator[str]:
    yield from (f"## {area.title}", "")
    if area.about:
        yield from (area.about, "")
    yield from ("| statement | source | observed by | |", "| --- | --- | --- | --- |")
    for row in area.rows.values():
        yield f"| {row.says} | {_source(row)} | {_rules(row)} | {_note(row)} |"
    yield ""


def _source(row: Row) -> str:
    source = coverage.cited(row.source)
    return f"[{source.publication}]({source.link})"


def _rules(row: Row) -> str:
    return ", ".join(_rule(name) for name in row.rules)


def _rule(name: str) -> str:
    rule, case, _ = name.partition("[")
    return f"{{rule}}`{rule}`" + (f" (`{name.removeprefix(rule)}`)" if case else "")


def _note(row: Row) -> str:
    return {"covered": "", "partly": "*partly*: "}.get(
        row.standing, f"*{row.standing}*: "
    ) + row.why.replace("|", "\\|")
