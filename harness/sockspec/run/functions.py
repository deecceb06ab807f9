"""Which documented functions exist, through a backend on a platform: asked by calling them.

A function exists when calling it brings an answer of the system, be it an error; it does
not when the backend or the platform lacks what it takes.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet
from sockspec.api.documents import SOCKET2, TOKIO
from sockspec.api.socket import Socket
from sockspec.api.tcp import TcpKeepalive
from sockspec.api.tcp_socket import TcpSocket
from sockspec.backends.deadline import Deadline
from sockspec.backends.trace import Traced
from sockspec.errors import SocketError, SockspecError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend

__all__ = ["availability"]

_DEADLINE = 1.0  # seconds; none of these calls has to wait for anything

_GROUP, _GROUP6 = "239.255.77.77", "ff11::7777"
_NOBODY = 1  # tcpmux: connecting there is answered, hardly ever accepted

# Arguments that make a call harmless, where it takes any. Setters without an entry are
# given what their getter answers.
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "listen": (1,),
    "set_nonblocking": (True,),
    "shutdown": ("SHUT_RDWR",),
    "recv_with_flags": (1, 0),
    "recv_vectored": ([1],),
    "recv_vectored_with_flags": ([1], 0),
    "recv_from_with_flags": (1, 0),
    "recv_from_vectored": ([1],),
    "recv_from_vectored_with_flags": ([1], 0),
    "send": (b"",),
    "send_with_flags": (b"", 0),
    "send_vectored": ([b""],),
    "send_vectored_with_flags": ([b""], 0),
    "send_out_of_band": (b"!",),
    "join_multicast_v6": (_GROUP6, 0),
    "leave_multicast_v6": (_GROUP6, 0),
    "set_tcp_keepalive": (TcpKeepalive(time=7200),),
    "bind_device": (b"",),
    **dict.fromkeys(("recv", "recv_out_of_band", "peek", "recv_from", "peek_from"), (1,)),
}


def _addressed(host: str) -> dict[str, tuple[Any, ...]]:
    """The same, of calls that take an address: `host` is where a backend reaches itself."""
    here, nobody = Inet(host, 0), Inet(host, _NOBODY)
    return {
        "bind": (here,),
        "connect": (nobody,),
        "connect_timeout": (nobody, 0.0),
        "send_to": (b"", here),
        "send_to_with_flags": (b"", here, 0),
        "send_to_vectored": ([b""], here),
        "send_to_vectored_with_flags": ([b""], here, 0),
        "join_multicast_v4": (_GROUP, host),
        "leave_multicast_v4": (_GROUP, host),
    }


def availability(backend: Backend) -> dict[str, str]:
    """For each documented function, by face and name, why it is missing; empty if it exists.

    Makes and closes a few sockets; nothing leaves the host.
    """
    traced = Traced(backend)
    found = {f"Socket.{name}": _ask(_on_socket, traced, name) for name in SOCKET2}
    found |= {f"TcpSocket.{name}": _ask(_on_tcp_socket, traced, name) for name in TOKIO}
    return found


def _ask(call: Callable[[Backend, str], object], traced: Traced, name: str) -> str:
    traced.begin()
    try:
        with Deadline(_DEADLINE, traced).armed():
            call(traced, name)
    except Unsupported as error:
        return str(error)
    except Exception:
        # It is there, be it that it refuses, hangs or breaks.
        return ""
    finally:
        with suppress(SockspecError):
            traced.reset()
    return ""


def _on_socket(backend: Backend, name: str) -> None:
    if name in {"new", "new_raw"}:
        getattr(Socket, name)("AF_INET", "SOCK_STREAM", backend=backend).close()
        return
    family = "AF_INET6" if name.endswith("_v6") else "AF_INET"
    kind = "SOCK_DGRAM" if "multicast" in name or "broadcast" in name else "SOCK_STREAM"
    with Socket(family, kind, backend=backend) as sock:
        sock.set_nonblocking(True)
        answer = getattr(sock, name)(*_arguments(sock, name))
        if name == "try_clone":
            answer.close()


def _on_tcp_socket(backend: Backend, name: str) -> None:
    if name == "from_std_stream":
        number = TcpSocket.new_v4(backend=backend).into_raw_fd()
        TcpSocket.from_raw_fd(number, backend=backend).close()
        return
    if name in {"new_v4", "new_v6"}:
        getattr(TcpSocket, name)(backend=backend).close()
        return
    sock = TcpSocket.new_v4(backend=backend)
    try:
        call = getattr(sock, name)
        if name in {"connect", "listen"}:
            asyncio.run(call(*_arguments(sock, name))).close()
        else:
            call(*_arguments(sock, name))
    finally:
        with suppress(SocketError):
            sock.close()


def _arguments(sock: Socket | TcpSocket, name: str) -> tuple[Any, ...]:
    given = _ARGUMENTS | _addressed(sock.backend.loopback.v4)
    if name in given:
        return given[name]
    if name.startswith("set_"):
        return (getattr(sock, name.removeprefix("set_"))(),)
    return ()
