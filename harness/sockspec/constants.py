"""Numbers of symbols that Python's own modules leave out.

The tables hold what the system headers define and `socket` and `select` do
not export. Absence is data: a symbol without a number on this platform is
answered with None, never with a guess.
"""

from __future__ import annotations

import errno
import platform
import select
import socket
import sys

__all__ = ["errno_symbol", "extra", "symbols"]

# include/uapi/asm-generic/{socket,sockios}.h, include/uapi/linux/{in,in6,tcp,socket}.h.
# https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi
_LINUX: dict[str, int] = {
    "SO_PEEK_OFF": 42,
    "SO_BUSY_POLL": 46,
    "SO_COOKIE": 57,
    "SO_ZEROCOPY": 60,
    "SO_BINDTOIFINDEX": 62,
    "SO_SNDBUFFORCE": 32,
    "SO_RCVBUFFORCE": 33,
    "SO_RXQ_OVFL": 40,
    "SO_TIMESTAMP": 29,
    "SO_ATTACH_FILTER": 26,
    "SO_DETACH_FILTER": 27,
    "SO_LOCK_FILTER": 44,
    "SO_ORIGINAL_DST": 80,
    "IP_RECVTTL": 12,
    "IP_RECVTOS": 13,
    "IP_PKTINFO": 8,
    "IP_MTU_DISCOVER": 10,
    "IP_RECVERR": 11,
    "IP_MTU": 14,
    "IP_FREEBIND": 15,
    "IP_BIND_ADDRESS_NO_PORT": 24,
    "IP_ADD_SOURCE_MEMBERSHIP": 39,
    "IP_DROP_SOURCE_MEMBERSHIP": 40,
    "IP_MULTICAST_ALL": 49,
    "IP_UNICAST_IF": 50,
    "IPV6_ADD_MEMBERSHIP": 20,
    "IPV6_DROP_MEMBERSHIP": 21,
    "IPV6_MTU_DISCOVER": 23,
    "IPV6_MTU": 24,
    "IPV6_RECVERR": 25,
    "IPV6_MULTICAST_ALL": 29,
    "IPV6_HDRINCL": 36,
    "IPV6_TRANSPARENT": 75,
    "IPV6_UNICAST_IF": 76,
    "IPV6_FREEBIND": 78,
    "IP6T_SO_ORIGINAL_DST": 80,
    "TCP_THIN_LINEAR_TIMEOUTS": 16,
    "MSG_ZEROCOPY": 0x4000000,
    "SIOCATMARK": 0x8905,
    "SIOCINQ": 0x541B,
    "SIOCOUTQ": 0x5411,
    "SIOCOUTQNSD": 0x894B,
    "FIONREAD": 0x541B,
    "IPPROTO_MPTCP": 262,
    "SOCK_DCCP": 6,
    "IPPROTO_DCCP": 33,
}

# arch/mips/include/uapi/asm/{socket,sockios,ioctls}.h: _IOR('s', 7, int) for SIOCATMARK.
_MIPS: dict[str, int] = {
    **_LINUX,
    "SO_SNDBUFFORCE": 31,
    "SIOCATMARK": 0x40047307,
    "SIOCINQ": 0x467F,
    "SIOCOUTQ": 0x7472,
    "FIONREAD": 0x467F,
}

# Architectures whose SOL_SOCKET numbers are not the generic ones (arch/*/include/uapi/asm).
_OTHER_NUMBERS = ("sparc", "parisc", "hppa", "alpha")

# <sys/sockio.h>, <sys/filio.h> and <sys/socket.h> of Darwin and FreeBSD:
# _IOR('s', 7, int), _IOR('f', 127, int).
_BSD: dict[str, int] = {"SIOCATMARK": 0x40047307, "FIONREAD": 0x4004667F}
_DARWIN: dict[str, int] = {**_BSD, "SO_NOSIGPIPE": 0x1022, "SO_LINGER_SEC": 0x1080}
_FREEBSD: dict[str, int] = {**_BSD, "SO_NOSIGPIPE": 0x0800}

# <winsock2.h>: _IOR('s', 7, u_long), _IOR('f', 127, u_long), and the events of WSAPoll.
_WINDOWS: dict[str, int] = {
    "SIOCATMARK": 0x40047307,
    "FIONREAD": 0x4004667F,
    "POLLERR": 0x0001,
    "POLLHUP": 0x0002,
    "POLLNVAL": 0x0004,
    "POLLWRNORM": 0x0010,
    "POLLOUT": 0x0010,
    "POLLWRBAND": 0x0020,
    "POLLRDNORM": 0x0100,
    "POLLRDBAND": 0x0200,
    "POLLIN": 0x0300,
    "POLLPRI": 0x0400,
}

_ALIASES = {"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}


def extra(symbol: str) -> int | None:
    """The number of a symbol of this platform's headers that Python does not export."""
    system = sys.platform
    if system == "linux":
        machine = platform.machine()
        if machine.startswith("mips"):
            return _MIPS.get(symbol)
        if machine.startswith(_OTHER_NUMBERS) and symbol.startswith(("SO_", "SIOC", "FIO")):
            return None
        return _LINUX.get(symbol)
    if system == "darwin":
        return _DARWIN.get(symbol)
    if system.startswith("freebsd"):
        return _FREEBSD.get(symbol)
    if system == "win32":
        return _WINDOWS.get(symbol)
    return None


def symbols() -> frozenset[str]:
    """Every symbol that has a number in Python's modules or in these tables."""
    known = {
        name
        for module in (socket, select)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int)
    }
    return frozenset(known.union(_LINUX, _DARWIN, _FREEBSD, _WINDOWS))


def errno_symbol(number: int) -> str:
    """The symbol of a raw error number, one per meaning on every platform.

    Winsock's `WSA` prefix is dropped, and where two names share a number the
    more specific one for sockets is used: EAGAIN for EWOULDBLOCK, EOPNOTSUPP
    for ENOTSUP. A number without a name becomes `"E<number>"`.
    """
    symbol = errno.errorcode.get(number, f"E{number}").removeprefix("WSA")
    return _ALIASES.get(symbol, symbol)
