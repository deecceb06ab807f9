"""Work that is spread over the processors: on each a copy of this process does a part of it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["spread"]

T = TypeVar("T")

_MOST = 4  # copies: each writes to memory of its own

_work: dict[str, Callable[[int], Any]] = {}
"""What copies do: it is there in each, since they are copies."""


def spread(work: Callable[[int], T], parts: int) -> Iterator[T]:
    """What `work` returns for each number below `parts`, in their order.

    An error in one of them is raised here. Where the system cannot copy a process with all
    that it knows, or that is not safe, this one does it all.
    """
    copies = min(_processors(), _MOST, parts)
    if copies < 2 or not _can_copy():
        yield from map(work, range(parts))
        return
    _work["now"] = work
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(copies, mp_context=context) as pool:
            try:
                yield from pool.map(_do, range(parts))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        del _work["now"]


def _do(part: int) -> Any:
    return _work["now"](part)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _can_copy() -> bool:
    # A thread could hold a lock that the copy would wait for; and the libraries of macOS may
    # start some (https://docs.python.org/3/library/multiprocessing.html, "fork").
    return sys.platform == "linux" and threading.active_count() == 1
