"""Which rules ask about an option, a message flag or a kind of control data, as tables."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sockspec import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
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
    asked = _asked(rules, "option")
    for level, heading in _HEADINGS.items():
        lines += [f"## {heading}", "", *_options(level, table, asked), ""]
    lines += ["## Message flags", "", *_flags(rules), ""]
    lines += ["## Left out", "", "| name | why |", "| --- | --- |"]
    lines += [f"| `{name}` | {why} |" for name, why in table.LEFT_OUT.items()]
    return "\n".join(lines) + "\n"


def options(rules: Iterable[Rule]) -> dict[str, bool]:
    """Every option of Linux and of the standards, and whether a rule asks about it."""
    asked = _asked(rules, "option")
    return {name: name in asked for name in _table().OPTIONS}


def _table() -> Any:
    sys.path.insert(0, str(locate.conformance().parent))
    from conformance.options import table  # noqa: PLC0415 - where it is is known only now

    return table


def _options(level: str, table: Any, asked: Mapping[str | None, Counter[str]]) -> Iterator[str]:
    yield "| option | value | use | takes | since | source | cases | asked about by |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in [*table.OPTIONS.values(), *table.ELSEWHERE.values()]:
        if row.level == level:
            told = asked.get(row.name, Counter())
            yield (
                f"| `{row.name}` | {_value(row)} | {row.use} | {row.who} | {row.since} | "
                f"{row.source.replace(',', ', ')} | {told.total()} | {', '.join(told)} |"
            )


def _value(row: Any) -> str:
    if row.is_ranged:
        return f"{row.least} to {row.most}"
    return f"{row.size} bytes" if row.kind == "bytes" else str(row.kind)


def _flags(rules: list[Rule]) -> Iterator[str]:
    flags = {case.get("flag") for rule in rules for case in rule.cases} - {None}
    asked = _asked(rules, "flag")
    yield from ("| flag | cases | asked about by |", "| --- | --- | --- |")
    for flag in sorted(str(flag) for flag in flags if str(flag).startswith("MSG_")):
        told = asked[flag]
        yield f"| `{flag}` | {told.total()} | {', '.join(told)} |"


def _asked(rules: Iterable[Rule], parameter: str) -> dict[str | None, Counter[str]]:
    """How many cases of which subjects ask about a name.

    They have it as their parameter; or no case of their rule has one, and it cites or states
    the name.
    """
    found: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for rule in rules:
        names = Counter(case.get(parameter) for case in rule.cases)
        if not any(names):
            told = (rule.sentence, *(source.clause for source in rule.sources))
            words = re.findall(r"\w+", " ".join(told))
            names = Counter(dict.fromkeys(words, len(rule.cases)))
        for name, cases in names.items():
            found[name][rule.subject] += cases
    return found
