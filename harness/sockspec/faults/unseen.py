"""Options that read back as they were set, and that packets do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.faults.fault import Fault
from sockspec.faults.options import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["faults"]

_TCP, _IP, _IPV6 = "IPPROTO_TCP", "IPPROTO_IP", "IPPROTO_IPV6"

_REMEMBERED = (
    (_IP, "IP_TTL", ("wire.field", "wire.field-sent")),
    (_IPV6, "IPV6_UNICAST_HOPS", ("wire.field", "wire.field-sent")),
    (_IP, "IP_TOS", ("wire.field", "wire.field-sent")),
    (_IPV6, "IPV6_TCLASS", ("wire.field", "wire.field-sent")),
    (_IP, "IP_MTU_DISCOVER", ("wire.field.dont-fragment",)),
    (_IPV6, "IPV6_AUTOFLOWLABEL", ("wire.field-received",)),
    (_TCP, "TCP_NODELAY", ("wire.sending", "wire.segments")),
    (_TCP, "TCP_CORK", ("wire.sending", "wire.segments")),
    (_TCP, "TCP_QUICKACK", ("wire.sending",)),
    (_TCP, "TCP_MAXSEG", ("wire.size",)),
    (_TCP, "TCP_WINDOW_CLAMP", ("wire.window",)),
    (_TCP, "TCP_KEEPIDLE", ("wire.keepalive", "wire.segments")),
    ("IPPROTO_UDP", "UDP_CORK", ("wire.sending",)),
    ("SOL_SOCKET", "SO_KEEPALIVE", ("wire.keepalive", "wire.segments")),
    ("SOL_SOCKET", "SO_RCVBUF", ("wire.window",)),
    ("SOL_SOCKET", "SO_LINGER", ("wire.linger", "wire.ending")),
    ("SOL_SOCKET", "SO_BROADCAST", ("wire.broadcast",)),
    ("SOL_SOCKET", "SO_BINDTODEVICE", ("wire.route", "wire.device", "wire.link-local")),
    (_IP, "IP_UNICAST_IF", ("wire.route.unicast-interface",)),
    (_IPV6, "IPV6_UNICAST_IF", ("wire.route.unicast-interface",)),
    (_IP, "IP_MULTICAST_IF", ("wire.multicast-sent",)),
    (_IPV6, "IPV6_MULTICAST_IF", ("wire.multicast-sent",)),
    (_IP, "IP_MULTICAST_TTL", ("wire.multicast-sent",)),
    (_IPV6, "IPV6_MULTICAST_HOPS", ("wire.multicast-sent",)),
    (_IP, "IP_MULTICAST_LOOP", ("wire.multicast-received.own-inhibited",)),
    (_IPV6, "IPV6_MULTICAST_LOOP", ("wire.multicast-received.own-inhibited",)),
    (_IP, "IP_MULTICAST_ALL", ("wire.multicast-received.all",)),
    (_IPV6, "IPV6_MULTICAST_ALL", ("wire.multicast-received.all",)),
    (_IP, "IP_ADD_MEMBERSHIP", ("wire.multicast-received",)),
    (_IPV6, "IPV6_JOIN_GROUP", ("wire.multicast-received",)),
    (_IP, "IP_DROP_MEMBERSHIP", ("wire.multicast-received.left",)),
    (_IPV6, "IPV6_LEAVE_GROUP", ("wire.multicast-received.left",)),
    (_IP, "IP_ADD_SOURCE_MEMBERSHIP", ("wire.multicast-received.source",)),
    (_IP, "IP_DROP_SOURCE_MEMBERSHIP", ("wire.multicast-received.left-source",)),
    (_IPV6, "MCAST_JOIN_SOURCE_GROUP", ("wire.multicast-received.source",)),
    (_IPV6, "MCAST_LEAVE_SOURCE_GROUP", ("wire.multicast-received.left-source",)),
    (_IP, "IP_BLOCK_SOURCE", ("wire.multicast-received.blocked-source",)),
    (_IPV6, "IPV6_RECVPKTINFO", ("wire.multicast-received.destination",)),
    (_IPV6, "IPV6_MTU", ("wire.path.own-limit",)),
    (_IPV6, "IPV6_DONTFRAG", ("wire.path.dont-fragment-v6",)),
    (_IPV6, "IPV6_RECVPATHMTU", ("wire.field-received.path-mtu",)),
    (_IP, "IP_RECVERR", ("wire.unreachable.queue",)),
    (_IPV6, "IPV6_RECVERR", ("wire.unreachable.queue",)),
    (_TCP, "TCP_KEEPINTVL", ("wire.keepalive.interval",)),
    (_TCP, "TCP_SYNCNT", ("wire.connecting.syn-count",)),
    (_TCP, "TCP_USER_TIMEOUT", ("wire.vanished.user-timeout",)),
    (_TCP, "TCP_DEFER_ACCEPT", ("wire.connecting.deferred",)),
)
"""Options that packets show: level, name, and the rules that see them there."""


def faults() -> Iterator[Fault]:
    """The table."""
    for level, name, rules in _REMEMBERED:
        yield Fault(
            f"unseen/{name}/remembered",
            f"{name}: it reads back as set, and packets are as before",
            rules,
            remembered(level, name),
            (("setsockopt", level, name),),
        )
