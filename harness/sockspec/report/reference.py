"""The rule reference: every rule with its sentence, level, sources and behaviours."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sockspec.spec.rules import CONFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sockspec.spec.rules import Rule

__all__ = ["markdown", "text"]


def text(rules: Sequence[Rule]) -> Iterator[str]:
    """Two lines a rule, and the number of rules and cases last."""
    for rule in rules:
        yield f"{rule.id} ({rule.level.value}, {len(rule.cases)} cases)"
        yield f"  {rule.sentence}"
    yield f"{len(rules)} rules, {sum(len(rule.cases) for rule in rules)} cases"


def markdown(rules: Sequence[Rule]) -> str:
    """The reference as a page, by area."""
    lines = [
        "# Rule reference",
        "",
        "Made by `sockspec rules --markdown`; do not edit.",
        "",
        f"{len(rules)} rules, {sum(len(rule.cases) for rule in rules)} cases.",
    ]
    by_area = itertools.groupby(sorted(rules, key=lambda rule: rule.id), lambda rule: rule.area)
    for area, members in by_area:
        lines += ["", f"## {area}"]
        for rule in members:
            lines += ["", *_rule(rule)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"{rule.sentence} ({rule.level.value}; {len(rule.cases)} cases)"
    yield ""
    for source in rule.sources:
        quote = f': "{source.quote}"' if source.quote else ""
        yield f"- [{source}]({source.link}){quote}"
    if rule.needs:
        yield f"- needs {', '.join(rule.needs)}"
    for name, meaning in rule.behaviours.items():
        yield f"- `{name}`: {rule.standing(name)}" + (
            "" if meaning == CONFORMS else f", {meaning}"
        )
