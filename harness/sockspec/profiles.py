"""Profiles: what platforms are known to do, as data, matched exactly.

A profile is a folder below `platforms/`: `profile.toml` names it and what it extends,
the other TOML files hold entries, one file per area. An entry names a rule, narrows it
to cases and conditions, and records the behaviour with why, source and evidence. The
most specific entry wins: one on the backend at hand, then one of the nearer layer, then
the one with more conditions.
"""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotation at run time
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from sockspec.errors import UsageError
from sockspec.verdict import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sockspec.rules import Case, Registry

__all__ = ["Entry", "Profile", "Recorded", "Situation", "check", "line", "load", "names"]

NO_SOURCE = "none found"
"""What an entry says where the platform documents nothing."""


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an entry is known: observed (on what, when) or only documented."""

    kind: Literal["observed", "documented"]
    on: str = ""
    date: datetime.date | None = None


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions under which an entry holds; all that are given must be met.

    `version` is a range of the platform's version (`">=6.12,<7"`); the others name one
    value or several. `capability` names features that the run's header lists, and with
    a leading `!` features that it lacks. `setting` compares settings with exact values.
    """

    version: str = ""
    libc: str | list[str] = []
    backend: str | list[str] = []
    machine: str | list[str] = []
    interpreter: str | list[str] = []
    capability: str | list[str] = []
    privileged: bool | None = None
    setting: dict[str, str] = {}

    def count(self) -> int:
        """How many conditions are given."""
        return len(msgspec.to_builtins(self))


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One known behaviour."""

    rule: str
    behaviour: str | list[str]
    why: str
    source: str | list[str]
    evidence: Evidence
    case: dict[str, str | list[str]] = {}
    when: When = When()
    sometimes: bool = False
    because: str = ""

    @property
    def sources(self) -> list[str]:
        """The links, or what stands for them."""
        return _many(self.source)

    @property
    def behaviours(self) -> frozenset[str]:
        """The behaviours it records."""
        return frozenset(_many(self.behaviour))

    @property
    def specificity(self) -> int:
        """How narrow it is: parameters and conditions given."""
        return len(self.case) + self.when.count()


class _EntryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    entry: list[Entry] = []


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    name: str
    title: str
    extends: str = ""
    note: str = ""


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


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


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions are compared with: the platform's facts, backend, features."""

    facts: Mapping[str, Any]
    backend: str
    features: frozenset[str] = frozenset()

    def meets(self, when: When) -> bool:
        """Whether every condition is met."""
        return (
            (not when.version or _in_range(str(self.facts.get("version", "")), when.version))
            and self._one_of(when.libc, self.facts.get("libc"))
            and self._one_of(when.backend, self.backend)
            and self._one_of(when.machine, self.facts.get("machine"))
            and self._one_of(when.interpreter, self.facts.get("interpreter"))
            and all(self._has(feature) for feature in _many(when.capability))
            and when.privileged in {None, self.facts.get("privileged")}
            and all(
                self.facts.get("settings", {}).get(name) == value
                for name, value in when.setting.items()
            )
        )

    @staticmethod
    def _one_of(wanted: str | list[str], value: Any) -> bool:
        return not wanted or value in _many(wanted)

    def _has(self, feature: str) -> bool:
        if feature.startswith("!"):
            return feature[1:] not in self.features
        return feature in self.features


def _in_range(version: str, wanted: str) -> bool:
    numbers = re.match(r"\d+(\.\d+)*", version)
    try:
        return numbers is not None and Version(numbers[0]) in SpecifierSet(wanted)
    except InvalidVersion:
        return False


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
        """The entries that apply to a case, the one that wins first."""
        found: list[Recorded] = []
        for layer in self.layers():
            here = [
                recorded
                for name in (case.rule.id, *case.rule.aliases)
                for recorded in layer._by_rule.get(name, ())  # noqa: SLF001 - same class
                if _covers(recorded.entry, case) and situation.meets(recorded.entry.when)
            ]
            here.sort(key=lambda recorded: -recorded.entry.specificity)
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

    def expectation(self, case: Case, situation: Situation) -> Expectation:
        """What is recorded for a case; empty when nothing is."""
        found = self.candidates(case, situation)
        if not found:
            return Expectation()
        first = found[0]
        return Expectation(first.entry.behaviours, first.entry.sometimes, first.origin)


def line(data: Mapping[str, Any]) -> str:
    """One line of `sockspec platforms`."""
    extends = f" extends {' extends '.join(data['extends'])}" if data["extends"] else ""
    return (
        f"{data['name']}{extends}: {data['observed']} entries observed, "
        f"{data['documented']} documented"
    )


def _covers(entry: Entry, case: Case) -> bool:
    return all(case.get(name) in _many(value) for name, value in entry.case.items())


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
    lines = _entry_lines(path.read_text(encoding="utf-8"))
    for entry, line in zip(_read(path, _EntryFile).entry, lines, strict=True):
        recorded = Recorded(entry, profile, _shown(path), line)
        _check_entry(recorded)
        yield recorded


def _entry_lines(text: str) -> list[int]:
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
    start = _entry_lines(text)[int(place[1])]
    key = place[2] or (re.search(r"field `(\w+)`", message) or ["", ""])[1]
    for number in range(start, len(lines)):
        if lines[number].lstrip().startswith("[["):
            break
        if key and re.match(rf"\s*{key}\b", lines[number]):
            return number + 1
    return start


def _check_entry(recorded: Recorded) -> None:
    entry = recorded.entry
    for fault, remedy in _entry_faults(entry):
        raise UsageError(
            f"{entry.rule}: {fault}", file=recorded.file, line=recorded.line, remedy=remedy
        )


def _entry_faults(entry: Entry) -> Iterator[tuple[str, str]]:
    if not entry.why.strip():
        yield "has no why", "say why the platform does this, or that it is not known"
    sources = _many(entry.source)
    if not sources or any(
        not each.startswith("https://") and each != NO_SOURCE for each in sources
    ):
        yield "a source is an https link", f'link the source, or write "{NO_SOURCE}"'
    if not entry.behaviours:
        yield "records no behaviour", "name one"
    if len(entry.behaviours) > 1 and not entry.because:
        yield (
            "records more than one behaviour",
            "split the case, or say in `because` why one case has several right ones",
        )
    if entry.evidence.kind == "observed" and not (entry.evidence.on and entry.evidence.date):
        yield "observed on what, and when?", "give evidence.on and evidence.date"
    if entry.when.version:
        try:
            SpecifierSet(entry.when.version)
        except InvalidSpecifier:
            yield f"{entry.when.version!r} is no version range", 'write ">=5.10,<6"'


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
    if not any(_covers(entry, case) for case in rule.cases):
        wanted = ", ".join(f"{name} = {value}" for name, value in entry.case.items())
        yield f"{rule.id} has no case with {wanted}; remove the entry or mend the case"
    for behaviour in sorted(entry.behaviours):
        if not rule.knows(behaviour):
            yield f"{rule.id} cannot name {behaviour!r}; it names {', '.join(rule.behaviours)}"
