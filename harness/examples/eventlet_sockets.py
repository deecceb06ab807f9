"""eventlet as a backend: its green sockets look blocking and wait in its hub.

    PYTHONPATH=harness/examples sockspec smoke eventlet_sockets:Eventlet
    PYTHONPATH=harness/examples sockspec run --backend eventlet_sockets:Eventlet

It stands in for the module `socket`. It has no poll(2); the system's own shows states.
"""

from __future__ import annotations

import select
import threading
import time
import warnings
from platform import python_implementation, python_version
from typing import TYPE_CHECKING, Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says of itself that nobody should begin with it
    import eventlet
    import eventlet.green.socket

from sockspec import platform
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import Hang, SocketError, StillRunning
from sockspec.pending import GRACE, Pending, close_made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_TURN = 0.001  # seconds that the hub has for the other greenlets between two looks


class GreenThread(Pending):
    """A call in a green thread. It runs whenever we wait; nothing else runs the hub."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.name = call.__name__
        self._collected = False
        self.green = eventlet.spawn(_outcome, call, *arguments)
        eventlet.sleep(0)

    @property
    def thread(self) -> int | None:
        return threading.get_ident()  # that of the loop, in which all green threads wait

    @property
    def finished(self) -> bool:
        return self.wait(0.0)

    def is_blocked(self, within: float = 5.0) -> bool:
        # No system call shows that a green thread sleeps: the hub turns for as long as
        # other platforms take before they say so.
        return not self.wait(min(within, GRACE))

    def wait(self, within: float = 5.0) -> bool:
        until = time.monotonic() + within
        eventlet.sleep(0)
        while not self.green.dead and time.monotonic() < until:
            eventlet.sleep(_TURN)
        return bool(self.green.dead)

    def result(self, within: float = 5.0) -> Any:
        if not self.wait(within):
            raise StillRunning(self.name, within)
        value, error = self.green.wait()
        if error is not None:
            raise error
        self._collected = True
        return value

    def abandon(self, close: Callable[[Any], object]) -> None:
        if not self._collected:
            self.green.link(lambda done: close_made(self.name, done.wait()[0], close))


def _outcome(call: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    # An exception that leaves a green thread is printed; here it is an answer.
    try:
        return call(*arguments), None
    except Exception as error:
        return None, error


class _Poller:
    """The system's poll, which lets the hub turn while it waits."""

    def __init__(self) -> None:
        self._system = select.poll()
        self.register = self._system.register

    def poll(self, milliseconds: float) -> Iterable[tuple[int, int]]:
        until = time.monotonic() + milliseconds / 1000
        while not (ready := self._system.poll(0)) and time.monotonic() < until:
            eventlet.sleep(_TURN)
        return ready


class _Polling:
    poll = _Poller


class Eventlet(Stdlib):
    """The sockets of eventlet. A handle is a `GreenSocket`."""

    name = "eventlet"
    version = str(eventlet.__version__)
    label = f"eventlet {version}"
    module = eventlet.green.socket
    polling = _Polling

    def __init__(self) -> None:
        self._started: list[GreenThread] = []
        # The hub prints what a signal handler raises while it calls back, and forgets the
        # socket: the deadline of a case has to reach the call that waits.
        hub = eventlet.hubs.get_hub()
        hub.SYSTEM_EXCEPTIONS = (*hub.SYSTEM_EXCEPTIONS, Hang)

    @property
    def implementation(self) -> str:
        return f"eventlet {self.version} on {python_implementation()} {python_version()}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "eventlet"}

    def start(self, primitive: str, *arguments: Any) -> Pending:
        self._started.append(GreenThread(getattr(self, primitive), *arguments))
        return self._started[-1]

    def reset(self) -> None:
        # Closing a socket does not wake who waits for it; a later case would, when it is given
        # the descriptor. The deadline, too, leaves whom it cut off on the hub's lists.
        while self._started:
            self._started.pop().green.kill()
        hub = eventlet.hubs.get_hub()
        for listener in (*hub.get_readers(), *hub.get_writers()):
            hub.remove(listener)
        hub.closed.clear()


def _refusing(primitive: str) -> Callable[..., Any]:
    original = getattr(Stdlib, primitive)

    def call(self: Eventlet, *arguments: Any) -> Any:
        try:
            return original(self, *arguments)
        except (EOFError, RuntimeError, TypeError) as error:
            # Its own, no system was asked: of a socket that is gone (EOFError), of two that
            # wait for the same; and recvfrom answers 0 for a pair when it was reset.
            raise SocketError("EEVENTLET", 0, primitive, str(error)) from None

    return call


for _primitive in ("accept", "recv", "recv_length", "recvfrom"):
    setattr(Eventlet, _primitive, _refusing(_primitive))
