"""Reading a profile's files: entries with the lines they stand at, and everything wrong.

What can be read is read, whatever is wrong beside it, so that all is reported at once.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from sockspec import files
from sockspec.errors import UsageError
from sockspec.judge import parsed
from sockspec.judge.answers import Answers
from sockspec.judge.cannot import Barred, Cannot
from sockspec.judge.entry import Entry, faults, unfinished
from sockspec.judge.promise import Feature  # noqa: TC001 - msgspec reads the annotation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["HEAD", "Fault", "Head", "Recorded", "Text", "entry_lines", "misfits", "refuse"]

HEAD = "profile.toml"
"""The file that makes a folder a profile."""

_TABLES: dict[str, type[Entry | Cannot]] = {"entry": Entry, "cannot": Cannot}
_HEAD = "a profile has version, name, title, extends, note, features"
_ENTRIES = "; ".join(
    f"[[{table}]] has {', '.join(sorted(kind.__struct_fields__))}"
    for table, kind in _TABLES.items()
)


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `profile.toml` says: name, title for people, what it extends, features it has."""

    version: Literal[1]
    name: str
    title: str
    extends: str = ""
    note: str = ""
    features: list[str | Feature] = []


@dataclasses.dataclass(frozen=True, slots=True)
class Recorded:
    """An entry and where it stands; `file` is how people know the path."""

    entry: Entry
    profile: str
    path: Path
    file: str
    line: int

    @property
    def origin(self) -> str:
        """`platforms/linux/options.toml:12`."""
        return f"{self.file}:{self.line}"


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Something in a profile that a person has to change, and how."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}; {self.remedy}"


def refuse(what: str, found: Sequence[Fault]) -> None:
    """Raise `UsageError` with all that was found in `what`, when anything was."""
    if not found:
        return
    if len(found) == 1:
        only = found[0]
        raise UsageError(only.message, file=only.file, line=only.line, remedy=only.remedy)
    listed = "".join(
        f"\n  {each.file}:{each.line}: {each.message}\n    remedy: {each.remedy}"
        for each in found
    )
    raise UsageError(
        f"{what} has {len(found)} problems:{listed}",
        problems=[dataclasses.asdict(each) for each in found],
    )


