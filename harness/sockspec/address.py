"""Socket addresses, as a program writes them and as a system stores them.

The backends exchange these values and nothing else, so that an address means
the same through Python's module, a C extension and a pipe.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Union

__all__ = ["Inet", "Inet6", "Loopback", "Raw", "SockAddr", "Unix", "parse"]


@dataclass(frozen=True)
class Inet:
    """An IPv4 address and port (`sockaddr_in`)."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Inet6:
    """An IPv6 address, port, flow information and scope (`sockaddr_in6`)."""

    host: str
    port: int
    flowinfo: int = 0
    scope_id: int = 0

    def __str__(self) -> str:
        scope = f"%{self.scope_id}" if self.scope_id else ""
        return f"[{self.host}{scope}]:{self.port}"


@dataclass(frozen=True)
class Unix:
    """A local address (`sockaddr_un`).

    `path` is the file system path; a leading NUL makes it a Linux abstract
    name; empty is the unnamed address.
    """

    path: bytes

    def __str__(self) -> str:
        return f"unix:{self.path.decode(errors='backslashreplace')}"


@dataclass(frozen=True)
class Raw:
    """The bytes of a `sockaddr` exactly as a system is to get, or gave, them.

    Short, long and wrong-family addresses are written this way. Needs the
    feature `raw-address`.
    """

    data: bytes

    def __str__(self) -> str:
        return f"raw:{self.data.hex()}"


@dataclass(frozen=True)
class Loopback:
    """Where an implementation reaches itself: an address of each family, and the interface.

    `index` is the interface's number, as IPv6 scopes and multicast calls take it.
    """

    v4: str = "127.0.0.1"
    v6: str = "::1"
    index: int = 1


SockAddr = Union[Inet, Inet6, Unix, Raw]  # noqa: UP007 - the Python agent runs on 3.9


def parse(text: str) -> Inet | Inet6:
    """Read `"127.0.0.1:80"` or `"[::1]:80"`, as the documents write addresses.

    Raises `ValueError` for anything else; names are not resolved.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 0xFFFF:
        msg = f"{text!r} is not ADDRESS:PORT"
        raise ValueError(msg)
    if host.startswith("[") and host.endswith("]"):
        address, percent, scope = host[1:-1].partition("%")
        ipaddress.IPv6Address(address)
        return Inet6(address, int(port), 0, int(scope) if percent else 0)
    ipaddress.IPv4Address(host)
    return Inet(host, int(port))
