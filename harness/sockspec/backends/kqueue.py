"""The `kqueue` of Python's `select` module."""

from __future__ import annotations

import select
import struct
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.backend import KEvent

__all__ = ["Kqueue"]

_IDENTS = 2 ** (8 * struct.calcsize("P"))  # numbers that an identifier can have


class Kqueue:
    """A handle as sockets have it: `fileno` and `close`."""

    def __init__(self) -> None:
        module: Any = select  # Linux has none, and type checkers know it
        self._event = module.kevent
        self._queue = module.kqueue()

    def fileno(self) -> int:
        """The descriptor, -1 when it is closed."""
        return -1 if self._queue.closed else int(self._queue.fileno())

    def close(self) -> None:
        """Close it."""
        self._queue.close()

    def exchange(
        self, changes: Sequence[tuple[int, ...]], most: int, timeout: float
    ) -> tuple[KEvent, ...]:
        """kevent(2); a change is a descriptor and the five numbers of an event."""
        if most < 0:
            raise Unsupported("kevent", "the module refuses a negative room")
        if self._queue.closed:
            raise SocketError("EBADF", 9, "kevent")
        # The module takes no negative number for a descriptor: -1 as the system reads it.
        asked = [self._event(number % _IDENTS, *rest) for number, *rest in changes]
        came = self._queue.control(asked, most, None if timeout < 0 else timeout)
        return tuple(
            (each.filter, each.flags, each.fflags, each.data, each.udata) for each in came
        )
