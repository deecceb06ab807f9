"""What is sent and received, files too, as in layers of which users reported a defect."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6
from sockspec.errors import SocketError
from sockspec.faults.defects import connected, is_
from sockspec.faults.fault import error, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend, Handle, Message
    from sockspec.faults.fault import Make, Wrong

_HANGS = 6.0  # seconds, more than a call may take


def messages_lost(_right: Backend) -> Mapping[str, Wrong]:
    """recvmmsg() fails when fewer come than there is room for, and loses those that came."""

    def recvmmsg(call: Wrong, sock: Handle, sizes: Any, *rest: Any) -> Any:
        told = call(sock, sizes, *rest)
        if len(told) < len(sizes):
            raise error("EAGAIN", "recvmmsg")
        return told

    return {"recvmmsg": recvmmsg}


def limitless(
    call: Wrong, sock: Handle, sizes: Any, control: int = 0, flags: int = 0, _limit: Any = None
) -> Any:
    """recvmmsg() heeds no time limit."""
    return call(sock, sizes, control, flags, None)


def all_counted(_right: Backend) -> Mapping[str, Wrong]:
    """sendmmsg() counts all messages as sent when the first has been."""

    def sendmmsg(call: Wrong, sock: Handle, messages: Any, flags: int = 0) -> Any:
        told = call(sock, messages, flags)
        rest = messages[len(told) :]
        return (*told, *(sum(map(len, parts)) for parts, _, _ in rest)) if told else told

    return {"sendmmsg": sendmmsg}


def part_is_none(primitive: str, whole: Callable[..., int]) -> Make:
    """What sends a part, as there is no room for more, fails as if it had sent nothing."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (writing,) = numbers(right, "POLLOUT")

        def called(call: Wrong, sock: Handle, *rest: Any) -> Any:
            sent = call(sock, *rest)
            if 0 < sent < whole(*rest) and not right.poll([(sock, writing)], 0.0)[0]:
                raise error("EAGAIN", primitive)
            return sent

        return {primitive: called}

    return make


def foreign_control_hangs(right: Backend) -> Mapping[str, Wrong]:
    """Control data of another level never lets a unix socket's sendmsg() return."""
    (level,) = numbers(right, "SOL_SOCKET")
    unix = is_("AF_UNIX")

    def sendmsg(call: Wrong, sock: Handle, parts: Any, control: Any = (), *rest: Any) -> Any:
        if any(each[0] != level for each in control) and unix(right, (sock,)):
            time.sleep(_HANGS)
        return call(sock, parts, control, *rest)

    return {"sendmsg": sendmsg}


