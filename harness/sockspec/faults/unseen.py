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
