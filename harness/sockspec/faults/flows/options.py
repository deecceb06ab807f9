"""Options as socket layers handle them of which users reported a defect."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.defects import is_
from sockspec.faults.fault import error, forgetting, numbers
from sockspec.faults.wire import set_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend, Handle, Message
    from sockspec.faults.fault import Make, Wrong


def hops_too(right: Backend) -> Mapping[str, Wrong]:
    """The lifetime of IPv4 packets and the hop limit of IPv6 ones are one."""
    level, ttl = numbers(right, "IPPROTO_IP", "IP_TTL")
    six = is_("AF_INET6")

    def setsockopt(call: Wrong, sock: Handle, at: int, name: int, value: bytes) -> Any:
        done = call(sock, at, name, value)
        if (at, name) == (level, ttl) and six(right, (sock,)):
            set_option(right, sock, "IPPROTO_IPV6", "IPV6_UNICAST_HOPS", value)
        return done

    return {"setsockopt": setsockopt}


def short_refused(level: str, *names: str, under: int = 4) -> Make:
    """An option cannot be read into fewer bytes than it has."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (at,) = numbers(right, level)
        which = set(numbers(right, *names))

        def getsockopt(call: Wrong, sock: Handle, got: int, name: int, size: int) -> Any:
            if got == at and name in which and size < under:
                raise error("EINVAL", "getsockopt")
            return call(sock, got, name, size)

        return {"getsockopt": getsockopt}

    return make


def tcp_on_datagrams(right: Backend) -> Mapping[str, Wrong]:
    """A datagram socket takes the options of TCP."""
    (tcp,) = numbers(right, "IPPROTO_TCP")
    datagram = is_("", "SOCK_DGRAM")

    def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
        if level == tcp and datagram(right, (sock,)):
            return None
        return call(sock, level, name, value)

    return {"setsockopt": setsockopt}


def value_refused(level: str, name: str, value: int) -> Make:
    """An option cannot be set to a value."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, data: bytes) -> Any:
            number = int.from_bytes(data, right.byte_order, signed=True)
            if (at, option) == which and number == value:
                raise error("EINVAL", "setsockopt")
            return call(sock, at, option, data)

        return {"setsockopt": setsockopt}

    return make


def silent(level: str, kind: str, when: Callable[..., bool]) -> Make:
    """Control data of a kind does not come with messages of such sockets."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, kind))

        def recvmsg(call: Wrong, sock: Handle, *rest: Any) -> Message:
            told: Message = call(sock, *rest)
            if not told.control or not when(right, (sock,), told):
                return told
            kept = tuple(each for each in told.control if each[:2] != which)
            return replace(told, control=kept)

        return {"recvmsg": recvmsg}

    return make


def not_taken_over(right: Backend) -> Mapping[str, Wrong]:
    """An accepted socket has not the IP_TOS of its listener."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        set_option(right, made[0], "IPPROTO_IP", "IP_TOS", bytes(4))
        return made

    return {"accept": accept}


def zero_is_now(right: Backend) -> Mapping[str, Wrong]:
    """A time limit of nothing makes a receive return at once."""
    which = tuple(numbers(right, "SOL_SOCKET", "SO_RCVTIMEO"))
    (at_once,) = numbers(right, "MSG_DONTWAIT")
    none: set[Any] = set()

    def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
        if (level, name) == which:
            (none.discard if any(value) else none.add)(sock)
        return call(sock, level, name, value)

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        return call(sock, size, flags | at_once if sock in none else flags)

    return {"setsockopt": setsockopt, "recv": recv, "new": forgetting(none)}


def unlimited(primitive: str, option: str) -> Make:
    """A time limit is not heeded by one call."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        level, name = numbers(right, "SOL_SOCKET", option)
        size = 2 * right.long_size

        def waits(call: Wrong, sock: Handle, *rest: Any) -> Any:
            limit = bytes(size)
            with suppress(SocketError):
                limit = right.getsockopt(sock, level, name, size)
                right.setsockopt(sock, level, name, bytes(size))
            try:
                return call(sock, *rest)
            finally:
                with suppress(SocketError):
                    right.setsockopt(sock, level, name, limit)

        return {primitive: waits}

    return make


def third_time(right: Backend) -> Mapping[str, Wrong]:
    """A receive that is the third whose time is over ends the connection."""
    times: dict[Any, int] = {}

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        if times.get(sock, 0) >= 2:
            raise error("ENOTCONN", "recv")
        try:
            return call(sock, size, flags)
        except SocketError as refused:
            if refused.symbol == "EAGAIN" and not right.nonblocking(sock):
                times[sock] = times.get(sock, 0) + 1
            raise

    def close(call: Wrong, sock: Handle) -> Any:
        times.pop(sock, None)
        return call(sock)

    return {"recv": recv, "close": close}
