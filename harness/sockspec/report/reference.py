"""The rule reference: every rule with its sentence, level, sources and behaviours."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sockspec.spec.rules import CONFORMS, End

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sockspec.spec.rules import Rule
    from sockspec.spec.sources import Source

__all__ = ["markdown", "text"]


def text(rules: Sequence[Rule]) -> Iterator[str]:
    """Two lines a rule, and the number of rules and cases last."""
    for rule in rules:
        yield f"{rule.id} ({rule.level.value}, {len(rule.cases)} cases)"
        yield f"  {rule.sentence}"
    yield f"{len(rules)} rules, {sum(len(rule.cases) for rule in rules)} cases"


def markdown(rules: Sequence[Rule]) -> str:
    """The reference as Markdown: a part for each area, a section for each subject."""
    parts = (
        part
        for area, members in _grouped(rules, lambda rule: rule.area)
        for part in (f"# {area}", _count(members), *_subjects(members))
    )
    return "\n\n".join(parts) + "\n"


def _subjects(rules: Sequence[Rule]) -> Iterator[str]:
    for subject, members in _grouped(rules, lambda rule: rule.subject):
        yield f"## {subject}"
        for rule in members:
            yield f"### {rule.id}"
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"**{rule.sentence}**"
    yield " · ".join(_facts(rule))
    yield "\n".join(f"- {_cited(source)}" for source in rule.sources)
    rows = (
        f"| `{name}` | {rule.standing(name)} | {'' if meaning == CONFORMS else meaning} |"
        for name, meaning in rule.behaviours.items()
    )
    yield "\n".join(["| behaviour | | meaning |", "| --- | --- | --- |", *rows])


_JUDGED = {
    End.CLIENT: "judges the end that connects or sends",
    End.SERVER: "judges the end that listens",
    End.ALONE: "about sockets of one system",
}


def _facts(rule: Rule) -> Iterator[str]:
    yield rule.level.value
    yield f"{len(rule.cases)} case{'' if len(rule.cases) == 1 else 's'}" + _parameters(rule)
    if rule.judges is not End.OURS:
        yield _JUDGED[rule.judges]
    if rule.needs:
        yield f"needs {', '.join(rule.needs)}"
    if rule.aliases:
        yield f"formerly {', '.join(f'`{alias}`' for alias in rule.aliases)}"


def _parameters(rule: Rule) -> str:
    found: dict[str, dict[str, None]] = {}
    for case in rule.cases:
        for name, value in case.parameters:
            found.setdefault(name, {})[value] = None
    words = (f"{name} {', '.join(values)}" for name, values in found.items())
    return f": {'; '.join(words)}" if found else ""


def _cited(source: Source) -> str:
    quote = f': "{source.quote}"' if source.quote else ""
    return f"[{source}]({source.link}){quote}"


def _count(rules: Sequence[Rule]) -> str:
    return f"{len(rules)} rules, {sum(len(rule.cases) for rule in rules)} cases."


def _grouped(
    rules: Sequence[Rule], by: Callable[[Rule], str]
) -> Iterator[tuple[str, list[Rule]]]:
    ordered = sorted(rules, key=lambda rule: rule.id)
    return ((name, list(members)) for name, members in itertools.groupby(ordered, by))
