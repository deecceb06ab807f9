"""Profiles: what platforms are known to do, as data, matched exactly.

A profile is a folder below `platforms/`: `profile.toml` names it and what it extends,
the other TOML files hold entries, one file per area. An entry names a rule, narrows it
to cases and conditions, and records the behaviour with why, source and evidence. The
most specific entry wins: one on the backend at hand, then one of the nearer layer, then
the one with more conditions.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from sockspec.errors import UsageError
from sockspec.judge.entry import Entry, Evidence, Situation, When, covers, faults
from sockspec.judge.verdict import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sockspec.spec.rules import Case, Registry

__all__ = [
    "Entry",
    "Evidence",
    "Profile",
    "Recorded",
    "Situation",
    "When",
    "check",
    "covers",
    "entry_lines",
    "line",
    "load",
    "names",
]


class _EntryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    entry: list[Entry] = []


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    name: str
    title: str
    extends: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry and where it stands."""

    entry: Entry
    profile: str
    file: str
    line: int

    @property
    def origin(self) -> str:
        """`platforms/linux/options.toml:12`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Profile:
    """A platform's profile with the layers it extends, nearest first."""

    name: str
    title: str
    note: str
    entries: tuple[Recorded, ...]
    extends: Profile | None = None

    def layers(self) -> Iterator[Profile]:
        """This profile, then what it extends."""
        layer: Profile | None = self
        while layer is not None:
            yield layer
            layer = layer.extends

    @cached_property
    def _by_rule(self) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {}
        for recorded in self.entries:
            found.setdefault(recorded.entry.rule, []).append(recorded)
        return found

    def at(self, origin: str) -> Recorded | None:
        """The entry that stands at `origin`, in this layer or one below."""
        entries = (each for layer in self.layers() for each in layer.entries)
        return next((each for each in entries if each.origin == origin), None)

    def as_data(self) -> dict[str, Any]:
        """What `sockspec platforms --format json` prints."""
        kinds = [recorded.entry.evidence.kind for recorded in self.entries]
        return {
            "name": self.name,
            "title": self.title,
            "extends": [layer.name for layer in self.layers()][1:],
            "observed": kinds.count("observed"),
            "documented": kinds.count("documented"),
            "note": self.note,
        }

    def candidates(self, case: Case, situation: Situation) -> list[Recorded]:
        """The entries that apply to a case, the one that wins first.

        Raises `UsageError` when two of a layer apply equally.
        """
        found: list[Recorded] = []
        for layer in self.layers():
            here = layer.applying(case, situation)
            if len(here) > 1 and here[0].entry.specificity == here[1].entry.specificity:
                raise UsageError(
                    f"{case.id}: two entries apply equally, here and at {here[1].origin}",
                    file=here[0].file,
                    line=here[0].line,
                    remedy="narrow one of them with a case parameter or a condition",
                )
            found.extend(here)
        # What a backend does itself comes before what any platform does: the call may
        # never get there. (Stable: within both kinds the nearer layer stays first.)
        return sorted(found, key=lambda recorded: not recorded.entry.when.backend)

    def applying(self, case: Case, situation: Situation) -> list[Recorded]:
        """The entries of this layer alone that apply to a case, the narrowest first."""
        here = [
            recorded
            for name in (case.rule.id, *case.rule.aliases)
            for recorded in self._by_rule.get(name, ())
            if covers(recorded.entry, case) and situation.meets(recorded.entry.when)
        ]
        return sorted(here, key=lambda recorded: -recorded.entry.specificity)

    def expectation(self, case: Case, situation: Situation) -> Expectation:
        """What is recorded for a case; empty when nothing is."""
        found = self.candidates(case, situation)
        if not found:
            return Expectation()
        first = found[0]
        behaviours = frozenset(case.rule.today(name) for name in first.entry.behaviours)
        return Expectation(behaviours, first.entry.sometimes, first.origin)


def line(data: Mapping[str, Any]) -> str:
    """One line of `sockspec platforms`."""
    extends = f" extends {' extends '.join(data['extends'])}" if data["extends"] else ""
    return (
        f"{data['name']}{extends}: {data['observed']} entries observed, "
        f"{data['documented']} documented"
    )


# -- reading ----------------------------------------------------------------------


