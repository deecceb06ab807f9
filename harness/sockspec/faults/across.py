"""What is wrong across a link alone: the interface of a group, scopes, a listener's queue."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet6
from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, instead, numbers
from sockspec.network import links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults"]

_RECEIVED, _LOCAL, _CONNECTING = "wire.multicast-received", "wire.link-local", "wire.connecting"


def _joins(v4: bytes, v6: int) -> Make:
    """A group is joined on another interface than the one that is named."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        old = tuple(numbers(right, "IPPROTO_IP", "IP_ADD_MEMBERSHIP"))
        new = tuple(numbers(right, "IPPROTO_IPV6", "IPV6_JOIN_GROUP"))

        def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
            if (level, name) == old:
                value = value[:4] + v4 + value[8:]
            elif (level, name) == new:
                value = value[:16] + v6.to_bytes(4, right.byte_order)
            return call(sock, level, name, value)

        return {"setsockopt": setsockopt}

    return make


def _joins_everywhere(right: Backend) -> Mapping[str, Wrong]:
    """A group is joined on every interface."""
    old = tuple(numbers(right, "IPPROTO_IP", "IP_ADD_MEMBERSHIP"))
    new = tuple(numbers(right, "IPPROTO_IPV6", "IPV6_JOIN_GROUP"))

    def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
        for at in (links.NEAR, links.SECOND[links.NEAR], links.THIRD[links.NEAR]):
            with suppress(SocketError):
                if (level, name) == old:
                    parts = bytes(int(each) for each in at.v4.split("."))
                    call(sock, level, name, value[:4] + parts + value[8:])
                elif (level, name) == new:
                    call(sock, level, name, value[:16] + at.index.to_bytes(4, right.byte_order))
        if (level, name) not in {old, new}:
            call(sock, level, name, value)

    return {"setsockopt": setsockopt}


def _source_as_any(right: Backend) -> Mapping[str, Wrong]:
    """A group that is joined for one source is joined for all."""
    ip, one, every = numbers(
        right, "IPPROTO_IP", "IP_ADD_SOURCE_MEMBERSHIP", "IP_ADD_MEMBERSHIP"
    )
    six, some, group = numbers(
        right, "IPPROTO_IPV6", "MCAST_JOIN_SOURCE_GROUP", "MCAST_JOIN_GROUP"
    )

    def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
        if (level, name) == (ip, one):
            return call(sock, level, every, value[:8])
        if (level, name) == (six, some):
            return call(sock, level, group, value[: 8 + 128])
        return call(sock, level, name, value)

    return {"setsockopt": setsockopt}


def _is_local(address: Any) -> bool:
    return isinstance(address, Inet6) and address.host.startswith("fe80:")


def _scopes(change: Callable[[int], int]) -> Make:
    """The scope of an address of one link is another one, wherever it is given."""

    def at(place: int) -> Wrong:
        def wrong(call: Wrong, *arguments: Any) -> Any:
            given = list(arguments)
            if _is_local(given[place]):
                given[place] = replace(given[place], scope_id=change(given[place].scope_id))
            return call(*given)

        return wrong

    return instead(bind=at(1), connect=at(1), sendto=at(3))


def _unnamed(_right: Backend) -> Mapping[str, Wrong]:
    """Names of sockets have no scope."""

    def bare(told: Any) -> Any:
        return replace(told, scope_id=0) if isinstance(told, Inet6) else told

    def name(call: Wrong, *arguments: Any) -> Any:
        return bare(call(*arguments))

    def pair(call: Wrong, *arguments: Any) -> Any:
        first, sender = call(*arguments)
        return first, bare(sender)

    return {"local_addr": name, "peer_addr": name, "accept": pair, "recvfrom": pair}


def _global_source(right: Backend) -> Mapping[str, Wrong]:
    """What is sent to an address of one link comes from an address of more than that."""

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if _is_local(address):
            with suppress(SocketError):
                right.bind(sock, Inet6(links.NEAR.v6, 0))
        return call(sock, address)

    return {"connect": connect}


def _listens_late(right: Backend) -> Mapping[str, Wrong]:
    """A listener listens once somebody accepts."""
    late: dict[Handle, int] = {}

    def listen(_call: Wrong, sock: Handle, backlog: int) -> None:
        late[sock] = backlog

    def accept(call: Wrong, sock: Handle) -> Any:
        if sock in late:
            right.listen(sock, late.pop(sock))
        return call(sock)

    return {"listen": listen, "accept": accept}


def _held_open(right: Backend) -> Mapping[str, Wrong]:
    """close() of a socket that is connecting leaves it connecting."""
    kept: list[Handle] = []

    def close(call: Wrong, sock: Handle) -> Any:
        try:
            right.peer_addr(sock)
        except SocketError:  # it is not connected: it may be connecting
            with suppress(SocketError):
                kept.append(right.dup(sock))
        return call(sock)

    return {"close": close}


def _backlog(_right: Backend) -> Mapping[str, Wrong]:
    """A listener's queue has room for whoever comes."""

    def listen(call: Wrong, sock: Handle, _backlog: int) -> Any:
        return call(sock, 4096)

    return {"listen": listen}


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    second = links.SECOND[links.NEAR]
    octets = bytes(int(each) for each in second.v4.split("."))
    queue = (f"{_CONNECTING}.overflow", f"{_CONNECTING}.drained")
    early = tuple(
        f"{_CONNECTING}.{each}"
        for each in ("data-before-accept", "end-before-accept", "deferred", "unaccepted-closed")
    )
    scopes = tuple(
        f"{_LOCAL}.{each}" for each in ("with-scope", "wrong-scope", "names", "sender", "bind")
    )
    for name, does, rules, make in (
        (
            "join/second",
            "groups are joined on the second interface, whichever is named",
            (
                f"{_RECEIVED}.joined",
                f"{_RECEIVED}.other-interface",
                f"{_RECEIVED}.bound-to-host",
            ),
            _joins(octets, second.index),
        ),
        (
            "join/everywhere",
            "groups are joined on every interface",
            (f"{_RECEIVED}.other-interface",),
            _joins_everywhere,
        ),
        (
            "join/any-source",
            "a group that is joined for one source is joined for all",
            (f"{_RECEIVED}.other-source",),
            _source_as_any,
        ),
        ("scope/dropped", "scopes are not heeded", scopes, _scopes(lambda _: 0)),
        (
            "scope/first",
            "each scope is that of the first interface",
            (f"{_LOCAL}.wrong-scope", f"{_LOCAL}.without-scope", f"{_LOCAL}.bind"),
            _scopes(lambda _: links.NEAR.index),
        ),
        (
            "scope/unnamed",
            "names have no scope",
            (f"{_LOCAL}.names", f"{_LOCAL}.sender"),
            _unnamed,
        ),
        (
            "scope/global-source",
            "what is sent to an address of one link comes from an address of more",
            (f"{_LOCAL}.own-address",),
            _global_source,
        ),
        ("listen/late", "listening begins with the first accept()", early, _listens_late),
        ("listen/unbounded", "a listener's queue is never full", queue, _backlog),
        (
            "close/connecting",
            "close() leaves a connect() that is pending alone",
            (f"{_CONNECTING}.closed",),
            _held_open,
        ),
    ):
        yield Fault(f"across/{name}", does, rules, make)
