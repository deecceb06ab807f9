"""Which condition tells runs apart that do not agree: a fact that decides what they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sockspec.judge.entry import When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Run

__all__ = ["telling"]

_Fact = tuple["Callable[[Run], str]", "Callable[[str], When]"]
"""What a run says, and the condition that it says this value."""


def telling(
    shown: Sequence[tuple[Run, frozenset[str]]], profile: Profile
) -> list[tuple[When, str]]:
    """Conditions, each with the one behaviour of all runs that it holds of; none if none does.

    A fact that the profile's own conditions name comes first, then the interpreter, the libc
    and the machine, then the version, then a setting: the one with the fewest values.
    """
    best: list[tuple[When, str]] = []
    if len(frozenset().union(*(did for _, did in shown))) < 2:
        return best
    for fact in _facts([run for run, _ in shown], profile):
        found = _told_by(fact, shown)
        if found and (not best or len(found) < len(best)):
            best = found
    return best


def _told_by(
    fact: _Fact, shown: Iterable[tuple[Run, frozenset[str]]]
) -> list[tuple[When, str]]:
    says, condition = fact
    by_value: dict[str, set[str]] = {}
    for run, behaviours in shown:
        by_value.setdefault(says(run), set()).update(behaviours)
    if len(by_value) < 2 or any(len(did) > 1 for did in by_value.values()):
        return []
    return [(condition(value), min(did)) for value, did in sorted(by_value.items())]


def _facts(runs: Sequence[Run], profile: Profile) -> Iterator[_Fact]:
    named = {name for when in profile.conditions() for name in when.setting}
    settings = {name for run in runs for name in run.header.platform.get("settings", {})}
    for name in sorted(named):
        yield _setting(name)
    for key in ("interpreter", "libc", "machine"):
        yield _plain(key)
    yield _version, lambda value: When(version=f"=={value}.*")
    for name in sorted(settings - named):
        yield _setting(name)


def _setting(name: str) -> _Fact:
    def says(run: Run) -> str:
        return str(run.header.platform.get("settings", {}).get(name, ""))

    return says, lambda value: When(setting={name: value})


def _plain(key: str) -> _Fact:
    def says(run: Run) -> str:
        return str(run.header.platform.get(key, ""))

    conditions = {
        "interpreter": lambda value: When(interpreter=value),
        "libc": lambda value: When(libc=value),
        "machine": lambda value: When(machine=value),
    }
    return says, conditions[key]


def _version(run: Run) -> str:
    found = re.match(r"\d+(\.\d+)?", str(run.header.platform.get("version", "")))
    return found[0] if found else ""
