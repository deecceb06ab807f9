"""Who answers: one platform for each run file's name, and the profiles that were never run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sockspec import platform as facts
from sockspec.report.across import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Header, Run

__all__ = ["DOCUMENTED", "KINDS", "Platform", "chosen", "documented", "natural", "of", "slug"]

DOCUMENTED = "documented"
"""The kind of a platform that has a profile and was never run."""

KINDS = {
    "host": "The reference machine",
    "kernel": "Kernels",
    "system": "Systems over the reference kernel",
    "sandbox": "Sandboxes and translations",
    "stack": "Network stacks",
    "runtime": "Runtimes and libraries",
    "other": "Others",
    DOCUMENTED: "Documented, not run",
}
"""The kinds of platforms in the order of pages, with their headings."""

_ORDER = list(KINDS)


@dataclass(frozen=True, slots=True)
class Platform:
    """A column: a run, or a profile of a platform that was never run (`header` is None).

    `name` is that of the run file, `title` says what it is in a few words, `system` what
    answered and `through` by which library. `version` is that of what the run is about.
    """

    name: str
    title: str
    kind: str
    profile: str
    system: str
    through: str
    version: str = ""
    date: str = ""
    note: str = ""
    header: Header | None = None
    verdicts: Mapping[str, int] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()

    @property
    def is_run(self) -> bool:
        """Whether it answered itself; otherwise there are only documents about it."""
        return self.header is not None

    @property
    def label(self) -> str:
        """Its name at the head of a column; on the reference machine after the system's."""
        if self.kind == "host" and self.header is not None:
            return f"{self.header.platform.get('system', '')} ({self.name})"
        return self.name

    @property
    def slug(self) -> str:
        """Its name, as an address has it."""
        return slug(self.name)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Its place among the others."""
        return (_ORDER.index(self.kind), natural(self.name))


def slug(name: str) -> str:
    """A name as part of an address and of a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-") or "unnamed"


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts 6.12 behind 6.1."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(each)) if each.isdigit() else (1, each) for each in parts]


def of(
    run: Run,
    places: Mapping[str, tuple[str, str]],
    verdicts: Mapping[str, int],
    complaints: Iterable[str] = (),
) -> Platform:
    """The platform of a run, in which so many cases have which verdict.

    `places` has the kind and the title of names that are known.
    """
    name, head = name_of(run), run.header
    kind, title = places.get(name, ("other", ""))
    wrong = list(complaints)
    if run.truncated:
        answered = sum(verdicts.values())
        wrong.append(f"the run was cut short after {answered} of {head.declared} cases")
    return Platform(
        name=name,
        title=title or run.title,
        kind=kind if kind in KINDS else "other",
        profile=head.profile,
        system=facts.described(head.platform, head.label),
        through=head.implementation,
        version=_version(head),
        date=head.started[:10],
        header=head,
        verdicts=verdicts,
        complaints=tuple(wrong),
    )


def documented(profiles: Iterable[Profile], run: Sequence[Platform]) -> list[Platform]:
    """The profiles of systems about which there are only documents.

    That is: nothing in them was observed, something is documented, and no run names them.
    """
    answered = {each.profile for each in run}
    found = []
    for each in profiles:
        kinds = {recorded.entry.evidence.kind for recorded in each.entries}
        if kinds == {"documented"} and each.name not in answered:
            found.append(
                Platform(
                    name=each.name,
                    title=each.title,
                    kind=DOCUMENTED,
                    profile=each.name,
                    system=each.title,
                    through="its documentation",
                    note=each.note,
                )
            )
    return sorted(found, key=lambda each: each.rank)


def chosen(platforms: Sequence[Platform]) -> list[int]:
    """The columns to begin with: one for each profile, and all that are only documented."""
    first: dict[str, int] = {}
    for at, each in enumerate(platforms):
        if each.is_run:
            before = first.setdefault(each.profile, at)
            # Of several sandboxes and stacks the newest speaks.
            if each.kind in {"sandbox", "stack"} and _newer(each, platforms[before]):
                first[each.profile] = at
    named = [at for at, each in enumerate(platforms) if not each.is_run]
    return sorted({*first.values(), *named})


def _newer(one: Platform, other: Platform) -> bool:
    return natural(one.version) > natural(other.version)


def _version(head: Header) -> str:
    """The version of what a run is about: of a stack its own, of a kernel the kernel's."""
    told = re.search(r"\d[\w.~+-]*", head.label)
    if told:
        return told[0]
    if head.version:
        return head.version
    return "" if head.profile == "gvisor" else str(head.platform.get("version", ""))
