"""The grid: what the calls of a platform do in each state, as a table read in one look.

`grid.txt` in the folder of a profile has a section for a type and the families that behave
alike: calls down, states across. A later section corrects an earlier one, for the family or
the backend that it names. A cell is the behaviour; `-` where nothing is recorded, `.` where an
earlier section says it or there is no such cell. It is the table of answers (`answers.toml`)
of the rules of the area `grid`: where a clause decides, the cell is there to be read only.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sockspec.spec.rules import (
    DGRAM,
    MAPPED,
    NETLINK,
    PACKET,
    PING,
    RAW,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    V6,
    VSOCK,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sockspec.spec.rules import Case, Registry

__all__ = ["AREA", "FILE", "Grid", "Misread", "Place", "misfits", "place", "places", "sections"]

FILE = "grid.txt"

AREA = "grid"

_CALLS = (
    *("bind", "listen", "connect", "connect-nobody", "connect-unspec"),
    *("accept", "accept-blocking"),
    *("getsockname", "getpeername", "shutdown-rd", "shutdown-wr", "shutdown-rdwr"),
    *("get-error", "get-type", "get-acceptconn", "set-keepalive"),
    *("get-nonblocking", "set-nonblocking", "get-cloexec", "fionread", "sockatmark"),
    *("recv", "recv-blocking", "recv-peek", "recv-oob", "recvfrom", "recvmsg"),
    *("send", "send-oob", "sendto", "sendmsg", "poll", "dup", "detach", "close", "close-twice"),
)
_STATES = (
    *("fresh", "bound", "listening", "queued", "listener-shut", "relistened"),
    *("connecting", "refused", "refused-twice", "connected", "accepted", "data-waits"),
    *("read-shut", "write-shut", "both-shut", "peer-shut", "peer-closed", "refusal-came"),
    *("reset", "reset-read", "dissolved", "closed"),
)
_TYPES = (STREAM, SEQPACKET, DGRAM, RAW)
_GROUPS = ((V4, V6, MAPPED), (UNIX,), (VSOCK,), (NETLINK,), (PING,), (PACKET,))

_PREFIX = f"{AREA}."
_CELL = {"family", "type", "state"}
_UNRECORDED, _ABOVE = "-", "."
_SECTION = re.compile(r"(\w+): (\w+(?:, \w+)*)(?:, through (\S+))?")
_TITLES = "Calls down, states across: made by `sockspec update`; do not edit."


class Place(NamedTuple):
    """Where in the grid a case stands."""

    type: str
    family: str
    call: str
    state: str


Cells = dict[Place, str]


class Misread(Exception):
    """A line of a table that is in no order."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def place(case: Case) -> Place | None:
    """The cell of a case; None where the case is not one of the grid."""
    if not case.rule.id.startswith(_PREFIX):
        return None
    told = dict(case.parameters)
    if not told.keys() >= _CELL:
        return None
    call = told.get("call") or case.rule.subject.partition(".")[2]
    return Place(told["type"], told["family"], call, told["state"])


def places(rules: Registry) -> dict[Place, Case]:
    """The cells that there are, with their cases."""
    cells = (rule.cases for id, rule in rules.rules.items() if id.startswith(_PREFIX))
    found = ((place(case), case) for case in itertools.chain.from_iterable(cells))
    return {each: case for each, case in found if each is not None}


def _rank(order: tuple[str, ...]) -> Callable[[str], tuple[int, str]]:
    at = {name: number for number, name in enumerate(order)}
    return lambda name: (at.get(name, len(at)), name)


