"""lwIP as an agent: a TCP/IP stack in a library, called through ctypes.

    sockspec smoke "agent:python harness/examples/lwip_sockets.py"
    sockspec run --backend "agent:python harness/examples/lwip_sockets.py"

It needs Debian's `liblwip-dev` and a C compiler, for `lwip_loopback.c` beside this file.
A call of its that blocks cannot be interrupted, and it may abort: so it is served by an
agent. It has no dup, no descriptors, no AF_UNIX and no socketpair.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bsd_calls import Bsd, Handle

from sockspec import platform
from sockspec.agent.serve import serve
from sockspec.errors import Unsupported

# What lwip_getsockopt, lwip_setsockopt and the transfers know (src/api/sockets.c). Of the
# others lwip/sockets.h says "Unimplemented": they have no number here.
_KNOWN = {
    *("SO_ACCEPTCONN", "SO_BROADCAST", "SO_ERROR", "SO_KEEPALIVE", "SO_LINGER", "SO_RCVBUF"),
    *("SO_RCVTIMEO", "SO_REUSEADDR", "SO_SNDTIMEO", "SO_TYPE", "SO_BINDTODEVICE"),
    *("IP_TTL", "IP_TOS", "IP_MULTICAST_TTL", "IP_MULTICAST_IF", "IP_MULTICAST_LOOP"),
    *("IP_ADD_MEMBERSHIP", "IP_DROP_MEMBERSHIP"),
    *("IPV6_V6ONLY", "IPV6_JOIN_GROUP", "IPV6_LEAVE_GROUP"),
    *("IPV6_ADD_MEMBERSHIP", "IPV6_DROP_MEMBERSHIP"),
    *("TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"),
    *("AF_UNSPEC", "AF_INET", "AF_INET6"),
    *("MSG_PEEK", "MSG_DONTWAIT", "MSG_MORE", "MSG_NOSIGNAL", "MSG_TRUNC", "MSG_CTRUNC"),
}


class Lwip(Bsd):
    """The BSD sockets of lwIP, over an interface whose packets come straight back."""

    name = "lwip"

    def __init__(self) -> None:
        # Another one than this machine's is unpacked at the folder that LWIP names.
        root = Path(os.environ.get("LWIP", "/"))
        library = max(map(str, root.glob("usr/lib/*/liblwip.so.?")))
        super().__init__(library, "lwip_")
        source = Path(__file__).with_name("lwip_loopback.c")
        with tempfile.TemporaryDirectory() as folder:
            made = f"{folder}/loopback.so"
            flags = ("-shared", "-fPIC", f"-I{root}/usr/include/lwip")
            subprocess.run(["cc", *flags, "-o", made, str(source), library], check=True)
            self._loopback = ctypes.CDLL(made)
        self._loopback.loopback_version.restype = ctypes.c_char_p
        self._loopback.loopback_start()

    @property
    def version(self) -> str:
        return str(self._loopback.loopback_version().decode())

    @property
    def implementation(self) -> str:
        return f"lwIP {self.version}"

    def constant(self, symbol: str) -> int | None:
        # Its poll never tells POLLRDHUP, which lwip/sockets.h does not know. It has three
        # numbers of families; its socket() takes any other for IPv6 (lwip_socket).
        known = symbol in _KNOWN or not symbol.startswith(
            ("AF_", "SO_", "IP_", "IPV6_", "TCP_", "MSG_", "POLLRDHUP")
        )
        return super().constant(symbol) if known else None

    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        if type == socket.SOCK_DGRAM and protocol == socket.IPPROTO_ICMP:
            raise Unsupported("ping", "its socket() makes a UDP socket for any protocol")
        return super().new(family, type, protocol)

    def facts(self) -> dict[str, Any]:
        mine = {"profile": "lwip", "system": "lwIP", "release": "", "version": self.version}
        unknown = dict.fromkeys(("privileged", "capabilities", "hz"))
        return {**platform.facts(), **mine, **unknown, "settings": {}}


if __name__ == "__main__":
    serve(Lwip())
