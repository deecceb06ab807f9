"""What the statements of a script are made of, whatever the language it is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sockspec.reproduce.names import Flags, Symbol

__all__ = [
    "ANY",
    "FILES",
    "Any_",
    "Bytes",
    "Credentials",
    "Inet",
    "Name",
    "Other",
    "Packed",
    "Path",
    "Raw",
    "Rights",
    "Value",
    "walk",
]


FILES = "files."
"""What the name of a call begins with that the test itself made, on files."""

_FOLDER = re.compile(rb"/(?:[^/\0]+/)*sockspec-(?:[^/\0]+(?=/)|[^/\0]{8})")
"""A folder of a test's own: Python's and Go's names for such are of different lengths."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable: a socket (`s0`), a port (`p0`), a descriptor (`d0`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - one value, see ANY
    """Whatever it is this time: a new port, a new descriptor."""


ANY = Any_()


@dataclass(frozen=True, slots=True)
class Inet:
    """An IPv4 or IPv6 address; `more` has flow information and scope of the latter."""

    host: str
    port: int | Name | Any_
    more: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """The address of a local socket: `before` the script's own folder, and `after` it."""

    after: bytes
    before: bytes = b""
    inside: bool = True

    @classmethod
    def of(cls, path: bytes) -> Path:
        """The address of a witness, whose folder was the test's."""
        found = _FOLDER.search(path)
        if found is None:
            return cls(path, inside=False)
        return cls(path[found.end() :], path[: found.start()])


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a `sockaddr`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that is not this one, whatever it is."""

    than: Inet


@dataclass(frozen=True, slots=True)
class Bytes:
    """Data, of which a witness spells out the beginning when they are long."""

    head: bytes
    length: int

    @property
    def is_whole(self) -> bool:
        """Whether the witness has all of them."""
        return len(self.head) == self.length

    @property
    def is_zero(self) -> bool:
        """Whether they are zeros, as far as the witness has them."""
        return not any(self.head)


@dataclass(frozen=True, slots=True)
class Packed:
    """Numbers of C as they lie in memory; `form` as in Python's `struct`."""

    form: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """Descriptors in control data."""

    numbers: tuple[Name | int | Any_, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """The script's own pid, uid and gid in control data; `length` bytes of them."""

    length: int


Value = (
    Name
    | Any_
    | Inet
    | Other
    | Path
    | Raw
    | Bytes
    | Packed
    | Rights
    | Credentials
    | Symbol
    | Flags
    | tuple[Any, ...]
    | bool
    | int
    | float
    | str
    | None
)


def walk(value: Any) -> list[Name]:
    """The variables that a value mentions."""
    match value:
        case Name():
            return [value]
        case Inet(port=Name() as port) | Other(Inet(port=Name() as port)):
            return [port]
        case Rights(numbers):
            return [each for each in numbers if isinstance(each, Name)]
        case tuple():
            return [found for each in value for found in walk(each)]
        case _:
            return []