@dataclass
class Grid:
    """The table: `any` for every backend, `backend` for one that behaves differently.

    `on` and `date` say what was run last, and when.
    """

    on: str = ""
    date: str = ""
    any: Cells = field(default_factory=dict)
    backend: dict[str, Cells] = field(default_factory=dict)

    def of(self, case: Case, backend: str) -> str:
        """The behaviour that is recorded for a case; empty when none is."""
        where = place(case)
        if where is None:
            return ""
        told = self.backend.get(backend, {}).get(where) or self.any.get(where, "")
        return case.rule.today(told) if told else ""

    def own(self, case: Case, backend: str) -> str:
        """What is recorded of a backend alone, or for `""` of every backend; maybe empty."""
        where = place(case)
        if where is None:
            return ""
        told = (self.backend.get(backend, {}) if backend else self.any).get(where, "")
        return case.rule.today(told) if told else ""

    @classmethod
    def read(cls, text: str) -> Grid:
        """The table that a text is. Raises `Misread`."""
        made = cls()
        section: re.Match[str] | None = None
        states: list[str] = []
        for number, line in enumerate(text.splitlines(), 1):
            first, *told = line.split() or ["#"]
            if first.startswith("#"):
                continue
            if first == "version" and told != ["1"]:
                raise Misread(number, f"is of version {' '.join(told)}, not 1")
            if first in {"on", "date"}:
                setattr(made, first, " ".join(told))
            elif found := _SECTION.fullmatch(line.strip()):
                section, states = found, []
            elif first == "call":
                states = told
            elif first != "version":
                if section is None or len(told) != len(states):
                    raise Misread(number, f"{first} has {len(told)} cells below {len(states)}")
                made._row(section, first, zip(states, told, strict=True))
        return made

    def _row(self, section: re.Match[str], call: str, told: Iterable[tuple[str, str]]) -> None:
        type, families, backend = section.groups()
        table = self.backend.setdefault(backend, {}) if backend else self.any
        for state, behaviour in told:
            for family in families.split(", "):
                where = Place(type, family, call, state)
                if behaviour == _UNRECORDED:
                    table.pop(where, None)
                elif behaviour != _ABOVE:
                    table[where] = behaviour

    def written(self, there: Iterable[Place]) -> str:
        """The text of it; `there` are the cells that there are."""
        lines = [f"# {_TITLES}", "version 1", f"on {self.on}", f"date {self.date}"]
        for title, rows in sections(self.any, set(there)):
            lines += ["", title, *_drawn(rows)]
        for backend, cells in sorted(self.backend.items()):
            for title, rows in sections(cells, set(cells)):
                lines += ["", f"{title}, through {backend}", *_drawn(rows)]
        return "\n".join(lines) + "\n"


Rows = list[list[str]]
"""A section as rows of words, the first of them `call` and the states."""


def sections(cells: Mapping[Place, str], there: set[Place]) -> Iterator[tuple[str, Rows]]:
    """The sections of a table: families that behave alike in one, then what one does apart."""
    for type in _TYPES:
        for group in _GROUPS:
            of = {family: _of(cells, there, type, family) for family in group}
            # A family of which nothing is recorded would be a page of dashes.
            families = [family for family in group if set(of[family].values()) - {_UNRECORDED}]
            if not families:
                continue
            common = _common([of[family] for family in families])
            yield f"{type}: {', '.join(families)}", _rows(common)
            for family in families:
                apart = {at: told for at, told in of[family].items() if told != common[at]}
                if apart:
                    yield f"{type}: {family}", _rows(apart)


def _of(
    cells: Mapping[Place, str], there: set[Place], type: str, family: str
) -> dict[tuple[str, str], str]:
    return {
        (each.call, each.state): cells.get(each, _UNRECORDED)
        for each in there
        if (each.type, each.family) == (type, family)
    }


def _common(tables: Iterable[dict[tuple[str, str], str]]) -> dict[tuple[str, str], str]:
    """For each cell what most of the families do, the first of them where they are as many."""
    told: dict[tuple[str, str], list[str]] = {}
    for table in tables:
        for at, behaviour in table.items():
            told.setdefault(at, []).append(behaviour)
    return {at: _most(each) for at, each in told.items()}


def _most(behaviours: Iterable[str]) -> str:
    recorded = Counter(each for each in behaviours if each != _UNRECORDED)
    return recorded.most_common(1)[0][0] if recorded else _UNRECORDED


def _rows(cells: Mapping[tuple[str, str], str]) -> Rows:
    states = sorted({state for _, state in cells}, key=_rank(_STATES))
    calls = sorted({call for call, _ in cells}, key=_rank(_CALLS))
    head = ["call", *states]
    return [head, *([call, *(cells.get((call, s), _ABOVE) for s in states)] for call in calls)]


def _drawn(rows: Rows) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def misfits(grid: Grid, there: Mapping[Place, Case]) -> Iterator[str]:
    """What in a table does not fit the cells that there are: see `places`."""
    # A section is of families that have not all the same cells.
    known = {(each.type, each.call, each.state) for each in there}
    for cells in (grid.any, *grid.backend.values()):
        for where, behaviour in cells.items():
            case = there.get(where)
            if case is not None and not case.rule.knows(case.rule.today(behaviour)):
                yield f"{case.id} cannot name {behaviour!r}"
            if (where.type, where.call, where.state) not in known:
                yield f"the grid has no cell {where.call} of a {where.type} in {where.state}"
