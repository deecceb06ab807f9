"""Multipath TCP of this machine's kernel as a backend: its streams have protocol 262.

    PYTHONPATH=harness/examples sockspec smoke mptcp_sockets:Mptcp
    PYTHONPATH=harness/examples sockspec run --backend mptcp_sockets:Mptcp

RFC 8684 promises a program the API of TCP. Only how a stream is made is different here: a
rule that asks for TCP, by name or as the default, gets MPTCP. Datagrams and unix sockets are
the kernel's usual ones.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from sockspec import platform
from sockspec.backends.stdlib import Stdlib

if TYPE_CHECKING:
    from sockspec.backend import Handle

IPPROTO_MPTCP = 262  # <linux/in.h>; Python's module has the name since 3.10
_AS_TCP = (0, socket.IPPROTO_TCP)


class Mptcp(Stdlib):
    """The sockets of the module `socket`, streams by MPTCP."""

    name = "mptcp"
    label = "Multipath TCP"

    @property
    def implementation(self) -> str:
        return f"MPTCP through {super().implementation}"

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "mptcp"}

    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        internet = family in (socket.AF_INET, socket.AF_INET6)
        if internet and type == socket.SOCK_STREAM and protocol in _AS_TCP:
            protocol = IPPROTO_MPTCP
        return super().new(family, type, protocol)
