"""What the rules are held against: statements of others, each with the rules that observe it.

`conformance/coverage/` has a file for each subject, and in it a table for each statement:

    [row.bind-twice]
    says = "A second bind of one socket is refused."
    source = "posix bind EINVAL"
    rules = ["state.bind.bound"]

A row names rules or single cases, or says in `left_out` why there are none; what rules that
it names leave unobserved is in `partly`. A sentence of a document that states nothing that a
system could do otherwise says why in `no_claim`. `source` is where the statement is made: a
publication and a place in it, as `cited` reads it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.spec import sources
from sockspec.spec.sources import SOCKET2, SOCKET2_NEWER, TOKIO, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sockspec.spec.rules import Registry

__all__ = ["FOLDER", "Area", "Row", "areas", "cited", "faults", "unknown"]

FOLDER = "coverage"
"""Where the rows are, below the folder of the rules."""

_FIELDS = "a row has says, source, rules, partly, left_out, no_claim"


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement, and what observes it."""

    says: str
    source: str
    rules: list[str] = []
    partly: str = ""
    left_out: str = ""
    no_claim: str = ""

    @property
    def standing(self) -> Literal["covered", "partly", "left out", "no claim"]:
        """How far it is observed."""
        if not self.rules:
            return "no claim" if self.no_claim else "left out"
        return "partly" if self.partly else "covered"

    @property
    def why(self) -> str:
        """What is not observed, or why nothing is."""
        return self.partly or self.left_out or self.no_claim


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    row: dict[str, Row]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """The rows of one file, by name. `lines` says where each stands in it."""

    name: str
    title: str
    about: str
    file: str
    rows: dict[str, Row]
    lines: dict[str, int]

    def place(self, row: str) -> str:
        """`coverage/state.toml:12: bind-twice`."""
        return f"{self.file}:{self.lines.get(row, 1)}: {row}"


def areas(root: Path | None = None) -> list[Area]:
    """Every file of rows below the folder of the rules, by name. Raises `UsageError`."""
    folder = (root or locate.conformance()) / FOLDER
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def _read(path: Path) -> Area:
    text = path.read_text(encoding="utf-8")
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        message = f"is not TOML: {error}"
        raise UsageError(message, file=path, line=line, remedy="fix the syntax") from error
    except msgspec.ValidationError as error:
        raise UsageError(str(error), file=path, line=1, remedy=_FIELDS) from error
    lines = {
        found[1]: number
        for number, line in enumerate(text.splitlines(), 1)
        if (found := re.fullmatch(r"\[row\.([\w-]+)\]", line))
    }
    file = f"{FOLDER}/{path.name}"
    return Area(path.stem, read.title, read.about, file, read.row, lines)


# -- sources --------------------------------------------------------------------------


def cited(text: str) -> Source:
    """The source that a row names. Raises `ValueError` where there is no such publication.

    `posix bind EINVAL`, `xsh 2.10.16`, `man socket(7) SO_LINGER`, `freebsd tcp(4)`,
    `rfc 9293 3.8.5`, `ms bind` and `ms an-article` of Microsoft Learn, `socket2 listen 2`
    and `tokio listen 2` (a function of the document, and its sentence), `newer sendfile`
    (socket2 as it is now), `linux`, `xnu`, `wine`, `gvisor` and `cpython` with a path, and
    the address of any other page.
    """
    if text.startswith("https://"):
        return Source("a page", text.partition("//")[2], text)
    publication, _, rest = text.partition(" ")
    place, _, clause = rest.partition(" ")
    make = _PUBLICATIONS.get(publication)
    if make is None or not place:
        raise ValueError(f"{text!r} names no publication that is known, and a place in it")
    try:
        return make(place, clause)
    except AttributeError as error:
        raise ValueError(f"{text!r}: {error}") from error