def waits_nevertheless(primitive: str, place: int) -> Make:
    """A send does not heed MSG_DONTWAIT."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (at_once,) = numbers(right, "MSG_DONTWAIT")

        def called(call: Wrong, sock: Handle, *rest: Any) -> Any:
            given = list(rest)
            if len(given) > place:
                given[place] &= ~at_once
            return call(sock, *given)

        return {primitive: called}

    return make


def control_again(_right: Backend) -> Mapping[str, Wrong]:
    """A message without control data comes with that of the one before."""
    last: dict[Any, Any] = {}

    def recvmsg(call: Wrong, sock: Handle, *rest: Any) -> Any:
        told = call(sock, *rest)
        if told.control:
            last[sock] = told.control
            return told
        return replace(told, control=last.get(sock, ()))

    def close(call: Wrong, sock: Handle) -> Any:
        last.pop(sock, None)
        return call(sock)

    return {"recvmsg": recvmsg, "close": close}


def no_room_refused(primitive: str) -> Make:
    """A receive without room fails."""

    def make(_right: Backend) -> Mapping[str, Wrong]:
        def called(call: Wrong, sock: Handle, size: int, *rest: Any) -> Any:
            if not size:
                raise error("ENOBUFS", primitive)
            return call(sock, size, *rest)

        return {primitive: called}

    return make


def no_room_kept(right: Backend) -> Mapping[str, Wrong]:
    """A unix datagram is 0 bytes long, and stays, for a receive without room."""
    unix = is_("AF_UNIX", "SOCK_DGRAM")
    (peek,) = numbers(right, "MSG_PEEK")

    def recvmsg(
        call: Wrong, sock: Handle, sizes: Any, control: int = 0, flags: int = 0
    ) -> Message:
        if not any(sizes) and unix(right, (sock,)):
            kept: Message = call(sock, sizes, control, flags | peek)
            return replace(kept, length=0)
        told: Message = call(sock, sizes, control, flags)
        return told

    return {"recvmsg": recvmsg}


def ended_unread(right: Backend) -> Mapping[str, Wrong]:
    """FIONREAD counts nothing once the peer has closed."""
    request, gone = numbers(right, "FIONREAD", "POLLHUP")

    def ioctl(call: Wrong, sock: Handle, asked: int, argument: bytes) -> bytes:
        told = bytes(call(sock, asked, argument))
        if asked == request and right.poll([(sock, 0)], 0.0)[0] & gone:
            return bytes(len(told))
        return told

    return {"ioctl": ioctl}


def end_for_reset(right: Backend) -> Mapping[str, Wrong]:
    """A unix stream that was reset ends in order."""
    unix = is_("AF_UNIX", "SOCK_STREAM")

    def recv(call: Wrong, sock: Handle, *rest: Any) -> Any:
        try:
            return call(sock, *rest)
        except SocketError as refused:
            if refused.symbol != "ECONNRESET" or not unix(right, (sock,)):
                raise
            return b""

    return {"recv": recv}


def reset_again(_right: Backend) -> Mapping[str, Wrong]:
    """A reset is reported by each receive."""
    reset: set[Any] = set()

    def recv(call: Wrong, sock: Handle, *rest: Any) -> Any:
        if sock in reset:
            raise error("ECONNRESET", "recv")
        try:
            return call(sock, *rest)
        except SocketError as refused:
            if refused.symbol == "ECONNRESET":
                reset.add(sock)
            raise

    def close(call: Wrong, sock: Handle) -> Any:
        reset.discard(sock)
        return call(sock)

    return {"recv": recv, "close": close}


def sends_apart(right: Backend) -> Mapping[str, Wrong]:
    """A receive of a unix stream ends with what one send has sent.

    A message with rights does, so each has one, of a socket of its own.
    """
    unix = is_("AF_UNIX", "SOCK_STREAM")
    level, kind = numbers(right, "SOL_SOCKET", "SCM_RIGHTS")

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        if not data or not unix(right, (sock,)):
            return call(sock, data, flags)
        right_ = right.fileno(sock).to_bytes(4, right.byte_order)
        return right.sendmsg(sock, [data], [(level, kind, right_)], flags)

    return {"send": send}


def writes_nothing(call: Wrong, sock: Handle, data: bytes) -> Any:
    """write() of no bytes does nothing at all."""
    return call(sock, data) if data else 0


def empty_unsent(primitive: str) -> Make:
    """A send of nothing does nothing."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        internet = (is_("AF_INET", "SOCK_DGRAM"), is_("AF_INET6", "SOCK_DGRAM"))

        def called(call: Wrong, sock: Handle, data: bytes, *rest: Any) -> Any:
            if not data and any(each(right, (sock,)) for each in internet):
                return 0
            return call(sock, data, *rest)

        return {primitive: called}

    return make


