"""Datagrams of IP as they are on the wire: fragments, and those of neither TCP nor UDP."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.errors import NotReached

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sockspec.network.wire import Frame, Wire

__all__ = ["Datagram", "Datagrams", "datagram"]

_IPV4, _IPV6 = 0x0800, 0x86DD  # <linux/if_ether.h>
_HOP_BY_HOP, _FRAGMENT = 0, 44  # RFC 8200, 4
_HEADER, _HEADER_V6 = 20, 40
_CONTROL = {1: "ICMP", 2: "IGMP", 58: "ICMPv6"}
_NEIGHBOURS = range(133, 138)  # RFC 4861, 4: what a link does for itself
_MORE, _DONT = 0x2000, 0x4000


@dataclass(frozen=True, slots=True)
class Datagram:
    """A datagram, or a fragment of one.

    `offset` is that of its data in the whole, in bytes, `more` whether others follow it;
    `protocol` is the number of what it carries. `station` is the address of the interface that
    it was sent to (an Ethernet address).
    """

    device: str
    station: str
    source: str
    target: str
    protocol: int
    lifetime: int
    service: int
    identity: int
    offset: int
    more: bool
    fragmentable: bool
    data: bytes
    is_outgoing: bool

    @property
    def is_fragment(self) -> bool:
        """Whether it is only a part."""
        return self.more or self.offset > 0

    @property
    def ports(self) -> tuple[int, int]:
        """Source and target port, where it begins with them; zeros where it is too short."""
        source, target = struct.unpack_from("!HH", self.data.ljust(4, b"\0"))
        return source, target

    @property
    def size(self) -> int:
        """Its length with the header, as the MTU counts it, but for extension headers."""
        return len(self.data) + (_HEADER_V6 if ":" in self.source else _HEADER)

    @property
    def told(self) -> str:
        """What it is, for a time line: a fragment, an ICMP error, a membership report.

        Empty for everything else: a packet of its own says it, or nobody asks.
        """
        ends = f"{self.source} > {self.target}"
        if self.is_fragment:
            more = "more follow" if self.more else "the last"
            return f"{ends} fragment, {len(self.data)} bytes at {self.offset}, {more}"
        name = _CONTROL.get(self.protocol, "")
        if not name or len(self.data) < 2 or (name == "ICMPv6" and self.data[0] in _NEIGHBOURS):
            return ""
        return f"{ends} {name}, type {self.data[0]}, code {self.data[1]}"

    def __str__(self) -> str:
        part = f", at {self.offset}, more: {self.more}" if self.is_fragment else ""
        told = f"protocol {self.protocol}, {len(self.data)} bytes{part}"
        return f"{self.source} > {self.target} on {self.device}, {told}"


class Datagrams:
    """All datagrams of the link, from now on."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.all: list[Datagram] = []

    def look(self) -> list[Datagram]:
        """Those so far."""
        found = (datagram(each) for each in self._wire.frames())
        self.all += [each for each in found if each is not None]
        return self.all

    def to(self, host: str) -> list[Datagram]:
        """Those so far to an address."""
        return [each for each in self.look() if each.target == host]

    def of_ports(self, source: int, target: int) -> list[Datagram]:
        """The datagrams of UDP from one port to another, all of their fragments among them."""
        of_udp = [each for each in self.look() if each.protocol == socket.IPPROTO_UDP]
        ours = [each for each in of_udp if not each.offset and each.ports == (source, target)]
        parts = {(each.source, each.identity) for each in ours if each.more}
        return [
            each
            for each in of_udp
            if each in ours or (each.offset and (each.source, each.identity) in parts)
        ]

    def until(self, is_there: Callable[[], Any], within: float = 5.0) -> None:
        """Wait until the datagrams so far show something. Raises `NotReached`."""
        until = time.monotonic() + within
        while not is_there():
            left = until - time.monotonic()
            if left <= 0:
                raise NotReached(f"a datagram within {within:g} s")
            self._wire.wait(min(left, 0.1))


def datagram(frame: Frame) -> Datagram | None:
    """What a frame carries; None where it is no whole datagram of IP."""
    data = frame.data
    if len(data) < 14 + _HEADER:  # an Ethernet header, and the shortest of IP
        return None
    station = data[:6].hex(":")
    (kind,) = struct.unpack_from("!H", data, 12)
    whole = data[14:]
    try:
        if kind == _IPV4:
            return _v4(frame, station, whole)
        if kind == _IPV6 and len(whole) >= _HEADER_V6:
            return _v6(frame, station, whole)
    except (IndexError, struct.error):  # it ends before its heads do
        return None
    return None


def _v4(frame: Frame, station: str, whole: bytes) -> Datagram:
    service, length, identity, part, lifetime, protocol = struct.unpack_from("!xBHHHBB", whole)
    source, target = (socket.inet_ntop(socket.AF_INET, whole[at : at + 4]) for at in (12, 16))
    return Datagram(
        frame.device,
        station,
        source,
        target,
        protocol,
        lifetime,
        service,
        identity,
        (part & 0x1FFF) * 8,
        bool(part & _MORE),
        not part & _DONT,
        whole[(whole[0] & 15) * 4 : length],
        frame.is_outgoing,
    )


def _v6(frame: Frame, station: str, whole: bytes) -> Datagram:
    first, length, protocol, lifetime = struct.unpack_from("!IHBB", whole)
    source, target = (socket.inet_ntop(socket.AF_INET6, whole[at : at + 16]) for at in (8, 24))
    data, identity, part = whole[_HEADER_V6 : _HEADER_V6 + length], 0, 0
    while protocol in {_HOP_BY_HOP, _FRAGMENT}:
        if protocol == _FRAGMENT:
            protocol, part, identity = struct.unpack_from("!BxHI", data)
            data = data[8:]
        else:
            protocol, data = data[0], data[(data[1] + 1) * 8 :]
    return Datagram(
        frame.device,
        station,
        source,
        target,
        protocol,
        lifetime,
        (first >> 20) & 0xFF,
        identity,
        part & 0xFFF8,
        bool(part & 1),
        False,
        data,
        frame.is_outgoing,
    )
