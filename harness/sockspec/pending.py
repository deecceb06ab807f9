"""A call that was started and not waited for, so that "blocks" can be a rule.

`is_blocked` does not guess from the passing of time where the system can be
asked: on Linux a thread's own entry in `/proc` shows that it sleeps inside a
system call. Elsewhere a call counts as blocked when it has not returned after
`GRACE` seconds; such a verdict can only be wrong towards "blocked".
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.errors import Hang

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GRACE", "Pending"]

GRACE = 0.1
"""Seconds after which a call counts as blocked where the system cannot be asked."""

FUTEX = {"x86_64": 202, "aarch64": 98}
"""proc(5) /proc/pid/syscall shows numbers; a thread in futex waits for our own
interpreter's lock, not in the socket call."""


class Pending:
    """One started call: ask whether it is blocked, then collect its result."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.name = getattr(call, "__name__", str(call))
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(call, arguments), daemon=True, name=self.name
        )
        self._thread.start()

    def _run(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            self._value = call(*arguments)
        except BaseException as error:
            self._error = error

    @property
    def finished(self) -> bool:
        """Whether the call has returned, with a value or an error."""
        return not self._thread.is_alive()

    def is_blocked(self, within: float = 5.0) -> bool:
        """True once the call sleeps in the system, False once it has returned.

        Waits for one or the other, `within` seconds at most; a call that is
        neither by then raises `Hang`.
        """
        task = Path(f"/proc/self/task/{self._thread.native_id}/syscall")
        asked = task.exists()
        until = time.monotonic() + (within if asked else GRACE)
        while time.monotonic() < until:
            self._thread.join(0.001)
            if self.finished:
                return False
            if asked and self._sleeps(task):
                return True
        if not asked:
            return not self.finished
        raise Hang(self.name, within)

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
        """The call's value, or its error raised; `Hang` after `within` seconds."""
        self._thread.join(within)
        if not self.finished:
            raise Hang(self.name, within)
        if self._error is not None:
            raise self._error
        return self._value