def _page(shelf: object) -> Callable[[str, str], Source]:
    def make(place: str, clause: str) -> Source:
        name, _, section = place.removesuffix(")").partition("(")
        if not section.isdigit():
            raise ValueError(f"{place!r} is no page of a manual: tcp(7)")
        found: Source = getattr(shelf, name)(int(section), clause)
        return found

    return make


def _document(document: object) -> Callable[[str, str], Source]:
    def make(place: str, clause: str) -> Source:
        if place[:1].isupper():
            found: Source = document.page(clause)  # type: ignore[attr-defined] # one of two
            return found
        made: Source = getattr(document, place)(int(clause) if clause.isdigit() else clause)
        return made

    return make


def _learn(place: str, clause: str) -> Source:
    if "-" in place:
        return sources.MS.article(place, clause)
    found: Source = getattr(sources.MS, place)(clause)
    return found


_PUBLICATIONS: dict[str, Callable[[str, str], Source]] = {
    "posix": lambda place, clause: getattr(sources.POSIX, place)(clause),
    "xsh": sources.POSIX.chapter,
    "header": sources.POSIX.header,
    "rfc": lambda place, clause: sources.RFC(int(place), clause),
    "man": _page(sources.MAN),
    "freebsd": _page(sources.FREEBSD),
    "ms": _learn,
    "socket2": _document(SOCKET2),
    "tokio": _document(TOKIO),
    "newer": SOCKET2_NEWER,
    "linux": sources.KERNEL,
    "xnu": sources.XNU,
    "wine": sources.WINE,
    "gvisor": sources.GVISOR,
    "cpython": sources.PYTHON,
}


# -- what is wrong --------------------------------------------------------------------


def unknown(rows: Iterable[Row], rules: Registry) -> set[str]:
    """The rules and cases that rows name and that there are not."""
    names = {name for row in rows for name in row.rules}
    cases = {case.id for each in rules.rules.values() for case in each.cases}
    return names - rules.rules.keys() - cases


def faults(found: Iterable[Area], rules: Registry) -> Iterator[str]:
    """What is wrong with the rows, one line each, with file and line."""
    found = list(found)
    gone = unknown((row for area in found for row in area.rows.values()), rules)
    said: dict[tuple[str, str], str] = {}
    for area in found:
        for name, row in area.rows.items():
            place = area.place(name)
            yield from (f"{place}: {what}" for what in _wrong(row))
            for rule in gone.intersection(row.rules):
                yield f"{place}: there is no rule or case {rule!r}; name today's"
            first = said.setdefault((row.says, row.source), place)
            if first != place:
                yield f"{place}: says what {first} says; keep one of them"
    if found:
        yield from _alone(found, rules)


def _wrong(row: Row) -> Iterator[str]:
    if not row.rules and not (row.left_out or row.no_claim):
        yield "names no rule; name one, or say in left_out why there is none"
    if row.rules and (row.left_out or row.no_claim):
        yield "names rules and is left out; say in partly what they leave unobserved"
    if row.left_out and row.no_claim:
        yield "is left out and no claim; keep one of the two"
    if row.partly and not row.rules:
        yield "is partly observed by no rule; name one, or say why in left_out"
    if len(set(row.rules)) < len(row.rules):
        yield "names a rule twice"
    if row.why and len(row.why.split()) < 3:
        yield f"{row.why!r} is no reason; say it in a sentence"
    if not row.says.endswith("."):
        yield "says no sentence: end it with a full stop"
    try:
        cited(row.source)
    except ValueError as error:
        yield f"has no source: {error}"


def _alone(found: list[Area], rules: Registry) -> Iterator[str]:
    # A rule that nobody's statement asks for stands on its own sources; it has to have some.
    named = {
        name.partition("[")[0]
        for area in found
        for row in area.rows.values()
        for name in row.rules
    }
    for each in rules.rules.values():
        if each.id not in named and not each.sources:
            yield f"{each.where}: {each.id}: has no source, and no row of coverage/ names it"