class Text:
    """One file of a profile, read; `faults` and `unfinished` grow as it is looked at.

    So do the `faulty` entries, each with its line: there may be more wrong with them.
    """

    def __init__(self, path: Path, name: Callable[[Path], str]) -> None:
        self.path = path
        self.file = name(path)
        self.faults: list[Fault] = []
        self.unfinished: list[Fault] = []
        self.faulty: list[tuple[Entry | Cannot, int]] = []
        self._text = ""
        self._data = self._parsed()

    def _parsed(self) -> dict[str, Any] | None:
        try:
            with files.refusing(self.path):
                self._text = self.path.read_text(encoding="utf-8")
            return parsed.toml(self.path, self._text)
        except UnicodeDecodeError as error:
            self._wrong(1, f"is not UTF-8: {error}", "save it as UTF-8")
            return None
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line (\d+)", str(error))
            line = int(place[1]) if place else len(self._text.splitlines())
            self._wrong(line, f"is not TOML: {error}", "fix the syntax")
            return None

    def _wrong(self, line: int, message: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, line, message, remedy))

    def head(self) -> Head | None:
        """The head that it is; None where it is none."""
        if self._data is None:
            return None
        try:
            return msgspec.convert(self._data, Head)
        except msgspec.ValidationError as error:
            line = self._line_of(_key(str(error)), 0)
            self._wrong(line, str(error), _HEAD)
            return None

    def answers(self) -> Answers | None:
        """The table of answers that it is; None where it is none."""
        if self._data is None:
            return None
        try:
            return msgspec.convert(self._data, Answers)
        except msgspec.ValidationError as error:
            line = self._line_of(_key(str(error)), 0)
            self._wrong(line, str(error), "make the table anew: `sockspec update --write RUNS`")
            return None

    def entries(self, profile: str) -> Iterator[Recorded]:
        """The entries that are in order."""
        for entry, line in self._read("entry"):
            yield Recorded(entry, profile, self.path, self.file, line)

    def placed(self, entry: Entry | Cannot, profile: str, line: int) -> Recorded | Barred:
        """An entry of either kind, with where it stands."""
        if isinstance(entry, Cannot):
            return Barred(entry, profile, self.path, self.file, line)
        return Recorded(entry, profile, self.path, self.file, line)

    def barred(self, profile: str) -> Iterator[Barred]:
        """The states that cannot be reached, of entries that are in order."""
        for entry, line in self._read("cannot"):
            yield Barred(entry, profile, self.path, self.file, line)

    def check(self) -> None:
        """Find what is neither an entry of some kind nor belongs to a file of entries."""
        if self._data is None:
            return
        if self._data.get("version") != 1:
            self._wrong(1, "has no `version = 1`", "begin the file with it")
        for name in self._data.keys() - _TABLES.keys() - {"version"}:
            self._wrong(self._line_of(name, 0), f"has an unknown field {name!r}", _ENTRIES)

    def _read(self, table: str) -> Iterator[tuple[Any, int]]:
        given = (self._data or {}).get(table, [])
        lines = entry_lines(self._text, table)
        if not isinstance(given, list) or len(given) != len(lines):
            message = "has entries in another form"
            self._wrong(1, message, f"write each below [[{table}]]")
            return
        for raw, line in zip(given, lines, strict=True):
            entry = self._entry(raw, line, _TABLES[table])
            if entry is not None:
                yield entry, line

    def _entry(
        self, raw: dict[str, Any], line: int, kind: type[Entry | Cannot]
    ) -> Entry | Cannot | None:
        try:
            entry = msgspec.convert(raw, kind)
        except msgspec.ValidationError:  # it names the first fault; there may be more
            for name, message in misfits(raw, kind):
                self._wrong(self._line_of(name, line), f"{name}: {message}", _ENTRIES)
            return None
        found = [Fault(self.file, line, f"{entry.rule}: {m}", r) for m, r in faults(entry)]
        self.faults.extend(found)
        self.unfinished.extend(
            Fault(self.file, line, f"{entry.rule}: {message}", remedy)
            for message, remedy in unfinished(entry)
        )
        if not found:
            return entry
        self.faulty.append((entry, line))
        return None

    def _line_of(self, key: str, start: int) -> int:
        """The line of a key below `start`; that line itself where the key is not there."""
        lines = self._text.splitlines()
        for number in range(start, len(lines)):
            if lines[number].lstrip().startswith("[["):
                break
            if key and re.match(rf"\s*{re.escape(key)}\b", lines[number]):
                return number + 1
        return start or 1


def misfits(raw: dict[str, Any], kind: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """The fields of an entry that its kind does not have, lacks, or takes in another form."""
    fields = {each.name: each for each in msgspec.structs.fields(kind)}
    for name in sorted(raw.keys() - fields.keys()):
        yield name, "is an unknown field"
    for name, field in fields.items():
        if name not in raw:
            if field.required:
                yield name, "is missing"
            continue
        try:
            msgspec.convert(raw[name], field.type)
        except msgspec.ValidationError as error:
            yield name, str(error)


def _key(message: str) -> str:
    found = re.search(r"field `(\w+)`|`\$\.(\w+)", message)
    return (found[1] or found[2]) if found else ""


def entry_lines(text: str, table: str = "entry") -> list[int]:
    """The lines at which the entries of a file begin."""
    # tomllib tells no line numbers; entries are an array of tables, whose headers
    # stand on lines of their own.
    if table not in text:
        return []
    begins = re.compile(rf"\s*\[\[\s*{table}\s*\]\]").match
    return [number for number, line in enumerate(text.splitlines(), 1) if begins(line)]
