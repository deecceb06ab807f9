"""What features a platform has, as its profile promises, so that a loss is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sockspec.judge.entry import ALWAYS, Situation, When
from sockspec.spec.features import FEATURES, OF_THE_RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Feature", "Promise", "misfits", "promises"]


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A feature that a platform has, or with a leading `-` does not have, under conditions."""

    feature: str
    when: When = ALWAYS

    @property
    def name(self) -> str:
        """The feature, whether it is there or not."""
        return self.feature.removeprefix("-")


@dataclass(frozen=True, slots=True)
class Promise:
    """What a profile says of a feature: whether the platform has it, and which file says so."""

    feature: str
    is_there: bool
    file: str


def promises(
    layers: Iterable[tuple[str, Iterable[Feature]]], situation: Situation
) -> dict[str, Promise]:
    """What layers say of features in a situation; the last word is the last layer's.

    A layer is the file that says it, and what it says.
    """
    return {
        each.name: Promise(each.name, not each.feature.startswith("-"), file)
        for file, features in layers
        for each in features
        if situation.meets(each.when)
    }


def misfits(features: Iterable[Feature]) -> Iterator[tuple[str, str]]:
    """What of a profile's features cannot be promised, each with the remedy."""
    for each in features:
        if each.name in OF_THE_RUN:
            yield (
                f"{each.name!r} depends on how the suite is run",
                "leave it out: it is no platform's to promise",
            )
        elif each.name not in FEATURES:
            known = ", ".join(sorted(FEATURES.keys() - OF_THE_RUN))
            yield f"there is no feature {each.name!r}", f"name one of {known}"
