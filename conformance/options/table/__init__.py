"""Every socket option, read from the tables beside this file.

A table has a line for each option: its name, the kind of its value, whether it can be read and
set (`r`, `w`; `i`: read with bytes passed in, which no backend does), the sockets that have it,
the privilege that setting it takes (`privilege`: some, and no page says which), since when a
system has it, and where that is written.
`left_out.txt` names what is no option.

Values: `flag` (an int that is zero or not), `int`, `int:0..255` (an int with its least and its
largest value), `bytes:8` (a structure, with its size), `text:16` (a name, with its room).
Sources: a section of POSIX (`XSH-2.10.16`), an RFC, a manual page, the header of the level
(`header`) or another one by its name; for Windows the page of the level.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sockspec.spec import DGRAM, STREAM, UNIX, V4, V6

__all__ = ["ELSEWHERE", "LEFT_OUT", "OPTIONS", "Option", "reason_of"]

_HERE = Path(__file__).parent

_LEVELS = {
    "SO": "SOL_SOCKET",
    "IP": "IPPROTO_IP",
    "MCAST": "IPPROTO_IP",
    "IPV6": "IPPROTO_IPV6",
    "IP6T": "IPPROTO_IPV6",
    "TCP": "IPPROTO_TCP",
    "UDP": "IPPROTO_UDP",
}
_OTHER_LEVELS = {"SO_ORIGINAL_DST": "IPPROTO_IP"}

INET_PAIR = ((V4, STREAM), (V4, DGRAM))
UNIX_PAIR = ((UNIX, STREAM), (UNIX, DGRAM))
V6_PAIR = ((V6, STREAM), (V6, DGRAM))
# Every word of the column `sockets`. Options of raw sockets are tried on the others.
_SOCKETS = {
    "any": (*INET_PAIR, *UNIX_PAIR),
    "inet": INET_PAIR,
    "v4": INET_PAIR,
    "v6": V6_PAIR,
    "v6-stream": ((V6, STREAM),),
    "v6-dgram": ((V6, DGRAM),),
    "tcp": ((V4, STREAM),),
    "udp": ((V4, DGRAM),),
    "unix": UNIX_PAIR,
    "raw": (),
}
# The sockets on which options of a level are looked for, theirs or not: few, as the types of a
# family have the same socket-level options, and TCP is the same over IPv6.
_PLACES = {
    "SOL_SOCKET": ((V4, STREAM), (UNIX, STREAM)),
    "IPPROTO_IP": INET_PAIR,
    "IPPROTO_IPV6": V6_PAIR,
    "IPPROTO_TCP": ((V4, STREAM),),
    "IPPROTO_UDP": ((V4, DGRAM), (V6, DGRAM)),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a table."""

    name: str
    kind: str
    least: int
    most: int
    size: int
    use: str
    sockets: tuple[tuple[str, str], ...]
    who: str
    since: str
    source: str

    @property
    def level(self) -> str:
        """The symbol of the level that it belongs to."""
        prefix = self.name.partition("_")[0]
        return _OTHER_LEVELS.get(self.name) or _LEVELS[prefix]

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """The sockets that know its level: those that have it, and those that may not."""
        return tuple(dict.fromkeys([*_PLACES[self.level], *self.sockets[:1]]))

    @property
    def is_number(self) -> bool:
        """Whether the value is an int."""
        return self.kind in {"flag", "int"}

    @property
    def is_ranged(self) -> bool:
        """Whether a range is known, so that there is something below and above it."""
        return self.kind == "int" and self.least <= self.most

    @property
    def room(self) -> int:
        """Bytes that are enough for the value, where it has no length of its own."""
        return max(self.size, 64)

    @property
    def sample(self) -> int:
        """A number that it can be set to: 1 where that is one."""
        return min(max(1, self.least), self.most) if self.is_ranged else 1

    def value(self, order: Literal["little", "big"]) -> bytes:
        """A value that it can be set to, as bytes: zeros for a structure, no text."""
        if self.is_number:
            return self.sample.to_bytes(4, order)
        return b"" if self.kind == "text" else bytes(self.size)


def _option(line: str) -> Option:
    name, value, use, sockets, who, since, source = line.split()
    kind, _, rest = value.partition(":")
    least, most, size = {"flag": (0, 1, 4), "int": (0, -1, 4)}.get(kind, (0, -1, 0))
    if kind == "int" and rest:
        least, most = (int(each) for each in rest.split(".."))
    elif rest:
        size = int(rest)
    places = tuple(
        dict.fromkeys(kind for word in sockets.split(",") for kind in _SOCKETS[word])
    )
    unset = {"-": ""}
    return Option(
        name, kind, least, most, size, use, places, unset.get(who, who),
        unset.get(since, since), source,
    )  # fmt: skip


def _lines(file: str) -> list[str]:
    text = (_HERE / file).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _table(*files: str) -> dict[str, Option]:
    rows = [_option(line) for file in files for line in _lines(file)]
    return {row.name: row for row in rows}


OPTIONS = _table("socket.txt", "ip.txt", "ipv6.txt", "tcp.txt", "udp.txt")
"""The options of Linux and of the standards, by name."""

ELSEWHERE = _table("elsewhere.txt")
"""The options that only other systems have, by name."""

LEFT_OUT = dict(line.split(maxsplit=1) for line in _lines("left_out.txt"))
"""What is no row, by name or pattern, with the reason."""


def reason_of(name: str) -> str:
    """Why a name is in no table; empty where nothing says."""
    return next((LEFT_OUT[each] for each in LEFT_OUT if fnmatch.fnmatchcase(name, each)), "")
