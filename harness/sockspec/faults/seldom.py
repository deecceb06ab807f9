"""Requests and calls that few programs use: ignored, mixed up, or too much of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet6
from sockspec.errors import SocketError
from sockspec.faults.defects import answers, connected, fails, option, read, returns, zero
from sockspec.faults.fault import Fault, error, forgetting, instead, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults"]

_IP, _IPV6, _TCP = "IPPROTO_IP", "IPPROTO_IPV6", "IPPROTO_TCP"
_EFFECT, _IOCTL = "options.effect", "options.ioctl"
_UNKNOWN_FLAG = 0x100_0000  # no flag of <linux/socket.h> has this bit
_MANY = 1 << 16


def _request(name: str, *, zeros: bool = False) -> Make:
    """ioctl() does nothing for a request, or fills in zeros."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (wanted,) = numbers(right, name)

        def ioctl(call: Wrong, sock: Handle, request: int, argument: bytes) -> Any:
            if request != wanted:
                return call(sock, request, argument)
            return bytes(len(argument)) if zeros else argument

        return {"ioctl": ioctl}

    return make


def _no_room(_right: Backend, arguments: tuple[Any, ...]) -> bool:
    return bool(arguments[3] == 0)


def _of_ip_connected(right: Backend, arguments: tuple[Any, ...]) -> bool:
    return arguments[1] in set(numbers(right, _IP, _TCP)) and connected(right, arguments)


