"""Which features a call uses: a case needs what it uses, whether it declares it or not.

Where a feature is missing, a call that uses it and fails says nothing of the rule: neither
is it a failed arrangement, nor a behaviour.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Unix
from sockspec.errors import UnmetNeed
from sockspec.run import ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sockspec.backend import Backend
    from sockspec.backends.trace import Call

__all__ = ["SHOWN", "families", "refuser", "uses"]

_FAMILIES = {"AF_INET": "ipv4", "AF_INET6": "ipv6", "AF_UNIX": "unix"}
_UNIX_TYPES = {"SOCK_DGRAM": "unix-dgram", "SOCK_SEQPACKET": "seqpacket"}

_OPTIONS = {
    ("SOL_SOCKET", "SO_REUSEPORT"): "reuse-port",
    ("SOL_SOCKET", "SO_BINDTODEVICE"): "device",
    **{
        ("IPPROTO_IP", f"IP_{name}"): "multicast-v4"
        for name in (
            *("ADD_MEMBERSHIP", "DROP_MEMBERSHIP", "ADD_SOURCE_MEMBERSHIP"),
            *("DROP_SOURCE_MEMBERSHIP", "MULTICAST_IF"),
        )
    },
    **{
        ("IPPROTO_IPV6", f"IPV6_{name}"): "multicast-v6"
        for name in (
            *("ADD_MEMBERSHIP", "DROP_MEMBERSHIP", "JOIN_GROUP", "LEAVE_GROUP"),
            "MULTICAST_IF",
        )
    },
}

_PRIMITIVES = {
    **{name: name for name in ("pair", "sockatmark", "accept4", "sendfile")},
    **{name: name for name in ("select", "pselect", "ppoll")},
    **dict.fromkeys(("epoll_create", "epoll_ctl", "epoll_wait"), "epoll"),
    **dict.fromkeys(("kqueue", "kevent"), "kqueue"),
    "raw_call": "raw-call",
    **dict.fromkeys(("read", "write"), "read-write"),
    **dict.fromkeys(("readv", "writev"), "vectors"),
    **dict.fromkeys(("recvmmsg", "sendmmsg"), "batches"),
    **dict.fromkeys(("file", "pipe"), "no-sockets"),
}

# A backend may have functions of the documents itself.
_FUNCTIONS = {
    "pair": "pair",
    "new_v4": "ipv4",
    "new_v6": "ipv6",
    "set_only_v6": "dual-stack",
    "set_reuse_port": "reuse-port",
    "set_reuseport": "reuse-port",
    "bind_device": "device",
    "send_out_of_band": "oob",
    "recv_out_of_band": "oob",
    **{
        f"{verb}_{what}": f"multicast-{what.split('_')[1]}"
        for verb in ("join", "leave")
        for what in ("multicast_v4", "multicast_v4_n", "ssm_v4", "multicast_v6")
    },
}

_FLAGS_AT = {"recv": 2, "recv_length": 2, "recvfrom": 2, "recvmsg": 3, "send": 2}
_FLAGS_AT |= {"sendto": 2, "sendmsg": 3}


SHOWN = frozenset(
    {*_FAMILIES.values(), *_UNIX_TYPES.values(), *_OPTIONS.values(), *_FUNCTIONS.values()}
    | {*_PRIMITIVES.values(), "ioctl", "poll-priority", "other-loopback"}
    | {"unix-autobind", "unix-abstract", ports.FEATURE}
)
"""The features that a call can use whether its case declares them or not."""


def refuser(backend: Backend, missing: Mapping[str, str]) -> Callable[[Call], None] | None:
    """What raises `UnmetNeed` for a call that failed and uses what is `missing`.

    None where no call would show it.
    """
    if not SHOWN & missing.keys():
        return None

    def refuse(call: Call) -> None:
        for feature in uses(call, backend):
            if feature in missing:
                raise UnmetNeed(feature, missing[feature]) from call.error

    return refuse


def uses(call: Call, backend: Backend) -> Iterator[str]:
    """The features that a call cannot do without."""
    number, arguments = backend.constant, call.arguments
    name = call.primitive.rpartition(".")[2]
    if name != call.primitive and name in _FUNCTIONS:
        yield _FUNCTIONS[name]
    if call.primitive in _PRIMITIVES:
        yield _PRIMITIVES[call.primitive]
    if name in {"new", "new_raw", "pair"} and len(arguments) > 1:
        yield from _of_kind(number, *arguments[:2])
    if call.primitive in {"getsockopt", "setsockopt"}:
        yield from _of_option(number, *arguments[1:4])
    if call.primitive == "ioctl" and arguments[1] == number("FIONREAD"):
        yield "ioctl"
    if call.primitive == "poll":
        urgent = number("POLLPRI")
        if urgent and any(events & urgent for _, events in arguments[0]):
            yield "poll-priority"
    at = _FLAGS_AT.get(call.primitive)
    if at is not None and len(arguments) > at and arguments[at] & (number("MSG_OOB") or 0):
        yield "oob"
    for each in arguments:
        yield from families(each)
    if ports.ran_out(call):
        yield ports.FEATURE


def _of_kind(number: Callable[[str], int | None], family: Any, type: Any) -> Iterator[str]:
    yield from (name for symbol, name in _FAMILIES.items() if family == number(symbol))
    if family == number("AF_UNIX"):
        yield from (name for symbol, name in _UNIX_TYPES.items() if type == number(symbol))


def _of_option(
    number: Callable[[str], int | None], level: Any, option: Any, value: Any
) -> Iterator[str]:
    for (of, symbol), name in _OPTIONS.items():
        if (level, option) == (number(of), number(symbol)):
            yield name
    is_off = isinstance(value, bytes) and not any(value)
    if is_off and (level, option) == (number("IPPROTO_IPV6"), number("IPV6_V6ONLY")):
        yield "dual-stack"


def families(address: Any) -> Iterator[str]:
    """The features without which an address says nothing; none for what is no address."""
    match address:
        case Inet6(host) if IPv6Address(host.partition("%")[0]).ipv4_mapped is None:
            yield "ipv6"
        case Inet6():
            yield "dual-stack"
        case Inet(host):
            yield "ipv4"
            if host.startswith("127.") and host != "127.0.0.1":
                yield "other-loopback"
        case Unix(b""):
            yield "unix-autobind"
        case Unix(path) if path.startswith(b"\0"):
            yield "unix-abstract"
