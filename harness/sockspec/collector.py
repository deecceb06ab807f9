"""Python's cyclic garbage collector, kept off while much is read that stays."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["leave", "uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep it off: what is read from runs has no cycles, and is walked again and again.

    Afterwards all that was made counts as old: otherwise it is walked at once.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def leave() -> None:
    """Have a process end without a walk through all that it holds: the system frees it."""
    gc.freeze()
