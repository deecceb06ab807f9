"""A case put into words: what the rule says, what was expected, what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec import backends, platform
from sockspec.judge.profiles import Situation
from sockspec.judge.reading import Fault, Recorded, refuse
from sockspec.run.features import probe
from sockspec.spec import load
from sockspec.spec.rules import CONFORMS, Rule, as_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sockspec.judge.catalogue import Catalogue

__all__ = ["Explanation", "explain", "lines"]

UNFINISHED = "not said yet; a gate asks for it"


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
                yield f"    why: {each.entry.why or UNFINISHED}"
                yield f"    source: {', '.join(filter(None, each.entry.sources)) or UNFINISHED}"
                on = f" on {each.entry.evidence.on}" if each.entry.evidence.on else ""
                yield f"    evidence: {each.entry.evidence.kind}{on}"


def explain(patterns: Iterable[str], backend: str, catalogue: Catalogue) -> list[Explanation]:
    """Explain the rules and cases that patterns choose, on a platform.

    The profile is the one that the catalogue was told, or this platform's. On this platform
    its facts decide which conditions are met; on another only the entries without conditions
    on what is not known there apply.
    """
    chosen = load.choose(patterns)
    made = backends.load(backend)
    here = made.facts() or platform.facts()
    name = catalogue.judging(here["profile"])
    loaded = catalogue.load(name)
    ours = here["profile"] in {layer.name for layer in loaded.layers()}
    facts: dict[str, Any] = here if ours else {"profile": name}
    features: frozenset[str] = frozenset()
    if ours:
        features = probe(made, facts["privileged"]).present
    situation = Situation(facts, made.name, features)
    made.shut_down()
    by_rule: dict[Rule, dict[str, list[Recorded]]] = {}
    tied: list[Fault] = []
    for case in chosen.cases():
        tied.extend(loaded.ties(case, situation))
        by_rule.setdefault(case.rule, {})[case.id] = loaded.candidates(case, situation)
    refuse(f"the profile {name!r}", tied)
    return [Explanation(rule, name, cases) for rule, cases in by_rule.items()]


def lines(found: Iterable[Explanation]) -> Iterator[str]:
    """What `sockspec explain` prints: an empty line between two rules."""
    for place, each in enumerate(found):
        yield from [""] * bool(place)
        yield from each.lines()
