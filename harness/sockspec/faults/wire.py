"""What is right for those who call, and wrong on the wire."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Unix
from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, numbers
from sockspec.faults.options import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Touch, Wrong

__all__ = ["faults"]

_TCP, _IP, _IPV6 = "IPPROTO_TCP", "IPPROTO_IP", "IPPROTO_IPV6"

_REMEMBERED = (
    (_IP, "IP_TTL", ("wire.field", "wire.field-sent")),
    (_IPV6, "IPV6_UNICAST_HOPS", ("wire.field", "wire.field-sent")),
    (_IP, "IP_TOS", ("wire.field", "wire.field-sent")),
    (_IPV6, "IPV6_TCLASS", ("wire.field", "wire.field-sent")),
    (_IP, "IP_MTU_DISCOVER", ("wire.field.dont-fragment",)),
    (_IPV6, "IPV6_AUTOFLOWLABEL", ("wire.field-received",)),
    (_TCP, "TCP_NODELAY", ("wire.sending", "wire.segments")),
    (_TCP, "TCP_CORK", ("wire.sending", "wire.segments")),
    (_TCP, "TCP_QUICKACK", ("wire.sending",)),
    (_TCP, "TCP_MAXSEG", ("wire.size",)),
    (_TCP, "TCP_WINDOW_CLAMP", ("wire.window",)),
    (_TCP, "TCP_USER_TIMEOUT", ("wire.vanished",)),
    (_TCP, "TCP_KEEPIDLE", ("wire.keepalive", "wire.segments")),
    ("IPPROTO_UDP", "UDP_CORK", ("wire.sending",)),
    ("SOL_SOCKET", "SO_RCVBUF", ("wire.window",)),
    ("SOL_SOCKET", "SO_LINGER", ("wire.linger", "wire.ending")),
)
"""Options that packets show: level, name, and the rules that see them there."""

_ENDS = ("wire.ending", "wire.end-state", "wire.linger")


def _travels(right: Backend, sock: Handle) -> bool:
    with suppress(SocketError):
        return not isinstance(right.local_addr(sock), Unix)
    return False


def _resets(right: Backend) -> Mapping[str, Wrong]:
    """Closing is abortive."""
    level, name = numbers(right, "SOL_SOCKET", "SO_LINGER")

    def close(call: Wrong, sock: Handle) -> None:
        if _travels(right, sock):
            with suppress(SocketError):
                right.setsockopt(sock, level, name, struct.pack("=ii", 1, 0))
        call(sock)

    return {"close": close}


def _reads_first(right: Backend) -> Mapping[str, Wrong]:
    """Closing reads what is unread, so that nobody learns that it was lost."""
    (dont_wait,) = numbers(right, "MSG_DONTWAIT")

    def close(call: Wrong, sock: Handle) -> None:
        if _travels(right, sock):
            with suppress(SocketError):
                while right.recv(sock, 1 << 16, dont_wait):
                    pass
        call(sock)

    return {"close": close}


def _stays_open(right: Backend) -> Mapping[str, Wrong]:
    """Shutting down sending only refuses later sends."""
    (receiving,) = numbers(right, "SHUT_RD")

    def shutdown(call: Wrong, sock: Handle, _how: int) -> None:
        call(sock, receiving)

    return {"shutdown": shutdown}


def _early(right: Backend) -> Mapping[str, Wrong]:
    """The urgent pointer points to the last urgent byte, not behind it."""
    (urgent,) = numbers(right, "MSG_OOB")

    def send(call: Wrong, sock: Handle, data: bytes, flags: int) -> int:
        if not flags & urgent or len(data) < 2:
            return int(call(sock, data, flags))
        return int(call(sock, data[:-1], flags)) + int(call(sock, data[-1:], flags & ~urgent))

    return {"send": send}


def _without(flag: str) -> Make:
    """Sends do without a flag."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (bit,) = numbers(right, flag)

        def send(call: Wrong, sock: Handle, data: bytes, flags: int) -> int:
            return int(call(sock, data, flags & ~bit))

        return {"send": send}

    return make


def _without_control(_right: Backend) -> Mapping[str, Wrong]:
    """Messages are sent without their control data."""

    def sendmsg(call: Wrong, sock: Handle, data: Any, _control: Any, *more: Any) -> int:
        return int(call(sock, data, (), *more))

    return {"sendmsg": sendmsg}


def _twice(_right: Backend) -> Mapping[str, Wrong]:
    """What is sent from several buffers is sent buffer by buffer."""

    def sendmsg(call: Wrong, sock: Handle, data: Any, *more: Any) -> int:
        return sum(int(call(sock, [each], *more)) for each in data)

    return {"sendmsg": sendmsg}


_CALLS: tuple[tuple[str, str, tuple[str, ...], Make, tuple[Touch, ...]], ...] = (
    ("close/resets", "close() resets every connection", _ENDS, _resets, ()),
    ("close/reads-first", "close() reads what is unread", _ENDS, _reads_first, ()),
    ("shutdown/stays-open", "shutdown() sends no FIN", _ENDS, _stays_open, ()),
    (
        "urgent/one-early",
        "the urgent pointer is one octet too small",
        ("wire.urgent.pointer",),
        _early,
        (("send", "MSG_OOB"),),
    ),
    (
        "urgent/plain",
        "MSG_OOB sends normal data",
        ("wire.urgent",),
        _without("MSG_OOB"),
        (("send", "MSG_OOB"),),
    ),
    (
        "held/at-once",
        "MSG_MORE holds nothing back",
        ("wire.segments.held", "wire.sending"),
        _without("MSG_MORE"),
        (("send", "MSG_MORE"),),
    ),
    (
        "control/dropped",
        "sendmsg() leaves control data out",
        ("wire.field-sent.control",),
        _without_control,
        (),
    ),
    (
        "vectors/apart",
        "sendmsg() sends each buffer by itself",
        ("wire.sending.datagram", "wire.sending.vectored"),
        _twice,
        (),
    ),
)
"""Calls that do something else: name, what they do, who sees it, how it is made, where."""


def faults() -> Iterator[Fault]:
    """The table."""
    for level, name, those in _REMEMBERED:
        does = f"{name}: it reads back as set, and packets are as before"
        yield Fault(
            f"wire/{name}/remembered",
            does,
            those,
            remembered(level, name),
            (("setsockopt", level, name),),
        )
    for call, does, rules, make, touches in _CALLS:
        yield Fault(f"wire/{call}", does, rules, make, touches)