def _duplicates_apart(_right: Backend) -> Mapping[str, Wrong]:
    """What is set on a duplicate of a descriptor is read there, and nowhere else."""
    own: dict[Handle, dict[tuple[int, int], bytes]] = {}

    def dup(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        own[made] = {}
        return made

    def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
        if sock not in own:
            return call(sock, level, name, value)
        own[sock][level, name] = value
        return None

    def getsockopt(call: Wrong, sock: Handle, level: int, name: int, size: int) -> Any:
        told = call(sock, level, name, size)
        return own.get(sock, {}).get((level, name), told)

    def close(call: Wrong, sock: Handle) -> Any:
        own.pop(sock, None)
        return call(sock)

    return {"dup": dup, "setsockopt": setsockopt, "getsockopt": getsockopt, "close": close}


def _another_adopted(right: Backend) -> Mapping[str, Wrong]:
    """A descriptor that is given becomes a socket of the same kind, and is closed."""

    def adopt(call: Wrong, fileno: int) -> Any:
        given = call(fileno)
        kind = (read(right, given, each) for each in ("SO_DOMAIN", "SO_TYPE"))
        made = right.new(*kind)
        right.close(given)
        return made

    return {"adopt": adopt}


def _streams_of_v4(right: Backend) -> Mapping[str, Wrong]:
    """A stream socket is always one of IPv4."""
    stream, v4, v6 = numbers(right, "SOCK_STREAM", "AF_INET", "AF_INET6")

    def new(call: Wrong, family: int, type: int, protocol: int = 0) -> Any:
        wrong = type == stream and family == v6
        return call(v4 if wrong else family, type, protocol)

    return {"new": new}


def _last_byte_changed(call: Wrong, *arguments: Any) -> Any:
    count, buffers = call(*arguments)
    return count, tuple(each[:-1] + bytes([each[-1] ^ 1]) if each else each for each in buffers)


def _lost_by_bad_pointer(right: Backend) -> Mapping[str, Wrong]:
    """What could not be stored is gone: data, or a connection."""
    (at_once,) = numbers(right, "MSG_DONTWAIT")

    def raw_call(call: Wrong, sock: Handle, *given: Any) -> Any:
        try:
            return call(sock, *given)
        except SocketError as refused:
            if refused.symbol == "EFAULT":
                with suppress(SocketError):
                    if read(right, sock, "SO_ACCEPTCONN") == 1:
                        right.close(right.accept(sock)[0])
                    else:
                        right.recv(sock, _MANY, at_once)
            raise

    return {"raw_call": raw_call}


def _end_once(right: Backend) -> Mapping[str, Wrong]:
    """The end of a stream ends one receive; what comes after it waits for nothing."""
    ended: set[Handle] = set()

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        told = call(sock, size, flags)
        if told or not size:
            return told
        if sock in ended:
            right.poll([(sock, 0)], 3.0)
        ended.add(sock)
        return told

    return {"recv": recv, "new": forgetting(ended)}


def _urgent_at_end(right: Backend, arguments: tuple[Any, ...]) -> bool:
    """Receives of urgent data from a peer that has ended."""
    urgent, peek, at_once = numbers(right, "MSG_OOB", "MSG_PEEK", "MSG_DONTWAIT")
    if len(arguments) < 3 or not arguments[2] & urgent:
        return False
    with suppress(SocketError):
        return right.recv(arguments[0], 1, peek | at_once) == b""
    return False


def _unknown_refused(primitive: str) -> Wrong:
    def called(call: Wrong, sock: Handle, given: Any, flags: int = 0) -> Any:
        if flags & _UNKNOWN_FLAG:
            raise error("EINVAL", primitive)
        return call(sock, given, flags)

    return called


def _flags_returned(
    call: Wrong, sock: Handle, sizes: Any, control: int = 0, flags: int = 0
) -> Any:
    told = call(sock, sizes, control, flags)
    return replace(told, flags=told.flags | flags)


def _reads_always(right: Backend) -> Mapping[str, Wrong]:
    """A read of no bytes takes a byte, or a datagram."""
    (at_once,) = numbers(right, "MSG_DONTWAIT")

    def read_(call: Wrong, sock: Handle, size: int) -> Any:
        if size == 0:
            with suppress(SocketError):
                right.recv(sock, 1, at_once)
        return call(sock, size)

    return {"read": read_}


def _readv(call: Wrong, sock: Handle, sizes: Any) -> Any:
    return call(sock, sizes)[::-1]


def _writev(call: Wrong, sock: Handle, parts: Any) -> Any:
    return call(sock, parts[::-1])


def _sendfile(call: Wrong, sock: Handle, file: Handle, offset: Any, count: int) -> Any:
    return call(sock, file, (offset or 0) + 1, count)


def _address_numbers(call: Wrong, sock: Handle) -> Any:
    told = call(sock)
    if not isinstance(told, Inet6):
        return told
    return replace(told, flowinfo=told.flowinfo + 1, scope_id=told.scope_id + 1)


def _scope_of_first(call: Wrong, sock: Handle, address: Any) -> Any:
    is_local = isinstance(address, Inet6) and address.host.startswith("fe80")
    return call(sock, replace(address, scope_id=1) if is_local else address)


def _rounded_port(call: Wrong, sock: Handle) -> Any:
    told = call(sock)
    return replace(told, port=told.port & 0xE000) if getattr(told, "port", 0) else told


def _one_protocol(right: Backend) -> Mapping[str, Wrong]:
    """A port that a socket of another type has had is in use."""
    types: dict[int, int] = {}

    def bind(call: Wrong, sock: Handle, address: Any) -> Any:
        port, type = getattr(address, "port", 0), read(right, sock, "SO_TYPE")
        if port and types.get(port, type) != type:
            raise error("EADDRINUSE", "bind")
        done = call(sock, address)
        if named := getattr(right.local_addr(sock), "port", 0):
            types[named] = type
        return done

    return {"bind": bind}


def faults() -> Iterator[Fault]:
    """The tables."""
    for name, says in (
        ("FIONBIO", (f"{_IOCTL}.fionbio", f"{_IOCTL}.fionbio-effect")),
        ("FIOASYNC", (f"{_IOCTL}.fioasync",)),
        ("SIOCOUTQ", (f"{_IOCTL}.unsent",)),
    ):
        zeros = name == "SIOCOUTQ"
        does = f"ioctl() {'fills in zeros' if zeros else 'does nothing'} for {name}"
        yield Fault(f"seldom/ioctl/{name}", does, says, _request(name, zeros=zeros))
    for level, name in ((_IP, "IP_MTU"), (_IPV6, "IPV6_MTU")):
        yield Fault(
            f"seldom/{name}/reads-zero",
            f"{name}: it reads as 0",
            (f"{_EFFECT}.path-mtu",),
            returns(zero, option(level, name), "getsockopt"),
            (("getsockopt", level, name),),
        )
    for name, does, rules, make in (
        (
            "getsockopt/no-room",
            "an option cannot be read into no room",
            ("options.length.read-zero",),
            fails("EINVAL", _no_room, "getsockopt"),
        ),
        (
            "getsockopt/connected",
            "an option of IP or TCP cannot be read of a connected socket",
            ("options.state.read",),
            fails("EINVAL", _of_ip_connected, "getsockopt"),
        ),
        (
            "setsockopt/connected",
            "an option cannot be set on a connected socket",
            ("contracts.connect.options-after",),
            fails("EISCONN", connected, "setsockopt"),
        ),
        (
            "setsockopt/duplicates",
            "an option that is set on a duplicate is set there alone",
            ("options.state.duplicate",),
            _duplicates_apart,
        ),
        (
            "adopt/another",
            "a descriptor that is given becomes another socket",
            (
                *("contracts.tcp-socket.from-raw-fd", "contracts.tcp-socket.from-std-stream"),
                *("creation.descriptor.as-std", "creation.descriptor.ownership"),
            ),
            _another_adopted,
        ),
        (
            "new/streams-of-v4",
            "a stream socket is always one of IPv4",
            ("contracts.tcp-socket.kind",),
            _streams_of_v4,
        ),
        (
            "raw/last-byte",
            "a call changes the last byte of a buffer",
            ("data.buffer.behind-count", "data.buffer.never-beyond-size"),
            instead(raw_call=_last_byte_changed),
        ),
        (
            "raw/lost",
            "what cannot be stored is gone",
            (
                "state.bad-pointer.data-after-receive",
                "state.bad-pointer.connection-after-accept",
            ),
            _lost_by_bad_pointer,
        ),
        (
            "flags/unknown-refused",
            "an unknown flag fails with EINVAL",
            ("data.flags.unknown",),
            instead(recv=_unknown_refused("recv"), send=_unknown_refused("send")),
        ),
        (
            "recv/end-once",
            "the end of a stream wakes one of those who wait",
            ("readiness.together.end-of-stream",),
            _end_once,
        ),
        (
            "recv/urgent-at-end",
            "a NUL is received as urgent at the end of a stream",
            ("urgent.receive.absent-at-end",),
            answers("EINVAL", b"\0", "recv", when=_urgent_at_end),
        ),
        (
            "flags/returned",
            "recvmsg() returns the flags that it was called with",
            ("data.flags.returned",),
            instead(recvmsg=_flags_returned),
        ),
        (
            "read/always",
            "a read of no bytes takes a byte, or a datagram",
            ("data.read-write.reads-nothing",),
            _reads_always,
        ),
        (
            "readv/reversed",
            "readv() fills its buffers in reverse",
            ("data.read-write.readv-fills-in-order",),
            instead(readv=_readv),
        ),
        (
            "writev/reversed",
            "writev() sends its buffers in reverse",
            ("data.read-write.writev-gathers-in-order",),
            instead(writev=_writev),
        ),
        (
            "sendfile/offset",
            "sendfile() begins a byte too late",
            ("data.read-write.sendfile-sends-content",),
            instead(sendfile=_sendfile),
        ),
        (
            "names/other-numbers",
            "an IPv6 address has another scope and other flow information",
            ("state.ipv6-scope.flow-information", "state.ipv6-scope.not-link-local"),
            instead(local_addr=_address_numbers, peer_addr=_address_numbers),
        ),
        (
            "names/scope-of-first",
            "a link-local address has always the scope of the first interface",
            ("state.ipv6-scope.missing", "state.ipv6-scope.unknown"),
            instead(bind=_scope_of_first, connect=_scope_of_first),
        ),
        (
            "names/rounded-port",
            "a port is told in units of 8192",
            ("state.reuse.port-zero",),
            instead(local_addr=_rounded_port),
        ),
        (
            "bind/one-protocol",
            "a port cannot be bound for two protocols",
            ("state.reuse.protocols-apart",),
            _one_protocol,
        ),
    ):
        yield Fault(f"seldom/{name}", does, rules, make)
