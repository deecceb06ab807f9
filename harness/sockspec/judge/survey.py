"""A profile in a few lines: where it is, what it holds, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sockspec import locate
from sockspec.errors import SockspecError
from sockspec.judge import profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile
    from sockspec.spec.rules import Registry

__all__ = ["Survey", "lines", "of"]


@dataclass(frozen=True)
class Survey:
    """What is found of a profile; `profile` is None where it cannot be read."""

    name: str
    folder: str
    found: str
    profile: Profile | None
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong; a draft may be unfinished."""
        return not self.problems

    def as_data(self) -> dict[str, Any]:
        """What `sockspec platforms --format json` prints."""
        profile = self.profile
        entries = profile.entries if profile else ()
        kinds = [recorded.entry.evidence.kind for recorded in entries]
        return {
            "name": self.name,
            "title": profile.title if profile else "",
            "extends": [layer.name for layer in profile.layers()][1:] if profile else [],
            "folder": self.folder,
            "found": self.found,
            "observed": kinds.count("observed"),
            "documented": kinds.count("documented"),
            "note": profile.note if profile else "",
            "problems": self.problems,
            "warnings": self.warnings,
        }


def of(catalogue: Catalogue, name: str, registry: Registry) -> Survey:
    """Read a profile with its layers and compare it with the rules."""
    folder = found = ""
    try:
        place = catalogue.place(name)
        folder, found = locate.shown(place.folder), place.found
        profile = catalogue.load(name)
    except SockspecError:
        return Survey(name, folder, found, None, [_all_of(catalogue, name, registry)])
    problems = [str(each) for each in profiles.check(profile, registry)]
    return Survey(name, folder, found, profile, problems, list(map(str, profile.drafts)))


def _all_of(catalogue: Catalogue, name: str, registry: Registry) -> str:
    """Everything that is wrong with a profile that cannot be read, the rules among it."""
    try:
        catalogue.load(name, registry)
    except SockspecError as error:
        return str(error)
    return ""


def lines(found: Iterable[Survey]) -> Iterator[str]:
    """What `sockspec platforms` prints."""
    for each in found:
        told = each.as_data()
        extends = "".join(f" extends {name}" for name in told["extends"])
        yield (
            f"{each.name}{extends}: {told['observed']} entries observed, "
            f"{told['documented']} documented; {each.folder} ({each.found})"
        )
        yield from (f"  error: {problem}" for problem in each.problems)
        yield from (f"  warning: {warning}" for warning in each.warnings)
