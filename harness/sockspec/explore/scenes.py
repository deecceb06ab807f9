"""Beginnings that chance seldom hits upon: sockets in states that take several right calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.explore.model import make
from sockspec.explore.options import OPTIONS
from sockspec.explore.steps import LONGEST, Step

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bound", "connection", "datagrams", "listener", "mode", "opened", "scene"]

Scene = list[Step]


def mode(handle: int, on: int = 1) -> Step:
    """Make a socket non-blocking, or blocking."""
    return Step("set_nonblocking", (handle,), (on,))


def opened(handle: int, family: str, type: str) -> Scene:
    """A new socket that does not block."""
    return [Step("new", (), (family, type), (handle,)), mode(handle)]


def bound(handle: int, family: str, type: str) -> Scene:
    """One that has a name."""
    where = "path" if family == "unix" else "loopback"
    return [*opened(handle, family, type), Step("bind", (handle,), (where,))]


def listener(handle: int, family: str, type: str, backlog: int) -> Scene:
    """One that listens."""
    return [*bound(handle, family, type), Step("listen", (handle,), (backlog,))]


def connection(at: int, family: str, type: str, *, named: bool = False) -> Scene:
    """A listener, a client (with a name of its own), what was accepted."""
    client, server = at + 1, at + 2
    made = bound(client, family, type) if named else opened(client, family, type)
    return [
        *listener(at, family, type, 8),
        *made,
        Step("connect", (client,), (("of", at),)),
        Step("accept", (at,), (), (server,)),
        mode(server),
    ]


def datagrams(at: int, family: str, *, connected: bool) -> Scene:
    """Two datagram sockets, connected to each other or not."""
    made = [*bound(at, family, "dgram"), *bound(at + 1, family, "dgram")]
    if connected:
        made.append(Step("connect", (at,), (("of", at + 1),)))
        made.append(Step("connect", (at + 1,), (("of", at),)))
    return made


def _bytes(size: int, at: int) -> tuple[str, int, int]:
    return "bytes", size, at * 731 % 32768


# -- scenes of streams over IP --------------------------------------------------------------


def _connecting(at: int, family: str) -> Scene:
    """The queue of a listener is full: Linux leaves out what would make it longer."""
    made = listener(at, family, "stream", 0)
    for client in (at + 1, at + 2):
        made += [*opened(client, family, "stream"), Step("connect", (client,), (("of", at),))]
    return [*made, Step("connect", (at + 2,), (("of", at),))]


def _refused(at: int, family: str) -> Scene:
    return [
        *bound(at, family, "stream"),
        *opened(at + 1, family, "stream"),
        Step("connect", (at + 1,), (("of", at),)),
    ]


def _refused_and_asked(at: int, family: str) -> Scene:
    asked = Step("getsockopt", (at + 1,), ("SO_ERROR",))
    return [*_refused(at, family), asked, asked]


def _ended(at: int, family: str) -> Scene:
    ends = [Step("shutdown", (each,), ("SHUT_WR",)) for each in (at + 1, at + 2)]
    return [*connection(at, family, "stream"), *ends]


def _half(at: int, family: str) -> Scene:
    return [*connection(at, family, "stream"), Step("shutdown", (at + 2,), ("SHUT_WR",))]


def _at_mark(at: int, family: str) -> Scene:
    return [
        *connection(at, family, "stream"),
        Step("send", (at + 1,), (_bytes(4, at), ("MSG_OOB",))),
        Step("recv", (at + 2,), (99, ())),
        Step("sockatmark", (at + 2,)),
        Step("recvmsg", (at + 2,), ((2,), ("MSG_OOB", "MSG_PEEK"))),
        Step("recv", (at + 2,), (1, ("MSG_OOB",))),
    ]


def _inline(at: int, family: str) -> Scene:
    return [
        *connection(at, family, "stream"),
        Step("setsockopt", (at + 2,), ("SO_OOBINLINE", 1)),
        Step("send", (at + 1,), (_bytes(4, at), ("MSG_OOB",))),
        Step("poll", (at + 2,), (("POLLIN", "POLLPRI"),)),
        Step("recv", (at + 2,), (99, ())),
        Step("recv", (at + 2,), (99, ())),
    ]


def _dissolved(at: int, family: str) -> Scene:
    made = connection(at, family, "stream")
    return [*made, Step("connect", (at + 1,), ("unspec",)), Step("recv", (at + 2,), (9, ()))]


def _lingering(at: int, family: str) -> Scene:
    return [
        *connection(at, family, "stream"),
        Step("setsockopt", (at + 1,), ("SO_LINGER", (1, 0))),
        Step("close", (at + 1,)),
        Step("recv", (at + 2,), (9, ())),
    ]


# -- scenes of datagrams and local sockets --------------------------------------------------


def _deserted(at: int, family: str) -> Scene:
    return [
        *datagrams(at, family, connected=True),
        Step("close", (at + 1,)),
        Step("send", (at,), (_bytes(5, at), ())),
    ]


def _left(at: int, family: str) -> Scene:
    unspec = Step("connect", (at,), ("unspec",))
    return [*datagrams(at, family, connected=True), unspec, Step("peer_addr", (at,))]


def _too_long(at: int, family: str) -> Scene:
    more = Step("sendto", (at,), (_bytes(LONGEST, at), (), ("of", at + 1)))
    parts = (_bytes(LONGEST, at), _bytes(1, at))
    return [
        *datagrams(at, family, connected=False),
        more,
        Step("connect", (at,), (("of", at + 1),)),
        Step("send", (at,), (_bytes(LONGEST, at), ())),
        Step("sendmsg", (at,), (parts, (), None)),
    ]


def _cut(at: int, family: str) -> Scene:
    send = Step("send", (at,), (_bytes(20, at), ()))
    lengths = Step("recv_length", (at + 1,), (3, ("MSG_PEEK", "MSG_TRUNC")))
    return [*datagrams(at, family, connected=True), send, lengths]


def _full(at: int, family: str) -> Scene:
    send = Step("send", (at,), (_bytes(30_000, at), ("MSG_DONTWAIT",)))
    pair = Step("pair", (), (family, "stream"), (at, at + 1))
    return [pair, mode(at), mode(at + 1), *[send] * 9]


def _crowded(at: int, family: str) -> Scene:
    send = Step("sendto", (at,), (_bytes(3, at), (), ("of", at + 1)))
    return [*datagrams(at, family, connected=False), *[send] * 12]


def _mismatched(at: int, family: str) -> Scene:
    return [
        *bound(at, family, "stream"),
        *opened(at + 1, family, "dgram"),
        Step("connect", (at + 1,), (("of", at),)),
        Step("sendto", (at + 1,), (_bytes(3, at), (), ("of", at))),
        Step("connect", (at + 1,), ("nobody",)),
    ]


def _wrong(at: int, family: str, type: str) -> Scene:
    words = ("nowhere",) if family == "unix" else ("foreign",)
    calls = [Step("bind", (at,), (each,)) for each in (*words, "other-family")]
    nobody = [Step("connect", (at,), ("nobody",))] if family == "unix" else []
    return [
        *opened(at, family, type),
        *calls,
        *nobody,
        Step("connect", (at,), ("other-family",)),
    ]


def _options(at: int, family: str, type: str, which: int) -> Scene:
    """A third of the options, each set twice and read beside another socket's."""
    sock = make(family, type)
    some = [each for each in OPTIONS.values() if each.has(sock) and each.values]
    made = [*opened(at, family, type), *opened(at + 1, family, type)]
    for option in some[which % 3 :: 3]:
        reads = [Step("getsockopt", (each,), (option.name,)) for each in (at, at + 1)]
        for value in (option.values[-1], option.values[which % len(option.values)]):
            made += [Step("setsockopt", (at,), (option.name, value)), *reads]
    return made


_STREAMS: tuple[Callable[[int, str], Scene], ...] = (
    *(_connecting, _refused, _refused_and_asked, _ended, _half, _at_mark, _inline),
    *(_lingering, _dissolved),
)
_DATAGRAMS: tuple[Callable[[int, str], Scene], ...] = (_deserted, _too_long, _cut, _left)
_LOCAL: tuple[Callable[[int, str], Scene], ...] = (
    _full,
    _crowded,
    _mismatched,
    _cut,
    _too_long,
    _left,
)


def scene(at: int, family: str, type: str, which: int) -> Scene:
    """One of the scenes of a kind of socket; their numbers begin with `at`."""
    if which % 5 == 3:
        return _options(at, family, type, which // 5)
    if which % 5 == 4:
        return _wrong(at, family, type)
    if family == "unix":
        return _LOCAL[which % len(_LOCAL)](at, family)
    some = _STREAMS if type == "stream" else _DATAGRAMS
    return some[which % len(some)](at, family)
