"""A red case in a few lines, for the console and for JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.spec.rules import registry

if TYPE_CHECKING:
    from sockspec.judge.runfile import Observation

__all__ = ["failure"]


def failure(observation: Observation) -> str:
    """What the console and the JUnit file say of a red case."""
    lines = [f"{observation.case}: {observation.verdict.value}: {observation.because}"]
    rule = registry.rules.get(observation.rule)
    if rule is not None:
        lines.append(f"rule ({rule.level.value}): {rule.sentence}")
        lines.extend(f"  {source}: {source.link}" for source in rule.sources)
    for behaviour in observation.unexpected or observation.behaviours:
        meaning = rule.meaning(behaviour) if rule else ""
        lines.append(f"seen: {behaviour}" + (f": {meaning}" if meaning else ""))
        values = observation.witness.get(behaviour, {}).get("values", {})
        lines.extend(f"  {name} = {value!r}" for name, value in values.items())
    lines.append(f"test: {observation.test}")
    return "\n".join(lines)
