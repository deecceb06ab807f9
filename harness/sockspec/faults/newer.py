"""Options that one system has, and those of newer functions: ignored, accepted or shared."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Touch, Wrong

__all__ = ["faults"]

_IP, _IPV6, _TCP, _SOCKET = "IPPROTO_IP", "IPPROTO_IPV6", "IPPROTO_TCP", "SOL_SOCKET"


def _sets(level: str, name: str, *, never: bool) -> Make:
    """Setting the option succeeds: it is `never` tried, or what refuses it is not reported."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            if (at, option) != which:
                call(sock, at, option, value)
            elif not never:
                with suppress(SocketError):
                    call(sock, at, option, value)

        return {"setsockopt": setsockopt}

    return make


def _shared_cookie(right: Backend) -> Mapping[str, Wrong]:
    """Every socket has the cookie that was read first."""
    which = tuple(numbers(right, _SOCKET, "SO_COOKIE"))
    first: list[bytes] = []

    def getsockopt(call: Wrong, sock: Handle, at: int, option: int, size: int) -> bytes:
        told = bytes(call(sock, at, option, size))
        if (at, option) != which:
            return told
        first.append(told)
        return first[0]

    return {"getsockopt": getsockopt}


def _reads_first(primitive: str) -> Make:
    """The primitive reads from what is no socket, and fails as it has to."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def receives(call: Wrong, sock: Handle, *arguments: Any) -> Any:
            try:
                return call(sock, *arguments)
            except SocketError as refused:
                if refused.symbol == "ENOTSOCK":
                    right.read(sock, 1)
                raise

        return {primitive: receives}

    return make


_EFFECT, _NEWER, _QUEUE = "options.effect", "contracts.newer", "data.error-queue"
_OUTGOING = ("options.multicast.unknown-outgoing",)

_TABLE: tuple[tuple[str, str, bool, str, tuple[str, ...]], ...] = (
    (
        *(_TCP, "TCP_CONGESTION", True),
        "setting it does nothing",
        (f"{_EFFECT}.congestion-control", f"{_NEWER}.congestion"),
    ),
    (
        *(_TCP, "TCP_CONGESTION", False),
        "a name that nothing has is accepted",
        (f"{_EFFECT}.congestion-control", f"{_NEWER}.congestion"),
    ),
    (
        *(_TCP, "TCP_QUICKACK", True),
        "setting it does nothing",
        (f"{_NEWER}.quick-acknowledgment",),
    ),
    (*(_SOCKET, "SO_PRIORITY", True), "setting it does nothing", (f"{_NEWER}.number",)),
    (*(_SOCKET, "SO_LOCK_FILTER", True), "it locks nothing", (f"{_EFFECT}.lock-filter",)),
    (*(_IP, "IP_MULTICAST_IF", False), "an address that nothing has is accepted", _OUTGOING),
    (*(_IPV6, "IPV6_MULTICAST_IF", False), "an unknown index is accepted", _OUTGOING),
)


# level, option, the rules of what it does
_IGNORED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (_TCP, "TCP_CORK", (f"{_EFFECT}.cork", "contracts.newer.flag")),
    (_TCP, "TCP_DEFER_ACCEPT", (f"{_EFFECT}.defer-accept",)),
    (_TCP, "TCP_SAVE_SYN", (f"{_EFFECT}.saved-syn",)),
    (_IP, "IP_FREEBIND", (f"{_EFFECT}.freebind", "contracts.newer.flag")),
    (_IP, "IP_BIND_ADDRESS_NO_PORT", (f"{_EFFECT}.no-port",)),
    (_IP, "IP_LOCAL_PORT_RANGE", (f"{_EFFECT}.port-range",)),
    (_IP, "IP_BLOCK_SOURCE", ("options.multicast.blocked-source",)),
    (_IP, "IP_ADD_SOURCE_MEMBERSHIP", ("contracts.newer.source-group",)),
    (_IPV6, "IPV6_ADDRFORM", (f"{_EFFECT}.address-form",)),
    (_SOCKET, "SO_PEEK_OFF", (f"{_EFFECT}.peek-offset",)),
    (_SOCKET, "SO_REUSEPORT", ("state.port-sharing.two-listeners",)),
    (_SOCKET, "SO_ZEROCOPY", (f"{_QUEUE}.zero-copy",)),
    *(
        (
            level,
            name,
            tuple(
                f"{_QUEUE}.{each}"
                for each in (
                    *("address", "events", "flag", "payload", "pending", "record"),
                    "unconnected",
                )
            ),
        )
        for level, name in ((_IP, "IP_RECVERR"), (_IPV6, "IPV6_RECVERR"))
    ),
)


def faults() -> Iterator[Fault]:
    """The table."""
    for level, name, never, does, rules in _TABLE:
        how = "ignored" if never else "accepted"
        touch: Touch = ("setsockopt", level, name)
        make = _sets(level, name, never=never)
        yield Fault(f"newer/{name}/{how}", f"{name}: {does}", rules, make, (touch,))
    for level, name, rules in _IGNORED:
        yield Fault(
            f"newer/{name}/ignored",
            f"{name}: setting it does nothing",
            rules,
            _sets(level, name, never=True),
            (("setsockopt", level, name),),
        )
    yield Fault(
        "newer/SO_COOKIE/shared",
        "SO_COOKIE: every socket has the same",
        (f"{_NEWER}.cookie", f"{_EFFECT}.cookie"),
        _shared_cookie,
        (("getsockopt", _SOCKET, "SO_COOKIE"),),
    )
    for primitive in ("recv", "recvmsg"):
        yield Fault(
            f"newer/{primitive}/reads-files",
            f"{primitive} takes a byte from a file before it fails with ENOTSOCK",
            ("state.no-socket.left-alone",),
            _reads_first(primitive),
            ((primitive, "ENOTSOCK"),),
        )
