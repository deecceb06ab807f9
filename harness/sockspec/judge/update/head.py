"""The head of a profile: the features that it promises, as runs found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit

from sockspec.judge import compare
from sockspec.judge.verdict import Verdict, needed
from sockspec.spec.features import FEATURES, OF_THE_RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation, Run

__all__ = ["features", "with_features"]

_SHORT = 80  # characters of a list that stands in one line


def features(
    profile: Profile, runs: Sequence[Run], judged: Sequence[Sequence[Observation]]
) -> list[str]:
    """What a profile without features of its own should say; empty where nothing is due.

    Where none that it extends promises any either: what all the runs have. Else only what
    they contradict: promised, and missed in each; or denied, and there in each.
    """
    if profile.features:
        return []
    told = [profile.promises(compare.situation(run)) for run in runs]
    there = _common([set(run.header.features) for run in runs])
    if not any(told):
        return [each for each in FEATURES if each in there - OF_THE_RUN]
    missed = _common(
        [
            {needed(each.because) for each in some if each.verdict is Verdict.MISSING}
            for some in judged
        ]
    )
    denied = _common([{e.feature for e in some.values() if not e.is_there} for some in told])
    gained = there & denied
    return [
        f"-{each}" if each in missed else each for each in FEATURES if each in missed | gained
    ]


def _common(sets: Sequence[set[str]]) -> set[str]:
    return set.intersection(*sets) if sets else set()


def with_features(text: str, features: Sequence[str]) -> str:
    """The text of a profile's head with these features, all else kept."""
    document = tomlkit.parse(text)
    made = tomlkit.array()
    made.extend(features)
    made.multiline(len(str(features)) > _SHORT)
    document["features"] = made
    return tomlkit.dumps(document)
