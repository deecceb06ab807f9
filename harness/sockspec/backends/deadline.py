"""A deadline for everything that happens in one example of one case.

In the main thread of a POSIX process an interval timer interrupts whatever system
call is running, and the call is reported by name. Windows has no such timer: there a
thread makes the calls, and is left to a call that does not return. What neither can
bound (a call that never gives up the interpreter, or waits where no signal reaches it) the
watchdog ends with the process.
"""

from __future__ import annotations

import gc
import math
import queue
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sockspec.backends import watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from sockspec.backends.trace import Traced
    from sockspec.errors import Hang

__all__ = ["Deadline", "held"]

_MOST = 3  # expiries after which whoever goes on all the same has stopped this process


@contextmanager
def held() -> Iterator[None]:
    """Stop the clock of the running deadline: the body has a bound of its own.

    An agent that is started anew (a virtual machine, say) takes the time that it takes,
    and not that of the example which is the first to need it.
    """
    if not _can_interrupt():
        yield
        return
    left, again = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        with watchdog.unwatched():
            yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, again)


def _can_interrupt() -> bool:
    has_timer = hasattr(signal, "setitimer")
    return has_timer and threading.current_thread() is threading.main_thread()


def _swallows(frame: FrameType | None) -> bool:
    # What a finaliser or a callback of the collector raises is printed and goes no further,
    # https://docs.python.org/3/library/sys.html#sys.unraisablehook
    callbacks = {getattr(each, "__code__", None) for each in gc.callbacks}
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code in callbacks:
            return True
        frame = frame.f_back
    return False


class Deadline:
    """Raises `Hang`, naming the running call, when `seconds` have passed.

    After an expiry the time starts again, so that what follows (cleaning up) is bounded too.
    An agent's calls have a deadline of their own.
    """

    def __init__(self, seconds: float, calls: Traced) -> None:
        self.seconds = seconds
        self._calls = calls
        ends = [calls] if calls.peer is None else [calls, calls.peer]
        self._own = any(math.isinf(each.inner.deadline) for each in ends)
        if self._own and not hasattr(signal, "setitimer"):
            calls.through = self.call
        self._hands: _Hands | None = None
        self._owner = 0
        self._until = 0.0
        self._expiries = 0

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Bound the body of the `with` statement."""
        self._expiries = 0
        self._live()
        with self._interrupting() if _can_interrupt() else self._waiting():
            yield

    def begin(self) -> None:
        """Give what follows in the body the whole time."""
        self._until = time.monotonic() + self.seconds
        if _can_interrupt():
            # The interval repeats: an expiry at which nothing can be raised must not be the
            # last one.
            signal.setitimer(signal.ITIMER_REAL, self.seconds, self.seconds)

    @contextmanager
    def _interrupting(self) -> Iterator[None]:
        before = signal.signal(signal.SIGALRM, self._expire)
        self.begin()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _live(self) -> None:
        # An agent cannot stop this process.
        if self._expiries < _MOST:
            watchdog.feed(self.seconds if self._own else None)

    def _expire(self, _number: int, frame: FrameType | None) -> None:
        self._expired()
        if not _swallows(frame):
            raise self._hang()

    def _expired(self) -> None:
        self._expiries += 1
        self._live()

    def _hang(self) -> Hang:
        return self._calls.hung(self.seconds)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self._owner = threading.get_ident()
        self.begin()
        try:
            yield
        finally:
            self._owner = 0
            self._leave()

    def call(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make a call that ends with the deadline at the latest, whatever becomes of it."""
        if threading.get_ident() != self._owner:
            return call(*arguments)  # who started it has a bound for it
        if self._hands is None:
            self._hands = _Hands()
        try:
            return self._hands.call(call, arguments, max(0.0, self._until - time.monotonic()))
        except _TooLate:
            self._leave()
            self._expired()
            self._until = time.monotonic() + self.seconds
            raise self._hang() from None

    def _leave(self) -> None:
        if self._hands is not None:
            self._hands.leave()
            self._hands = None


class _TooLate(Exception):
    """A call has not returned in time."""


class _Hands:
    """A thread that makes calls, one after the other, for somebody who can stop waiting."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="calls").start()

    def call(self, call: Callable[..., Any], arguments: tuple[Any, ...], within: float) -> Any:
        self._calls.put((call, arguments))
        try:
            value, error = self._answers.get(timeout=within)
        except queue.Empty:
            raise _TooLate from None
        if error is not None:
            raise error
        return value

    def leave(self) -> None:
        """Have the thread end, as soon as a call that it is in returns."""
        self._calls.put(None)

    def _work(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        # A frame of its own: what a call was given and returned is not kept alive by it.
        asked = self._calls.get()
        if asked is None:
            return False
        call, arguments = asked
        answer: tuple[Any, BaseException | None]
        try:
            answer = call(*arguments), None
        except BaseException as error:
            answer = None, error
        self._answers.put(answer)
        return True