def names(root: Path) -> list[str]:
    """The profiles below a folder."""
    return sorted(path.parent.name for path in root.glob("*/profile.toml"))


def load(root: Path, name: str) -> Profile:
    """Read a profile and what it extends. Raises `UsageError` with file and line."""
    return _load(root, name, ())


def _load(root: Path, name: str, below: tuple[str, ...]) -> Profile:
    if name in below:
        raise UsageError(
            f"{' extends '.join((*below, name))}: a circle",
            file=f"platforms/{below[-1]}/profile.toml",
            remedy="let the most general profile extend nothing",
        )
    folder = root / name
    if not (folder / "profile.toml").is_file():
        raise UsageError(
            f"there is no profile {name!r}; there are {', '.join(names(root)) or 'none'}",
            remedy=f"write platforms/{name}/profile.toml, or choose one with --profile",
        )
    head = _read(folder / "profile.toml", _Head)
    if head.name != name:
        raise UsageError(
            f"is named {head.name!r}, its folder {name!r}",
            file=_shown(folder / "profile.toml"),
            line=1,
            remedy="give both the same name",
        )
    entries = [
        recorded
        for path in sorted(folder.glob("*.toml"))
        if path.name != "profile.toml"
        for recorded in _entries(path, name)
    ]
    extends = _load(root, head.extends, (*below, name)) if head.extends else None
    return Profile(name, head.title, head.note, tuple(entries), extends)


def _shown(path: Path) -> str:
    return f"platforms/{path.parent.name}/{path.name}"


def _entries(path: Path, profile: str) -> Iterator[Recorded]:
    lines = entry_lines(path.read_text(encoding="utf-8"))
    for entry, line in zip(_read(path, _EntryFile).entry, lines, strict=True):
        recorded = Recorded(entry, profile, _shown(path), line)
        _check_entry(recorded)
        yield recorded


def entry_lines(text: str) -> list[int]:
    """The lines at which the entries of a file begin."""
    # tomllib tells no line numbers; entries are an array of tables, whose headers
    # stand on lines of their own.
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(r"\s*\[\[\s*entry\s*\]\]", line)
    ]


def _read(path: Path, kind: type[Any]) -> Any:
    text = path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        raise UsageError(
            f"is not TOML: {error}",
            file=_shown(path),
            line=int(place[1]) if place else len(text.splitlines()),
            remedy="mend the syntax",
        ) from None
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise UsageError(
            str(error),
            file=_shown(path),
            line=_line_of(text, str(error)),
            remedy="the fields of an entry are described in platforms/README.md",
        ) from None


def _line_of(text: str, message: str) -> int:
    place = re.search(r"\$\.entry\[(\d+)\](?:\.(\w+))?", message)
    if not place:
        return 1
    lines = text.splitlines()
    start = entry_lines(text)[int(place[1])]
    key = place[2] or (re.search(r"field `(\w+)`", message) or ["", ""])[1]
    for number in range(start, len(lines)):
        if lines[number].lstrip().startswith("[["):
            break
        if key and re.match(rf"\s*{key}\b", lines[number]):
            return number + 1
    return start


def _check_entry(recorded: Recorded) -> None:
    entry = recorded.entry
    for fault, remedy in faults(entry):
        raise UsageError(
            f"{entry.rule}: {fault}", file=recorded.file, line=recorded.line, remedy=remedy
        )


def check(profile: Profile, registry: Registry) -> list[str]:
    """What in a profile does not fit the rules: one line each, with file and line."""
    found: list[str] = []
    for layer in profile.layers():
        for recorded in layer.entries:
            found.extend(f"{recorded.origin}: {what}" for what in _misfits(recorded, registry))
    return found


def _misfits(recorded: Recorded, registry: Registry) -> Iterator[str]:
    entry = recorded.entry
    rule = registry.resolve(entry.rule)
    if rule is None:
        yield f"there is no rule {entry.rule!r}; remove the entry or mend the id"
        return
    if not any(covers(entry, case) for case in rule.cases):
        wanted = ", ".join(f"{name} = {value}" for name, value in entry.case.items())
        yield f"{rule.id} has no case with {wanted}; remove the entry or mend the case"
    for behaviour in sorted(entry.behaviours):
        if not rule.knows(rule.today(behaviour)):
            yield f"{rule.id} cannot name {behaviour!r}; it names {', '.join(rule.behaviours)}"
