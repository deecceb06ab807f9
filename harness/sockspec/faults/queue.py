"""Packets that a system alters on their way out and in: a lever below every call.

The near end of a link is a network namespace of its own. There the kernel hands each packet to
a process of ours (NFQUEUE), before a packet socket sees what is sent, and after one has seen
what comes in: to whoever looks, and to the far end, that is what this system has done. With
the process the alterations end; packets pass where nobody takes them from the queue.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import heapq
import os
import select
import signal
import socket
import struct
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec.network import links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Alter = Callable[["Parcel"], "Sequence[Go] | None"]
    """What goes on of a packet; None: the packet as it is."""

__all__ = ["ACK", "FIN", "RST", "SYN", "Go", "Parcel", "refused", "serve"]

FIN, SYN, RST, ACK = 1, 2, 4, 16  # RFC 9293, 3.1

_FAMILY = 12  # NETLINK_NETFILTER, <linux/netlink.h>
_QUEUE = 3 << 8  # NFNL_SUBSYS_QUEUE, <linux/netfilter/nfnetlink.h>
_PACKET, _VERDICT, _CONFIG = _QUEUE, _QUEUE | 1, _QUEUE | 2  # <.../nfnetlink_queue.h>
_PACKET_HDR, _VERDICT_HDR, _PAYLOAD = 1, 2, 10  # NFQA_..., the same file
_COMMAND, _PARAMETERS = 1, 2  # NFQA_CFG_CMD, NFQA_CFG_PARAMS
_BIND, _WHOLE = 1, 2  # NFQNL_CFG_CMD_BIND, NFQNL_COPY_PACKET
_DROP, _ACCEPT = 0, 1  # <linux/netfilter.h>
_OUT = 3  # NF_INET_LOCAL_OUT, the same file
_REQUEST, _WANTS_ACK, _ERROR = 1, 4, 2  # NLM_F_..., NLMSG_ERROR, <linux/netlink.h>
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG, <linux/prctl.h>
_SIOCGIFMTU, _SIOCSIFMTU = 0x8921, 0x8922  # <linux/sockios.h>

_NUMBER = 73  # of the queue
_MARK = 0x736F  # of packets that this process sends, which are not altered again
_TO = ("-m", "addrtype", "--dst-type")
_UNMARKED = ("-m", "mark", "!", "--mark", str(_MARK))
_ROOM = 1 << 17
_LARGER = 9216  # the MTU for what is larger than a link allows
_V4 = 4


@dataclass(frozen=True, slots=True)
class Go:
    """A packet that goes on: the bytes from IP's head on, after some seconds.

    One that is `new` leaves this system beside the packet in hand, whichever way that goes.
    """

    data: bytes
    seconds: float = 0.0
    new: bool = False


class Parcel:
    """A packet in hand: `is_out` where this system sends it, `ip` and `tcp` as dpkt reads it.

    `tcp` is None of all but TCP.
    """

    def __init__(self, data: bytes, *, is_out: bool) -> None:
        self.data, self.is_out = data, is_out
        self.ip, self.tcp = _read(data)

    @property
    def flags(self) -> int:
        """Those of a segment; 0 of anything else."""
        return self.tcp.flags if self.tcp else 0

    @property
    def ends(self) -> tuple[Any, ...]:
        """Addresses and ports of a connection, this system's first."""
        here, there = (self.ip.src, self.tcp.sport), (self.ip.dst, self.tcp.dport)
        return (here, there) if self.is_out else (there, here)

    @property
    def carries(self) -> int:
        """How many sequence numbers a segment has."""
        if not self.tcp:
            return 0
        return len(self.tcp.data) + bool(self.flags & SYN) + bool(self.flags & FIN)

    def altered(self, **fields: Any) -> bytes:
        """The packet with other fields in its segment, and the right checksums."""
        ip, tcp = _read(self.data)
        for name, value in fields.items():
            setattr(tcp, name, value % 2**32 if name in {"seq", "ack"} else value)
        return _sealed(ip)

    def answer(self, **fields: Any) -> bytes:
        """A segment from its target to its source, without data and options."""
        ip, tcp = _read(self.data)
        ip.src, ip.dst = ip.dst, ip.src
        tcp.sport, tcp.dport = tcp.dport, tcp.sport
        tcp.opts, tcp.data, tcp.off = b"", b"", 5
        for name, value in fields.items():
            setattr(tcp, name, value)
        return _sealed(ip)

    def fragments(self, size: int, change: Callable[[int, Any], Any]) -> list[bytes]:
        """The packet in fragments with so many bytes, a multiple of 8.

        `change` is told the number of each and its head, and may change the head, or return
        False to leave the fragment out.
        """
        whole = bytes(self.ip.data)
        parts = range(0, len(whole), size)
        return [
            self._fragment(whole[at : at + size], at, at + size < len(whole), head)
            for number, at in enumerate(parts)
            if change(number, head := _Head(0x1234, *self._lifetime())) is not False
        ]

    def _lifetime(self) -> tuple[int, int]:
        if self.ip.v == _V4:
            return self.ip.ttl, self.ip.tos
        return self.ip.hlim, self.ip.fc

    def _fragment(self, data: bytes, at: int, more: bool, head: _Head) -> bytes:
        from dpkt.ip import IP  # noqa: PLC0415 - an extra
        from dpkt.ip6 import IP6  # noqa: PLC0415 - as above

        old = self.ip
        if old.v == _V4:
            made = IP(src=old.src, dst=old.dst, p=old.p, id=head.identity, data=data)
            made.ttl, made.tos = head.lifetime, head.service
            made.mf, made.offset = int(more), at // 8
            return bytes(made)
        # The head of a fragment: RFC 8200, 4.5.
        extra = struct.pack("!BxHI", old.p, at | more, head.identity)
        made = IP6(src=old.src, dst=old.dst, nxt=44, plen=len(extra + data))
        made.hlim, made.fc = head.lifetime, head.service
        return bytes(made.pack_hdr()) + extra + data


