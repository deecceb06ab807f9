"""A case put into words: what the rule says, what was expected, what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec import backends, platform
from sockspec.errors import UsageError
from sockspec.judge import profiles
from sockspec.judge.profiles import Recorded, Situation
from sockspec.run.features import probe
from sockspec.spec import load
from sockspec.spec.rules import CONFORMS, Rule, as_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


__all__ = ["Explanation", "explain"]


@dataclass(frozen=True)
class Explanation:
    """A rule, and for each of its cases what is recorded and why."""

    rule: Rule
    profile: str
    cases: dict[str, list[Recorded]]

    def as_data(self) -> dict[str, Any]:
        """What `sockspec explain --format json` prints."""
        return {
            **as_data(self.rule),
            "profile": self.profile,
            "cases": {
                name: [
                    {
                        "behaviours": sorted(each.entry.behaviours),
                        "why": each.entry.why,
                        "source": each.entry.sources,
                        "evidence": each.entry.evidence.kind,
                        "on": each.entry.evidence.on,
                        "profile": each.profile,
                        "origin": each.origin,
                    }
                    for each in found
                ]
                for name, found in self.cases.items()
            },
        }

    def lines(self) -> Iterator[str]:
        """What `sockspec explain` prints."""
        rule = self.rule
        yield f"{rule.id} ({rule.level.value})"
        yield f"  {rule.sentence}"
        for source in rule.sources:
            yield f"  {source}: {source.link}"
            if source.quote:
                yield f'    "{source.quote}"'
        for name, meaning in rule.behaviours.items():
            told = "" if meaning == CONFORMS else f": {meaning}"
            yield f"  {name} ({rule.standing(name)})" + told
        for name, found in self.cases.items():
            yield f"{name}, on {self.profile}:"
            if not found:
                yield f"  nothing is recorded; {rule.asks}"
            for place, each in enumerate(found):
                behaviours = ", ".join(sorted(each.entry.behaviours))
                yield f"  {'expects' if place == 0 else 'hidden:'} {behaviours} ({each.origin})"
                yield f"    why: {each.entry.why}"
                yield f"    source: {', '.join(each.entry.sources)}"
                on = f" on {each.entry.evidence.on}" if each.entry.evidence.on else ""
                yield f"    evidence: {each.entry.evidence.kind}{on}"


def explain(name: str, profile: str | None, backend: str, root: Path) -> Explanation:
    """Explain a rule or one case of it on a platform.

    On this platform its facts decide which conditions are met; on another only the
    entries without conditions on what is not known there apply.
    """
    one = load.rules().case(name)
    rule = one.rule if one else load.rules().resolve(name.partition("[")[0])
    if rule is None:
        raise UsageError(f"there is no rule {name!r}", remedy="`sockspec rules` lists the ids")
    cases = rule.cases if name in {rule.id, *rule.aliases} else [one] if one else []
    if not cases:
        known = ", ".join(case.id for case in rule.cases)
        raise UsageError(f"there is no case {name!r}", remedy=f"{rule.id} has {known}")
    made = backends.load(backend)
    here = made.facts() or platform.facts()
    chosen = profile or here["profile"]
    facts: dict[str, Any] = here if chosen == here["profile"] else {"profile": chosen}
    features: frozenset[str] = frozenset()
    if chosen == here["profile"]:
        features = probe(made, facts["privileged"]).present
    situation = Situation(facts, made.name, features)
    made.shut_down()
    loaded = profiles.load(root, chosen)
    return Explanation(
        rule, chosen, {case.id: loaded.candidates(case, situation) for case in cases}
    )
