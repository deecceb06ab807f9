"""What was really sent: the packets of a link, taken off it while an example runs.

A packet socket sees what leaves the near end and what comes in; on the loopback interface,
where one system sends both ways, only what leaves counts, or each packet would come twice
(packet(7), PACKET_OUTGOING). It needs the right to open such sockets: in the namespaces of a
link everybody has it.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sockspec.address import Inet, Inet6
from sockspec.errors import NotReached, Unsupported
from sockspec.network import links
from sockspec.network.tap import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sockspec.address import SockAddr

__all__ = ["Conversation", "Frame", "Packet", "Wire"]

_EVERY = 0x0003  # ETH_P_ALL, <linux/if_ether.h>
_OUTGOING = 4  # PACKET_OUTGOING, <linux/if_packet.h>
_FORCED = 33  # SO_RCVBUFFORCE, <asm-generic/socket.h>
_LOOPBACK = 1  # the index of its interface, include/net/flow.h: LOOPBACK_IFINDEX
_TIMESTAMPS = 35  # SO_TIMESTAMPNS, the same file, and the type of its control data
_ROOM = 8 << 20  # bytes of packets that may wait to be read

_V4 = 4  # bytes of an address
_UDPLITE = 136
_FLAGS = {
    0x01: "FIN",
    0x02: "SYN",
    0x04: "RST",
    0x08: "PSH",
    0x10: "ACK",
    0x20: "URG",
    0x40: "ECE",
    0x80: "CWR",
}

End = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of TCP or UDP, with what the rules look at.

    `lifetime` is the TTL or the hop limit, `service` the TOS or the traffic class, `options`
    what a segment's options are by their kind (RFC 9293, 3.1), `device` the interface at which
    it was seen.
    """

    time: float
    source: End
    target: End
    protocol: str
    data: bytes
    lifetime: int
    service: int
    fragmentable: bool
    flow: int = 0
    flags: frozenset[str] = frozenset()
    sequence: int = 0
    acknowledged: int = 0
    window: int = 0
    device: str = ""
    urgent: int = 0
    options: tuple[tuple[int, bytes], ...] = ()

    def __str__(self) -> str:
        ends = f"{_shown(self.source)} > {_shown(self.target)}"
        told = f"{ends} {self.protocol}, {len(self.data)} bytes"
        if not self.flags:
            return told
        flags = "+".join(sorted(self.flags))
        urgent = f", urgent pointer {self.urgent}" if "URG" in self.flags else ""
        return f"{told}, {flags}, seq {self.sequence}, window {self.window}{urgent}"


def _shown(end: End) -> str:
    host, port = end
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Frame(NamedTuple):
    """What was seen, when, and where; `is_outgoing` where our end's system sent it."""

    time: float
    data: bytes
    is_outgoing: bool
    device: str


class Wire:
    """The packets of the link, from now on. Raises `Unsupported` where they cannot be seen."""

    def __init__(self) -> None:
        try:
            import dpkt  # noqa: PLC0415, F401 - an extra, and only here
        except ImportError:
            raise Unsupported("packets", "dpkt is not installed: the extra `wire`") from None
        if not hasattr(socket, "AF_PACKET"):
            raise Unsupported("packets", "this system has no packet sockets")
        try:
            self._socket = socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY)
            )
        except PermissionError:
            raise Unsupported("packets", "seeing them takes a privilege, or --link") from None
        self._loopback = socket.if_indextoname(_LOOPBACK)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _FORCED, _ROOM)
        except OSError:  # the usual room is enough for most examples
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        # The interface behind which our end is, where it is none of this system's.
        self._ours = os.environ.get(OURS, "")
        if self._ours or not links.kind():
            # In the namespace of a link there is nothing else; here, what is not ours.
            self._socket.bind((self._ours or self._loopback, 0))

    def close(self) -> None:
        """See no more."""
        self._socket.close()

    def frames(self) -> Iterator[Frame]:
        """The frames that have come."""
        while True:
            try:
                frame, control, _, told = self._socket.recvmsg(1 << 17, 64)
            except BlockingIOError:
                return
            is_outgoing = (told[2] == _OUTGOING) is not (told[0] == self._ours)
            if told[0] != self._loopback or is_outgoing:
                yield Frame(_when(control), frame, is_outgoing, told[0])

    def packets(self) -> Iterator[Packet]:
        """Those of TCP and UDP that have come."""
        for each in self.frames():
            packet = read(each.time, each.data, each.device)
            if packet is not None:
                yield packet

    def wait(self, seconds: float) -> bool:
        """Wait for a packet; whether there is one."""
        return bool(select.select([self._socket], [], [], seconds)[0])


