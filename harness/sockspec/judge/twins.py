"""Twins: cases of different rules that made the same calls in a run.

One question is one rule. Where two rules arrange the same state and make the same calls, they
ask the same, or each looks at another thing that the calls show; at two levels the
specification may contradict itself. A rule of `contracts` is about what a documented function
makes of its arguments, which the calls below it do not show: it has no twins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Case, Registry

__all__ = ["Twins", "twins"]

_FACES = "contracts"


@dataclass(frozen=True, slots=True)
class Twins:
    """Cases of two rules that made the same calls."""

    one: Case
    other: Case

    @property
    def contradict(self) -> bool:
        """Whether they promise at different levels."""
        return self.one.rule.level is not self.other.rule.level

    def line(self) -> str:
        """The two, with their levels."""
        return " ~ ".join(f"{each.id} ({each.rule.level})" for each in (self.one, self.other))


def twins(run: Run, rules: Registry) -> Iterator[Twins]:
    """One pair of cases for each pair of rules that made the same calls."""
    by_calls: dict[str, list[Case]] = {}
    for observation in run.observations:
        case = rules.case(observation.case)
        calls = _calls(observation)
        if case is not None and case.rule.area != _FACES and calls:
            by_calls.setdefault(calls, []).append(case)
    told = set()
    for cases in by_calls.values():
        for at, one in enumerate(cases):
            for other in cases[at + 1 :]:
                pair = frozenset((one.rule.id, other.rule.id))
                if len(pair) == 2 and pair not in told:
                    told.add(pair)
                    yield Twins(one, other)


def _calls(observation: Observation) -> str:
    # Of the first behaviour: one example, which for a property test stands for many.
    for witness in observation.witness.values():
        names: dict[str, int] = {}
        made = [(each.get("call"), each.get("arguments")) for each in witness["calls"]]
        return json.dumps([[call, _blank(arguments, names)] for call, arguments in made])
    return ""


def _blank(value: Any, names: dict[str, int]) -> Any:
    """A value without what the system chose: ports and paths by the order they came up in."""
    if isinstance(value, dict):
        (kind, told), *_ = value.items()
        if kind in {"inet", "inet6"} and told[1]:
            return [kind, told[0], names.setdefault(f"port {told[1]}", len(names)), told[2:]]
        if kind == "unix" and told:
            return [kind, len(told), names.setdefault(f"path {told}", len(names))]
        return [kind, told]
    if isinstance(value, list):
        return [_blank(each, names) for each in value]
    return value