@dataclass
class _Head:
    """What a fragment can have that the others have not."""

    identity: int
    lifetime: int
    service: int


def _read(data: bytes) -> tuple[Any, Any]:
    from dpkt.ip import IP  # noqa: PLC0415 - an extra
    from dpkt.ip6 import IP6  # noqa: PLC0415 - as above
    from dpkt.tcp import TCP  # noqa: PLC0415 - as above

    ip = (IP if data[0] >> 4 == _V4 else IP6)(data)
    return ip, ip.data if isinstance(ip.data, TCP) else None


def _sealed(ip: Any) -> bytes:
    ip.data.sum = 0  # dpkt fills in what is zero
    if ip.v == _V4:
        ip.sum = 0
    else:
        ip.plen = len(ip.data)
    return bytes(ip)


# -- the queue ------------------------------------------------------------------------


def refused() -> str:
    """Why packets cannot be altered here; empty where they can be, from now on."""
    if not links.kind():
        return "packets are altered over a link alone: --link"
    try:
        import dpkt  # noqa: PLC0415, F401 - an extra
    except ImportError:
        return "dpkt is not installed: the extra `wire`"
    for tool in ("iptables", "ip6tables"):
        for which in (
            ("OUTPUT", "!", "-o", "lo", *_TO, "UNICAST", *_UNMARKED),
            ("INPUT", "!", "-i", "lo", *_TO, "LOCAL"),
        ):
            if why := _ruled(tool, which):
                return f"{tool}: {why}"
    return ""


def _ruled(tool: str, which: tuple[str, ...]) -> str:
    queue = ("-j", "NFQUEUE", "--queue-num", str(_NUMBER), "--queue-bypass")

    def told(verb: str) -> subprocess.CompletedProcess[str]:
        words = [tool, "-t", "mangle", verb, *which, *queue]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    try:
        if not told("-C").returncode:
            return ""
        ended = told("-A")
    except OSError as error:
        return str(error)
    return (ended.stderr.strip() or "it failed") if ended.returncode else ""


def serve(make: Callable[[], Alter]) -> None:
    """Have the packets of this namespace altered until this process ends."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
            queue = _Queue(make())
            os.close(writing)  # it is there
            queue.serve()
        finally:
            os._exit(1)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)


class _Queue:
    def __init__(self, alter: Alter) -> None:
        self._alter = alter
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _FAMILY)
        self._ask(_attribute(_COMMAND, struct.pack("!BxH", _BIND, 0)))
        self._ask(_attribute(_PARAMETERS, struct.pack("!IB", 0xFFFF, _WHOLE)))

    def serve(self) -> None:
        while True:
            first = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
            if select.select([self._socket], [], [], first)[0]:
                for kind, body in _messages(self._socket.recv(_ROOM)):
                    if kind == _PACKET:
                        self._handle(dict(_attributes(body[4:])))
            while self._later and self._later[0][0] <= time.monotonic():
                heapq.heappop(self._later)[2]()

    def _handle(self, told: dict[int, bytes]) -> None:
        number, _protocol, hook = struct.unpack_from("!IHB", told[_PACKET_HDR])
        data = told[_PAYLOAD]
        try:
            going = self._alter(Parcel(data, is_out=hook == _OUT))
        except Exception:  # what dpkt cannot read passes, too
            going = None
        if going is None:
            going = [Go(data)]
        old = next((each for each in going if not each.new), None)
        for each in going:
            if each is not old:
                self._after(each.seconds, functools.partial(_emit, each.data))
        if old is None:
            self._judge(number, _DROP)
            return
        other = old.data if old.data != data else b""
        self._after(old.seconds, lambda: self._judge(number, _ACCEPT, other))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        if not seconds:
            action()
            return
        self._count += 1  # those of one time go in their order
        heapq.heappush(self._later, (time.monotonic() + seconds, self._count, action))

    def _judge(self, number: int, verdict: int, data: bytes = b"") -> None:
        told = _attribute(_VERDICT_HDR, struct.pack("!II", verdict, number))
        self._send(_VERDICT, told + (_attribute(_PAYLOAD, data) if data else b""), _REQUEST)

    def _ask(self, told: bytes) -> None:
        self._send(_CONFIG, told, _REQUEST | _WANTS_ACK)
        ((kind, body), *_) = _messages(self._socket.recv(_ROOM))
        (code,) = struct.unpack_from("=i", body)
        if kind == _ERROR and code:
            raise OSError(-code, os.strerror(-code))

    def _send(self, kind: int, told: bytes, flags: int) -> None:
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, _NUMBER) + told
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body)


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3FFF, data[4:size]
        data = data[size + -size % 4 :]


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:size]
        data = data[size + -size % 4 :]


def _emit(data: bytes) -> None:
    """Send a packet as it is, and be it larger than the link allows."""
    with suppress(OSError):
        try:
            _send_raw(data)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            usual = links.mtu(links.NEAR.name)
            _set_mtu(_LARGER)
            try:
                _send_raw(data)
            finally:
                _set_mtu(usual)


def _send_raw(data: bytes) -> None:
    family = socket.AF_INET if data[0] >> 4 == _V4 else socket.AF_INET6
    to = data[16:20] if family == socket.AF_INET else data[24:40]
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, _MARK)
        sock.sendto(data, (socket.inet_ntop(family, to), 0))


def _set_mtu(size: int) -> None:
    import fcntl  # noqa: PLC0415 - Windows has none, and imports this module

    told = struct.pack("=16si12x", links.NEAR.name.encode(), size)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFMTU, told)
