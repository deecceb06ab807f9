"""What a network tells, and which way is taken, and is wrong: errors, paths, sources."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6
from sockspec.errors import SocketError
from sockspec.faults import defects
from sockspec.faults.defects import is_, option
from sockspec.faults.fault import Fault, error, instead, numbers
from sockspec.faults.wire import set_option
from sockspec.network import links

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults"]

_PATH, _SELECTION = "wire.path", "wire.selection"


def _soft_is_hard(right: Backend) -> Mapping[str, Wrong]:
    """Each ICMP error ends a connection."""
    stream = next(numbers(right, "SOCK_STREAM"))

    def new(call: Wrong, family: int, type: int, protocol: int = 0) -> Any:
        made = call(family, type, protocol)
        if type == stream:
            on = (1).to_bytes(4, right.byte_order)
            set_option(right, made, "IPPROTO_IP", "IP_RECVERR", on)
            set_option(right, made, "IPPROTO_IPV6", "IPV6_RECVERR", on)
        return made

    return {"new": new}


def _sends_a_part(_right: Backend) -> Mapping[str, Wrong]:
    """A send that is too large fails when a part of it has been sent."""

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        try:
            return call(sock, data, flags)
        except SocketError as error:
            if error.symbol == "EMSGSIZE":
                with suppress(SocketError):
                    call(sock, data[:1000], flags)
            raise

    return {"send": send}


_MODES = (("IPPROTO_IP", "IP_MTU_DISCOVER"), ("IPPROTO_IPV6", "IPV6_MTU_DISCOVER"))
_INTERFACE = 4  # IP_PMTUDISC_INTERFACE, <linux/in.h>: what routers say is not heeded


def _told_ignored(right: Backend) -> Mapping[str, Wrong]:
    """Nobody learns the MTU of a path, whichever way is chosen to discover it."""
    known = {tuple(numbers(right, *each)) for each in _MODES}
    mode = _INTERFACE.to_bytes(4, right.byte_order)

    def setsockopt(call: Wrong, sock: Handle, level: int, name: int, value: bytes) -> Any:
        return call(sock, level, name, mode if (level, name) in known else value)

    def new(call: Wrong, *arguments: Any) -> Any:
        made = call(*arguments)
        for level, name in _MODES:
            set_option(right, made, level, name, mode)
        return made

    return {"setsockopt": setsockopt, "new": new}


def _fitting_refused(right: Backend) -> Mapping[str, Wrong]:
    """A datagram as large as the MTU is too large."""
    stream = is_(type="SOCK_STREAM")
    told = {is_("AF_INET"): (28, "IPPROTO_IP", "IP_MTU")}
    told[is_("AF_INET6")] = 48, "IPPROTO_IPV6", "IPV6_MTU"

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        for is_family, (head, level, name) in told.items():
            if is_family(right, (sock,)) and not stream(right, (sock,)):
                which = tuple(numbers(right, level, name))
                mtu = right.getsockopt(sock, which[0], which[1], 4)
                if len(data) == int.from_bytes(mtu, right.byte_order) - head:
                    raise error("EMSGSIZE", "send")
        return call(sock, data, flags)

    return {"send": send}


def _size_reported(right: Backend) -> Mapping[str, Wrong]:
    """The size of the largest fragment is reported as 0."""
    known = {
        tuple(numbers(right, *each))
        for each in (("IPPROTO_IP", "IP_RECVFRAGSIZE"), ("IPPROTO_IPV6", "IPV6_RECVFRAGSIZE"))
    }

    def recvmsg(call: Wrong, *arguments: Any) -> Any:
        told = call(*arguments)
        control = [
            (level, kind, bytes(len(data)) if (level, kind) in known else data)
            for level, kind, data in told.control
        ]
        return replace(told, control=control)

    return {"recvmsg": recvmsg}


def _source(v4: str, v6: str) -> Make:
    """connect() chooses an address, whichever way leads to the other end."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def connect(call: Wrong, sock: Handle, address: Any) -> Any:
            own = Inet(v4, 0) if isinstance(address, Inet) else Inet6(v6, 0)
            with suppress(SocketError):
                right.bind(sock, own)
            return call(sock, address)

        return {"connect": connect}

    return make


def _zeros(call: Wrong, *arguments: Any) -> Any:
    return bytes(len(call(*arguments)))


def _zeros_from(call: Wrong, *arguments: Any) -> Any:
    data, source = call(*arguments)
    return bytes(len(data)), source


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    ignored = defects.answers_nothing_for
    discover = (
        option("IPPROTO_IP", "IP_MTU_DISCOVER"),
        option("IPPROTO_IPV6", "IPV6_MTU_DISCOVER"),
    )
    told = option("IPPROTO_IP", "IP_MTU"), option("IPPROTO_IPV6", "IPV6_MTU")
    selected = tuple(
        f"{_SELECTION}.{each}" for each in ("outgoing-interface", "longest-prefix")
    )
    old = links.MORE[links.THIRD[links.NEAR].name]["deprecated"]
    carried = (
        *("wire.half-open.accepted", "wire.impaired.stream", "wire.fragments"),
        f"{_PATH}.assembled",
    )
    for name, does, rules, make in (
        (
            "icmp/each-is-hard",
            "each ICMP error ends a connection",
            ("wire.unreachable.soft", "wire.unreachable.hard"),
            _soft_is_hard,
        ),
        (
            "path/discover-ignored",
            "IP_MTU_DISCOVER is not heeded",
            (f"{_PATH}.larger", f"{_PATH}.learnt", f"{_PATH}.refused-unsent"),
            ignored(
                lambda right, given: any(each(right, given) for each in discover), "setsockopt"
            ),
        ),
        (
            "path/told-ignored",
            "it is not heeded that a packet is too big for a path",
            (f"{_PATH}.narrow", f"{_PATH}.segments"),
            _told_ignored,
        ),
        (
            "path/fitting-refused",
            "a datagram as large as the MTU is refused",
            (f"{_PATH}.fitting",),
            _fitting_refused,
        ),
        (
            "path/fragment-size-zero",
            "the size of the largest fragment is reported as 0",
            (f"{_PATH}.fragment-size-reported",),
            _size_reported,
        ),
        (
            "path/part-sent",
            "a part of what is too large is sent, and the send fails",
            (f"{_PATH}.refused-unsent",),
            _sends_a_part,
        ),
        (
            "path/mtu-fixed",
            "the MTU of a path is always told as 1500",
            (f"{_PATH}.mtu", f"{_PATH}.learnt"),
            defects.returns(
                lambda _told, *_given: b"\xdc\5\0\0",
                lambda right, given: any(each(right, given) for each in told),
                "getsockopt",
            ),
        ),
        (
            "source/first-interface",
            "connect() chooses the address of the first interface",
            (*selected, f"{_SELECTION}.third-v4"),
            _source(links.NEAR.v4, links.NEAR.v6),
        ),
        (
            "source/deprecated",
            "connect() chooses a deprecated address",
            (f"{_SELECTION}.deprecated",),
            _source(links.NEAR.v4, old),
        ),
        (
            "recv/zeros",
            "zeros are received",
            carried,
            instead(recv=_zeros, recvfrom=_zeros_from),
        ),
    ):
        yield Fault(f"paths/{name}", does, rules, make)
