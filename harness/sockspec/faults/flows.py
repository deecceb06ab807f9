"""More calls as socket layers make them of which users reported a defect."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.errors import SocketError
from sockspec.faults.defects import connected, has_name, is_, read
from sockspec.faults.ends import unsent
from sockspec.faults.fault import error, forgetting, numbers
from sockspec.faults.wire import set_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend, Handle, Message
    from sockspec.faults.fault import Make, Wrong

_MAPPED = "::ffff:"
_HANGS = 6.0  # seconds, more than a call may take


def _mapped(address: Any) -> bool:
    return (
        isinstance(address, Inet6) and address.host.startswith(_MAPPED) and "." in address.host
    )


def _group(address: Any) -> bool:
    host = getattr(address, "host", "")
    return (
        host.startswith("ff")
        if isinstance(address, Inet6)
        else host.startswith(("224.", "239."))
    )


# -- options --------------------------------------------------------------------------


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


# -- names and ports ------------------------------------------------------------------


def shared_listen_refused(right: Backend) -> Mapping[str, Wrong]:
    """Of those that share a port by SO_REUSEPORT one alone can listen."""
    listening: dict[Any, Any] = {}

    def listen(call: Wrong, sock: Handle, backlog: int) -> Any:
        here = right.local_addr(sock)
        others = [each for each, name in listening.items() if name == here and each != sock]
        if (
            others
            and isinstance(here, (Inet, Inet6))
            and read(right, sock, "SO_REUSEPORT") == 1
        ):
            raise error("EADDRINUSE", "listen")
        done = call(sock, backlog)
        listening[sock] = here
        return done

    def close(call: Wrong, sock: Handle) -> Any:
        listening.pop(sock, None)
        return call(sock)

    return {"listen": listen, "close": close}


def joined_without(right: Backend) -> Mapping[str, Wrong]:
    """Who has not set SO_REUSEPORT shares the port of those who have."""
    on = (1).to_bytes(4, right.byte_order)

    def bind(call: Wrong, sock: Handle, address: Any) -> Any:
        try:
            return call(sock, address)
        except SocketError as refused:
            if refused.symbol != "EADDRINUSE":
                raise
        set_option(right, sock, "SOL_SOCKET", "SO_REUSEPORT", on)
        try:
            return call(sock, address)
        finally:
            set_option(right, sock, "SOL_SOCKET", "SO_REUSEPORT", bytes(4))

    return {"bind": bind}


def datagrams_apart(right: Backend) -> Mapping[str, Wrong]:
    """SO_REUSEADDR does not let two datagram sockets share an address."""
    datagram = is_("", "SOCK_DGRAM")

    def bind(call: Wrong, sock: Handle, address: Any) -> Any:
        if read(right, sock, "SO_REUSEADDR") == 1 and datagram(right, (sock,)):
            set_option(right, sock, "SOL_SOCKET", "SO_REUSEADDR", bytes(4))
            try:
                return call(sock, address)
            finally:
                on = (1).to_bytes(4, right.byte_order)
                set_option(right, sock, "SOL_SOCKET", "SO_REUSEADDR", on)
        return call(sock, address)

    return {"bind": bind}


def peers_name(kind: str) -> Make:
    """The own name of a socket with a peer is the peer's."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = is_("", kind)

        def local_addr(call: Wrong, sock: Handle) -> Any:
            told = call(sock)
            if isinstance(told, (Inet, Inet6)) and which(right, (sock,)):
                with suppress(SocketError):
                    return right.peer_addr(sock)
            return told

        return {"local_addr": local_addr}

    return make


def nobody(right: Backend) -> Mapping[str, Wrong]:
    """A socket that connect() has bound has no name."""
    chosen: set[Any] = set()

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if not has_name(right, (sock,)):
            chosen.add(sock)
        return call(sock, address)

    def local_addr(call: Wrong, sock: Handle) -> Any:
        told = call(sock)
        if sock not in chosen or not isinstance(told, (Inet, Inet6)):
            return told
        return type(told)("::" if isinstance(told, Inet6) else "0.0.0.0", 0)

    def bind(call: Wrong, sock: Handle, address: Any) -> Any:
        chosen.discard(sock)
        return call(sock, address)

    def close(call: Wrong, sock: Handle) -> Any:
        chosen.discard(sock)
        return call(sock)

    return {"connect": connect, "local_addr": local_addr, "bind": bind, "close": close}


