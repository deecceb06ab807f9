"""Comparing: a run with its profile (gate), a run with a run (diff), parts into one (merge)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.judge import profiles, sets
from sockspec.judge.answers import FILE
from sockspec.judge.profiles import Situation
from sockspec.judge.verdict import Trouble, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile, Recorded
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.choose import Choice
    from sockspec.spec.rules import Case, Registry

__all__ = [
    "KINDS",
    "Change",
    "Gate",
    "Problem",
    "diff",
    "gate",
    "merge",
    "rejudge",
    "situation",
]


# -- gate ---------------------------------------------------------------------------


class Problem(msgspec.Struct, frozen=True):
    """One red case, and the edit that would make it green if the behaviour is right."""

    case: str
    rule: str
    verdict: str
    because: str
    behaviours: list[str]
    edit: str


@dataclass
class Gate:
    """The answer of a gate: open when nothing is red."""

    run: str
    profile: str
    counts: dict[str, int]
    problems: list[Problem] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 fine; 1 divergence; 3 harness error or indeterminate; 5 nothing ran."""
        ran = sum(
            number for name, number in self.counts.items() if name != Verdict.UNSUPPORTED.value
        )
        broken = {Verdict.HARNESS_ERROR.value, Verdict.INDETERMINATE.value}
        if self.faults or any(problem.verdict in broken for problem in self.problems):
            return 3
        if self.problems:
            return 1
        return 0 if ran else 5

    def as_data(self) -> dict[str, Any]:
        """What `sockspec gate --format json` prints."""
        return {
            "run": self.run,
            "profile": self.profile,
            "open": self.exit_code == 0,
            "exit": self.exit_code,
            "counts": self.counts,
            "problems": msgspec.to_builtins(self.problems),
            "faults": self.faults,
            "warnings": self.warnings,
        }


def situation(run: Run) -> Situation:
    """What the conditions of profiles are compared with for a run."""
    head = run.header
    return Situation(head.platform, head.backend, frozenset(head.features))


def rejudge(run: Run, rules: Registry, profile: Profile) -> list[Observation]:
    """The observations of a run, judged by today's rules and profile.

    What was seen does not change; what it means can, when a profile was edited after
    the run. Ids and names of behaviours become today's. A case that the suite no longer has
    is left as it was judged. Where two cases of the run are one today, the one that has kept
    its id stands for both.
    """
    here = situation(run)
    judged: dict[str, Observation] = {}
    for observation in run.observations:
        case = rules.case(observation.case)
        if case is None:
            judged[observation.case] = observation
        elif case.id == observation.case or case.id not in judged:
            judged[case.id] = _rejudged(observation, case, profile, here)
    return list(judged.values())


def _rejudged(
    observation: Observation, case: Case, profile: Profile, here: Situation
) -> Observation:
    expected = profile.expectation(case, here)
    trouble = None
    if observation.verdict.value in set(Trouble):
        trouble = (Trouble(observation.verdict.value), observation.because)
    behaviours = {case.rule.today(name): n for name, n in observation.behaviours.items()}
    judgement = judge(case, expected, behaviours, trouble)
    return msgspec.structs.replace(
        observation,
        case=case.id,
        rule=case.rule.id,
        parameters=dict(case.parameters),
        behaviours=behaviours,
        witness={case.rule.today(name): one for name, one in observation.witness.items()},
        verdict=judgement.verdict,
        because=judgement.because,
        expected=sorted(expected.behaviours or case.rule.conforming),
        origin=expected.origin,
        unexpected=list(judgement.unexpected),
    )


def gate(run: Run, rules: Registry, catalogue: Catalogue, *, drafting: bool = False) -> Gate:
    """Judge a run by the profile of a catalogue and say what keeps it from being green.

    While `drafting`, entries that are unfinished are warnings.
    """
    profile = catalogue.load(catalogue.judging(run.header.profile))
    judged = rejudge(run, rules, profile)
    counts: dict[str, int] = {}
    for each in judged:
        counts[each.verdict.value] = counts.get(each.verdict.value, 0) + 1
    found = Gate(run.path, profile.name, dict(sorted(counts.items())))
    found.problems = [_problem(each, run, profile) for each in judged if each.verdict.is_red]
    found.faults.extend(map(str, profiles.check(profile, rules, situation(run))))
    (found.warnings if drafting else found.faults).extend(map(str, profile.drafts))
    if run.truncated:
        found.faults.append(
            f"{run.path}: the run file has no footer: the run was cut short, "
            f"{len(run.observations)} of {run.header.declared} cases are there"
        )
    if run.footer is not None:
        found.faults.extend(run.footer.errors)
    return found


