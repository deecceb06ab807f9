"""UDP-Lite of this machine's kernel as a backend: its datagram sockets have protocol 136.

    PYTHONPATH=harness/examples sockspec smoke udplite_sockets:UdpLite
    PYTHONPATH=harness/examples sockspec run --backend udplite_sockets:UdpLite

RFC 3828 has UDP-Lite take the interface of UDP, with a checksum that may cover a part of the
datagram. Only how a datagram socket is made is different here: a rule that asks for UDP, by
name or as the default, gets UDP-Lite. Streams and unix sockets are the kernel's usual ones.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from sockspec import platform
from sockspec.backends.stdlib import Stdlib

if TYPE_CHECKING:
    from sockspec.backend import Handle

IPPROTO_UDPLITE = 136  # <linux/in.h>
_AS_UDP = (0, socket.IPPROTO_UDP)


class UdpLite(Stdlib):
    """The sockets of the module `socket`, datagrams by UDP-Lite."""

    name = "udplite"
    label = "UDP-Lite"

    @property
    def implementation(self) -> str:
        return f"UDP-Lite through {super().implementation}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "udplite"}

    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        internet = family in (socket.AF_INET, socket.AF_INET6)
        if internet and type & 0xF == socket.SOCK_DGRAM and protocol in _AS_UDP:
            protocol = IPPROTO_UDPLITE
        return super().new(family, type, protocol)
