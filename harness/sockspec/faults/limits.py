"""What is refused although it is right, and values that have another length or another bound."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Unix
from sockspec.faults.fault import Fault, error, instead, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Touch, Wrong

__all__ = ["faults"]


def _refuses(primitive: str, symbol: str, which: Callable[[Any], bool]) -> Make:
    """The primitive fails for an address for which `which` is true."""

    def refused(call: Wrong, sock: Handle, address: Any) -> Any:
        if which(address):
            raise error(symbol, primitive)
        return call(sock, address)

    return instead(**{primitive: refused})


def _is_multicast(address: Any) -> bool:
    if isinstance(address, Inet):
        return 224 <= int(address.host.partition(".")[0] or 0) < 240
    return isinstance(address, Inet6) and address.host.lower().startswith("ff")


def _is_other_loopback(address: Any) -> bool:
    return (
        isinstance(address, Inet)
        and address.host.startswith("127.")
        and address.host != "127.0.0.1"
    )


def _is_abstract(address: Any) -> bool:
    return isinstance(address, Unix) and address.path.startswith(b"\0")


def _renamed(primitive: str, change: Callable[[bytes], bytes]) -> Make:
    """Abstract names are changed on their way in."""

    def named(call: Wrong, sock: Handle, address: Any) -> Any:
        if _is_abstract(address):
            address = Unix(change(address.path))
        return call(sock, address)

    return instead(**{primitive: named})


def _kinds(symbol: str, which: Callable[[dict[str, int], tuple[int, int, int]], bool]) -> Make:
    """Sockets for which `which` is true, of numbers by symbol and the arguments, are refused."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        names = ("AF_INET6", "SOCK_DGRAM", "SOCK_SEQPACKET")
        known = dict(zip(names, numbers(right, *names), strict=True))

        def new(call: Wrong, family: int, type: int, protocol: int = 0) -> Handle:
            if which(known, (family, type, protocol)):
                raise error(symbol, "new")
            return call(family, type, protocol)

        return {"new": new}

    return make


def _read(change: Callable[[bytes, int], bytes], symbol: str = "EINVAL") -> Make:
    """What getsockopt returns goes through `change`, with the length of the buffer.

    What it raises `ValueError` for is refused.
    """

    def getsockopt(call: Wrong, sock: Handle, level: int, name: int, size: int) -> bytes:
        told = call(sock, level, name, size)
        try:
            return change(told, size)
        except ValueError:
            raise error(symbol, "getsockopt") from None

    return instead(getsockopt=getsockopt)


def _only_whole(told: bytes, size: int) -> bytes:
    if size < 4:
        raise ValueError(size)
    return told


def _only_exact(told: bytes, size: int) -> bytes:
    if size > len(told):
        raise ValueError(size)
    return told