def _problem(observation: Observation, run: Run, profile: Profile) -> Problem:
    return Problem(
        case=observation.case,
        rule=observation.rule,
        verdict=observation.verdict.value,
        because=observation.because,
        behaviours=sorted(observation.behaviours),
        edit=_edit(observation, run, profile),
    )


def _edit(observation: Observation, run: Run, profile: Profile) -> str:
    match observation.verdict:
        case Verdict.CHANGED if observation.origin == f"{profile.name}/{FILE}":
            return (
                "if it is right, make the table anew: `sockspec update --answers --write RUNS`"
            )
        case Verdict.FIXED | Verdict.CHANGED if not _is_own(observation, profile):
            # The layer below is right on its own platforms: this one is more precise.
            return _entry(observation, run, profile)
        case Verdict.FIXED:
            return f"remove the entry at {observation.origin}"
        case Verdict.CHANGED:
            seen = ", ".join(sorted(observation.behaviours))
            return f"record {seen} in the entry at {observation.origin}, with why and source"
        case Verdict.NEW:
            return _entry(observation, run, profile)
        case _:
            return ""


def _is_own(observation: Observation, profile: Profile) -> bool:
    return any(each.origin == observation.origin for each in profile.entries)


def _is_backends(origin: Sequence[Recorded]) -> bool:
    # An entry on a backend wins over all others, so that only another one can correct it.
    return any(each.entry.when.backend for each in origin)


def _entry(observation: Observation, run: Run, profile: Profile) -> str:
    facts = run.header.platform
    behaviours = sorted(observation.behaviours)
    value = f'"{behaviours[0]}"' if len(behaviours) == 1 else str(behaviours).replace("'", '"')
    case = ", ".join(f'{name} = "{value}"' for name, value in observation.parameters.items())
    origin = [
        each
        for layer in profile.layers()
        for each in layer.entries
        if each.origin == observation.origin
    ]
    area = observation.rule.partition(".")[0]
    on = f"{facts['system']} {facts['version']} {facts['machine']}"
    today = datetime.datetime.now(datetime.UTC).date()
    lines = [
        _where(profile, f"{area}.toml"),
        "[[entry]]",
        f'rule = "{observation.rule}"',
        *([f"case = {{ {case} }}"] if case else []),
        *([f'when = {{ backend = "{run.header.backend}" }}'] if _is_backends(origin) else []),
        f"behaviour = {value}",
        'why = "..."',
        'source = "https://..."',
        f'evidence = {{ kind = "observed", on = "{on}", date = {today} }}',
    ]
    return "\n".join(lines)


def _where(profile: Profile, file: str) -> str:
    if profile.is_installed:
        return (
            f"if it is right, add to {file} of a profile of yours that extends "
            f"{profile.name} (`sockspec init` makes one):"
        )
    return f"if it is right, add to {locate.shown(profile.folder / file)}:"


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
_BAD = {Verdict.KNOWN, Verdict.NEW, Verdict.INDETERMINATE, Verdict.HARNESS_ERROR}


def _rank(observation: Observation | None) -> int:
    if observation is None or observation.verdict in {Verdict.UNSPECIFIED, Verdict.UNSUPPORTED}:
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


def merge(runs: Sequence[Run]) -> Run:
    """One run out of parts of the same suite, platform and backend.

    Raises `UsageError` when the parts do not belong together or a case is in two of them
    with different behaviours.
    """
    first = runs[0]
    for other in runs[1:]:
        for what, mine, theirs in _identities(first, other):
            if mine != theirs:
                raise UsageError(
                    f"{what} is {theirs!r}, in {first.path} it is {mine!r}",
                    file=other.path,
                    remedy="merge parts of one run; `sockspec report` takes runs of any kind",
                )
    merged: dict[str, Observation] = {}
    for run in runs:
        if run.truncated:
            raise UsageError(
                "is truncated", file=run.path, remedy="run that part again, or leave it out"
            )
        for observation in run.observations:
            old = merged.setdefault(observation.case, observation)
            if old.behaviours.keys() != observation.behaviours.keys():
                raise UsageError(
                    f"{observation.case} did {', '.join(observation.behaviours)} here and "
                    f"{', '.join(old.behaviours)} in an earlier part",
                    file=run.path,
                    remedy="a case that changes between runs is a finding: look at both",
                )
    return type(first)(first.path, first.header, list(merged.values()), first.footer)


def _identities(one: Run, other: Run) -> Iterator[tuple[str, Any, Any]]:
    for name in ("suite", "backend", "implementation", "profile"):
        yield name, getattr(one.header, name), getattr(other.header, name)
    for name in ("system", "version", "machine", "libc", "interpreter_version"):
        yield name, one.header.platform.get(name), other.header.platform.get(name)
