"""What is red in a few lines: a case, and a cause of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.spec.rules import registry
from sockspec.words import number

if TYPE_CHECKING:
    from sockspec.judge.causes import Cause
    from sockspec.judge.runfile import Observation

__all__ = ["cause", "failure"]


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


def cause(found: Cause) -> str:
    """A cause in a paragraph: what should be, what was done, why, and what to do."""
    many = f" in {len(found.cases)} of {number(found.of, 'case')}" if found.cases else ""
    did = found.compared or ("" if found.because in found.told else found.because)
    lines = [
        found.told,
        f"{found.verdict}{many}{f': {did}' if did else ''}",
        *([f"The profile's reason for something else: {found.why}"] if found.why else []),
        f"{found.remedy}\n{found.entry}" if found.entry else found.remedy,
        *found.commands,
    ]
    return "\n".join(lines)
