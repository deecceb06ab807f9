"""What Linux does in a case, to compare others with: as its profile records it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from sockspec.errors import UsageError
from sockspec.judge.entry import Situation
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Case

__all__ = ["Linux"]

_NAME = "linux"
_USUAL = {"libc": "glibc", "interpreter": "CPython"}


@dataclass(frozen=True)
class Linux:
    """Linux as it was observed, through no backend's own ways."""

    name: str
    profile: Profile
    situation: Situation

    @classmethod
    def of(cls, run: Run, profile: Profile, catalogue: Catalogue) -> Linux | None:
        """The version that a run was on, else the newest that was observed.

        None where there is no profile of Linux.
        """
        layers = (layer for layer in profile.layers() if layer.name == _NAME)
        found = next(layers, None) or _loaded(catalogue)
        if found is None:
            return None
        facts: Mapping[str, Any] = run.header.platform
        if facts.get("profile") != _NAME:
            facts = _observed(found)
        features = frozenset({*run.header.features, *run.header.missing})
        name = f"Linux {facts.get('version', '')}".strip()
        return cls(name, found, Situation(facts, "", features))

    def does(self, case: Case) -> list[str]:
        """The behaviours recorded, else those that the rule asks for."""
        recorded = self.profile.expectation(case, self.situation).behaviours
        if not recorded and case.rule.level is not Level.UNSPECIFIED:
            recorded = case.rule.conforming
        return sorted(recorded)


def _loaded(catalogue: Catalogue) -> Profile | None:
    try:
        return catalogue.load(_NAME)
    except UsageError:
        return None


def _observed(profile: Profile) -> Mapping[str, Any]:
    """The facts of the newest Linux on which something of its profile was observed."""
    evidence = {each.entry.evidence.on for each in profile.entries}
    found = [told for on in evidence if (told := re.fullmatch(r"Linux ([\d.]+) (\w+)", on))]
    if not found:
        return _USUAL
    newest = max(found, key=lambda told: Version(told[1]))
    return {**_USUAL, "version": newest[1], "machine": newest[2]}
