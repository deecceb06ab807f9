"""The gate: a run judged by its profile, and everything that keeps it from being green."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.judge import compare, profiles, sets, stale
from sockspec.judge.causes import Cause, Causes
from sockspec.judge.verdict import Verdict
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.runfile import Observation, Run
    from sockspec.judge.stale import Stale
    from sockspec.spec.choose import Choice
    from sockspec.spec.rules import Registry

__all__ = ["KINDS", "Gate", "Problem", "Terms", "exit_code", "judge"]

UNTRIED = "untried"
KINDS = (*(verdict.kind for verdict in Verdict if verdict.is_red), UNTRIED)
"""What a gate can be closed for."""


@dataclass(frozen=True)
class Terms:
    """What a gate looks at, and what closes it.

    Of the cases of a `choice`, of those in `common`; only what is in `fail_on` closes it. What
    was tried in the run `against` has to be tried again. While `drafting`, entries that are
    unfinished are warnings.
    """

    choice: Choice | None = None
    common: frozenset[str] | None = None
    fail_on: frozenset[str] = frozenset(KINDS)
    against: Run | None = None
    drafting: bool = False

    def chooses(self, case: str) -> bool:
        """Whether the gate looks at a case."""
        chosen = self.choice is None or self.choice.has_id(case)
        return chosen and (self.common is None or case in self.common)


class Problem(msgspec.Struct, frozen=True):
    """One red case, or in its place a feature that is missing, or an entry that is stale."""

    case: str
    rule: str
    kind: str
    verdict: str
    because: str
    behaviours: list[str]


@dataclass
class Gate:
    """The answer of a gate: open when nothing is red.

    `heading` says who answered and through what. `untried` has how many cases could not be
    tried, by reason; `tolerated` how many red ones do not close it, by kind.
    """

    run: str
    heading: str
    profile: str
    counts: dict[str, int]
    problems: list[Problem] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    untried: dict[str, int] = field(default_factory=dict)
    tolerated: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 fine; 1 divergence; 3 harness error or indeterminate; 5 nothing ran."""
        ran = sum(
            number for name, number in self.counts.items() if name != Verdict.UNSUPPORTED.value
        )
        if self.faults or any(problem.verdict in _BROKEN for problem in self.problems):
            return 3
        if self.problems:
            return 1
        return 0 if ran else 5

    def as_data(self) -> dict[str, Any]:
        """What `sockspec gate --format json` prints of a run."""
        return {
            "run": self.run,
            "heading": self.heading,
            "profile": self.profile,
            "open": self.exit_code == 0,
            "exit": self.exit_code,
            "counts": self.counts,
            "problems": msgspec.to_builtins(self.problems),
            "causes": msgspec.to_builtins(self.causes),
            "untried": self.untried,
            "tolerated": self.tolerated,
            "faults": self.faults,
            "warnings": self.warnings,
        }


_ABSENT = "not run"
_GONE = "not tried any more"
_BROKEN = {Verdict.HARNESS_ERROR.value, Verdict.INDETERMINATE.value, _ABSENT}


def exit_code(found: Iterable[Gate]) -> int:
    """The exit code of several gates: the gravest."""
    codes = {each.exit_code for each in found}
    return next((code for code in (3, 1, 5) if code in codes), 0)


def judge(run: Run, rules: Registry, catalogue: Catalogue, terms: Terms | None = None) -> Gate:
    """Judge a run by the profile of a catalogue and say what keeps it from being green."""
    terms = terms or Terms()
    profile = catalogue.load(catalogue.judging(run.header.profile))
    judged = [each for each in compare.rejudge(run, rules, profile) if terms.chooses(each.case)]
    known = [each for each in judged if rules.case(each.case)]
    counts = Counter(each.verdict.value for each in known)
    reasons = Counter(each.because for each in known if not each.is_tried)
    red = [each for each in known if each.verdict.is_red]
    closing = [each for each in red if each.verdict.kind in terms.fail_on]
    found = Gate(run.path, run.heading, profile.name, dict(sorted(counts.items())))
    found.untried = dict(reasons.most_common())
    found.tolerated = dict(Counter(e.verdict.kind for e in red if e not in closing))
    found.problems = [_problem(each) for each in compare.once(closing)]
    if closing:
        found.causes = Causes(run, judged, rules, profile, catalogue).of(closing)
    if Verdict.FIXED.kind in terms.fail_on:
        old = list(stale.find(run, judged, rules, profile))
        found.problems.extend(map(_stale_problem, old))
        found.causes.extend(_cause_of(each) for each in old)
    if terms.against is not None and UNTRIED in terms.fail_on:
        lost = list(_lost(terms.against, known, rules, terms))
        found.problems.extend(lost)
        found.causes[:0] = _causes_of(lost, terms.against, len(known))
    found.faults.extend(map(str, profiles.check(profile, rules, compare.situation(run))))
    (found.warnings if terms.drafting else found.faults).extend(map(str, profile.drafts))
    found.faults.extend(f"{run.path}: {each}" for each in compare.unjudged(run, rules))
    found.faults.extend(_broken(run))
    return found


def _broken(run: Run) -> Iterator[str]:
    if run.truncated:
        yield (
            f"{run.path}: the run file has no footer: the run was cut short, "
            f"{len(run.observations)} of {run.header.declared} cases are there"
        )
    if run.footer is not None:
        yield from run.footer.errors


def _stale_problem(old: Stale) -> Problem:
    kind, verdict = Verdict.FIXED.kind, Verdict.FIXED.value
    return Problem(old.name, old.rule, kind, verdict, old.told, [])


def _cause_of(old: Stale) -> Cause:
    return Cause(
        kind=Verdict.FIXED.kind,
        verdict=Verdict.FIXED.value,
        told=old.told,
        rule=old.rule,
        level="",
        cases=[],
        of=0,
        behaviours=[],
        compared="",
        because=old.told,
        remedy=old.remedy,
        entry="",
        commands=[],
        link="",
    )


def _problem(observation: Observation) -> Problem:
    return Problem(
        case=observation.case,
        rule=observation.rule,
        kind=observation.verdict.kind,
        verdict=observation.verdict.value,
        because=observation.because,
        behaviours=sorted(observation.behaviours),
    )


# -- what was tried before ---------------------------------------------------------------


def _lost(
    before: Run, judged: Sequence[Observation], rules: Registry, terms: Terms
) -> Iterator[Problem]:
    """The cases that an earlier run could try and this one did not."""
    now = {each.case: each for each in judged}
    for id in sorted(sets.tried(before)):
        case = rules.case(id)
        if case is None or not terms.chooses(case.id):
            continue
        seen = now.get(case.id)
        if seen is not None and seen.is_tried:
            continue
        verdict, because = (_GONE, seen.because) if seen else (_ABSENT, "not in this run")
        yield Problem(case.id, case.rule.id, UNTRIED, verdict, because, [])


def _causes_of(lost: Sequence[Problem], before: Run, of: int) -> list[Cause]:
    reasons = Counter((each.verdict, each.because) for each in lost)
    return [
        Cause(
            kind=UNTRIED,
            verdict=verdict,
            told=f"{number(count, 'case')} that {before.path} tried: {verdict}: {because}",
            rule="",
            level="",
            cases=[each.case for each in lost if each.because == because],
            of=of,
            behaviours=[],
            compared="",
            because=because,
            remedy=(
                "bring back what is missing, or compare with a run that has not had it either"
                if verdict == _GONE
                else "run them too, or choose with --rule what is compared"
            ),
            entry="",
            commands=[],
            link="",
        )
        for (verdict, because), count in reasons.most_common()
    ]
