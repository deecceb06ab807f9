"""uvloop as a backend: the socket calls of its event loop, which a thread of ours runs.

    PYTHONPATH=harness/examples sockspec smoke uvloop_sockets:Uvloop
    PYTHONPATH=harness/examples sockspec run --backend uvloop_sockets:Uvloop

uvloop makes no sockets: it waits for those of the module `socket`, with `sock_recv_into`,
`sock_sendall`, `sock_accept` and `sock_connect`. Those are its calls here, awaited from
outside its loop; bind, options and names are the module's. They take non-blocking sockets
and no flags. Its `sock_sendto` and `sock_recvfrom` raise NotImplementedError. A datagram
endpoint reads ahead, into a queue that would be ours: it is left out.
"""

from __future__ import annotations

import asyncio
import threading
from importlib import metadata
from platform import python_implementation, python_version
from typing import TYPE_CHECKING, Any

import uvloop

from sockspec import platform
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError, Unsupported
from sockspec.pending import GRACE, Pending

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from sockspec.address import SockAddr
    from sockspec.backend import Handle, Message

# Its own refusals, no system is asked: it takes an address that is a path apart as host and
# port, and a socket that was closed has no descriptor to wait for.
_OWN = ("host must be", "Invalid file descriptor")


class _Socket:
    """A socket of the module whose calls that wait are those of the loop."""

    def __init__(self, loop: uvloop.Loop, inner: socket.socket) -> None:
        inner.setblocking(False)
        self._loop, self._inner = loop, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def dup(self) -> _Socket:
        return _Socket(self._loop, self._inner.dup())

    def accept(self) -> tuple[_Socket, Any]:
        accepted, address = self._wait(self._loop.sock_accept(self._inner))
        return _Socket(self._loop, accepted), address

    def connect(self, address: Any) -> None:
        self._wait(self._loop.sock_connect(self._inner, address))

    def recv_into(self, buffer: bytearray, _size: int, flags: int) -> Any:
        _no_flags("recv", flags)
        return self._wait(self._loop.sock_recv_into(self._inner, buffer))

    def send(self, data: bytes, flags: int) -> int:
        _no_flags("send", flags)
        # It returns when everything is sent, and then says nothing.
        self._wait(self._loop.sock_sendall(self._inner, data))
        return len(data)

    def _wait(self, call: Any) -> Any:
        running = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return running.result()
        except (TypeError, ValueError) as error:
            if not any(each in str(error) for each in _OWN):
                raise  # the module's own, of a call that the loop made
            raise SocketError("EUVLOOP", 0, call.__name__, str(error)) from None
        finally:
            # What still waits at a deadline would be in the way of the socket's next call.
            running.cancel()


def _no_flags(primitive: str, flags: int) -> None:
    if flags:
        raise Unsupported(f"{primitive} with flags", "the calls of the loop take none")


class _Module:
    """What makes the sockets: the module `socket`, and the loop that waits for them."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def socket(self, *arguments: Any, **named: Any) -> _Socket:
        return _Socket(self._loop, Stdlib.module.socket(*arguments, **named))

    def socketpair(self, *arguments: Any) -> tuple[_Socket, _Socket]:
        one, other = Stdlib.module.socketpair(*arguments)
        return _Socket(self._loop, one), _Socket(self._loop, other)


class _Started(Pending):
    def is_blocked(self, within: float = 5.0) -> bool:
        # Its thread waits for the loop and never in a system call, so that one cannot tell.
        return not self.wait(min(within, GRACE))


class Uvloop(Stdlib):
    """The socket calls of uvloop's loop. The system's poll shows the state of a socket."""

    name = "uvloop"

    def __init__(self) -> None:
        self.module = _Module()

    @property
    def version(self) -> str:
        return metadata.version("uvloop")

    @property
    def implementation(self) -> str:
        return f"uvloop {self.version} on {python_implementation()} {python_version()}"

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"uvloop {self.version}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "uvloop"}

    def set_nonblocking(self, sock: Handle, on: bool) -> None:
        raise Unsupported("set_nonblocking", "every call of the loop waits")

    def sendto(self, sock: Handle, data: bytes, flags: int, address: SockAddr) -> int:
        raise Unsupported("sendto", "sock_sendto raises NotImplementedError")

    def recvfrom(
        self, sock: Handle, size: int, flags: int = 0
    ) -> tuple[bytes, SockAddr | None]:
        raise Unsupported("recvfrom", "sock_recvfrom raises NotImplementedError")

    def sendmsg(self, sock: Handle, *arguments: Any, **named: Any) -> int:
        raise Unsupported("sendmsg", "the loop has no such call")

    def recvmsg(
        self, sock: Handle, sizes: Sequence[int], control: int = 0, flags: int = 0
    ) -> Message:
        raise Unsupported("recvmsg", "the loop has no such call")

    def start(self, primitive: str, *arguments: Any) -> Pending:
        return _Started(getattr(self, primitive), *arguments)
