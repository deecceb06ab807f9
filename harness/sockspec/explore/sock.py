"""What the model knows of a socket of any kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BOTH", "UNNAMED", "Got", "Name", "No", "Result", "Sent", "Sock", "Target", "taken"]

Name = tuple[str, int | None]
"""Where and whose: `("loop", 3)`; the number names a port or a path, None is no port."""

UNNAMED: Name = ("unnamed", None)
BOTH = frozenset(("rd", "wr"))


def nothing() -> None:
    """What most results change."""


@dataclass(frozen=True, slots=True)
class No:
    """A refusal, and what is true after it."""

    symbol: str
    then: Callable[[], None] = nothing
    oddity: str = ""


@dataclass(frozen=True, slots=True)
class Got:
    """What a receive returns: the data as far as it fits, the length, flags, the sender."""

    data: bytes
    length: int
    flags: frozenset[str] = frozenset()
    sender: Name | None = None
    then: Callable[[], None] = nothing
    oddity: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """How much a send takes; `least` where it may be less."""

    most: int
    least: int
    then: Callable[[int], None]
    oddity: str = ""


Result = Got | Sent | No


@dataclass(frozen=True, slots=True)
class Target:
    """An address that a call is given: whose it is, or which kind of wrong it is."""

    kind: str  # of, nobody, other-family, unspec
    sock: Sock | None = None
    name: Name = UNNAMED


@dataclass(eq=False)
class Sock:
    """A socket, behind however many handles."""

    family: str
    type: str
    handles: set[int] = field(default_factory=set)
    nonblocking: bool = False
    name: Name = UNNAMED
    last: int | None = None
    """The number of a name that it has lost."""
    error: str | None = None
    shut: frozenset[str] = frozenset()
    options: dict[str, Any] = field(default_factory=dict)
    embryo: bool = False
    bound: str = ""
    """The host that bind() gave it, which outlives a disconnect."""
    dirty: bool = False
    """Something has gone its way over a network since it was last looked at."""

    @property
    def is_gone(self) -> bool:
        """Whether nobody holds it any more."""
        return not self.handles and not self.embryo

    @property
    def is_inet(self) -> bool:
        """Whether it is of IPv4 or IPv6."""
        return self.family != "unix"

    def take_error(self) -> None:
        """It has been reported."""
        self.error = None

    def state(self) -> str:
        """A word for where it is in its life, for people and for the coverage."""
        raise NotImplementedError

    def states(self) -> tuple[str, ...]:
        """The words that `state` knows."""
        raise NotImplementedError

    def refused(self, *, oddity: str = "") -> No:
        """The pending error is reported."""
        return No(self.error or "", self.take_error, oddity)

    def shut_down(self, how: frozenset[str]) -> list[Result]:
        """What shutdown() of these halves may do."""
        raise NotImplementedError

    def receive(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        """What a receive may return; None for what is not modelled."""
        raise NotImplementedError

    def transmit(
        self, data: bytes, flags: frozenset[str], to: Target | None
    ) -> list[Result] | None:
        """What a send may take."""
        raise NotImplementedError

    def ready(self) -> tuple[frozenset[str], frozenset[str]]:
        """The events that poll() has to report, and those that it may."""
        raise NotImplementedError

    def peer_name(self) -> list[Name | str]:
        """What getpeername() may say: names or the symbols of errors."""
        raise NotImplementedError

    def unread(self) -> list[int | str]:
        """What FIONREAD may say."""
        raise NotImplementedError

    def at_mark(self) -> list[bool | str]:
        """What SIOCATMARK may say."""
        raise NotImplementedError

    def closed(self) -> None:
        """The last handle is gone."""
        raise NotImplementedError


def taken(size: int, record: bytes) -> tuple[bytes, bool]:
    """As much of a record as fits, and whether that is not all."""
    return record[:size], len(record) > size
