"""Calls that go wrong in one state of a socket, or on one kind of it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Unix
from sockspec.faults.defects import (
    answers,
    both,
    connected,
    fails,
    has_name,
    is_,
    not_,
    option,
    returns,
)
from sockspec.faults.fault import Fault, error, forgetting, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.defects import When
    from sockspec.faults.fault import Make, Touch, Wrong

__all__ = ["faults"]

_DATAGRAM, _SEQPACKET = is_(type="SOCK_DGRAM"), is_(type="SOCK_SEQPACKET")
_STREAM, _V6, _UNIX = is_(type="SOCK_STREAM"), is_("AF_INET6"), is_("AF_UNIX")


def _waiting(right: Backend, arguments: tuple[Any, ...]) -> bool:
    """Sockets of which something can be read, be it the end."""
    (reading,) = numbers(right, "POLLIN")
    return bool(right.poll([(arguments[0], reading)], 0.0)[0] & reading)


def _nonblocking(right: Backend, arguments: tuple[Any, ...]) -> bool:
    return bool(right.nonblocking(arguments[0]))


_BLOCKING = not_(_nonblocking)


def _unnamed(told: Any, *_arguments: Any) -> Any:
    return Unix(b"") if isinstance(told, Unix) else replace(told, port=0)


def _has_port(right: Backend, arguments: tuple[Any, ...]) -> bool:
    return isinstance(right.local_addr(arguments[0]), Inet | Inet6)


def _after_shutdown(primitive: str, half: int, symbol: str) -> Make:
    """The primitive fails once the other half has been shut down."""

    def make(_right: Backend) -> Mapping[str, Wrong]:
        shut: set[Handle] = set()

        def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
            done = call(sock, how)
            if how == half:
                shut.add(sock)
            return done

        def refused(call: Wrong, sock: Handle, *arguments: Any) -> Any:
            if sock in shut:
                raise error(symbol, primitive)
            return call(sock, *arguments)

        new = forgetting(shut)
        return {"shutdown": shutdown, primitive: refused, "new": new}

    return make


def _closed_as_well(right: Backend) -> Mapping[str, Wrong]:
    """A descriptor that is given up is closed as well."""

    def detach(call: Wrong, sock: Handle) -> Any:
        number = call(sock)
        right.close(right.adopt(number))
        return number

    return {"detach": detach}


# rule, primitives, the right error, the wrong one or what is returned, of which sockets, in words
_OTHERWISE: tuple[tuple[str, str, str, Any, When | None, str], ...] = (
    ("accept.closed", "accept", "EBADF", "EINVAL", None, "a closed descriptor"),
    ("connect.closed", "connect", "EBADF", "EINVAL", None, "a closed descriptor"),
    ("names.closed", "local_addr peer_addr", "EBADF", "EINVAL", None, "a closed descriptor"),
    ("option.closed", "getsockopt setsockopt", "EBADF", "EINVAL", None, "a closed descriptor"),
    ("send.closed", "send sendmsg sendto", "EBADF", "EPIPE", None, "a closed descriptor"),
    ("shutdown.closed", "shutdown", "EBADF", "ENOTCONN", None, "a closed descriptor"),
    (
        *("accept.not-listening", "accept", "EINVAL", "EOPNOTSUPP"),
        *(connected, "a connection"),
    ),
    (
        *("accept.answer", "accept", "EINVAL", "ENOTCONN"),
        *(both(_STREAM, not_(connected)), "a stream socket without a peer"),
    ),
    (
        *("accept.datagram", "accept", "EOPNOTSUPP", "EINVAL"),
        *(both(_DATAGRAM, connected), "a datagram socket with a peer"),
    ),
    ("accept.empty", "accept", "EAGAIN", "EINVAL", _UNIX, "a unix listener"),
    (
        *("connect.connected", "connect", "EISCONN", "EALREADY"),
        *(_waiting, "a connection of which something can be read"),
    ),
    (
        *("send.nowhere", "sendmsg", "EDESTADDRREQ", "EINVAL"),
        *(_DATAGRAM, "a datagram socket without a peer"),
    ),
    ("send.write-shut", "sendmsg", "EPIPE", "ENOTCONN", None, "what is shut down for writing"),
    (
        *("send.answer", "send", "EPIPE", "EINVAL"),
        *(not_(connected), "a socket without a peer"),
    ),
    (
        *("shutdown.never-connected", "shutdown", "ENOTCONN", None),
        *(both(_V6, _STREAM), "an IPv6 stream socket without a peer"),
    ),
    (
        *("waits.answer", "recv", "ENOTCONN", b""),
        *(_BLOCKING, "a blocking socket without a peer"),
    ),
)

# rule, primitives, the error, of which sockets, in words
_REFUSED: tuple[tuple[str, str, str, When, str], ...] = (
    (
        *("accept.queued", "accept", "EAGAIN"),
        *(both(_nonblocking, _waiting), "a connection waits"),
    ),
    (
        *("send.to", "sendto", "EINVAL"),
        *(both(_DATAGRAM, not_(has_name)), "a datagram socket is not bound"),
    ),
    (
        *("shutdown.connected", "shutdown", "EINVAL"),
        *(both(connected, _waiting), "data waits to be received"),
    ),
    (
        *("waits.accept", "accept", "EAGAIN"),
        *(both(_UNIX, both(_BLOCKING, not_(_waiting))), "a blocking unix listener has none"),
    ),
    (
        *("waits.receive", "recv", "EAGAIN"),
        *(both(_UNIX, both(_BLOCKING, not_(_waiting))), "a blocking unix socket has nothing"),
    ),
)


def faults() -> Iterator[Fault]:
    """The tables."""
    for rule, primitives, right, wrong, when, of in _OTHERWISE:
        calls = primitives.split()
        how = f"fails with {wrong}" if isinstance(wrong, str) else "succeeds"
        touches: tuple[Touch, ...] = tuple((each, right) for each in calls)
        yield Fault(
            f"cells/{rule.replace('.', '/')}",
            f"{' and '.join(calls)} of {of} {how} where it has to fail with {right}",
            (f"grid.{rule}",),
            answers(right, wrong, *calls, **({"when": when} if when else {})),
            touches,
        )
    for rule, primitive, symbol, when, of in _REFUSED:
        yield Fault(
            f"cells/{rule.replace('.', '/')}",
            f"{primitive} fails with {symbol} when {of}",
            (f"grid.{rule}",),
            fails(symbol, when, primitive),
        )
    for rule, does, make in (
        (
            "names.local",
            "the address of a connection has no port",
            returns(_unnamed, both(connected, _has_port), "local_addr"),
        ),
        (
            "option.type",
            "SO_TYPE of a SOCK_SEQPACKET socket is another",
            returns(
                lambda told, *_given: bytes(len(told)),
                option("SOL_SOCKET", "SO_TYPE", _SEQPACKET),
                "getsockopt",
            ),
        ),
        (
            "send.open",
            "a send fails with EPIPE once the receiving is shut down",
            _after_shutdown("send", 0, "EPIPE"),
        ),
        ("descriptor.taken-out", "a descriptor that is given up is closed", _closed_as_well),
    ):
        yield Fault(f"cells/{rule.replace('.', '/')}", does, (f"grid.{rule}",), make)
