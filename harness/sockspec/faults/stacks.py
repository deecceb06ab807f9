"""Calls as socket layers make them of which users reported a defect."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.errors import SocketError
from sockspec.faults.defects import connected, has_name, is_
from sockspec.faults.fault import error, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Wrong


def again_after_refusal(_right: Backend) -> Mapping[str, Wrong]:
    """A socket of which a connect failed is of no use any more."""
    failed: list[Handle] = []

    def connect(call: Wrong, sock: Handle, address: Any) -> None:
        if any(each is sock for each in failed):
            raise error("ECONNABORTED", "connect")
        try:
            call(sock, address)
        except SocketError as refused:
            if refused.symbol == "ECONNREFUSED":
                failed.append(sock)
            raise

    def new(call: Wrong, *arguments: Any) -> Handle:
        made = call(*arguments)
        failed[:] = [each for each in failed if each != made]
        return made

    return {"connect": connect, "new": new}


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

    def new(call: Wrong, *arguments: Any) -> Handle:
        made = call(*arguments)
        had.discard(made)
        return made

    return {"getsockopt": getsockopt, "poll": poll, "new": new}


def blocks_after_first(right: Backend) -> Mapping[str, Wrong]:
    """A non-blocking receive blocks once something has been received."""
    had: set[Any] = set()
    (at_once,) = numbers(right, "MSG_DONTWAIT")

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> bytes:
        if sock in had and not flags & at_once and right.nonblocking(sock):
            right.poll([(sock, 1)], 3.0)
        told = bytes(call(sock, size, flags))
        if told:
            had.add(sock)
        return told

    def new(call: Wrong, *arguments: Any) -> Handle:
        made = call(*arguments)
        had.discard(made)
        return made

    return {"recv": recv, "new": new}


def late_events(_right: Backend) -> Mapping[str, Wrong]:
    """poll() without a time never reports anything."""

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        return tuple(0 for _ in wanted) if timeout == 0 else call(wanted, timeout)

    return {"poll": poll}


def first_vector(call: Wrong, sock: Handle, parts: Any, *rest: Any) -> Any:
    """More than one buffer is refused."""
    if len(parts) > 1:
        raise error("EOPNOTSUPP", "sendmsg")
    return call(sock, parts, *rest)


def raw_errno(right: Backend) -> Mapping[str, Wrong]:
    """SO_ERROR returns the number that another system has for the error."""
    which = tuple(numbers(right, "SOL_SOCKET", "SO_ERROR"))
    bsd = {111: 61, 104: 54, 110: 60, 32: 32}  # <sys/errno.h> of the BSDs

    def getsockopt(call: Wrong, sock: Handle, level: int, name: int, size: int) -> bytes:
        told = bytes(call(sock, level, name, size))
        if (level, name) != which or len(told) < 4:
            return told
        number = int.from_bytes(told, right.byte_order)
        return bsd.get(number, number).to_bytes(4, right.byte_order)

    return {"getsockopt": getsockopt}


def accepted_mode(right: Backend) -> Mapping[str, Wrong]:
    """An accepted socket has the listener's mode."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made, address = call(sock)
        right.set_nonblocking(made, right.nonblocking(sock))
        return made, address

    return {"accept": accept}


def unix_end_unseen(right: Backend) -> Mapping[str, Wrong]:
    """The end of what a unix peer sends is no event."""
    (reading,) = numbers(right, "POLLIN")
    unix = is_("AF_UNIX", "SOCK_STREAM")

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        told = list(call(wanted, timeout))
        for number, (sock, _) in enumerate(wanted):
            if told[number] & reading and unix(right, (sock,)):
                with suppress(SocketError):
                    if not right.recv(sock, 1, next(numbers(right, "MSG_PEEK")) | 64):
                        told[number] &= ~reading
        return tuple(told)

    return {"poll": poll}


def drops_on_end(right: Backend) -> Mapping[str, Wrong]:
    """Once the peer has ended what it sends, nothing of it is received any more."""
    (ended,) = numbers(right, "POLLRDHUP")

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> bytes:
        if size and right.poll([(sock, ended)], 0.0)[0] & ended:
            return b""
        return bytes(call(sock, size, flags))

    return {"recv": recv}


def first_part(right: Backend) -> Mapping[str, Wrong]:
    """FIONREAD counts one piece of what is queued."""
    (request,) = numbers(right, "FIONREAD")

    def ioctl(call: Wrong, sock: Handle, asked: int, argument: bytes) -> bytes:
        told = bytes(call(sock, asked, argument))
        if asked != request:
            return told
        count = int.from_bytes(told[:4], right.byte_order)
        return min(count, 4).to_bytes(4, right.byte_order)

    return {"ioctl": ioctl}


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


def port_lost(right: Backend) -> Mapping[str, Wrong]:
    """A name that sendto() chose is another when it is asked for."""
    sent: set[Any] = set()

    def sendto(call: Wrong, sock: Handle, *arguments: Any) -> Any:
        if not has_name(right, (sock,)):
            sent.add(sock)
        return call(sock, *arguments)

    def local_addr(call: Wrong, sock: Handle) -> Any:
        told = call(sock)
        if sock in sent and isinstance(told, (Inet, Inet6)):
            return type(told)(told.host, 0)
        return told

    def new(call: Wrong, *arguments: Any) -> Handle:
        made = call(*arguments)
        sent.discard(made)
        return made

    return {"sendto": sendto, "local_addr": local_addr, "new": new}


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


