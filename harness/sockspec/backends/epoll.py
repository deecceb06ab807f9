"""The `epoll` of Python's `select` module, with keys of the caller's.

The module registers each descriptor with its own number and gives that back; the keys are
kept here.
"""

from __future__ import annotations

import os
import select
import sys

from sockspec.errors import Unsupported

__all__ = ["Epoll"]

_ADD, _REMOVE, _CHANGE = 1, 2, 3  # EPOLL_CTL_ADD and so on, include/uapi/linux/eventpoll.h


class Epoll:
    """A handle as sockets have it: `fileno` and `close`."""

    def __init__(self, flags: int) -> None:
        if sys.platform != "linux":
            raise Unsupported("epoll_create", "there is no epoll here")
        if flags & ~os.O_CLOEXEC:  # which EPOLL_CLOEXEC is; PyPy's module lacks the name
            # The module sets close-on-exec itself, and takes no other flag.
            raise Unsupported("epoll_create", f"the module does not take the flags {flags:#x}")
        self._events = select.epoll()
        self._keys: dict[int, int] = {}

    def fileno(self) -> int:
        """The descriptor, -1 when it is closed."""
        return -1 if self._events.closed else self._events.fileno()

    def close(self) -> None:
        """Close it."""
        self._events.close()

    def change(self, operation: int, number: int, events: int, key: int) -> None:
        """epoll_ctl(2)."""
        before = dict(self._keys)
        # A call that waits can return before this one does.
        self._keys[number] = key
        try:
            self._control(operation, number, events)
        except BaseException:
            self._keys = before
            raise

    def _control(self, operation: int, number: int, events: int) -> None:
        if operation == _ADD:
            self._events.register(number, events)
        elif operation == _CHANGE:
            self._events.modify(number, events)
        elif operation == _REMOVE:
            self._events.unregister(number)
        else:
            raise Unsupported("epoll_ctl", f"the module has no operation {operation}")

    def wait(self, most: int, timeout: float) -> tuple[tuple[int, int], ...]:
        """epoll_wait(2)."""
        if most < 1:
            raise Unsupported("epoll_wait", "for the module, no room is any room")
        ready = self._events.poll(None if timeout < 0 else timeout, most)
        return tuple((events, self._keys[number]) for number, events in ready)
