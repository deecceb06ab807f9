"""Calls as socket layers make them of which users reported a defect."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.errors import SocketError
from sockspec.faults.defects import has_name, is_
from sockspec.faults.fault import error, forgetting, numbers

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

    return {"recv": recv, "new": forgetting(had)}


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

    return {"sendto": sendto, "local_addr": local_addr, "new": forgetting(sent)}


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
            time.sleep(0.01)  # a receive that never ends must not hold the run
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

    return {"accept": accept, "peer_addr": peer_addr, "new": forgetting(accepted)}


def truncation_ends(right: Backend) -> Mapping[str, Wrong]:
    """A receive with MSG_TRUNC of more than there is room for ends the process."""
    (whole,) = numbers(right, "MSG_TRUNC")

    def ends(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        told = call(sock, size, flags)
        if flags & whole and (told if isinstance(told, int) else len(told)) >= size:
            os._exit(70)
        return told

    return {"recv": ends, "recv_length": ends}
