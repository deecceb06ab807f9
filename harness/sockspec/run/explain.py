"""A case put into words: what the rule says, what was expected, what was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sockspec import backends, platform
from sockspec.judge import compare, excerpt
from sockspec.judge.profiles import Situation
from sockspec.judge.reading import Fault, Recorded, refuse
from sockspec.report import timeline
from sockspec.spec import load
from sockspec.spec.rules import CONFORMS, Rule, as_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sockspec.backend import Backend
    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation
    from sockspec.judge.verdict import Expectation

__all__ = ["Explanation", "explain", "lines"]

UNFINISHED = "not said yet; a gate asks for it"


@dataclass(frozen=True)
class Explanation:
    """A rule, and for each of its cases what is recorded and why; and what a run has `seen`."""

    rule: Rule
    profile: str
    cases: dict[str, list[Recorded]]
    seen: Mapping[str, Observation] = field(default_factory=dict)
    answers: Mapping[str, Expectation] = field(default_factory=dict)
    """What a table of the profile records, of cases that no entry is about."""

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
            "answers": {
                name: {"behaviours": sorted(each.behaviours), "origin": each.origin}
                for name, each in self.answers.items()
            },
            "seen": {
                name: {"behaviours": sorted(each.behaviours), "because": each.because}
                for name in self.cases
                if (each := self.seen.get(name)) is not None
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
            if each := self.seen.get(name):
                yield f"  did {' and '.join(sorted(each.behaviours)) or each.because}"
                for seen in each.witness.values():
                    yield from _time_line(seen)
            if name in self.answers:
                answer = self.answers[name]
                yield f"  expects {', '.join(sorted(answer.behaviours))} ({answer.origin})"
            elif not found:
                yield f"  nothing is recorded; {rule.asks}"
            for place, recorded in enumerate(found):
                yield from _recorded("hidden:" if place else "expects", recorded)


def _time_line(witness: Mapping[str, Any]) -> Iterator[str]:
    """The calls and the packets of a witness that has both, as they came."""
    found = timeline.events(witness)
    if found:
        yield "  calls and packets:"
    for each in found:
        whose = "their " if each.theirs else ""
        yield f"      ~ {each.text}" if each.is_packet else f"    {whose}{each.text}"


def _recorded(standing: str, recorded: Recorded) -> Iterator[str]:
    entry = recorded.entry
    yield f"  {standing} {', '.join(sorted(entry.behaviours))} ({recorded.origin})"
    yield f"    why: {entry.why or UNFINISHED}"
    yield f"    source: {', '.join(filter(None, entry.sources)) or UNFINISHED}"
    on = f" on {entry.evidence.on}" if entry.evidence.on else ""
    yield f"    evidence: {entry.evidence.kind}{on}"


def explain(
    patterns: Iterable[str], backend: str, catalogue: Catalogue, file: Path | None = None
) -> list[Explanation]:
    """Explain the rules and cases that patterns choose: on a platform, or in a file of a run.

    The profile is the one that the catalogue was told, or that of the platform or run. On this
    platform and in a run the facts decide which conditions are met; on another platform only
    the entries without conditions on what is not known there apply.
    """
    chosen = load.choose(patterns)
    run = None
    if file is not None:
        run = excerpt.part(file, [each.id for each in chosen.cases()], load.rules())
        name = catalogue.judging(run.header.profile)
        loaded, situation = catalogue.load(name), compare.situation(run)
    else:
        name, loaded, situation = _here(backend, catalogue, chosen.rules())
    seen = {
        case.id: each
        for each in (run.observations if run else ())
        if (case := load.rules().case(each.case)) is not None
    }
    by_rule: dict[Rule, dict[str, list[Recorded]]] = {}
    answers: dict[str, Expectation] = {}
    tied: list[Fault] = []
    for case in chosen.cases():
        tied.extend(loaded.ties(case, situation))
        found = loaded.candidates(case, situation)
        by_rule.setdefault(case.rule, {})[case.id] = found
        expected = loaded.expectation(case, situation)
        if expected.behaviours and not found:
            answers[case.id] = expected
    refuse(f"the profile {name!r}", tied)
    return [
        Explanation(
            rule, name, cases, seen, {each: answers[each] for each in cases if each in answers}
        )
        for rule, cases in by_rule.items()
    ]


def _here(
    backend: str, catalogue: Catalogue, rules: Iterable[Rule]
) -> tuple[str, Profile, Situation]:
    made = backends.load(backend)
    here = made.facts() or platform.facts()
    name = catalogue.judging(here["profile"])
    loaded = catalogue.load(name)
    ours = here["profile"] in {layer.name for layer in loaded.layers()}
    facts: dict[str, Any] = here if ours else {"profile": name}
    # Probing takes longer than all else here.
    asked = ours and any(map(loaded.asks_for_features, rules))
    features = _features(backend, made, facts) if asked else frozenset()
    made.shut_down()
    return name, loaded, Situation(facts, made.name, features, made.stands_in_for)


def _features(backend: str, made: Backend, facts: Mapping[str, Any]) -> frozenset[str]:
    from sockspec.run.apart import Apart  # noqa: PLC0415 - only where it has to be asked
    from sockspec.run.features import probe  # noqa: PLC0415 - as above

    apart = Apart.of(backend, made)
    try:
        return probe(made, facts["privileged"], apart=apart).present
    finally:
        apart.shut_down()


def lines(found: Iterable[Explanation]) -> Iterator[str]:
    """What `sockspec explain` prints: an empty line between two rules."""
    for place, each in enumerate(found):
        yield from [""] * bool(place)
        yield from each.lines()
