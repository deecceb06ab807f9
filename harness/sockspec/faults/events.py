"""Events as socket layers report them of which users reported a defect."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.defects import connected, is_
from sockspec.faults.fault import forgetting, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Wrong


def error_stays_polled(right: Backend) -> Mapping[str, Wrong]:
    """poll() goes on to report an error that SO_ERROR has taken."""
    which = tuple(numbers(right, "SOL_SOCKET", "SO_ERROR"))
    (bit,) = numbers(right, "POLLERR")
    had: set[Any] = set()

    def getsockopt(call: Wrong, sock: Handle, level: int, name: int, size: int) -> bytes:
        told = bytes(call(sock, level, name, size))
        if (level, name) == which and any(told):
            had.add(sock)
        return told

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, 0.0 if any(sock in had for sock, _ in wanted) else timeout)
        return tuple(
            each | (bit if sock in had else 0)
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    return {"getsockopt": getsockopt, "poll": poll, "new": forgetting(had)}


def late_events(_right: Backend) -> Mapping[str, Wrong]:
    """poll() without a time never reports anything."""

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        return tuple(0 for _ in wanted) if timeout == 0 else call(wanted, timeout)

    return {"poll": poll}


def unix_end_unseen(right: Backend) -> Mapping[str, Wrong]:
    """The end of what a unix peer sends is no event."""
    reading, peek, at_once = numbers(right, "POLLIN", "MSG_PEEK", "MSG_DONTWAIT")
    unix = is_("AF_UNIX", "SOCK_STREAM")

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = list(call(wanted, timeout))
        for number, (sock, _) in enumerate(wanted):
            if told[number] & reading and unix(right, (sock,)):
                with suppress(SocketError):
                    if not right.recv(sock, 1, peek | at_once):
                        told[number] &= ~reading
        return tuple(told)

    return {"poll": poll}


def listener_hup(right: Backend) -> Mapping[str, Wrong]:
    """A listener that nobody connects to is reported as hung up."""
    (bit,) = numbers(right, "POLLHUP")
    listening = is_("AF_UNIX", SO_ACCEPTCONN=1)

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        which = [listening(right, (sock,)) for sock, _ in wanted]
        told = call(wanted, 0.0 if any(which) else timeout)
        return tuple(
            each | (bit if hung else 0) for each, hung in zip(told, which, strict=True)
        )

    return {"poll": poll}


def refusal_unseen(right: Backend) -> Mapping[str, Wrong]:
    """A refusal that came for a datagram is no event."""
    datagram = is_("", "SOCK_DGRAM")
    (failed,) = numbers(right, "POLLERR")

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            0 if each & failed and datagram(right, (sock,)) else each
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    return {"poll": poll}


def select_read_and_except(_right: Backend) -> Mapping[str, Wrong]:
    """A socket that is in the sets for reading and for exceptions is reported in neither."""

    def select(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            0 if asked & 5 == 5 else each for each, (_, asked) in zip(told, wanted, strict=True)
        )

    return {"select": select}


def level_is_edge(right: Backend) -> Mapping[str, Wrong]:
    """Epoll reports a state once, be it asked for as a level or an edge."""
    (edge,) = numbers(right, "EPOLLET")

    def epoll_ctl(
        call: Wrong, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> Any:
        return call(sock, operation, target, events | edge, key)

    return {"epoll_ctl": epoll_ctl}


def no_hangup_edge(right: Backend) -> Mapping[str, Wrong]:
    """Epoll does not report that a unix peer has closed."""
    gone, reading = numbers(right, "EPOLLRDHUP", "EPOLLHUP")

    def epoll_wait(call: Wrong, sock: Handle, most: int, timeout: float) -> Any:
        told = call(sock, most, timeout)
        return tuple((events, key) for events, key in told if not events & (gone | reading))

    return {"epoll_wait": epoll_wait}


def reports_closed(right: Backend) -> Mapping[str, Wrong]:
    """A socket that is watched goes on to be, for as long as this object lives."""
    kept: list[Handle] = []

    def epoll_ctl(call: Wrong, sock: Handle, operation: int, target: Handle, *rest: Any) -> Any:
        done = call(sock, operation, target, *rest)
        if len(kept) < 400:
            kept.append(right.dup(target))
        return done

    return {"epoll_ctl": epoll_ctl}


def select_not_failed(right: Backend) -> Mapping[str, Wrong]:
    """select() reports nothing of a socket of which a connect failed."""
    (failed,) = numbers(right, "POLLERR")

    def select(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            0 if right.poll([(sock, 0)], 0.0)[0] & failed else each
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    return {"select": select}


def fresh_quiet(right: Backend) -> Mapping[str, Wrong]:
    """A stream socket that was never connected is not reported as hung up."""
    (bit,) = numbers(right, "POLLHUP")
    stream = is_("AF_INET", "SOCK_STREAM")

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            each & ~bit
            if stream(right, (sock,)) and not connected(right, (sock,)) and each & bit
            else each
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    return {"poll": poll}