def unix_nameless(primitive: str) -> Make:
    """A unix socket's name is not there where a call returns it."""

    def make(_right: Backend) -> Mapping[str, Wrong]:
        def called(call: Wrong, sock: Handle, *rest: Any) -> Any:
            told = call(sock, *rest)
            if isinstance(told, Unix):
                return Unix(b"")
            if isinstance(told, tuple):
                return (told[0], Unix(b"")) if isinstance(told[1], Unix) else told
            address = getattr(told, "address", None)
            return replace(told, address=None) if isinstance(address, Unix) else told

        return {primitive: called}

    return make


def named_unbound(_right: Backend) -> Mapping[str, Wrong]:
    """An unbound unix socket has an abstract name."""

    def local_addr(call: Wrong, sock: Handle) -> Any:
        told = call(sock)
        return Unix(b"\0s1000") if isinstance(told, Unix) and not told.path else told

    return {"local_addr": local_addr}


def overruns(right: Backend) -> Mapping[str, Wrong]:
    """getsockname() writes all of a name into a buffer that is said to be shorter."""

    def raw_call(call: Wrong, sock: Handle, name: str, arguments: Any) -> Any:
        if name != "getsockname" or not all(isinstance(each, bytes) for each in arguments):
            return call(sock, name, arguments)
        whole = len(arguments[0]).to_bytes(4, right.byte_order)
        return call(sock, name, (arguments[0], whole))

    return {"raw_call": raw_call}


def whole_unix_alone(_right: Backend) -> Mapping[str, Wrong]:
    """connect() takes a unix address in a whole structure alone."""

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if isinstance(address, Unix) and address.path[:1] not in {b"", b"\0"}:
            raise error("EINVAL", "connect")
        return call(sock, address)

    return {"connect": connect}


def unix_unspecified(right: Backend) -> Mapping[str, Wrong]:
    """A unix datagram socket with a peer cannot be rid of it."""
    unix = is_("AF_UNIX", "SOCK_DGRAM")

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if isinstance(address, Raw) and not any(address.data[:2]) and unix(right, (sock,)):
            raise error("EISCONN", "connect")
        return call(sock, address)

    return {"connect": connect}


def unmapped_prefix(_right: Backend) -> Mapping[str, Wrong]:
    """An IPv4 sender's address stands at the front of an IPv6 one."""

    def moved(address: Any) -> Any:
        if not _mapped(address):
            return address
        one, two, three, four = map(int, address.host.removeprefix(_MAPPED).split("."))
        return Inet6(f"{one << 8 | two:x}:{three << 8 | four:x}::", address.port)

    def recvfrom(call: Wrong, sock: Handle, *rest: Any) -> Any:
        data, address = call(sock, *rest)
        return data, moved(address)

    def recvmsg(call: Wrong, sock: Handle, *rest: Any) -> Any:
        told = call(sock, *rest)
        return replace(told, address=moved(told.address))

    return {"recvfrom": recvfrom, "recvmsg": recvmsg}


def mapped_refused(call: Wrong, sock: Handle, data: bytes, flags: int, address: Any) -> Any:
    """Nothing can be sent to a mapped address."""
    if _mapped(address):
        raise error("EINVAL", "sendto")
    return call(sock, data, flags, address)


def mapped_lost(call: Wrong, sock: Handle, data: bytes, flags: int, address: Any) -> Any:
    """What is sent to a mapped address is lost."""
    return len(data) if _mapped(address) else call(sock, data, flags, address)


def ports_change(right: Backend) -> Mapping[str, Wrong]:
    """A socket that nobody bound sends each datagram from another port."""
    free: set[Any] = set()
    kind: dict[Any, tuple[int, int]] = {}
    datagram = tuple(numbers(right, "SOCK_DGRAM"))

    def new(call: Wrong, family: int, type: int, protocol: int = 0) -> Any:
        made = call(family, type, protocol)
        free.discard(made)
        if type in datagram:
            kind[made] = family, type
        return made

    def sendto(call: Wrong, sock: Handle, data: bytes, flags: int, address: Any) -> Any:
        if not isinstance(address, (Inet, Inet6)) or sock not in kind:
            return call(sock, data, flags, address)
        if sock not in free:
            if not has_name(right, (sock,)):
                free.add(sock)
            return call(sock, data, flags, address)
        other = right.new(*kind[sock])
        try:
            return call(other, data, flags, address)
        finally:
            right.close(other)

    def close(call: Wrong, sock: Handle) -> Any:
        free.discard(sock)
        kind.pop(sock, None)
        return call(sock)

    return {"new": new, "sendto": sendto, "close": close}


