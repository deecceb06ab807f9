"""A budget: cores and memory that several targets share."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Budget"]


class Budget:
    """So many cores and so much memory (MiB): who needs more than is left waits.

    Half of the cores that it needs are enough to begin: whoever has the others waits in calls
    now and then. What needs more than there is at all may run alone.
    """

    def __init__(self, cores: int, memory: int) -> None:
        self._all = (cores, memory)
        self._left = self._all
        self._changed = Condition()

    @classmethod
    def of_this_machine(cls) -> Budget:
        """All its cores, and the memory that is free now."""
        try:
            memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
        except (AttributeError, ValueError, OSError):
            memory = 1 << 20  # unknown: no bound
        return cls(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, memory
        )

    @contextmanager
    def take(self, cores: int, memory: int) -> Iterator[None]:
        """Wait until both are there, have them, and give them back."""
        wanted = (min(cores, self._all[0]), min(memory, self._all[1]))
        with self._changed:
            self._changed.wait_for(lambda: self._fits(wanted))
            self._left = (self._left[0] - wanted[0], self._left[1] - wanted[1])
        try:
            yield
        finally:
            with self._changed:
                self._left = (self._left[0] + wanted[0], self._left[1] + wanted[1])
                self._changed.notify_all()

    def _fits(self, wanted: tuple[int, int]) -> bool:
        return wanted[0] <= 2 * self._left[0] and wanted[1] <= self._left[1]
