"""What the model knows of all sockets of a program, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.explore.outcome import Answer, fails
from sockspec.explore.sock import Sock, Target

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Known"]

_OF_STDLIB = ("EPYTHON", "EAI_ADDRFAMILY", "EAI_NONAME", "EAI_FAMILY")


class Known:
    """What is known of all sockets of a program.

    `stdlib` is whether Python's module stands between, which has a mode of its own for
    every handle and refuses addresses of another family itself.
    """

    def __init__(self, *, stdlib: bool = False) -> None:
        self.socks: dict[int, Sock] = {}
        self.open: list[int] = []
        self.learned: list[tuple[int, int]] = []
        """Handles whose address is to be looked at now, and the number that it has."""
        self._stdlib = stdlib
        self._modes: dict[int, bool] = {}
        self._inherited: set[int] = set()
        self._names = 0
        self._owners: dict[int, Sock] = {}
        self.sends = 0
        """How much was drawn to be sent, so that no two parts are the same."""

    def _name(self, handle: int, sock: Sock, host: str) -> None:
        self._names += 1
        sock.name = (host, self._names)
        self._owners[self._names] = sock
        self.learned.append((handle, self._names))

    def _named(self, handle: int, host: str = "loop") -> Callable[[], None]:
        """Names a socket that has no name yet; a name everywhere becomes one of loopback."""
        sock = self.socks[handle]

        def name() -> None:
            if sock.name[1] is None:
                self._name(handle, sock, sock.bound if host == "any" and sock.bound else host)
            elif sock.name[0] == "any" and host == "loop":
                sock.name = ("loop", sock.name[1])

        return name

    def target(self, sock: Sock, address: Any) -> Target | None:
        """What an address of a program is; None for one that nobody has."""
        if not isinstance(address, tuple):
            return Target(address)
        other = self.socks.get(address[1])
        if other is None or other.name[1] is None or other.family != sock.family:
            return None
        host = "loop" if other.is_inet else other.name[0]
        # An accepted socket has its listener's name, and the listener gets the calls.
        return Target("of", self._owners[other.name[1]], (host, other.name[1]))

    def _policy(self) -> list[Answer]:
        return [fails(each) for each in _OF_STDLIB] if self._stdlib else []
