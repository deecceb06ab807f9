"""A backend in a process of its own, for the cases that change what belongs to a process.

A signal's handler, the limit of descriptors and a fork are no socket's but a process's, and
the process in which a run takes place keeps its own. It is started when it is first needed.
"""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import TYPE_CHECKING

from sockspec import backends
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend

__all__ = ["Apart"]


class Apart:
    """Makes that backend once."""

    def __init__(self, make: Callable[[], Backend]) -> None:
        self._make = make
        self._made: Backend | None = None

    @classmethod
    def of(cls, name: str, backend: Backend) -> Apart:
        """For a backend and the name that it was loaded by: an agent has its own process."""
        if not backend.local:
            return cls(lambda: backend)
        return cls(functools.partial(backends.load, name, isolate=True))

    def __call__(self) -> Backend:
        """The backend. Raises `UsageError` when it cannot be started."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def start(self) -> None:
        """Start it, where it can be, before anything watches how long that takes."""
        with suppress(UsageError):
            self()

    def shut_down(self) -> None:
        """End its process, if it was started."""
        if self._made is not None:
            self._made.shut_down()
            self._made = None
