"""The head of a profile: the features that it promises, as runs found them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomlkit

from sockspec.judge import compare
from sockspec.judge.entry import When
from sockspec.judge.verdict import Verdict, needed
from sockspec.spec.features import FEATURES, OF_THE_RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation, Run

__all__ = ["Promised", "features", "with_features"]

_SHORT = 80  # characters of a list that stands in one line


@dataclass(frozen=True, slots=True)
class Promised:
    """What a profile should promise beside what it does, and what of its words is wrong."""

    more: list[str]
    wrong: list[str]

    def __bool__(self) -> bool:
        return bool(self.more or self.wrong)


def features(
    profile: Profile, runs: Sequence[Run], judged: Sequence[Sequence[Observation]]
) -> Promised:
    """The edits that are due to what a profile promises.

    Where it promises nothing, and none that it extends does: what all the runs have. Else only
    what they contradict: promised by one that it extends, and missed in each; or denied, and
    there in each. What it promises itself and a run misses is a loss, for people to look at;
    so is what it says under conditions.
    """
    own = {each.name for each in profile.features}
    told = [profile.promises(compare.situation(run)) for run in runs]
    there = _common([set(run.header.features) for run in runs])
    if not own and not any(told):
        return Promised([each for each in FEATURES if each in there - OF_THE_RUN], [])
    missed = _common(
        [
            {needed(each.because) for each in some if each.verdict is Verdict.MISSING}
            for some in judged
        ]
    )
    denied = _common([{e.feature for e in some.values() if not e.is_there} for some in told])
    gained = there & denied
    more = [
        f"-{each}" if each in missed else each
        for each in FEATURES
        if each in (missed | gained) - own
    ]
    plain = [each.feature for each in profile.features if each.when == When()]
    return Promised(more, [f"-{each}" for each in gained if f"-{each}" in plain])


def _common(sets: Sequence[set[str]]) -> set[str]:
    return set.intersection(*sets) if sets else set()


def with_features(text: str, promised: Promised) -> str:
    """The text of a profile's head with these edits to its features, all else kept."""
    document = tomlkit.parse(text)
    old = document.get("features", tomlkit.array())
    stay = [each for each in old if each not in promised.wrong]
    made = tomlkit.array()
    made.extend([*stay, *promised.more])
    made.multiline(len(str(made.unwrap())) > _SHORT)
    document["features"] = made
    return tomlkit.dumps(document)
