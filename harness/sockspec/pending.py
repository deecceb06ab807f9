"""A call that was started and not waited for, so that "blocks" can be a rule.

`is_blocked` does not guess from the passing of time where the system can be
asked: on Linux a thread's own entry in `/proc` shows that it sleeps inside a
system call. Elsewhere a call counts as blocked when it has not returned after
`GRACE` seconds; such a verdict can only be wrong towards "blocked".
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.errors import Hang, Misbehaved, StillRunning

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GRACE", "Pending", "close_made"]

GRACE = 0.1
"""Seconds after which a call counts as blocked where the system cannot be asked."""

FUTEX = {"x86_64": 202, "aarch64": 98}
"""proc(5) /proc/pid/syscall shows numbers; a thread in futex waits for our own
interpreter's lock, not in the socket call."""

_UNSEEN = 0.9  # seconds that a call can take before it must have been possible to look at it

_MAKING: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    **dict.fromkeys(
        ("new", "new_raw", "file", "epoll_create", "kqueue", "adopt", "dup"),
        lambda handle: (handle,),
    ),
    **dict.fromkeys(("accept", "accept_raw", "accept4"), lambda answer: answer[:1]),
    **dict.fromkeys(("pair", "pipe"), lambda answer: answer),
}


def close_made(primitive: str, answer: Any, close: Callable[[Any], object]) -> None:
    """Give `close` the sockets that a primitive made, by what it returned."""
    making = _MAKING.get(primitive)
    for handle in making(answer) if making is not None and answer is not None else ():
        with suppress(Exception):  # whoever started the call has gone
            close(handle)


class Pending:
    """One started call: ask whether it is blocked, then collect its result."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.name = getattr(call, "__name__", str(call))
        self._value: Any = None
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._collected = False
        self._close: Callable[[Any], object] | None = None
        self._looks = 0
        self._took = 0.0
        self._thread = threading.Thread(
            target=self._run, args=(call, arguments), daemon=True, name=self.name
        )
        self._thread.start()

    def _run(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        begun, self._looks = time.monotonic(), 0  # what was seen before is not of the call
        try:
            value = call(*arguments)
        except BaseException as error:
            self._error = error
            return
        finally:
            self._took = time.monotonic() - begun
        with self._lock:
            self._value = value
            if self._close is not None:
                self._dispose()

    @property
    def thread(self) -> int | None:
        """What pthread_kill() calls the thread that makes the call, where one does."""
        return self._thread.ident

    @property
    def finished(self) -> bool:
        """Whether the call has returned, with a value or an error."""
        return not self._thread.is_alive()

    def is_blocked(self, within: float = 5.0) -> bool:
        """True once the call sleeps in the system, False once it has returned.

        Waits for one or the other, `within` seconds at most; a call that is
        neither by then raises `Hang`. One that let nothing else run while it took its time
        cannot be told from one that does not block: that raises `Misbehaved`.
        """
        task = Path(f"/proc/self/task/{self._thread.native_id}/syscall")
        asked = task.exists()
        until = time.monotonic() + (within if asked else GRACE)
        while time.monotonic() < until:
            self._thread.join(0.001)
            if self.finished:
                self._check_that_others_ran()
                return False
            self._looks += 1
            if asked and self._sleeps(task):
                return True
        if not asked:
            return not self.finished
        raise Hang(self.name, within)

    def _check_that_others_ran(self) -> None:
        if not self._looks and self._took > _UNSEEN:
            raise Misbehaved(
                self.name,
                f"nothing else of its process ran for {self._took:.1f} s: it keeps a lock (of "
                "the interpreter?) while it waits",
            )

    def _sleeps(self, task: Path) -> bool:
        try:
            number = task.read_text(encoding="ascii").split()[0]
        except (OSError, IndexError):
            return False
        return number.isdecimal() and int(number) not in FUTEX.values()

    def wait(self, within: float = 5.0) -> bool:
        """Whether the call has returned, at the latest after `within` seconds."""
        self._thread.join(within)
        return self.finished

    def result(self, within: float = 5.0) -> Any:
        """The call's value, or its error raised; `StillRunning` after `within` seconds."""
        self._thread.join(within)
        if not self.finished:
            raise StillRunning(self.name, within)
        if self._error is not None:
            raise self._error
        self._collected = True
        return self._value

    def abandon(self, close: Callable[[Any], object]) -> None:
        """Nobody asks for the result any more: have the sockets closed that the call made.

        They are given to `close`, now or when the call returns.
        """
        with self._lock:
            self._close = close
            self._dispose()

    def _dispose(self) -> None:
        value, self._value = self._value, None
        if self._close is not None and not self._collected:
            close_made(self.name, value, self._close)