def _when(control: list[tuple[int, int, bytes]]) -> float:
    for _level, kind, value in control:
        if kind == _TIMESTAMPS:
            seconds, nanoseconds = struct.unpack("@ll", value[: struct.calcsize("@ll")])
            return float(seconds + nanoseconds / 1e9)
    return time.time()


class Conversation:
    """The packets between two ends, from now on, in the order in which they were sent.

    `near` and `far` are the addresses of the two. Every look has all of them so far.
    """

    def __init__(self, wire: Wire, near: SockAddr, far: SockAddr) -> None:
        self._wire = wire
        self._near, self._far = _end(near), _end(far)
        self.all: list[Packet] = []

    def look(self) -> list[Packet]:
        """All packets between the two so far."""
        ends = {self._near, self._far}
        self.all += [
            each for each in self._wire.packets() if {each.source, each.target} == ends
        ]
        return self.all

    def sent(self) -> list[Packet]:
        """Those from the near end."""
        return [each for each in self.look() if each.source == self._near]

    def received(self) -> list[Packet]:
        """Those from the far end."""
        return [each for each in self.look() if each.source == self._far]

    def until(self, is_there: Callable[[list[Packet]], Any], within: float = 5.0) -> None:
        """Wait until the packets so far show something. Raises `NotReached`."""
        until = time.monotonic() + within
        while not is_there(self.look()):
            left = until - time.monotonic()
            if left <= 0:
                raise NotReached(f"a packet within {within:g} s")
            self._wire.wait(min(left, 0.1))

    def shows(self, is_there: Callable[[list[Packet]], Any], within: float = 5.0) -> bool:
        """Whether the packets show something before some seconds have passed."""
        try:
            self.until(is_there, within)
        except NotReached:
            return False
        return True


def _end(address: SockAddr) -> End:
    if not isinstance(address, Inet | Inet6):
        raise Unsupported("packets", f"nothing travels to {address}")
    return address.host.removeprefix("::ffff:"), address.port


def read(when: float, frame: bytes, device: str = "") -> Packet | None:
    """A frame as a packet; None where it is none of TCP or UDP, or a later fragment.

    Nor is it one where it ends before its heads do, or is not what they say.
    """
    try:
        head, segment, protocol, options = _parsed(frame)
    except Exception:  # dpkt raises whatever it comes to: IndexError, AttributeError
        return None
    if not protocol:
        return None
    is_v4 = len(head.src) == _V4
    family = socket.AF_INET if is_v4 else socket.AF_INET6
    packet = Packet(
        time=when,
        source=(socket.inet_ntop(family, head.src), segment.sport),
        target=(socket.inet_ntop(family, head.dst), segment.dport),
        protocol=protocol,
        data=bytes(segment.data),
        lifetime=head.ttl if is_v4 else head.hlim,
        service=head.tos if is_v4 else head.fc,
        fragmentable=is_v4 and not head.df,
        flow=0 if is_v4 else head.flow,
        device=device,
    )
    if protocol != "TCP":
        return packet
    return replace(
        packet,
        flags=frozenset(name for bit, name in _FLAGS.items() if segment.flags & bit),
        sequence=segment.seq,
        acknowledged=segment.ack,
        window=segment.win,
        urgent=segment.urp,
        options=options,
    )


def _parsed(frame: bytes) -> tuple[Any, Any, str, tuple[tuple[int, bytes], ...]]:
    """Head, segment or datagram, protocol, and the options of a segment.

    The protocol is empty where it is none of ours.
    """
    from dpkt.ethernet import Ethernet  # noqa: PLC0415 - an extra
    from dpkt.ip import IP  # noqa: PLC0415 - as above
    from dpkt.ip6 import IP6  # noqa: PLC0415 - as above
    from dpkt.tcp import TCP, parse_opts  # noqa: PLC0415 - as above
    from dpkt.udp import UDP  # noqa: PLC0415 - as above

    head = Ethernet(frame).data
    if not isinstance(head, IP | IP6):
        return head, None, "", ()
    inner = head.data
    # UDP-Lite has the head of UDP, with the checksum's coverage for the length (RFC 3828, 3.1).
    if head.p == _UDPLITE and len(inner) >= UDP.__hdr_len__:
        return head, UDP(inner), "UDP-Lite", ()
    if isinstance(inner, TCP):
        return head, inner, "TCP", tuple(parse_opts(inner.opts))
    return head, inner, "UDP" if isinstance(inner, UDP) else "", ()
