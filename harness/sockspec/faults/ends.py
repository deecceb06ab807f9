"""How connections end, and is wrong: closed, shut down, or left by a peer that vanished."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults import defects
from sockspec.faults.defects import option
from sockspec.faults.fault import Fault, numbers
from sockspec.faults.wire import resets_when, set_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Wrong

__all__ = ["faults", "unsent"]

_WRITE, _BOTH = 1, 2  # SHUT_WR and SHUT_RDWR, by the numbers that all systems here have
_WHILE = 0.2  # seconds in which what is on its way over a link has come
_END, _VANISHED = "wire.end-state", "wire.vanished"


def _peer_has_ended(right: Backend, sock: Handle) -> bool:
    peek, at_once = numbers(right, "MSG_PEEK", "MSG_DONTWAIT")
    try:
        return right.recv(sock, 1, peek | at_once) == b""
    except SocketError:
        return False


def unsent(right: Backend, sock: Handle) -> bool:
    """Whether something waits to be sent, or to be acknowledged (tcp(7), SIOCOUTQ)."""
    (queued,) = numbers(right, "SIOCOUTQ")
    try:
        return any(right.ioctl(sock, queued, bytes(4)))
    except SocketError:
        return False


def _shuts_before(right: Backend) -> Mapping[str, Wrong]:
    """close() shuts the connection down, though another descriptor of it is open."""

    def close(call: Wrong, sock: Handle) -> Any:
        with suppress(SocketError):
            right.shutdown(sock, _BOTH)
        return call(sock)

    return {"close": close}


def _listens_on(right: Backend) -> Mapping[str, Wrong]:
    """close() of a listener leaves it listening."""
    kept: list[Handle] = []

    def close(call: Wrong, sock: Handle) -> Any:
        if defects.read(right, sock, "SO_ACCEPTCONN") == 1:
            kept.append(right.dup(sock))
        return call(sock)

    return {"close": close}


def _shut_before(right: Backend) -> Mapping[str, Wrong]:
    """A connection whose sending has been shut down is reset when it is closed."""
    shut: set[Handle] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        shut.add(sock)
        return call(sock, how)

    def close(call: Wrong, sock: Handle) -> Any:
        if sock in shut:
            shut.discard(sock)
            set_option(right, sock, "SOL_SOCKET", "SO_LINGER", b"\1" + bytes(7))
        return call(sock)

    return {"shutdown": shutdown, "close": close}


def _half_shuts_all(_right: Backend) -> Mapping[str, Wrong]:
    """Shutting the sending down ends the receiving, too."""

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        return call(sock, _BOTH if how == _WRITE else how)

    return {"shutdown": shutdown}


def _swallows(right: Backend) -> Mapping[str, Wrong]:
    """What is sent after the end of what the peer sends is thrown away."""

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        return len(data) if _peer_has_ended(right, sock) else call(sock, data, flags)

    return {"send": send}


def _no_lingering(right: Backend) -> Mapping[str, Wrong]:
    """close() does not wait for what is unsent."""

    def close(call: Wrong, sock: Handle) -> Any:
        if defects.read(right, sock, "SO_LINGER") == 1:
            set_option(right, sock, "SOL_SOCKET", "SO_LINGER", bytes(8))
        return call(sock)

    return {"close": close}


def _sticky(right: Backend) -> Mapping[str, Wrong]:
    """SO_ERROR reports an error for ever."""
    level, name = numbers(right, "SOL_SOCKET", "SO_ERROR")
    errors: dict[Handle, bytes] = {}

    def getsockopt(call: Wrong, sock: Handle, *asked: Any) -> Any:
        told = call(sock, *asked)
        if asked[:2] != (level, name):
            return told
        return errors.setdefault(sock, told) if any(told) else errors.get(sock, told)

    def close(call: Wrong, sock: Handle) -> Any:
        errors.pop(sock, None)
        return call(sock)

    return {"getsockopt": getsockopt, "close": close}


def _idle_ended(right: Backend) -> Mapping[str, Wrong]:
    """A connection on which nothing comes for a while is ended."""
    stream = defects.is_(type="SOCK_STREAM")
    (reading,) = numbers(right, "POLLIN")

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, min(timeout, _WHILE))
        if any(told) or timeout <= _WHILE:
            return told
        for sock, events in wanted:
            if (
                events & reading
                and stream(right, (sock,))
                and defects.connected(right, (sock,))
            ):
                right.shutdown(sock, _BOTH)
        return call(wanted, timeout - _WHILE)

    return {"poll": poll}


def _impatient(right: Backend) -> Mapping[str, Wrong]:
    """Each connection has a TCP_USER_TIMEOUT of 0.3 s."""
    stream = next(numbers(right, "SOCK_STREAM"))

    def new(call: Wrong, family: int, type: int, protocol: int = 0) -> Any:
        made = call(family, type, protocol)
        if type == stream:
            soon = (300).to_bytes(4, right.byte_order)
            set_option(right, made, "IPPROTO_TCP", "TCP_USER_TIMEOUT", soon)
        return made

    return {"new": new}


def _not_inherited(right: Backend) -> Mapping[str, Wrong]:
    """An accepted connection has no TCP_USER_TIMEOUT of its listener's."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made, peer = call(sock)
        set_option(right, made, "IPPROTO_TCP", "TCP_USER_TIMEOUT", bytes(4))
        return made, peer

    return {"accept": accept}


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    ignored = defects.answers_nothing_for
    timeout = option("IPPROTO_TCP", "TCP_USER_TIMEOUT")
    alive = option("SOL_SOCKET", "SO_KEEPALIVE")
    timed = (
        *(f"{_VANISHED}.{each}" for each in ("user-timeout", "window-zero", "rst")),
        "wire.connecting.user-timeout",
    )
    for name, does, rules, make in (
        (
            "close/peer-ended",
            "closing a connection that its peer has ended resets it",
            (f"{_END}.close-wait",),
            resets_when(_peer_has_ended),
        ),
        (
            "close/unsent",
            "closing a connection throws away what is unsent, and resets it",
            (f"{_END}.unsent", f"{_VANISHED}.closed"),
            resets_when(unsent),
        ),
        (
            "close/shut-before",
            "closing a connection whose sending was shut down resets it",
            (f"{_END}.second-fin",),
            _shut_before,
        ),
        (
            "close/duplicate",
            "closing one of two descriptors of a connection shuts it down",
            (f"{_END}.duplicate",),
            _shuts_before,
        ),
        (
            "close/listener",
            "a listener that is closed goes on listening",
            (f"{_END}.listener-gone", f"{_END}.listener-queue", f"{_END}.refused-numbers"),
            _listens_on,
        ),
        (
            "close/no-lingering",
            "close() does not wait for what is unsent",
            (f"{_VANISHED}.linger",),
            _no_lingering,
        ),
        (
            "shutdown/both",
            "shutting the sending down ends the receiving, too",
            (f"{_END}.half-closed-receives",),
            _half_shuts_all,
        ),
        (
            "send/half-closed",
            "what is sent to a peer that has ended its sending is thrown away",
            (f"{_END}.half-closed-sends",),
            _swallows,
        ),
        (
            "user-timeout/ignored",
            "TCP_USER_TIMEOUT is not heeded",
            timed,
            ignored(timeout, "setsockopt"),
        ),
        (
            "user-timeout/not-inherited",
            "an accepted connection has not its listener's TCP_USER_TIMEOUT",
            (f"{_VANISHED}.user-timeout-inherited",),
            _not_inherited,
        ),
        (
            "keepalive/ignored",
            "SO_KEEPALIVE is not heeded",
            (f"{_VANISHED}.keepalive",),
            ignored(alive, "setsockopt"),
        ),
        (
            "idle/ended",
            "a connection on which nothing comes is ended",
            (f"{_VANISHED}.unsent", f"{_VANISHED}.user-timeout-idle"),
            _idle_ended,
        ),
        (
            "user-timeout/usual",
            "a connection whose data nobody acknowledges is ended after 0.3 s",
            (f"{_VANISHED}.patient",),
            _impatient,
        ),
        ("error/sticky", "SO_ERROR is not cleared", (f"{_VANISHED}.error-once",), _sticky),
    ):
        yield Fault(f"ends/{name}", does, rules, make)
