"""Scripts that show behaviours: for a rule one of each that is worth showing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sockspec import reproduce
from sockspec.errors import SockspecError
from sockspec.judge import compare, excerpt
from sockspec.site import processes
from sockspec.site.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sockspec.judge.runfile import Run
    from sockspec.site.build import Reader, Seen
    from sockspec.site.model import RuleRow, Site
    from sockspec.spec.rules import Registry

__all__ = ["Script", "scripts"]

_MOST = 3  # of a rule
_RANK = {State.RED: 0, State.DIVERGES: 1, State.OPEN: 2, State.CONFORMS: 3}


class Script(NamedTuple):
    """The calls of a case, as the program makes them that `sockspec reproduce` writes."""

    case: str
    behaviour: str
    platform: int
    text: str


def scripts(
    site: Site, seen: Sequence[Seen], rules: Registry, reader: Reader
) -> dict[str, list[Script]]:
    """By rule, the scripts of its behaviours, what diverges first."""
    at = {each.name: number for number, each in enumerate(site.run)}
    by_platform = {at[each.platform.name]: each.path for each in seen}
    wanted: dict[int, list[tuple[str, str, str]]] = {}
    for row in site.rows:
        for case, behaviour, platform in _wanted(row):
            wanted.setdefault(platform, []).append((row.rule.id, case, behaviour))
    tasks = sorted(wanted.items())

    def write(at: int) -> list[tuple[str, Script]]:
        platform, asked = tasks[at]
        run = _part(by_platform[platform], {case for _, case, _ in asked}, rules, reader)
        there = run.by_case()
        made = []
        for rule, case, behaviour in asked:
            try:
                text = reproduce.calls(run, there[case], behaviour)
            except (SockspecError, KeyError):
                continue  # nothing was kept of it: it made no call, or not through calls
            made.append((rule, Script(case, behaviour, platform, text)))
        return made

    found: dict[str, list[Script]] = {}
    for made in processes.spread(write, len(tasks)):
        for rule, script in made:
            found.setdefault(rule, []).append(script)
    return found


def _wanted(row: RuleRow) -> Iterator[tuple[str, str, int]]:
    ranked: dict[str, tuple[int, str, int]] = {}
    for case in row.cases:
        for each, platforms in case.given.items():
            if each.behaviour and ", " not in each.behaviour:
                rank = (_RANK.get(each.state, 9), case.id, platforms[0])
                ranked.setdefault(each.behaviour, rank)
    ordered = sorted(ranked.items(), key=lambda item: item[1][0])
    loud = [each for each in ordered if each[1][0] < _RANK[State.CONFORMS]]
    for behaviour, (_, id, platform) in (loud or ordered)[:_MOST]:
        yield id, behaviour, platform


def _part(path: Path, cases: set[str], rules: Registry, reader: Reader) -> Run:
    """The run with those cases alone, as they are called today."""
    run = excerpt.part(path, cases, rules)
    run.observations = compare.rejudge(run, rules, reader.profile(run.header.profile))
    return run
