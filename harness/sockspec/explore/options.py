"""The options that programs set and read, and what Linux makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec.explore.outcome import Answer, anything, fails, returns

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.explore.sock import Sock

__all__ = ["OPTIONS", "Option", "getting", "setting"]

_ANY = None  # a default that depends on the machine


@dataclass(frozen=True, slots=True)
class Option:
    """`kind` says how it is stored; `values` are those that programs set.

    `reads` is what Linux reads back, by what was set and what it was before.
    """

    level: str
    name: str
    kind: str  # int, linger, time, read-only, error
    values: tuple[Any, ...] = ()
    default: Any = _ANY
    has: Callable[[Sock], bool] = lambda _: True
    reads: Callable[[Any, Any], Any] = lambda value, _: value


def _truth(value: Any, _: Any) -> int:
    return int(value != 0)


def _linger(value: Any, before: Any) -> Any:
    # Linux keeps the time when it is turned off: net/core/sock.c, sk_setsockopt.
    return value if value[0] else (0, before[1])


def _tcp(sock: Sock) -> bool:
    return sock.is_inet and sock.type == "stream"


def _udp(family: str) -> Callable[[Sock], bool]:
    return lambda sock: sock.family == family and sock.type == "dgram"


def _of(family: str) -> Callable[[Sock], bool]:
    return lambda sock: sock.family == family


# Multiples of a tick, whichever of Linux's rates it has: 100, 250, 300 or 1000 a second.
_TIMES = ((0, 0), (30, 0), (1, 200_000), (0, 500_000))
_LINGERS = ((0, 0), (1, 0), (1, 5), (1, 1), (0, 7))
_SIZES = (50_000, 65_536, 100_000)
_OCTETS = (1, 64, 128, 255)
_CLASSES = (0, 8, 16, 184)

OPTIONS = {
    each.name: each
    for each in (
        Option("SOL_SOCKET", "SO_KEEPALIVE", "int", (0, 1, 7), 0, reads=_truth),
        Option("SOL_SOCKET", "SO_REUSEADDR", "int", (0, 1), 0, reads=_truth),
        Option("SOL_SOCKET", "SO_BROADCAST", "int", (0, 1, 7), 0, reads=_truth),
        Option("SOL_SOCKET", "SO_OOBINLINE", "int", (0, 1), 0, reads=_truth),
        Option("SOL_SOCKET", "SO_LINGER", "linger", _LINGERS, (0, 0), reads=_linger),
        Option("SOL_SOCKET", "SO_RCVTIMEO", "time", _TIMES, (0, 0)),
        Option("SOL_SOCKET", "SO_SNDTIMEO", "time", _TIMES, (0, 0)),
        # socket(7): the kernel doubles the value, to allow space for bookkeeping overhead.
        Option("SOL_SOCKET", "SO_RCVBUF", "int", _SIZES, reads=lambda value, _: 2 * value),
        Option("SOL_SOCKET", "SO_SNDBUF", "int", _SIZES, reads=lambda value, _: 2 * value),
        Option("SOL_SOCKET", "SO_TYPE", "read-only"),
        Option("SOL_SOCKET", "SO_DOMAIN", "read-only"),
        Option("SOL_SOCKET", "SO_PROTOCOL", "read-only"),
        Option("SOL_SOCKET", "SO_ACCEPTCONN", "read-only"),
        Option("SOL_SOCKET", "SO_ERROR", "error"),
        Option("IPPROTO_TCP", "TCP_NODELAY", "int", (0, 1), 0, _tcp, _truth),
        Option("IPPROTO_TCP", "TCP_KEEPIDLE", "int", (1, 60, 32767), _ANY, _tcp),
        Option("IPPROTO_TCP", "TCP_KEEPINTVL", "int", (1, 60, 32767), _ANY, _tcp),
        Option("IPPROTO_TCP", "TCP_KEEPCNT", "int", (1, 5, 127), _ANY, _tcp),
        Option("IPPROTO_IP", "IP_TTL", "int", _OCTETS, _ANY, _of("v4")),
        Option("IPPROTO_IP", "IP_TOS", "int", _CLASSES, 0, _of("v4")),
        Option("IPPROTO_IP", "IP_MULTICAST_TTL", "int", (0, *_OCTETS), 1, _udp("v4")),
        Option("IPPROTO_IP", "IP_MULTICAST_LOOP", "int", (0, 1), 1, _udp("v4"), _truth),
        Option("IPPROTO_IPV6", "IPV6_UNICAST_HOPS", "int", _OCTETS, _ANY, _of("v6")),
        Option("IPPROTO_IPV6", "IPV6_TCLASS", "int", _CLASSES, 0, _of("v6")),
        Option("IPPROTO_IPV6", "IPV6_MULTICAST_HOPS", "int", (0, *_OCTETS), 1, _udp("v6")),
        Option("IPPROTO_IPV6", "IPV6_MULTICAST_LOOP", "int", (0, 1), 1, _udp("v6"), _truth),
        Option("IPPROTO_IPV6", "IPV6_V6ONLY", "int", (0, 1), _ANY, _of("v6"), _truth),
    )
}

_OVER = {"reset", "refused", "over", "dissolved"}

UNKNOWN = Option("SOL_SOCKET", "9999", "int", (1,))
"""A number that no option has."""

_MISSING = ("ENOPROTOOPT", "EOPNOTSUPP")


def _lacking(sock: Sock, option: Option) -> list[Answer] | None:
    # Which options of IP a stream has, or IPv6 of IPv4's, is not modelled.
    if (
        sock.is_inet
        and option.level != "IPPROTO_TCP"
        and (sock.family, option.level)
        != (
            "v4",
            "IPPROTO_IPV6",
        )
    ):
        return None
    return [fails(each) for each in _MISSING]


def getting(sock: Sock, option: Option, facts: dict[str, Any]) -> list[Answer] | None:
    """What getsockopt() may return; `facts` are the values of read-only options."""
    if option is UNKNOWN:
        return [fails("ENOPROTOOPT")]
    if not option.has(sock):
        return _lacking(sock, option)
    if option.kind == "error":
        return [returns(sock.error or 0, sock.take_error)]
    if option.kind == "read-only":
        return [returns(facts[option.name])]
    value = sock.options.get(option.name, option.default)
    if value is _ANY:
        return [anything("returns a number", lambda seen: isinstance(seen, int) and seen >= 0)]
    return [returns(value)]


def setting(sock: Sock, option: Option, value: Any) -> list[Answer] | None:
    """What setsockopt() may do."""
    if option is UNKNOWN or option.kind in {"read-only", "error"}:
        return [fails("ENOPROTOOPT")]
    if not option.has(sock):
        return _lacking(sock, option)
    before = sock.options.get(option.name, option.default)

    def put() -> None:
        sock.options[option.name] = option.reads(value, before)

    if option.name == "IPV6_V6ONLY" and sock.name[1] is not None:
        # A connection that is over may have lost the name that the system gave it.
        over = [returns(None, put)] if sock.state() in _OVER else []
        return [fails("EINVAL"), *over]
    return [returns(None, put)]
