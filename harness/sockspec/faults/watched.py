"""More of what socket layers report as events, of which users reported a defect."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.defects import is_, read
from sockspec.faults.fault import error, forgetting, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

_STATES = 0x1F | 0x2000  # IN PRI OUT ERR HUP and RDHUP, which epoll and poll number alike


def hidden(*symbols: str, asked: bool = False) -> Make:
    """Epoll reports no such events: never, or not where nobody asked for them."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        bits = 0
        for number in numbers(right, *symbols):
            bits |= number
        wanted: dict[tuple[Any, int], int] = {}

        def epoll_ctl(
            call: Wrong, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
        ) -> Any:
            wanted[sock, key] = events
            return call(sock, operation, target, events, key)

        def epoll_wait(call: Wrong, sock: Handle, most: int, timeout: float) -> Any:
            told = (
                (events & ~(bits & ~(wanted.get((sock, key), 0) if asked else 0)), key)
                for events, key in call(sock, most, timeout)
            )
            return tuple(each for each in told if each[0])

        return {"epoll_ctl": epoll_ctl, "epoll_wait": epoll_wait}

    return make


def changed(right: Backend, *, only_new: bool = False) -> Mapping[str, Wrong]:
    """EPOLL_CTL_MOD has nothing reported that is there already, or nothing it newly asks for.

    What is watched as an edge is reported by a change alone, so it is made one meanwhile.
    """
    modify, edge, once = numbers(right, "EPOLL_CTL_MOD", "EPOLLET", "EPOLLONESHOT")
    events_of: dict[tuple[Any, Any], int] = {}

    def epoll_ctl(
        call: Wrong, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> Any:
        before = events_of.get((sock, target), 0)
        events_of[sock, target] = events
        if operation != modify:
            return call(sock, operation, target, events, key)
        added = events & ~before & _STATES
        if only_new and not added:
            return call(sock, operation, target, events, key)
        done = call(sock, operation, target, events & ~once | edge, key)
        right.epoll_wait(sock, 64, 0.0)  # what is there already is over
        return done

    return {"epoll_ctl": epoll_ctl}


def changed_to_new(right: Backend) -> Mapping[str, Wrong]:
    """EPOLL_CTL_MOD has nothing reported of what it newly asks for."""
    return changed(right, only_new=True)


def edge_lost(right: Backend) -> Mapping[str, Wrong]:
    """EPOLL_CTL_MOD makes a level of what is watched as an edge."""
    modify, edge = numbers(right, "EPOLL_CTL_MOD", "EPOLLET")

    def epoll_ctl(
        call: Wrong, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> Any:
        return call(
            sock, operation, target, events & ~edge if operation == modify else events, key
        )

    return {"epoll_ctl": epoll_ctl}


def no_room_no_edge(right: Backend) -> Mapping[str, Wrong]:
    """An edge for which epoll_wait() has no room is lost."""
    (edge,) = numbers(right, "EPOLLET")
    edges: set[Any] = set()

    def epoll_ctl(
        call: Wrong, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> Any:
        (edges.add if events & edge else edges.discard)(sock)
        return call(sock, operation, target, events, key)

    def epoll_wait(call: Wrong, sock: Handle, most: int, timeout: float) -> Any:
        told = call(sock, most, timeout)
        if sock in edges and len(told) == most:
            right.epoll_wait(sock, 64, 0.0)
        return told

    return {"epoll_ctl": epoll_ctl, "epoll_wait": epoll_wait, "new": forgetting(edges)}


def sampled(right: Backend) -> Mapping[str, Wrong]:
    """An edge is what one epoll_wait() finds that the one before it did not.

    What was received meanwhile, and came again, is no change to it.
    """
    edge, remove = numbers(right, "EPOLLET", "EPOLL_CTL_DEL")
    watched: dict[Any, tuple[Any, Handle, int]] = {}
    before: dict[Any, int] = {}

    def epoll_ctl(
        call: Wrong, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> Any:
        done = call(sock, operation, target, events, key)
        before.pop((sock, key), None)
        watched.pop((sock, key), None)
        if operation != remove and events & edge:
            watched[sock, key] = (sock, target, events)
        return done

    def epoll_wait(call: Wrong, sock: Handle, most: int, timeout: float) -> Any:
        told = []
        for events, key in call(sock, most, timeout):
            if (sock, key) in watched and before.get((sock, key), 0) & events == events:
                continue
            told.append((events, key))
        for (queue, key), (_, target, events) in watched.items():
            if queue == sock:
                (now,) = right.poll([(target, events & _STATES)], 0.0)
                before[queue, key] = now
        return tuple(told)

    return {"epoll_ctl": epoll_ctl, "epoll_wait": epoll_wait}


def peeked_away(right: Backend) -> Mapping[str, Wrong]:
    """After a peek that got less than it had room for, what is there is no event."""
    peek, reading = numbers(right, "MSG_PEEK", "POLLIN")
    peeked: set[Any] = set()

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> bytes:
        told = bytes(call(sock, size, flags))
        (peeked.add if flags & peek and 0 < len(told) < size else peeked.discard)(sock)
        return told

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            each & ~reading if sock in peeked else each
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    return {"recv": recv, "poll": poll, "new": forgetting(peeked)}


def shut_end_once(right: Backend) -> Mapping[str, Wrong]:
    """What is shut down for reading is no event any more once its end has been received."""
    (reading,) = numbers(right, "POLLIN")
    shut: set[Any] = set()
    read: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        done = call(sock, how)
        if how != next(numbers(right, "SHUT_WR")):
            shut.add(sock)
        return done

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> bytes:
        told = bytes(call(sock, size, flags))
        if sock in shut and size and not told:
            read.add(sock)
        return told

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            each & ~reading if sock in read else each
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        read.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "recv": recv, "poll": poll, "close": close}


def nothing_refused(call: Wrong, wanted: Any, timeout: float) -> Any:
    """A poll() of nothing fails."""
    if not wanted:
        raise error("EINVAL", "poll")
    return call(wanted, timeout)


def closed_waits(call: Wrong, wanted: Any, timeout: float) -> Any:
    """A select() of what is closed ends with its time."""
    try:
        return call(wanted, timeout)
    except SocketError as refused:
        if refused.symbol != "EBADF":
            raise
        time.sleep(min(max(timeout, 0.0), 1.0))
        return tuple(0 for _ in wanted)


def unix_datagram_fails(right: Backend) -> Mapping[str, Wrong]:
    """poll() of a unix datagram socket reports an error."""
    (failed,) = numbers(right, "POLLERR")
    datagram = is_("AF_UNIX", "SOCK_DGRAM")

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        which = [datagram(right, (sock,)) for sock, _ in wanted]
        told = call(wanted, 0.0 if any(which) else timeout)
        return tuple(
            each | (failed if wrong else 0) for each, wrong in zip(told, which, strict=True)
        )

    return {"poll": poll}


def no_error_of_unaccepted(right: Backend) -> Mapping[str, Wrong]:
    """A unix connection that was never accepted ends without an error."""
    failed, reading = numbers(right, "POLLERR", "POLLIN")
    which = tuple(numbers(right, "SOL_SOCKET", "SO_ERROR"))
    stream = is_("AF_UNIX", "SOCK_STREAM")
    closed: list[Handle] = []

    def close(call: Wrong, sock: Handle) -> Any:
        listening = read(right, sock, "SO_ACCEPTCONN") == 1 and stream(right, (sock,))
        if listening and right.poll([(sock, reading)], 0.0)[0] & reading:
            closed.append(sock)
        return call(sock)

    def listen(call: Wrong, sock: Handle, backlog: int) -> Any:
        closed.clear()
        return call(sock, backlog)

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = call(wanted, timeout)
        return tuple(
            each & ~failed if closed and each & failed and stream(right, (sock,)) else each
            for each, (sock, _) in zip(told, wanted, strict=True)
        )

    def getsockopt(call: Wrong, sock: Handle, level: int, name: int, size: int) -> bytes:
        told = bytes(call(sock, level, name, size))
        if closed and (level, name) == which and any(told) and stream(right, (sock,)):
            return bytes(len(told))
        return told

    return {"close": close, "listen": listen, "poll": poll, "getsockopt": getsockopt}
