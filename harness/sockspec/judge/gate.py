"""The gate: a run judged by its profile, and everything that keeps it from being green."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.errors import UsageError
from sockspec.judge import compare, profiles, since, stale
from sockspec.judge.causes import Cause, Causes
from sockspec.judge.since import NOT_RUN, VANISHED
from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation, Run
    from sockspec.judge.since import Difference, Since
    from sockspec.judge.stale import Stale
    from sockspec.spec.choose import Choice
    from sockspec.spec.rules import Registry

__all__ = ["JUDGES", "KINDS", "Gate", "Problem", "Terms", "exit_code", "judge"]

KINDS = (*(verdict.kind for verdict in Verdict if verdict.is_red), VANISHED, NOT_RUN)
"""What a gate can be closed for."""

PROFILE, EARLIER, BOTH = "profile", "earlier", "both"
JUDGES = (PROFILE, EARLIER, BOTH)
"""Who decides on what was done: the profile, the earlier run in its place, or either."""


@dataclass(frozen=True)
class Terms:
    """What a gate looks at, and what closes it.

    Of the cases of a `choice`, of those in `common`; only what is in `fail_on` closes it. What
    was tried in the run `against` has to be tried again; what it did decides where it is the
    judge, `by` itself or beside the profile. While `drafting`, entries that are unfinished are
    warnings.
    """

    choice: Choice | None = None
    common: frozenset[str] | None = None
    fail_on: frozenset[str] = frozenset(KINDS)
    against: Run | None = None
    by: str = PROFILE
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

    `heading` says who answered and through what; `profile` is empty where none has judged.
    `untried` has how many cases could not be tried, by reason; `tolerated` how many red ones
    do not close it, by kind. `since` is what became of an earlier run's cases.
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
    since: Since | None = None

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

    @property
    def now(self) -> str:
        """What to do about a closed gate, in a sentence; empty where it is open."""
        if self.faults and not self.problems:
            return "do what each error says"
        if self.exit_code != 1:
            return _NOW.get(self.exit_code, "")
        if not self.profile:
            return "fix each cause, or make this run the earlier one where it is meant"
        update = f"`sockspec update {shlex.quote(self.run)} --write`"
        return f"fix each cause, or record it: {update} writes the entries, you say why"

    def as_data(self) -> dict[str, Any]:
        """What `sockspec gate --format json` prints of a run."""
        return {
            "run": self.run,
            "heading": self.heading,
            "profile": self.profile,
            "open": self.exit_code == 0,
            "exit": self.exit_code,
            "now": self.now,
            "counts": self.counts,
            "problems": msgspec.to_builtins(self.problems),
            "causes": msgspec.to_builtins(self.causes),
            "untried": self.untried,
            "tolerated": self.tolerated,
            "faults": self.faults,
            "warnings": self.warnings,
            **({"since": self.since.as_data()} if self.since else {}),
        }


_NOW = {
    3: "repair what is named first: what is broken or lost says nothing of the sockets",
    5: "choose cases that can run here: `sockspec doctor` says what this machine lacks",
}
_BROKEN = {Verdict.HARNESS_ERROR.value, Verdict.INDETERMINATE.value, VANISHED}


def exit_code(found: Iterable[Gate]) -> int:
    """The exit code of several gates: the gravest."""
    codes = {each.exit_code for each in found}
    return next((code for code in (3, 1, 5) if code in codes), 0)


def judge(
    run: Run,
    rules: Registry,
    catalogue: Catalogue,
    terms: Terms | None = None,
    judged: Sequence[Observation] | None = None,
) -> Gate:
    """Judge a run and say what keeps it from being green.

    By the profile of a catalogue that the run names, unless the terms say by what else;
    `judged` are its observations where they are judged by that profile already.
    """
    terms = terms or Terms()
    found = Gate(run.path, run.heading, "", {})
    if terms.by == EARLIER and terms.against is not None:
        alone = _chosen(since.judged(run, rules), rules, terms)
        _count(found, alone)
        if new := found.counts.pop(Verdict.NEW.value, 0):
            found.counts["diverges"] = new  # whether that is new the other run tells
        _judge_alone(found, alone, terms)
    else:
        name = catalogue.judging(run.header.profile)
        try:
            profile = catalogue.load(name)
        except UsageError:
            profile = catalogue.load(name, rules)  # which says all that is wrong with it
        every = compare.rejudge(run, rules, profile) if judged is None else judged
        chosen = _chosen(every, rules, terms)
        _judge_by_profile(found, run, chosen, rules, profile, catalogue, terms)
    if terms.against is not None:
        _compare(found, run, rules, terms)
    found.faults.extend(f"{run.path}: {each}" for each in compare.unjudged(run, rules))
    found.faults.extend(_broken(run))
    return found


def _chosen(judged: Iterable[Observation], rules: Registry, terms: Terms) -> list[Observation]:
    return [each for each in judged if terms.chooses(each.case) and rules.case(each.case)]


def _count(found: Gate, judged: Iterable[Observation]) -> None:
    counts = Counter(each.verdict.value for each in judged)
    found.counts = dict(sorted(counts.items()))
    reasons = Counter(each.because for each in judged if not each.is_tried)
    found.untried = dict(reasons.most_common())


def _judge_by_profile(
    found: Gate,
    run: Run,
    judged: Sequence[Observation],
    rules: Registry,
    profile: Profile,
    catalogue: Catalogue,
    terms: Terms,
) -> None:
    _count(found, judged)
    found.profile = profile.name
    red = [each for each in judged if each.verdict.is_red]
    closing = [each for each in red if each.verdict.kind in terms.fail_on]
    kinds = Counter(each.verdict.kind for each in red)
    found.tolerated = {kind: n for kind, n in kinds.items() if kind not in terms.fail_on}
    found.problems = [_problem(each) for each in compare.once(closing)]
    if closing:
        found.causes = Causes(run, judged, rules, profile, catalogue).of(closing)
    if Verdict.FIXED.kind in terms.fail_on:
        old = list(stale.find(run, judged, rules, profile))
        found.problems.extend(map(_stale_problem, old))
        found.causes.extend(_cause_of(each) for each in old)
    found.faults.extend(map(str, profiles.check(profile, rules, compare.situation(run))))
    (found.warnings if terms.drafting else found.faults).extend(map(str, profile.drafts))


def _judge_alone(found: Gate, judged: Iterable[Observation], terms: Terms) -> None:
    """What no earlier run can excuse."""
    broken = [each for each in judged if each.verdict is Verdict.HARNESS_ERROR]
    if Verdict.HARNESS_ERROR.kind in terms.fail_on:
        found.problems = [_problem(each) for each in broken]
        found.causes = list(since.broken(broken))


def _compare(found: Gate, run: Run, rules: Registry, terms: Terms) -> None:
    """Compare with the earlier run. Of what is red already nothing more is said."""
    assert terms.against is not None  # noqa: S101 - the caller has seen to it
    found.since = made = since.since(terms.against, run, rules, terms.chooses)
    red = {case for cause in found.causes for case in cause.cases}
    lasting = {NOT_RUN, VANISHED} if terms.by == PROFILE else KINDS
    bad = [each for each in made.differences if each.kind in lasting and each.case not in red]
    closing = [each for each in bad if each.kind in terms.fail_on]
    found.problems.extend(map(_problem_of, closing))
    lost, did = since.causes(made, closing, run, rules, sum(found.counts.values()))
    found.causes = [*lost, *found.causes, *did]
    tolerated = Counter(found.tolerated)
    tolerated.update(each.kind for each in bad if each.kind not in terms.fail_on)
    found.tolerated = dict(tolerated)
    found.faults.extend(made.faults)


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
        because=old.told,
        remedy=old.remedy,
        place=old.place,
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


def _problem_of(each: Difference) -> Problem:
    return Problem(each.case, each.rule, each.kind, each.verdict, each.because, each.after)