def rights_need_peer(_right: Backend) -> Mapping[str, Wrong]:
    """Rights with an address are refused."""

    def sendmsg(
        call: Wrong, sock: Handle, parts: Any, control: Any = (), flags: int = 0, to: Any = None
    ) -> Any:
        if control and isinstance(to, Unix):
            raise error("EINVAL", "sendmsg")
        return call(sock, parts, control, flags, to)

    return {"sendmsg": sendmsg}


def adds_up(_right: Backend) -> Mapping[str, Wrong]:
    """A message's count includes those before it."""

    def sendmmsg(call: Wrong, *arguments: Any) -> Any:
        told = call(*arguments)
        return tuple(sum(told[: number + 1]) for number in range(len(told)))

    return {"sendmmsg": sendmmsg}


def close_waits(_right: Backend) -> Mapping[str, Wrong]:
    """close() waits for a receive in another thread."""
    within: list[Any] = []

    def recv(call: Wrong, sock: Handle, *rest: Any) -> Any:
        within.append(sock)
        try:
            return call(sock, *rest)
        finally:
            within.remove(sock)

    def close(call: Wrong, sock: Handle) -> Any:
        until = time.monotonic() + 3.0
        while sock in within and time.monotonic() < until:
            time.sleep(0.01)
        return call(sock)

    return {"recv": recv, "close": close}


def records_without_rights(right: Backend) -> Mapping[str, Wrong]:
    """sendmsg() refuses rights with more than one buffer on records."""
    records = is_("AF_UNIX", "SOCK_SEQPACKET")

    def sendmsg(call: Wrong, sock: Handle, parts: Any, control: Any = (), *rest: Any) -> Any:
        if control and records(right, (sock,)):
            raise error("EINVAL", "sendmsg")
        return call(sock, parts, control, *rest)

    return {"sendmsg": sendmsg}


def short_names(_right: Backend) -> Mapping[str, Wrong]:
    """getpeername() refuses a buffer that is shorter than the name."""

    def raw_call(call: Wrong, sock: Handle, name: str, arguments: Any) -> Any:
        length = arguments[1] if name == "getpeername" else None
        if isinstance(length, bytes) and int.from_bytes(length, sys.byteorder) < 16:
            raise error("EINVAL", name)
        return call(sock, name, arguments)

    return {"raw_call": raw_call}


def null_value(_right: Backend) -> Mapping[str, Wrong]:
    """A null pointer to an option's value is taken."""

    def raw_call(call: Wrong, sock: Handle, name: str, arguments: Any) -> Any:
        if name in {"getsockopt", "setsockopt"} and None in arguments:
            return 0, tuple(each for each in arguments if isinstance(each, bytes))
        return call(sock, name, arguments)

    return {"raw_call": raw_call}


def no_socket(_right: Backend) -> Mapping[str, Wrong]:
    """What is no socket is called a bad descriptor."""

    def local_addr(call: Wrong, sock: Handle) -> Any:
        try:
            return call(sock)
        except SocketError as refused:
            raise (
                error("EBADF", "getsockname") if refused.symbol == "ENOTSOCK" else refused
            ) from None

    return {"local_addr": local_addr}


def unspecified_v6(right: Backend) -> Mapping[str, Wrong]:
    """connect() takes AF_UNSPEC in a structure as long as that of the family alone."""
    six = is_("AF_INET6")

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if isinstance(address, Raw) and not any(address.data) and six(right, (sock,)):
            raise error("EINVAL", "connect")
        return call(sock, address)

    return {"connect": connect}


def end_fails(right: Backend) -> Mapping[str, Wrong]:
    """A receive that had to wait, and for which the peer's end came, fails."""
    at_once, reading = numbers(right, "MSG_DONTWAIT", "POLLIN")

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> bytes:
        waited = not right.poll([(sock, reading)], 0.0)[0]
        told = bytes(call(sock, size, flags))
        if waited and not told and size and not flags & at_once:
            raise error("EINTR", "recv")
        return told

    return {"recv": recv}


def accepted_nameless(_right: Backend) -> Mapping[str, Wrong]:
    """The peer of an accepted socket has no name."""
    accepted: set[Any] = set()

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        accepted.add(made[0])
        return made

    def peer_addr(call: Wrong, sock: Handle) -> Any:
        if sock in accepted:
            raise error("ENOTCONN", "getpeername")
        return call(sock)

    def new(call: Wrong, *arguments: Any) -> Handle:
        made = call(*arguments)
        accepted.discard(made)
        return made

    return {"accept": accept, "peer_addr": peer_addr, "new": new}


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


def truncation_ends(right: Backend) -> Mapping[str, Wrong]:
    """A receive with MSG_TRUNC of more than there is room for ends the process."""
    (whole,) = numbers(right, "MSG_TRUNC")

    def ends(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        told = call(sock, size, flags)
        if flags & whole and (told if isinstance(told, int) else len(told)) >= size:
            os._exit(70)
        return told

    return {"recv": ends, "recv_length": ends}