def _written(level: str, name: str, change: Callable[[bytes], bytes | None]) -> Make:
    """The option is set to what `change` makes of a value, and not at all where that is None."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            put = change(value) if (at, option) == which else value
            if put is not None:
                call(sock, at, option, put)

        return {"setsockopt": setsockopt}

    return make


def _told(level: str, name: str, change: Callable[[bytes], bytes]) -> Make:
    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def getsockopt(call: Wrong, sock: Handle, at: int, option: int, size: int) -> bytes:
            told = bytes(call(sock, at, option, size))
            return change(told) if (at, option) == which else told

        return {"getsockopt": getsockopt}

    return make


def _refused(level: str, name: str, symbol: str) -> Make:
    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            if (at, option) == which:
                raise error(symbol, "setsockopt")
            call(sock, at, option, value)

        return {"setsockopt": setsockopt}

    return make


def _modulo(value: bytes) -> bytes:
    if len(value) != 4:
        return value
    (size,) = struct.unpack("=i", value)
    return struct.pack("=i", size % 65536 if size > 0 else size)


_BIND = ("state.bind",)
_NAMES = ("state.unix-abstract", "state.unix-names", "state.unix")
_DEVICE = ("contracts.tcp-socket-options.device", "options")
_LENGTHS = ("options",)

_ADDRESSES: tuple[tuple[str, str, tuple[str, ...], Make], ...] = (
    (
        "bind/multicast-refused",
        "bind() refuses a multicast address",
        (*_BIND, "data.multicast"),
        _refuses("bind", "EADDRNOTAVAIL", _is_multicast),
    ),
    (
        "bind/other-loopback-refused",
        "bind() knows 127.0.0.1 alone of 127.0.0.0/8",
        _BIND,
        _refuses("bind", "EADDRNOTAVAIL", _is_other_loopback),
    ),
    (
        "bind/path-of-90",
        "bind() refuses a path of more than 90 bytes",
        ("state.unix-length",),
        _refuses(
            "bind",
            "EINVAL",
            lambda each: isinstance(each, Unix) and len(each.path) > 90,
        ),
    ),
    (
        "bind/abstract-refused",
        "bind() refuses an abstract name",
        _NAMES,
        _refuses("bind", "EINVAL", _is_abstract),
    ),
    (
        "bind/abstract-ends-at-nul",
        "an abstract name ends before its last NULs",
        _NAMES,
        _renamed("bind", lambda path: b"\0" + path[1:].rstrip(b"\0")),
    ),
    (
        "bind/abstract-is-path",
        "an abstract name is bound as a path",
        _NAMES,
        _renamed("bind", lambda path: path[1:]),
    ),
    (
        "connect/abstract-refused",
        "connect() does not find an abstract name",
        _NAMES,
        _refuses("connect", "ECONNREFUSED", _is_abstract),
    ),
)

_SOCKETS: tuple[
    tuple[str, str, str, Callable[[dict[str, int], tuple[int, int, int]], bool]], ...
] = (
    (
        "protocol-refused",
        "socket() takes no protocol but 0",
        "EPROTONOSUPPORT",
        lambda _known, asked: asked[2] != 0,
    ),
    (
        "seqpacket-refused",
        "socket() does not know SOCK_SEQPACKET",
        "EPROTONOSUPPORT",
        lambda known, asked: asked[1] == known["SOCK_SEQPACKET"],
    ),
    (
        "dgram-refused",
        "socket() does not know SOCK_DGRAM",
        "EPROTONOSUPPORT",
        lambda known, asked: asked[1] == known["SOCK_DGRAM"],
    ),
    (
        "inet6-refused",
        "socket() does not know AF_INET6",
        "EAFNOSUPPORT",
        lambda known, asked: asked[0] == known["AF_INET6"],
    ),
)

_READING: tuple[tuple[str, str, Make], ...] = (
    ("short-refused", "a buffer shorter than an int is refused", _read(_only_whole)),
    ("long-refused", "a buffer longer than the value is refused", _read(_only_exact)),
    ("padded", "the whole buffer is filled", _read(lambda told, size: told.ljust(size, b"\0"))),
    ("one-less", "the last byte is missing", _read(lambda told, _size: told[:-1])),
    (
        "short-is-empty",
        "nothing is returned in a short buffer",
        _read(lambda told, size: told if size >= 4 else b""),
    ),
    (
        "short-in-reverse",
        "a short buffer has the last bytes, not the first",
        _read(lambda told, size: told if size >= 4 else bytes(size)),
    ),
    (
        "byte",
        "a small value is one byte",
        _read(lambda told, _size: told[:1] if len(told) == 4 and not any(told[1:]) else told),
    ),
)

_SET: tuple[tuple[str, str, str, str, tuple[str, ...], Make], ...] = (
    (
        *("IPPROTO_IP", "IP_ADD_MEMBERSHIP", "refused", "joining a group fails"),
        ("data.multicast",),
        _refused("IPPROTO_IP", "IP_ADD_MEMBERSHIP", "EOPNOTSUPP"),
    ),
    (
        *("IPPROTO_IP", "IP_ADD_MEMBERSHIP", "ignored", "joining a group does nothing"),
        ("data.multicast", "contracts.multicast"),
        _written("IPPROTO_IP", "IP_ADD_MEMBERSHIP", lambda _value: None),
    ),
    (
        *("IPPROTO_IP", "IP_DROP_MEMBERSHIP", "ignored", "leaving a group does nothing"),
        ("data.multicast", "contracts.multicast"),
        _written("IPPROTO_IP", "IP_DROP_MEMBERSHIP", lambda _value: None),
    ),
    (
        *("IPPROTO_IPV6", "IPV6_JOIN_GROUP", "refused", "joining a group fails"),
        ("data.multicast", "contracts.multicast"),
        _refused("IPPROTO_IPV6", "IPV6_JOIN_GROUP", "EOPNOTSUPP"),
    ),
    (
        *("SOL_SOCKET", "SO_BINDTODEVICE", "ignored", "binding to a device does nothing"),
        _DEVICE,
        _written("SOL_SOCKET", "SO_BINDTODEVICE", lambda _value: None),
    ),
    (
        *("SOL_SOCKET", "SO_BINDTODEVICE", "kept", "a binding to a device stays"),
        _DEVICE,
        _written("SOL_SOCKET", "SO_BINDTODEVICE", lambda value: value.strip(b"\0") or None),
    ),
    (
        *("SOL_SOCKET", "SO_RCVBUF", "modulo", "only the last 16 bits of a size count"),
        ("options.buffer", "contracts.buffer-size"),
        _written("SOL_SOCKET", "SO_RCVBUF", _modulo),
    ),
    (
        *("SOL_SOCKET", "SO_SNDBUF", "modulo", "only the last 16 bits of a size count"),
        ("options.buffer", "contracts.buffer-size"),
        _written("SOL_SOCKET", "SO_SNDBUF", _modulo),
    ),
)

_ON = struct.pack("=ii", 1, 7)
_LONG = struct.pack("=qq", 20, 0)

_FRESH: tuple[tuple[str, str, str, tuple[str, ...], Callable[[bytes], bytes]], ...] = (
    (
        *("SO_LINGER", "default-on", "it is on where nobody set it"),
        ("options.linger", "contracts.linger"),
        lambda told: told if any(told) else _ON[: len(told)],
    ),
    (
        *("SO_RCVTIMEO", "default-20", "it is 20 s where nobody set it"),
        ("options.timeout", "contracts.timeout"),
        lambda told: told if any(told) else _LONG[: len(told)],
    ),
    (
        *("SO_SNDTIMEO", "default-20", "it is 20 s where nobody set it"),
        ("options.timeout", "contracts.timeout"),
        lambda told: told if any(told) else _LONG[: len(told)],
    ),
    (
        *("SO_ERROR", "never-zero", "there is an error where nothing failed"),
        ("options.error", "contracts.take-error"),
        lambda told: told if any(told) else struct.pack("=i", 104)[: len(told)],
    ),
)


def faults() -> Iterator[Fault]:
    """The table."""
    for name, does, rules, make in _ADDRESSES:
        yield Fault(f"limits/{name}", does, rules, make)
    for name, does, symbol, which in _SOCKETS:
        yield Fault(f"limits/new/{name}", does, ("creation", "state"), _kinds(symbol, which))
    for name, does, make in _READING:
        yield Fault(f"limits/getsockopt/{name}", f"getsockopt(): {does}", _LENGTHS, make)
    for level, option, how, does, rules, make in _SET:
        touch: Touch = ("setsockopt", level, option)
        yield Fault(f"limits/{option}/{how}", f"{option}: {does}", rules, make, (touch,))
    for option, how, does, rules, change in _FRESH:
        touch = ("getsockopt", "SOL_SOCKET", option)
        yield Fault(
            f"limits/{option}/{how}",
            f"{option}: {does}",
            rules,
            _told("SOL_SOCKET", option, change),
            (touch,),
        )
