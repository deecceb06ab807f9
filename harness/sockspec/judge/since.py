"""What became of each case since an earlier run, by the rules alone: no profile has a say."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.judge import compare
from sockspec.judge.causes import SMOKE, Cause
from sockspec.judge.profiles import Profile
from sockspec.judge.verdict import Verdict
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sockspec.judge.compare import Change
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry

__all__ = [
    "KINDS",
    "NOT_RUN",
    "VANISHED",
    "Difference",
    "Since",
    "broken",
    "causes",
    "judged",
    "since",
]

VANISHED = "vanished"
NOT_RUN = "not-run"
KINDS = (Verdict.NEW.kind, Verdict.CHANGED.kind, Verdict.FIXED.kind, VANISHED, NOT_RUN)
"""New: it conformed, or was not tried, and diverges. Changed: it does something else that is no
better and no worse. Fixed: it diverged and conforms. Vanished: it is not in the run any more.
Not run: it could be tried and now it cannot."""

_KIND_OF = {
    "regressed": Verdict.NEW.kind,
    "lateral": Verdict.CHANGED.kind,
    "improved": Verdict.FIXED.kind,
}
_ANSWERED = {each.value for each in (Verdict.CONFORMS, Verdict.NEW, Verdict.UNSPECIFIED)}
"""Of what the rules alone can say, what is said of a case that got to its point."""

_RULES_ALONE = Profile("", "", "", Path(), ())


class Difference(msgspec.Struct, frozen=True):
    """One case that did not do as in the earlier run; `kind` is one of `KINDS`.

    `before` and `after` are behaviours. `verdict` is what the rules alone say of it now, and
    `because` why; where it is not in the run, `because` says whether the suite has it.
    """

    kind: str
    case: str
    rule: str
    before: list[str]
    after: list[str]
    verdict: str
    because: str


@dataclass(frozen=True)
class Since:
    """A run beside an earlier one.

    `run` is the path of the earlier one, `started` when it began. `unlike` has what else the
    two do not have in common (a version, a backend, an end), `faults` what cannot be compared.
    """

    run: str
    started: str
    differences: list[Difference] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Difference]:
        """The differences of a kind."""
        return [each for each in self.differences if each.kind == kind]

    def reasons(self, kind: str) -> dict[str, int]:
        """Why there are differences of a kind, and how many for each reason, most first."""
        return dict(Counter(each.because for each in self.of(kind)).most_common())

    def as_data(self) -> dict[str, Any]:
        """What `sockspec gate --format json` prints of it."""
        return {
            "run": self.run,
            "started": self.started,
            "unlike": self.unlike,
            **{kind: msgspec.to_builtins(self.of(kind)) for kind in KINDS},
        }


def judged(run: Run, rules: Registry) -> list[Observation]:
    """The observations of a run as the rules alone judge them."""
    return compare.rejudge(run, rules, _RULES_ALONE)


def since(before: Run, run: Run, rules: Registry, chooses: Callable[[str], bool]) -> Since:
    """Compare a run with an earlier one, of the cases that `chooses` takes.

    Both are judged by today's rules, so that a rule that was changed is no difference.
    """
    was, now = (_by_rules(each, rules) for each in (before, run))
    found = Since(before.path, before.header.started)
    seen = now.by_case()
    for change in compare.diff(was, now):
        kind = _kind(change)
        if kind and chooses(change.case):
            found.differences.append(_difference(kind, change, seen, rules))
    found.unlike.extend(_unlike(before, run))
    if before.header.is_newer:
        found.faults.extend(
            f"{before.path}: {each}" for each in compare.unjudged(before, rules)
        )
    return found


def _by_rules(run: Run, rules: Registry) -> Run:
    return type(run)(run.path, run.header, judged(run, rules), run.footer)


def _kind(change: Change) -> str:
    """The kind of difference that a change is; empty where it is none."""
    was, is_now = change.verdict_before in _ANSWERED, change.verdict_after in _ANSWERED
    if was and is_now:
        return _KIND_OF[change.direction]
    if was:
        return VANISHED if change.kind == "deleted" else NOT_RUN
    return Verdict.NEW.kind if change.verdict_after == Verdict.NEW else ""


def _difference(
    kind: str, change: Change, seen: dict[str, Observation], rules: Registry
) -> Difference:
    case, now = rules.case(change.case), seen.get(change.case)
    absent = "not in this run" if case else "not in the suite any more"
    return Difference(
        kind=kind,
        case=change.case,
        rule=case.rule.id if case else change.case.partition("[")[0],
        before=change.before,
        after=change.after,
        verdict=change.verdict_after or VANISHED,
        because=now.because if now else absent,
    )


def _unlike(before: Run, run: Run) -> Iterator[str]:
    if before.truncated:
        yield "it was cut short: what it had not reached is compared with nothing"
    for what, old, new in compare.identities(before, run):
        if old != new:
            yield f"{what} was {old or 'not told'}, is {new or 'not told'}"


# -- causes ------------------------------------------------------------------------------


_REMEDY = {
    VANISHED: "run them too, or choose with --rule what is compared",
    NOT_RUN: "bring back what is missing, or compare with a run that has not had it either",
    Verdict.FIXED.kind: "keep this run as the earlier one from now on",
}
_MEANT = "fix it, or keep this run as the earlier one where it is meant"


def causes(
    found: Since, differences: Iterable[Difference], run: Run, rules: Registry, of: int
) -> tuple[list[Cause], list[Cause]]:
    """The causes of differences: of what is lost by reason, and of what was done by rule.

    `of` is how many cases the run has.
    """
    lost: dict[tuple[str, str], list[Difference]] = {}
    did: dict[tuple[str, str, str, str], list[Difference]] = {}
    for each in differences:
        if each.kind in {VANISHED, NOT_RUN}:
            lost.setdefault((each.kind, each.because), []).append(each)
        else:
            was, now = (_and(names) for names in (each.before, each.after))
            did.setdefault((each.kind, each.rule, was, now), []).append(each)
    first = sorted(lost.values(), key=lambda alike: -len(alike))
    then = sorted(
        did.values(), key=lambda a: (KINDS.index(a[0].kind), -len(a), a[0].rule, a[0].case)
    )
    return (
        [_lost(found, alike, of) for alike in first],
        [_did(found, alike, run, rules) for alike in then],
    )


def broken(errors: Iterable[Observation]) -> Iterator[Cause]:
    """The causes of harness errors, where no profile has judged: by reason."""
    by_reason: dict[str, list[Observation]] = {}
    for each in errors:
        by_reason.setdefault(each.because, []).append(each)
    for because, alike in by_reason.items():
        yield Cause(
            kind=Verdict.HARNESS_ERROR.kind,
            verdict=Verdict.HARNESS_ERROR.value,
            told=f"{because}: {number(len(alike), 'case')}",
            because=because,
            remedy=SMOKE,
            cases=[each.case for each in alike],
        )


def _lost(found: Since, alike: list[Difference], of: int) -> Cause:
    first = alike[0]
    told = f"{number(len(alike), 'case')} that {found.run} tried: {first.because}"
    return Cause(
        kind=first.kind,
        verdict=VANISHED if first.kind == VANISHED else "not tried any more",
        told=told,
        cases=[each.case for each in alike],
        of=of,
        because=first.because,
        remedy=_REMEDY[first.kind],
    )


def _did(found: Since, alike: list[Difference], run: Run, rules: Registry) -> Cause:
    first = alike[0]
    rule = rules.resolve(first.rule)
    assert rule is not None  # noqa: S101 - it has judged them
    meant = "; ".join(filter(None, map(rule.meaning, first.after)))
    before = f"{found.run} did {_and(first.before)}" if first.before else "it was not tried"
    commands = [
        ["sockspec", "diff", found.run, run.path, "--rule", first.case],
        ["sockspec", "reproduce", first.case, run.path],
    ]
    return Cause(
        kind=first.kind,
        verdict=f"{first.kind} since {found.run}",
        told=rule.sentence,
        rule=rule.id,
        level=rule.level.value,
        cases=[each.case for each in alike],
        of=sum(each.rule.id == rule.id for each in filter(None, map(rules.case, _ids(run)))),
        behaviours=first.after,
        compared=f"{before}, this run did {_and(first.after)}" + (meant and f" ({meant})"),
        because=first.because,
        remedy=_REMEDY.get(first.kind, _MEANT),
        commands=list(map(shlex.join, commands)),
        link=rule.sources[0].link if rule.sources else "",
    )


def _ids(run: Run) -> Iterator[str]:
    return (each.case for each in run.observations)


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)
