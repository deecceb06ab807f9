"""A deadline for everything that happens in one example of one case.

In the main thread of a POSIX process an interval timer interrupts whatever system
call is running, and the call is reported by name. Where that cannot be (Windows, a
call that never returns to the interpreter), the runner's own watchdog ends the
process, and its supervisor records the case.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sockspec.errors import Hang

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Deadline", "held"]


@contextmanager
def held() -> Iterator[None]:
    """Stop the clock of the running deadline: the body has a bound of its own.

    An agent that is started anew (a virtual machine, say) takes the time that it takes,
    and not that of the example which is the first to need it.
    """
    can_hold = (
        hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    )
    if not can_hold:
        yield
        return
    left, again = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, again)


class Deadline:
    """Raises `Hang`, naming the running call, when `seconds` have passed.

    `running` returns the name of the call that is in progress. After an expiry the
    timer starts again, so that what follows (cleaning up) is bounded too.
    """

    def __init__(self, seconds: float, running: Callable[[], str]) -> None:
        self.seconds = seconds
        self._running = running

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Bound the body of the `with` statement."""
        can_interrupt = (
            hasattr(signal, "setitimer")
            and threading.current_thread() is threading.main_thread()
        )
        if not can_interrupt:
            yield
            return
        before = signal.signal(signal.SIGALRM, self._expire)
        # The interval repeats: a handler that runs while the interpreter cannot
        # raise (inside a callback) must not be the last one.
        signal.setitimer(signal.ITIMER_REAL, self.seconds, self.seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _expire(self, _number: int, _frame: Any) -> None:
        raise Hang(self._running() or "the test itself", self.seconds)
