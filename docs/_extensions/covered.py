"""Which rules ask about an option, a message flag or a kind of control data, as tables."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from sockspec import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from sockspec.spec.rules import Rule

__all__ = ["markdown", "options"]

_HEADINGS = {
    "SOL_SOCKET": "Socket level",
    "IPPROTO_IP": "IPv4",
    "IPPROTO_IPV6": "IPv6",
    "IPPROTO_TCP": "TCP",
    "IPPROTO_UDP": "UDP",
}


def markdown(rules: Iterable[Rule]) -> str:
    """Every option with the subjects that ask about it, by level; flags; what is left out."""
    table = _table()
    rules = list(rules)
    lines: list[str] = []
    for level, heading in _HEADINGS.items():
        lines += [f"## {heading}", "", *_options(level, table, rules), ""]
    lines += ["## Message flags", "", *_flags(rules), ""]
    lines += ["## Left out", "", "| name | why |", "| --- | --- |"]
    lines += [f"| `{name}` | {why} |" for name, why in table.LEFT_OUT.items()]
    return "\n".join(lines) + "\n"


def options(rules: Iterable[Rule]) -> dict[str, bool]:
    """Every option of Linux and of the standards, and whether a rule asks about it."""
    rules = list(rules)
    return {name: bool(_asking(rules, "option", name)[1]) for name in _table().OPTIONS}


def _table() -> Any:
    sys.path.insert(0, str(locate.conformance().parent))
    from conformance.options import table  # noqa: PLC0415 - where it is is known only now

    return table


def _options(level: str, table: Any, rules: list[Rule]) -> Iterator[str]:
    yield "| option | value | use | takes | since | source | cases | asked about by |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in [*table.OPTIONS.values(), *table.ELSEWHERE.values()]:
        if row.level == level:
            subjects, cases = _asking(rules, "option", row.name)
            yield (
                f"| `{row.name}` | {_value(row)} | {row.use} | {row.who} | {row.since} | "
                f"{row.source.replace(',', ', ')} | {cases} | {', '.join(subjects)} |"
            )


def _value(row: Any) -> str:
    if row.is_ranged:
        return f"{row.least} to {row.most}"
    return f"{row.size} bytes" if row.kind == "bytes" else str(row.kind)


def _flags(rules: list[Rule]) -> Iterator[str]:
    flags = {case.get("flag") for rule in rules for case in rule.cases} - {None}
    yield from ("| flag | cases | asked about by |", "| --- | --- | --- |")
    for flag in sorted(str(flag) for flag in flags if str(flag).startswith("MSG_")):
        subjects, cases = _asking(rules, "flag", flag)
        yield f"| `{flag}` | {cases} | {', '.join(subjects)} |"


def _asking(rules: list[Rule], parameter: str, name: str) -> tuple[list[str], int]:
    """The subjects whose rules have a case of that name, or cite or state it; the cases."""
    subjects, count = [], 0
    word = re.compile(rf"\b{name}\b")
    for rule in rules:
        cases = sum(case.get(parameter) == name for case in rule.cases)
        told = (rule.sentence, *(source.clause for source in rule.sources))
        by_name = any(case.get(parameter) for case in rule.cases)  # of each, one case or more
        if not by_name and any(word.search(text) for text in told):
            cases = len(rule.cases)
        if cases:
            subjects.append(rule.subject)
            count += cases
    return list(dict.fromkeys(subjects)), count
