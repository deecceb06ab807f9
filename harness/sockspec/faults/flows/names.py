"""Names, ports and the families of addresses, as in layers of which users reported a defect."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.errors import SocketError
from sockspec.faults.defects import has_name, is_, read
from sockspec.faults.fault import error, numbers
from sockspec.faults.wire import set_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

_MAPPED = "::ffff:"


def is_mapped(address: Any) -> bool:
    """Whether an address is one of IPv4 in IPv6's form."""
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
        if not is_mapped(address):
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
    if is_mapped(address):
        raise error("EINVAL", "sendto")
    return call(sock, data, flags, address)


def mapped_lost(call: Wrong, sock: Handle, data: bytes, flags: int, address: Any) -> Any:
    """What is sent to a mapped address is lost."""
    return len(data) if is_mapped(address) else call(sock, data, flags, address)


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
