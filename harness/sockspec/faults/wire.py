"""What a call makes of the packets that are sent, and is wrong: nothing but the wire shows it."""

from __future__ import annotations

import errno
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Unix
from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, error, instead, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults", "resets_when", "set_option"]

_WRITE, _BOTH = 1, 2  # SHUT_WR and SHUT_RDWR, by the numbers that all systems here have
_NOW = b"\1\0\0\0\0\0\0\0"  # of SO_LINGER: on, and no time
_MANY = 1 << 16


def set_option(right: Backend, sock: Handle, level: str, name: str, value: bytes) -> None:
    """Set an option, where it can be set."""
    with suppress(SocketError):
        right.setsockopt(sock, right.constant(level) or 0, right.constant(name) or 0, value)


def resets_when(when: Callable[[Backend, Handle], bool]) -> Make:
    """close() resets such connections."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def close(call: Wrong, sock: Handle) -> Any:
            if when(right, sock):
                set_option(right, sock, "SOL_SOCKET", "SO_LINGER", _NOW)
            return call(sock)

        return {"close": close}

    return make


def _drains(right: Backend) -> Mapping[str, Wrong]:
    """close() reads what nobody has read."""
    (at_once,) = numbers(right, "MSG_DONTWAIT")

    def close(call: Wrong, sock: Handle) -> Any:
        with suppress(SocketError):
            while right.recv(sock, _MANY, at_once):
                pass
        return call(sock)

    return {"close": close}


def _half_closes(right: Backend) -> Mapping[str, Wrong]:
    """close() of a connection ends its sending and keeps it."""
    kept: list[Handle] = []

    def close(call: Wrong, sock: Handle) -> Any:
        try:
            right.peer_addr(sock)
            kept.append(right.dup(sock))
            right.shutdown(sock, _WRITE)
        except SocketError:
            pass
        return call(sock)

    return {"close": close}


def _read_ends_all(_right: Backend) -> Mapping[str, Wrong]:
    """Shutting the receiving down ends the sending, too."""

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        return call(sock, _BOTH if how == 0 else how)

    return {"shutdown": shutdown}


def _listens(right: Backend) -> Mapping[str, Wrong]:
    """A bind() listens as well."""

    def bind(call: Wrong, sock: Handle, address: Any) -> Any:
        done = call(sock, address)
        if not isinstance(address, Unix):
            with suppress(SocketError):
                right.listen(sock, 1)
        return done

    return {"bind": bind}


def _flags(*, more: str = "", less: str = "") -> Make:
    """send() adds a flag, or drops one."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        extra, lost = (max(0, *numbers(right, each or "?")) for each in (more, less))

        def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
            return call(sock, data, (flags | extra) & ~lost)

        return {"send": send}

    return make


def _first_urgent(right: Backend) -> Mapping[str, Wrong]:
    """Of several urgent bytes the mark is behind the first."""
    (urgent,) = numbers(right, "MSG_OOB")

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        if not flags & urgent or len(data) < 2:
            return call(sock, data, flags)
        return call(sock, data[:1], flags) + call(sock, data[1:], flags & ~urgent)

    return {"send": send}


_UNREACHABLE = {"ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EACCES", "EPROTO"}
_UNREACHABLE |= {"ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EOPNOTSUPP", "EMSGSIZE"}


def _told(primitive: str, symbol: str) -> Make:
    """Errors that came from the network are another one."""

    def fails(call: Wrong, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except SocketError as refused:
            if refused.symbol in _UNREACHABLE:
                raise error(symbol, primitive) from None
            raise

    return instead(**{primitive: fails})


def _pending_timed_out(right: Backend) -> Mapping[str, Wrong]:
    """SO_ERROR reports ETIMEDOUT for each error that came from the network."""
    asked = tuple(numbers(right, "SOL_SOCKET", "SO_ERROR"))
    timed_out, *others = (
        getattr(errno, each).to_bytes(4, right.byte_order)
        for each in ("ETIMEDOUT", *sorted(_UNREACHABLE))
        if hasattr(errno, each)
    )

    def getsockopt(call: Wrong, sock: Handle, level: int, name: int, size: int) -> Any:
        told = call(sock, level, name, size)
        return timed_out if (level, name) == asked and told in others else told

    return {"getsockopt": getsockopt}


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    ending, segments = "wire.ending", "wire.segments"
    urgent, unreachable = "wire.urgent", "wire.unreachable"
    for name, does, rules, make in (
        (
            "close/resets",
            "close() sends RST",
            (f"{ending}.close", f"{ending}.data-first"),
            resets_when(lambda _right, _sock: True),
        ),
        ("close/drains", "close() reads what is unread", (f"{ending}.unread",), _drains),
        (
            "close/keeps",
            "close() sends FIN and goes on to receive",
            (f"{ending}.late-data",),
            _half_closes,
        ),
        (
            "shutdown/sends",
            "SHUT_RD sends FIN",
            (f"{ending}.shut-read",),
            _read_ends_all,
        ),
        (
            "bind/listens",
            "a bound socket accepts connections",
            ("wire.opening.refused",),
            _listens,
        ),
        (
            "send/held",
            "a send waits for more to come",
            (f"{segments}.push", f"{segments}.held"),
            _flags(more="MSG_MORE"),
        ),
        (
            "send/more-dropped",
            "MSG_MORE is not heeded",
            (f"{segments}.held",),
            _flags(less="MSG_MORE"),
        ),
        (
            "urgent/in-band",
            "urgent data is sent as any other",
            (f"{urgent}.pointer", f"{urgent}.flag"),
            _flags(less="MSG_OOB"),
        ),
        (
            "urgent/all",
            "all data is sent as urgent",
            (f"{urgent}.flag",),
            _flags(more="MSG_OOB"),
        ),
        (
            "urgent/first",
            "the first of several urgent bytes is marked",
            (f"{urgent}.pointer",),
            _first_urgent,
        ),
        (
            "connect/unreachable-timed-out",
            "SO_ERROR reports ETIMEDOUT for each error that came from the network",
            (f"{unreachable}.connect",),
            _pending_timed_out,
        ),
        (
            "recv/unreachable-swallowed",
            "recv() does not report an ICMP error",
            (f"{unreachable}.datagram", f"{unreachable}.which-error"),
            _told("recv", "EAGAIN"),
        ),
        (
            "recv/unreachable-refused",
            "recv() reports each ICMP error as ECONNREFUSED",
            (f"{unreachable}.which-error",),
            _told("recv", "ECONNREFUSED"),
        ),
    ):
        yield Fault(f"wire/{name}", does, rules, make)
