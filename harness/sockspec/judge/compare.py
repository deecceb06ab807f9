"""Comparing: a run with its profile, a run with a run (diff), parts into one (merge)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sockspec import __version__
from sockspec.errors import UsageError
from sockspec.judge import sets
from sockspec.judge.profiles import Situation
from sockspec.judge.runfile import Observation
from sockspec.judge.verdict import ARRANGING, Verdict, judge, needed, trouble_of
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Run
    from sockspec.judge.verdict import Expectation, Judgement
    from sockspec.spec.choose import Choice
    from sockspec.spec.rules import Case, Registry, Rule

__all__ = [
    "KINDS",
    "Change",
    "diff",
    "identities",
    "judged",
    "merge",
    "once",
    "promised_features",
    "rejudge",
    "rejudged",
    "situation",
    "unjudged",
]

_MOST = 5  # unknown rules that are named


# -- one run ---------------------------------------------------------------------------


def situation(run: Run) -> Situation:
    """What the conditions of profiles are compared with for a run."""
    head = run.header
    return Situation(head.platform, head.backend, frozenset(head.features), head.stands_in_for)


def rejudge(run: Run, rules: Registry, profile: Profile) -> list[Observation]:
    """The observations of a run, judged by today's rules and profile.

    What was seen does not change; what it means can, when a profile was edited after
    the run. Ids and names of behaviours become today's. A case that the suite no longer has
    is left as it was judged. Where two cases of the run are one today, the one that has kept
    its id stands for both.
    """
    here = situation(run)
    promised = promised_features(run, profile)
    judged: dict[str, Observation] = {}
    meanings = _Meanings(promised)
    for observation in run.observations:
        case = rules.case(observation.case)
        if case is None:
            judged[observation.case] = observation
        elif case.id == observation.case or case.id not in judged:
            arranged = not observation.because.startswith(ARRANGING)
            expected = profile.expectation(case, here, arranged=arranged)
            meaning = meanings.of(observation, case, expected)
            judged[case.id] = _rejudged(observation, case, expected, meaning)
    return list(judged.values())


def rejudged(run: Run, rules: Registry, profile: Profile) -> Run:
    """The run with what `rejudge` makes of it. Cases that are one today are declared as one."""
    today = rejudge(run, rules, profile)
    joined = len(run.observations) - len(today)
    header = msgspec.structs.replace(run.header, declared=run.header.declared - joined)
    return type(run)(run.path, header, today, run.footer, run.complaint)


def promised_features(run: Run, profile: Profile) -> frozenset[str]:
    """What the platform of a run has, as its profile says; a backend may disclaim it."""
    told = profile.promises(situation(run)).values()
    return frozenset(each.feature for each in told if each.is_there) - {*run.header.disclaimed}


class _Meaning(NamedTuple):
    """What an observation means today, and the same as its line has it.

    `is_named`: whether its behaviours have the names of today.
    """

    judgement: Judgement
    unexpected: list[str]
    records: list[str]
    is_named: bool


class _Meanings:
    """Of each rule what was seen, and what that means: most of its cases do the same."""

    def __init__(self, promised: Collection[str]) -> None:
        self._promised = promised
        self._known: dict[tuple[Rule, Expectation, tuple[str, ...]], _Meaning] = {}

    def of(self, seen: Observation, case: Case, expected: Expectation) -> _Meaning:
        key = (case.rule, expected, (seen.verdict, seen.because, *seen.behaviours))
        known = self._known.get(key)
        if known is None:
            behaviours, judgement = judged(seen, case, expected, self._promised)
            records = sorted(expected.behaviours or case.rule.conforming)
            is_named = behaviours == seen.behaviours
            known = _Meaning(judgement, list(judgement.unexpected), records, is_named)
            self._known[key] = known
        return known


def _rejudged(
    observation: Observation, case: Case, expected: Expectation, meaning: _Meaning
) -> Observation:
    judgement, unexpected, records, is_named = meaning
    is_todays = is_named and case.id == observation.case
    if (
        is_todays
        and judgement.verdict is observation.verdict
        and judgement.because == observation.because
        and expected.origin == observation.origin
        and records == observation.expected
        and unexpected == observation.unexpected
    ):
        return observation
    today = case.rule.today
    # By position: it is done for every case of a run, and names take several times as long.
    return Observation(
        case.id,
        case.rule.id,
        observation.parameters if is_todays else dict(case.parameters),
        {today(name): n for name, n in observation.behaviours.items()},
        judgement.verdict,
        judgement.because,
        records,
        expected.origin,
        unexpected,
        observation.witness
        if is_todays
        else {today(name): one for name, one in observation.witness.items()},
        observation.examples,
        observation.calls,
        observation.seconds,
        observation.test,
    )


def judged(
    seen: Observation, case: Case, expected: Expectation, promised: Collection[str]
) -> tuple[dict[str, int], Judgement]:
    """The behaviours that were seen, by the names of today, and what they mean."""
    behaviours = {case.rule.today(name): n for name, n in seen.behaviours.items()}
    trouble = trouble_of(seen.verdict, seen.because)
    return behaviours, judge(case, expected, behaviours, trouble, promised)


def once(judged: Iterable[Observation]) -> Iterator[Observation]:
    """The same, but for a feature that is missing one in place of all that need it."""
    needing: dict[str, list[Observation]] = {}
    for each in judged:
        if each.verdict is Verdict.MISSING:
            needing.setdefault(needed(each.because), []).append(each)
        else:
            yield each
    for feature, cases in needing.items():
        because = f"{number(len(cases), 'case')}: {cases[0].because}"
        yield msgspec.structs.replace(
            cases[0], case=feature, rule="", parameters={}, because=because
        )


def unjudged(run: Run, rules: Registry) -> list[str]:
    """What of a run this sockspec cannot judge, and so must not call fine: a line each."""
    found = []
    if run.header.is_newer:
        found.append(
            f"sockspec {run.header.suite} wrote it, this is {__version__}: what it means is "
            "not known here; upgrade, or run again"
        )
    unknown = [each for each in run.observations if rules.case(each.case) is None]
    if unknown:
        names = list(dict.fromkeys(each.rule for each in unknown))
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        found.append(
            f"{number(len(unknown), 'case')} of rules or parameters that this sockspec does "
            f"not have cannot be judged: {', '.join(names[:_MOST])}{more}; run again"
        )
    return found


# -- diff ---------------------------------------------------------------------------


KINDS = ("added", "deleted", "changed", "improved", "regressed", "lateral")
"""The kinds of changes, and the directions."""


class Change(msgspec.Struct, frozen=True):
    """One case that two runs do not have alike.

    `kind` is added, deleted or changed; `direction` improved, regressed or lateral, by
    whether the behaviours conform to the rule.
    """

    case: str
    kind: str
    direction: str
    before: list[str]
    after: list[str]
    verdict_before: str
    verdict_after: str

    @property
    def kinds(self) -> set[str]:
        """What it can be failed on for: its kind and its direction."""
        return {self.kind, self.direction}


_GOOD = {Verdict.CONFORMS, Verdict.FIXED, Verdict.CHANGED}
_NEITHER = {Verdict.UNSPECIFIED, Verdict.UNSUPPORTED}
_BAD = {Verdict.MISSING, Verdict.KNOWN, Verdict.NEW}
_BAD |= {Verdict.INDETERMINATE, Verdict.HARNESS_ERROR}


def _rank(observation: Observation | None) -> int:
    if observation is None or observation.verdict in _NEITHER:
        return 0
    return 1 if observation.verdict in _GOOD else -1


def diff(
    before: Run, after: Run, *, choice: Choice | None = None, common: bool = False
) -> list[Change]:
    """What changed from one run to another: platforms, backends or commits alike.

    Of the cases of a `choice` only; of the `common` ones only, which both runs could try.
    """
    old, new = before.by_case(), after.by_case()
    cases = old.keys() | new.keys()
    if common:
        cases = sets.tried(before) & sets.tried(after)
    if choice is not None:
        cases = {case for case in cases if choice.has_id(case)}
    return [
        change
        for case in sorted(cases)
        if (change := _change(case, old.get(case), new.get(case))) is not None
    ]


def _change(case: str, old: Observation | None, new: Observation | None) -> Change | None:
    seen_before = sorted(old.behaviours) if old else []
    seen_after = sorted(new.behaviours) if new else []
    same_verdict = old is not None and new is not None and old.verdict is new.verdict
    if same_verdict and seen_before == seen_after:
        return None
    step = _rank(new) - _rank(old)
    return Change(
        case=case,
        kind="added" if old is None else "deleted" if new is None else "changed",
        direction="improved" if step > 0 else "regressed" if step < 0 else "lateral",
        before=seen_before,
        after=seen_after,
        verdict_before=old.verdict.value if old else "",
        verdict_after=new.verdict.value if new else "",
    )


# -- merge --------------------------------------------------------------------------


_UNSEEN = (Verdict.HARNESS_ERROR, Verdict.INDETERMINATE)
"""Verdicts on cases that say nothing of their rule."""


def merge(runs: Sequence[Run]) -> Run:
    """One run out of parts of the same suite, platform and backend.

    Of a case that one part could not judge, for a harness error or because it never got to its
    point, another part's is taken. Raises `UsageError` when the parts do not belong together or
    a case is in two of them with different behaviours.
    """
    first = runs[0]
    for other in runs[1:]:
        for what, mine, theirs in identities(first, other):
            if mine != theirs:
                raise UsageError(
                    f"{what} is {theirs!r}, in {first.path} it is {mine!r}",
                    file=other.path,
                    remedy="merge parts of one run; `sockspec report` takes runs of any kind",
                )
    merged: dict[str, Observation] = {}
    for run in runs:
        if run.header.is_newer:
            raise UsageError(
                f"sockspec {run.header.suite} wrote it, and this is {__version__}: it may hold "
                "what would be lost here",
                file=run.path,
                remedy="merge it with the sockspec that wrote it",
            )
        if run.truncated:
            raise UsageError(
                "is truncated", file=run.path, remedy="run that part again, or leave it out"
            )
        for observation in run.observations:
            old = merged.setdefault(observation.case, observation)
            if old.verdict in _UNSEEN:
                merged[observation.case] = observation
            elif observation.verdict in _UNSEEN:
                continue
            elif old.behaviours.keys() != observation.behaviours.keys():
                raise UsageError(
                    f"{observation.case} did {', '.join(observation.behaviours)} here and "
                    f"{', '.join(old.behaviours)} in an earlier part",
                    file=run.path,
                    remedy="a case that changes between runs is a finding: look at both",
                )
    header = msgspec.structs.replace(first.header, selection=_selected(runs))
    return type(first)(first.path, header, list(merged.values()), first.footer)


def _selected(runs: Sequence[Run]) -> list[str]:
    """What chose the cases of all parts; nothing where that is not known of one."""
    chosen = [run.header.selection for run in runs]
    every = [each for some in chosen for each in some]
    return list(dict.fromkeys(every)) if all(chosen) else []


def identities(one: Run, other: Run) -> Iterator[tuple[str, Any, Any]]:
    """What tells two runs apart: each fact's name, and what either has."""
    for name in ("suite", "backend", "implementation", "version", "label", "profile"):
        yield name, getattr(one.header, name), getattr(other.header, name)
    for name in ("system", "version", "machine", "libc", "interpreter_version"):
        yield name, one.header.platform.get(name), other.header.platform.get(name)