def group_not_here(right: Backend) -> Mapping[str, Wrong]:
    """A stream socket's bind() to an IPv6 group fails as to an address of another host."""
    stream = is_("AF_INET6", "SOCK_STREAM")

    def bind(call: Wrong, sock: Handle, address: Any) -> Any:
        if _group(address) and stream(right, (sock,)):
            raise error("EADDRNOTAVAIL", "bind")
        return call(sock, address)

    return {"bind": bind}


def unspecified_refused(call: Wrong, sock: Handle, address: Any) -> Any:
    """bind() takes no address of no family."""
    if isinstance(address, Raw) and not any(address.data[:2]):
        raise error("EINVAL", "bind")
    return call(sock, address)


def group_bound_sends_not(right: Backend) -> Mapping[str, Wrong]:
    """A socket that is bound to a group cannot send, as its address is no source."""

    def refusing(primitive: str) -> Wrong:
        def called(call: Wrong, sock: Handle, *rest: Any) -> Any:
            bound = None
            with suppress(SocketError):
                bound = right.local_addr(sock)
            if _group(bound):
                raise error("EADDRNOTAVAIL", primitive)
            return call(sock, *rest)

        return called

    return {"sendto": refusing("sendto"), "send": refusing("send")}


def wildcard_refused(call: Wrong, sock: Handle, address: Any) -> Any:
    """connect() takes no unspecified address."""
    if getattr(address, "host", "") in {"0.0.0.0", "::"}:
        raise error("EINVAL", "connect")
    return call(sock, address)


def unbound_listen_refused(right: Backend) -> Mapping[str, Wrong]:
    """listen() on an internet socket that is not bound fails."""

    def listen(call: Wrong, sock: Handle, backlog: int) -> Any:
        if isinstance(right.local_addr(sock), (Inet, Inet6)) and not has_name(right, (sock,)):
            raise error("EINVAL", "listen")
        return call(sock, backlog)

    return {"listen": listen}


def raw_unix_refused(right: Backend) -> Mapping[str, Wrong]:
    """A unix socket of the type SOCK_RAW is refused."""
    unix, raw = numbers(right, "AF_UNIX", "SOCK_RAW")

    def new(call: Wrong, family: int, type: int, protocol: int = 0) -> Any:
        if (family, type) == (unix, raw):
            raise error("ESOCKTNOSUPPORT", "new")
        return call(family, type, protocol)

    return {"new": new}


# -- data -----------------------------------------------------------------------------


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


# -- ends -----------------------------------------------------------------------------


def _kept_when(when: Callable[[Backend, Handle], bool]) -> Make:
    """close() leaves such sockets open."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        kept: list[Handle] = []

        def close(call: Wrong, sock: Handle) -> Any:
            if len(kept) < 400 and when(right, sock):
                kept.append(right.dup(sock))
            return call(sock)

        return {"close": close}

    return make


def _stream_unsent(right: Backend, sock: Handle) -> bool:
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))
    return any(each(right, (sock,)) for each in internet) and unsent(right, sock)


unsent_never_ends = _kept_when(_stream_unsent)


def connecting_left(right: Backend) -> Mapping[str, Wrong]:
    """A non-blocking socket that is closed right after its connect() sends no end."""
    kept: list[Handle] = []
    just: list[Handle] = []

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        just.clear()
        try:
            return call(sock, address)
        except SocketError as refused:
            if refused.symbol == "EINPROGRESS":
                just.append(sock)
            raise

    def close(call: Wrong, sock: Handle) -> Any:
        if sock in just and len(kept) < 400:
            kept.append(right.dup(sock))
        just.clear()
        return call(sock)

    def others(call: Wrong, *arguments: Any) -> Any:
        just.clear()
        return call(*arguments)

    names = ("poll", "getsockopt", "send", "recv", "shutdown", "new", "accept")
    return {**dict.fromkeys(names, others), "connect": connect, "close": close}


def no_abort_after_end(right: Backend) -> Mapping[str, Wrong]:
    """A connection whose sending was shut down is never aborted."""
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        done = call(sock, how)
        shut.add(sock)
        return done

    def close(call: Wrong, sock: Handle) -> Any:
        if sock in shut:
            shut.discard(sock)
            set_option(right, sock, "SOL_SOCKET", "SO_LINGER", bytes(8))
        return call(sock)

    return {"shutdown": shutdown, "close": close}


def _ended(right: Backend, sock: Handle) -> bool:
    """Whether the peer of an internet stream socket has ended what it sends."""
    (hangup,) = numbers(right, "POLLRDHUP")
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))
    if not any(each(right, (sock,)) for each in internet):
        return False
    return bool(right.poll([(sock, hangup)], 0.0)[0] & hangup)


def accepted_ended(right: Backend) -> Mapping[str, Wrong]:
    """What a client sent that closed before it was accepted is lost."""
    (at_once,) = numbers(right, "MSG_DONTWAIT")

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        if _ended(right, made[0]):
            with suppress(SocketError):
                while right.recv(made[0], 4096, at_once):
                    pass
        return made

    return {"accept": accept}


def ended_refused(right: Backend) -> Mapping[str, Wrong]:
    """accept() of a connection that its client has closed fails."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        if _ended(right, made[0]):
            right.close(made[0])
            raise error("EINVAL", "accept")
        return made

    return {"accept": accept}


