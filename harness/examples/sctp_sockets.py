"""SCTP of this machine's kernel as a backend, one-to-one: its streams have protocol 132.

    PYTHONPATH=harness/examples sockspec smoke sctp_sockets:Sctp
    PYTHONPATH=harness/examples sockspec run --backend sctp_sockets:Sctp

RFC 6458 has a one-to-one socket follow the calls of TCP, so that a program of TCP's can be
brought to SCTP with few changes. Only how a stream is made is different here: a rule that asks
for TCP, by name or as the default, gets SCTP. Datagrams and unix sockets are the kernel's usual
ones.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from sockspec import platform
from sockspec.backends.stdlib import Stdlib

if TYPE_CHECKING:
    from sockspec.backend import Handle

_AS_TCP = (0, socket.IPPROTO_TCP)


class Sctp(Stdlib):
    """The sockets of the module `socket`, streams by SCTP."""

    name = "sctp"
    label = "SCTP"

    @property
    def implementation(self) -> str:
        return f"SCTP through {super().implementation}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "sctp"}

    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        internet = family in (socket.AF_INET, socket.AF_INET6)
        if internet and type == socket.SOCK_STREAM and protocol in _AS_TCP:
            protocol = socket.IPPROTO_SCTP
        return super().new(family, type, protocol)
