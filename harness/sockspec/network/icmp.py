"""ICMP errors about a packet that was sent, as a router on its way or its target sends them."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import TYPE_CHECKING

from sockspec.errors import Unsupported

if TYPE_CHECKING:
    from sockspec.network.wire import Packet

__all__ = ["V4", "V6", "send", "too_big"]

V4 = {
    name: (3, code)
    for code, name in enumerate(
        [
            *("net", "host", "protocol", "port", "", "source-route"),
            *("net-unknown", "host-unknown", "isolated", "net-prohibited"),
            *("host-prohibited", "net-service", "host-service", "prohibited"),
            *("precedence", "cutoff"),
        ]
    )
    if name
}
"""Type and code of "destination unreachable" of ICMP (RFC 792; RFC 1122, 3.2.2.1; RFC 1812).

"Fragmentation needed" is apart: see `too_big`.
"""

V6 = {
    name: (1, code)
    for code, name in enumerate(
        ["net", "prohibited", "scope", "host", "port", "policy", "reject-route"]
    )
}
"""The same of ICMPv6 (RFC 4443, 3.1)."""

_NEXT = {"TCP": socket.IPPROTO_TCP, "UDP": socket.IPPROTO_UDP, "UDP-Lite": 136}


_TOO_BIG = {False: (3, 4), True: (2, 0)}  # RFC 1191, 4; RFC 4443, 3.2


def send(kind: str, about: Packet) -> None:
    """Send the error to whoever sent a packet; it quotes the packet's first bytes.

    Raises `Unsupported` where this process may not.
    """
    is_v6 = ":" in about.source[0]
    _send(about, *(V6 if is_v6 else V4)[kind])


def too_big(about: Packet, mtu: int) -> None:
    """Send the error that a packet is larger than the MTU of a link on its path.

    What it says of the path outlives an example: send it about an address that one example
    has. Raises `Unsupported` where this process may not.
    """
    _send(about, *_TOO_BIG[":" in about.source[0]], mtu)


def _send(about: Packet, type_: int, code: int, mtu: int = 0) -> None:
    host, is_v6 = about.source[0], ":" in about.source[0]
    family = socket.AF_INET6 if is_v6 else socket.AF_INET
    number = socket.getprotobyname("ipv6-icmp" if is_v6 else "icmp")
    message = bytearray(struct.pack("!BBHI", type_, code, 0, mtu) + _quoted(about, is_v6))
    if not is_v6:  # of ICMPv6 the system makes it (RFC 3542, 3.1)
        struct.pack_into("!H", message, 2, _checksum(message))
    try:
        with socket.socket(family, socket.SOCK_RAW, number) as sock:
            sock.sendto(message, (host, 0))
    except PermissionError:
        raise Unsupported("packets", "sending ICMP takes a privilege, or --link") from None


def _quoted(about: Packet, is_v6: bool) -> bytes:
    source, target = (
        ipaddress.ip_address(each[0]).packed for each in (about.source, about.target)
    )
    ports = (about.source[1], about.target[1])
    protocol, length = _NEXT[about.protocol], 20 + len(about.data)
    if about.protocol == "TCP":
        begin = struct.pack("!HHIIBBHHH", *ports, about.sequence, 0, 80, 16, 0, 0, 0)
    else:
        begin = struct.pack("!HHHH", *ports, 8 + len(about.data), 0)
    if is_v6:
        return struct.pack("!IHBB", 6 << 28, length, protocol, 64) + source + target + begin
    head = struct.pack("!BBHHHBBH", 69, 0, 20 + length, 0, 0, 64, protocol, 0) + source + target
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + begin


def _checksum(data: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