def empty_fails(right: Backend) -> Mapping[str, Wrong]:
    """recvfrom() fails for an empty datagram."""
    datagram = is_("", "SOCK_DGRAM")

    def recvfrom(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        told = call(sock, size, flags)
        if size and not told[0] and datagram(right, (sock,)):
            raise error("ECONNRESET", "recvfrom")
        return told

    return {"recvfrom": recvfrom}


def empty_nameless(right: Backend) -> Mapping[str, Wrong]:
    """An empty datagram comes from nobody."""
    datagram = is_("", "SOCK_DGRAM")

    def recvfrom(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        told = call(sock, size, flags)
        return told if told[0] or not datagram(right, (sock,)) else (b"", None)

    def recvmsg(call: Wrong, sock: Handle, *rest: Any) -> Any:
        told = call(sock, *rest)
        if told.length or not datagram(right, (sock,)):
            return told
        return replace(told, address=None)

    return {"recvfrom": recvfrom, "recvmsg": recvmsg}


def more_goes_on(right: Backend) -> Mapping[str, Wrong]:
    """What MSG_MORE holds back goes where the last part goes, not the first."""
    (more,) = numbers(right, "MSG_MORE")
    held: dict[Any, bytes] = {}
    datagram = is_("", "SOCK_DGRAM")

    def sendto(call: Wrong, sock: Handle, data: bytes, flags: int, address: Any) -> Any:
        if flags & more and isinstance(address, (Inet, Inet6)) and datagram(right, (sock,)):
            held[sock] = held.get(sock, b"") + data
            return len(data)
        before = held.pop(sock, b"")
        return call(sock, before + data, flags, address) - len(before)

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        before = held.pop(sock, b"")
        return call(sock, before + data, flags) - len(before)

    def close(call: Wrong, sock: Handle) -> Any:
        held.pop(sock, None)
        return call(sock)

    return {"sendto": sendto, "send": send, "close": close}


def urgent_datagrams(primitive: str, place: int) -> Make:
    """A datagram socket does not heed MSG_OOB."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (urgent,) = numbers(right, "MSG_OOB")
        internet = (is_("AF_INET", "SOCK_DGRAM"), is_("AF_INET6", "SOCK_DGRAM"))

        def called(call: Wrong, sock: Handle, *rest: Any) -> Any:
            given = list(rest)
            if len(given) > place and any(each(right, (sock,)) for each in internet):
                given[place] &= ~urgent
            return call(sock, *given)

        return {primitive: called}

    return make


def _without_peer(right: Backend, sock: Handle) -> bool:
    internet = (is_("AF_INET", "SOCK_DGRAM"), is_("AF_INET6", "SOCK_DGRAM"))
    return any(each(right, (sock,)) for each in internet) and not connected(right, (sock,))


def peer_needed(right: Backend) -> Mapping[str, Wrong]:
    """recv() of a datagram socket without a peer fails."""

    def recv(call: Wrong, sock: Handle, *rest: Any) -> Any:
        if _without_peer(right, sock):
            raise error("ENOTCONN", "recv")
        return call(sock, *rest)

    return {"recv": recv}


def lost_by_close(right: Backend) -> Mapping[str, Wrong]:
    """A datagram whose sender is closed at once is lost."""
    waiting: dict[Any, tuple[Any, ...]] = {}
    internet = (is_("AF_INET", "SOCK_DGRAM"), is_("AF_INET6", "SOCK_DGRAM"))

    def goes(call: Wrong) -> None:
        for arguments in list(waiting.values()):
            with suppress(SocketError):
                call(*arguments)
        waiting.clear()

    def sendto(call: Wrong, sock: Handle, data: bytes, flags: int, address: Any) -> Any:
        goes(call)
        four = isinstance(address, Inet) and address.host == right.loopback.v4
        six = isinstance(address, Inet6) and address.host == right.loopback.v6
        family = internet[0] if four else internet[1]
        usual = (four or six) and address.port and not flags and len(data) < 1000
        if not usual or not family(right, (sock,)):
            return call(sock, data, flags, address)
        waiting[sock] = (sock, data, flags, address)
        return len(data)

    def others(call: Wrong, *arguments: Any) -> Any:
        goes(right.sendto)
        return call(*arguments)

    def close(call: Wrong, sock: Handle) -> Any:
        waiting.pop(sock, None)
        return call(sock)

    names = (
        *("recv", "recvfrom", "recvmsg", "recv_length", "recvmmsg", "read", "readv", "poll"),
        *("select", "ioctl", "local_addr", "peer_addr", "connect", "getsockopt", "send"),
        *("sendmsg", "sendmmsg", "shutdown", "new", "epoll_wait", "setsockopt", "bind"),
    )
    return {**dict.fromkeys(names, others), "sendto": sendto, "close": close}


def credentials_once(right: Backend) -> Mapping[str, Wrong]:
    """A peek takes the credentials of a message."""
    (peek,) = numbers(right, "MSG_PEEK")
    which = tuple(numbers(right, "SOL_SOCKET", "SCM_CREDENTIALS"))
    peeked: set[Any] = set()

    def recvmsg(
        call: Wrong, sock: Handle, sizes: Any, control: int = 0, flags: int = 0
    ) -> Message:
        told: Message = call(sock, sizes, control, flags)
        if sock in peeked:
            told = replace(
                told, control=tuple(each for each in told.control if each[:2] != which)
            )
        (peeked.add if flags & peek else peeked.discard)(sock)
        return told

    def close(call: Wrong, sock: Handle) -> Any:
        peeked.discard(sock)
        return call(sock)

    return {"recvmsg": recvmsg, "close": close}


def rights_fail(right: Backend) -> Mapping[str, Wrong]:
    """A receive of rights for which there are too few descriptors fails."""
    (cut,) = numbers(right, "MSG_CTRUNC")
    which = tuple(numbers(right, "SOL_SOCKET", "SCM_RIGHTS"))

    def recvmsg(
        call: Wrong, sock: Handle, sizes: Any, control: int = 0, flags: int = 0
    ) -> Message:
        told: Message = call(sock, sizes, control, flags)
        room = sum(len(each[2]) for each in told.control if each[:2] == which)
        if told.flags & cut and control > room + 32:
            raise error("EMFILE", "recvmsg")
        return told

    return {"recvmsg": recvmsg}


# -- files ----------------------------------------------------------------------------


def runs_ahead(right: Backend) -> Mapping[str, Wrong]:
    """sendfile() moves the file by what it has read, of which it has sent a part."""

    def sendfile(call: Wrong, sock: Handle, file: Handle, offset: Any, count: int) -> Any:
        sent = call(sock, file, offset, count)
        if offset is None and sent < count:
            right.read(file, count - sent)
        return sent

    return {"sendfile": sendfile}


def zero_is_here(call: Wrong, sock: Handle, file: Handle, offset: Any, count: int) -> Any:
    """sendfile() from an offset of 0 begins where the file is."""
    return call(sock, file, offset or None, count)