def second_end_lost(right: Backend) -> Mapping[str, Wrong]:
    """Who shuts a connection down whose peer has ended sends no end."""
    (write,) = numbers(right, "SHUT_WR")

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if how == write and _ended(right, sock):
            return None
        return call(sock, how)

    return {"shutdown": shutdown}


def one_shutdown(_right: Backend) -> Mapping[str, Wrong]:
    """What was shut down in one direction is not shut down in the other any more."""
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if sock in shut:
            return None
        done = call(sock, how)
        shut.add(sock)
        return done

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "close": close}


def nameless_when_shut(right: Backend) -> Mapping[str, Wrong]:
    """What is shut down in both directions has no name any more."""
    (both,) = numbers(right, "SHUT_RDWR")
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        done = call(sock, how)
        if how == both:
            shut.add(sock)
        return done

    def local_addr(call: Wrong, sock: Handle) -> Any:
        told = call(sock)
        if sock not in shut or not isinstance(told, (Inet, Inet6)):
            return told
        return type(told)("::" if isinstance(told, Inet6) else "0.0.0.0", 0)

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "local_addr": local_addr, "close": close}


def _read_shut_alone(right: Backend, kept: Callable[[Handle], bool]) -> Mapping[str, Wrong]:
    """Reading is shut down for the own receives alone, which return nothing."""
    (reading,) = numbers(right, "SHUT_RD")
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if how == reading and kept(sock):
            shut.add(sock)
            return None
        return call(sock, how)

    def recv(call: Wrong, sock: Handle, *rest: Any) -> Any:
        return b"" if sock in shut else call(sock, *rest)

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "recv": recv, "close": close}


def unix_read_shut_alone(right: Backend) -> Mapping[str, Wrong]:
    """A unix peer can go on to send to what was shut down for reading."""
    unix = is_("AF_UNIX", "SOCK_STREAM")
    return _read_shut_alone(
        right, lambda sock: unix(right, (sock,)) and connected(right, (sock,))
    )


def queued_lost_by_shutdown(right: Backend) -> Mapping[str, Wrong]:
    """What was queued before reading was shut down cannot be received."""
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))
    (reading,) = numbers(right, "SHUT_RD")
    wrong = _read_shut_alone(right, lambda sock: any(each(right, (sock,)) for each in internet))

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if how == reading:
            call(sock, how)
        return wrong["shutdown"](call, sock, how)

    return {**wrong, "shutdown": shutdown}


def reset_drops(right: Backend) -> Mapping[str, Wrong]:
    """What was received before a reset is lost with it."""
    (failed,) = numbers(right, "POLLERR")
    peek, at_once = numbers(right, "MSG_PEEK", "MSG_DONTWAIT")
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        lost = not flags & peek and right.poll([(sock, 0)], 0.0)[0] & failed
        if lost and any(each(right, (sock,)) for each in internet):
            while right.recv(sock, 4096, at_once):
                pass
        return call(sock, size, flags)

    return {"recv": recv}


def full_refuses(right: Backend) -> Mapping[str, Wrong]:
    """A connect to a unix listener whose queue is full is refused."""
    unix = is_("AF_UNIX", "SOCK_STREAM")

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if not isinstance(address, Unix) or not unix(right, (sock,)):
            return call(sock, address)
        mode = right.nonblocking(sock)
        right.set_nonblocking(sock, True)
        try:
            return call(sock, address)
        except SocketError as refused:
            if refused.symbol != "EAGAIN":
                raise
            raise error("ECONNREFUSED", "connect") from None
        finally:
            right.set_nonblocking(sock, mode)

    return {"connect": connect}


def plain(when: Callable[..., bool]) -> Callable[..., bool]:
    """A condition of a socket alone, for `silent`."""
    return lambda right, arguments, _told: when(right, arguments)


def from_ipv4(_right: Backend, _arguments: Any, told: Message) -> bool:
    """Whether a message came from IPv4 to an IPv6 socket."""
    return _mapped(told.address)


def always(*_arguments: Any) -> bool:
    """Every message."""
    return True
