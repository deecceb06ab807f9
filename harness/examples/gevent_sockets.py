"""gevent as a backend: its sockets look blocking and wait in its event loop.

    PYTHONPATH=harness/examples sockspec smoke gevent_sockets:Gevent
    PYTHONPATH=harness/examples sockspec run --backend gevent_sockets:Gevent

gevent.socket stands in for the module `socket`, function by function, so the backend of
the standard library serves it: what is ours here is how a call is started, in a greenlet
where the standard library takes a thread, and that the deadline of a case gets through.
gevent.select.poll knows POLLIN and POLLOUT alone; the system's own shows a socket's state.
"""

from __future__ import annotations

import select
import threading
import time
from contextlib import suppress
from platform import python_implementation, python_version
from typing import TYPE_CHECKING, Any

import gevent
import gevent.socket
from gevent.exceptions import ConcurrentObjectUseError

from sockspec import platform
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import Hang, SocketError, StillRunning
from sockspec.pending import GRACE, Pending, close_made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TURN = 0.001  # seconds that the loop has for the other greenlets between two looks


class Greenlet(Pending):
    """A call in a greenlet. It runs whenever we wait; nothing else runs the loop."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.name = call.__name__
        self._collected = False
        self._greenlet = gevent.spawn(_outcome, call, *arguments)
        gevent.sleep(0)

    @property
    def thread(self) -> int | None:
        # The calls of all greenlets wait in the thread that runs the loop.
        return threading.get_ident()

    @property
    def finished(self) -> bool:
        return self.wait(0.0)

    def is_blocked(self, within: float = 5.0) -> bool:
        # No system call shows that a greenlet sleeps: the loop turns for as long as other
        # platforms take before they say so.
        return not self.wait(min(within, GRACE))

    def wait(self, within: float = 5.0) -> bool:
        self._greenlet.join(within)
        return bool(self._greenlet.ready())

    def result(self, within: float = 5.0) -> Any:
        if not self.wait(within):
            raise StillRunning(self.name, within)
        value, error = self._greenlet.value
        if error is not None:
            raise error
        self._collected = True
        return value

    def abandon(self, close: Callable[[Any], object]) -> None:
        if not self._collected:
            self._greenlet.rawlink(lambda done: close_made(self.name, done.value[0], close))


def _outcome(call: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    # An exception that leaves a greenlet is printed; here it is an answer.
    try:
        return call(*arguments), None
    except ConcurrentObjectUseError as error:
        # Its own refusal of two that wait for the same: no system was asked.
        return None, SocketError("EGEVENT", 0, call.__name__, str(error))
    except Exception as error:
        return None, error


class _Poller:
    """The system's poll, which lets the loop turn while it waits."""

    def __init__(self) -> None:
        self._system = select.poll()
        self.register = self._system.register

    def poll(self, milliseconds: float) -> Iterable[tuple[int, int]]:
        until = time.monotonic() + milliseconds / 1000
        while not (ready := self._system.poll(0)) and time.monotonic() < until:
            gevent.sleep(_TURN)
        return ready


class _Polling:
    poll = _Poller


class Gevent(Stdlib):
    """The sockets of gevent. A handle is a `gevent.socket.socket`."""

    name = "gevent"
    version = str(gevent.__version__)
    label = f"gevent {version}"
    module = gevent.socket
    polling = _Polling

    def __init__(self) -> None:
        # The loop prints what a signal handler raises and goes on, all but these: the
        # deadline of a case has to reach the call that waits.
        hub = gevent.get_hub()
        hub.SYSTEM_ERROR = (*hub.SYSTEM_ERROR, Hang)

    @property
    def implementation(self) -> str:
        return f"gevent {self.version} on {python_implementation()} {python_version()}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "gevent"}

    def start(self, primitive: str, *arguments: Any) -> Pending:
        return Greenlet(getattr(self, primitive), *arguments)

    def reset(self) -> None:
        # A time-out of gevent's that was due together with the deadline of a case strikes
        # at the next turn of the loop: here, not in the next case.
        with suppress(gevent.Timeout, TimeoutError):
            gevent.sleep(0)
