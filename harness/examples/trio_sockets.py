"""trio.socket as a backend: calls that are awaited, in a loop that a thread of ours runs.

    PYTHONPATH=harness/examples sockspec smoke trio_sockets:Trio
    PYTHONPATH=harness/examples sockspec run --backend trio_sockets:Trio

Every method of its sockets that may wait is a coroutine; here a call is one, run in the
loop from outside. Sockets are non-blocking below and there is no way to ask for anything
else, so `set_nonblocking` is not there, and what needs it is unsupported.
"""

from __future__ import annotations

import functools
import inspect
import threading
from platform import python_implementation, python_version
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import trio

from sockspec import platform
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError, Unsupported
from sockspec.pending import GRACE, Pending

if TYPE_CHECKING:
    from sockspec.backend import Handle

# Its own refusals, no system is asked: of two that wait for the same, of a socket that was
# closed meanwhile; bind looks at the first byte of no path, and a path is asserted to be one.
_OWN = (trio.BusyResourceError, trio.ClosedResourceError, IndexError, AssertionError)


class _Loop:
    """trio's loop in a thread, and calls into it."""

    def __init__(self) -> None:
        ready: SimpleQueue[trio.lowlevel.TrioToken] = SimpleQueue()
        threading.Thread(target=trio.run, args=(_forever, ready), daemon=True).start()
        self._token = ready.get(timeout=10)

    def call(self, method: Any, *arguments: Any, **named: Any) -> Any:
        """What a method returns or raises, awaited where it is to be awaited."""
        done: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        scope = trio.CancelScope()

        async def run() -> None:
            try:
                with scope:
                    answer = method(*arguments, **named)
                    done.put((await answer if inspect.isawaitable(answer) else answer, None))
            except _OWN as error:
                done.put((None, SocketError("ETRIO", 0, method.__name__, str(error))))
            except Exception as error:
                done.put((None, error))

        # Not from_thread.run: it cannot be interrupted, and a deadline has to get through.
        self._token.run_sync_soon(lambda: trio.lowlevel.spawn_system_task(run))
        try:
            value, error = done.get()
        except BaseException:
            # What still waits would be in the way of the next call on its socket.
            self._token.run_sync_soon(scope.cancel)
            raise
        if error is not None:
            raise error
        return value


async def _forever(ready: SimpleQueue[trio.lowlevel.TrioToken]) -> None:
    ready.put(trio.lowlevel.current_trio_token())
    await trio.sleep_forever()


class _Socket:
    """A socket of trio whose methods are called from outside its loop."""

    def __init__(self, loop: _Loop, inner: trio.socket.SocketType) -> None:
        self._loop, self._inner = loop, inner
        self.family = inner.family
        self.fileno = inner.fileno

    def __getattr__(self, name: str) -> Any:
        return functools.partial(self._loop.call, getattr(self._inner, name))

    def dup(self) -> _Socket:
        return _Socket(self._loop, self._loop.call(self._inner.dup))

    def accept(self) -> tuple[_Socket, Any]:
        accepted, address = self._loop.call(self._inner.accept)
        return _Socket(self._loop, accepted), address


class _Module:
    """What trio.socket has of the module `socket`."""

    def __init__(self) -> None:
        self._loop = _Loop()

    def socket(self, *arguments: Any, **named: Any) -> _Socket:
        return _Socket(self._loop, self._loop.call(trio.socket.socket, *arguments, **named))

    def socketpair(self, *arguments: Any) -> tuple[_Socket, _Socket]:
        one, other = self._loop.call(trio.socket.socketpair, *arguments)
        return _Socket(self._loop, one), _Socket(self._loop, other)


class _Started(Pending):
    def is_blocked(self, within: float = 5.0) -> bool:
        # Its thread waits for the loop and never in a system call, so that one cannot tell.
        return not self.wait(min(within, GRACE))


class Trio(Stdlib):
    """The sockets of trio. The system's poll shows their state: trio has none."""

    name = "trio"
    version = trio.__version__
    label = f"trio {version}"

    unforkable = "the thread that runs trio's loop is not in a child"

    def __init__(self) -> None:
        self.module = _Module()

    @property
    def implementation(self) -> str:
        return f"trio {self.version} on {python_implementation()} {python_version()}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "trio"}

    def set_nonblocking(self, sock: Handle, on: bool) -> None:
        raise Unsupported("set_nonblocking", "every call of trio's sockets waits")

    def start(self, primitive: str, *arguments: Any) -> Pending:
        return _Started(getattr(self, primitive), *arguments)
