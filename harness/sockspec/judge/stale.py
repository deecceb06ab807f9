"""What a profile says of a platform and a run shows not to be so any more.

Of behaviours the verdicts tell. Here it is what a profile says is not there: a feature, or a
state that cannot be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.judge import compare
from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sockspec.judge.cannot import Barred
    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry

__all__ = ["Stale", "find", "is_idle"]

_NO_WORD = {Verdict.UNSUPPORTED, Verdict.MISSING, Verdict.HARNESS_ERROR, Verdict.INDETERMINATE}


@dataclass(frozen=True, slots=True)
class Stale:
    """Something that is there now: `name` is the feature, or the call that fails no more.

    `place` is the entry that says otherwise, by file and line, where one line does.
    """

    name: str
    rule: str
    told: str
    remedy: str
    place: str = ""


def find(
    run: Run, judged: Sequence[Observation], rules: Registry, profile: Profile
) -> Iterator[Stale]:
    """What is stale in a profile, as far as a run can tell: of some cases it may tell less."""
    here = compare.situation(run)
    for each in profile.promises(here).values():
        if not each.is_there and each.feature in run.header.features:
            yield Stale(
                each.feature,
                "",
                f"{each.feature} is there, and {each.file} says that it is not",
                f'take "-{each.feature}" out of it, or overrule it in a nearer profile',
            )
    seen = {each.case: each for each in judged}
    for barred in () if run.truncated else profile.barred:
        if here.meets(barred.entry.when) and is_idle(barred, seen, rules):
            call = barred.entry.call
            yield Stale(
                call,
                barred.entry.rule,
                f"no case fails at {call} as {barred.origin} says",
                f"remove the entry at {barred.origin}",
                barred.origin,
            )


def is_idle(barred: Barred, seen: Mapping[str, Observation], rules: Registry) -> bool:
    """Whether a run that tried all cases of an entry `cannot` failed in none of them so."""
    covered = [
        seen.get(case.id) for rule in rules.rules.values() for case in barred.cases(rule)
    ]
    there = [each for each in covered if each is not None]
    if len(there) < len(covered) or any(map(barred.bars, there)):
        return False
    return any(each.verdict not in _NO_WORD for each in there)
