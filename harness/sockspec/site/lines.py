"""Since and until which version: what was run in several versions, and what changed between."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.site.platforms import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sockspec.site.model import Answer
    from sockspec.site.platforms import Platform

__all__ = ["Line", "Span", "lines", "single"]


@dataclass(frozen=True, slots=True)
class Span:
    """What was seen in neighbouring versions, from the first to the last of them.

    `behaviours` are several where one version did not do the same everywhere. `is_first` and
    `is_last`: no older, no newer version was run.
    """

    behaviours: tuple[str, ...]
    since: str
    until: str
    is_first: bool
    is_last: bool

    @property
    def words(self) -> str:
        """When that was, as people say it."""
        if self.is_first and self.is_last:
            return f"in every version that was run, {self._range}"
        if self.is_first:
            return f"up to {self.until}"
        if self.is_last:
            return f"since {self.since}"
        return self._range

    @property
    def _range(self) -> str:
        return self.since if self.since == self.until else f"{self.since} to {self.until}"


@dataclass(frozen=True, slots=True)
class Line:
    """The versions of one thing, oldest first, each with the platforms that ran it."""

    name: str
    versions: tuple[tuple[str, tuple[int, ...]], ...]

    def spans(self, answers: Sequence[Answer | None]) -> list[Span]:
        """What was seen in a case, by neighbouring versions that did the same."""
        seen = []
        for version, platforms in self.versions:
            given = (answers[at] for at in platforms)
            names = sorted({each.behaviour for each in given if each and each.behaviour})
            if names:
                seen.append((version, tuple(names)))
        runs = [list(run) for _, run in itertools.groupby(seen, lambda each: each[1])]
        return [
            Span(run[0][1], run[0][0], run[-1][0], at == 0, at == len(runs) - 1)
            for at, run in enumerate(runs)
        ]


def lines(platforms: Sequence[Platform]) -> list[Line]:
    """What was run in at least two versions."""
    found: dict[str, dict[str, list[int]]] = {}
    for at, each in enumerate(platforms):
        for name, version in _places(each):
            found.setdefault(name, {}).setdefault(version, []).append(at)
    return [
        Line(
            name,
            tuple(
                (version, tuple(members[version])) for version in sorted(members, key=natural)
            ),
        )
        for name, members in sorted(found.items())
        if len(members) > 1
    ]


def single(platforms: Sequence[Platform]) -> list[Line]:
    """What has a version of its own, and was run in one of them: no change can be told."""
    found: dict[str, dict[str, list[int]]] = {}
    for at, each in enumerate(platforms):
        told = _OWN.match(each.system)
        if told and told[1] != "Linux":
            found.setdefault(told[1], {}).setdefault(told[2], []).append(at)
    return [
        Line(name, tuple((version, tuple(of)) for version, of in members.items()))
        for name, members in sorted(found.items(), key=lambda item: item[0].lower())
        if len(members) == 1
    ]


_OWN = re.compile(r"([^(]+?) (\d[\w.~+-]*)")
"""The name and the version of what answered, at the begin of how it is described."""


def _places(each: Platform) -> Iterator[tuple[str, str]]:
    """The lines that a platform is on, with its version there.

    What else differs on a line must not change answers, as far as that is known: kernels are
    compared through the standard library alone, interpreters on one kernel alone.
    """
    head = each.header
    if head is None or "unprivileged" in head.features:
        return
    facts = head.platform
    if each.profile != "linux":
        if each.version:
            yield f"{each.system.partition(' ')[0]} through {head.backend}", each.version
        return
    if head.backend != "stdlib" or facts.get("interpreter") != "CPython":
        return
    if each.kind in {"host", "kernel", "other"}:
        yield f"Linux {facts.get('machine', '')}".strip(), str(facts.get("version", ""))
    if each.kind in {"host", "runtime"}:
        yield "CPython", str(facts.get("interpreter_version", ""))
