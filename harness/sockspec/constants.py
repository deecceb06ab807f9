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

# include/uapi/asm-generic/{socket,sockios}.h, include/uapi/linux/{errqueue,in,in6,tcp,udp}.h,
# include/uapi/linux/netfilter_ipv6/ip6_tables.h, include/linux/socket.h.
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
    "SO_PEERNAME": 28,
    "SO_PEERGROUPS": 59,
    "SO_INCOMING_NAPI_ID": 56,
    "SO_PREFER_BUSY_POLL": 69,
    "SO_BUSY_POLL_BUDGET": 70,
    "SO_NETNS_COOKIE": 71,
    "SO_BUF_LOCK": 72,
    "SO_RESERVE_MEM": 73,
    "SO_TIMESTAMPNS": 35,
    "SO_TIMESTAMPING": 37,
    "SO_TXTIME": 61,
    "SO_TXREHASH": 74,
    "SO_GET_FILTER": 26,
    "SO_ATTACH_BPF": 50,
    "SO_DETACH_BPF": 27,
    "SO_ATTACH_REUSEPORT_CBPF": 51,
    "SO_ATTACH_REUSEPORT_EBPF": 52,
    "SO_DETACH_REUSEPORT_BPF": 68,
    "SO_BPF_EXTENSIONS": 48,
    "SO_NO_CHECK": 11,
    "SO_NOFCS": 43,
    "SO_SELECT_ERR_QUEUE": 45,
    "SO_WIFI_STATUS": 41,
    "SO_MAX_PACING_RATE": 47,
    "SO_MEMINFO": 55,
    "SO_SECURITY_AUTHENTICATION": 22,
    "SO_SECURITY_ENCRYPTION_TRANSPORT": 23,
    "SO_SECURITY_ENCRYPTION_NETWORK": 24,
    "SO_TIMESTAMP_NEW": 63,
    "SO_TIMESTAMPNS_NEW": 64,
    "SO_TIMESTAMPING_NEW": 65,
    "SO_RCVTIMEO_NEW": 66,
    "SO_SNDTIMEO_NEW": 67,
    "SO_CNX_ADVICE": 53,
    "SO_RCVMARK": 75,
    "SO_BSDCOMPAT": 14,
    "IP_BLOCK_SOURCE": 38,
    "IP_LOCAL_PORT_RANGE": 51,
    "IP_MINTTL": 21,
    "IP_MSFILTER": 41,
    "IP_NODEFRAG": 22,
    "IP_ORIGDSTADDR": 20,
    "IP_PASSSEC": 18,
    "IP_PKTOPTIONS": 9,
    "IP_PROTOCOL": 52,
    "IP_RECVERR_RFC4884": 26,
    "IP_RECVFRAGSIZE": 25,
    "IP_RECVORIGDSTADDR": 20,
    "IP_ROUTER_ALERT": 5,
    "IP_UNBLOCK_SOURCE": 37,
    "IP_XFRM_POLICY": 17,
    "IP_IPSEC_POLICY": 16,
    "IP_CHECKSUM": 23,
    "IP_PMTUDISC_DONT": 0,
    "IP_PMTUDISC_WANT": 1,
    "IP_PMTUDISC_DO": 2,
    "IP_PMTUDISC_PROBE": 3,
    "IP_PMTUDISC_INTERFACE": 4,
    "IP_PMTUDISC_OMIT": 5,
    "MCAST_JOIN_GROUP": 42,
    "MCAST_LEAVE_GROUP": 45,
    "MCAST_JOIN_SOURCE_GROUP": 46,
    "MCAST_LEAVE_SOURCE_GROUP": 47,
    "MCAST_BLOCK_SOURCE": 43,
    "MCAST_UNBLOCK_SOURCE": 44,
    "MCAST_MSFILTER": 48,
    "IPV6_2292PKTINFO": 2,
    "IPV6_2292HOPOPTS": 3,
    "IPV6_2292DSTOPTS": 4,
    "IPV6_2292RTHDR": 5,
    "IPV6_2292PKTOPTIONS": 6,
    "IPV6_2292HOPLIMIT": 8,
    "IPV6_IPSEC_POLICY": 34,
    "IPV6_XFRM_POLICY": 35,
    "IPV6_ROUTER_ALERT_ISOLATE": 30,
    "IPV6_ADDRFORM": 1,
    "IPV6_ADDR_PREFERENCES": 72,
    "IPV6_AUTHHDR": 10,
    "IPV6_AUTOFLOWLABEL": 70,
    "IPV6_FLOWINFO": 11,
    "IPV6_FLOWINFO_SEND": 33,
    "IPV6_FLOWLABEL_MGR": 32,
    "IPV6_JOIN_ANYCAST": 27,
    "IPV6_LEAVE_ANYCAST": 28,
    "IPV6_MINHOPCOUNT": 73,
    "IPV6_ORIGDSTADDR": 74,
    "IPV6_RECVERR_RFC4884": 31,
    "IPV6_RECVFRAGSIZE": 77,
    "IPV6_RECVORIGDSTADDR": 74,
    "IPV6_ROUTER_ALERT": 22,
    "IP6T_SO_GET_REVISION_MATCH": 68,
    "TCP_CC_INFO": 26,
    "TCP_CM_INQ": 36,
    "TCP_FASTOPEN_CONNECT": 30,
    "TCP_FASTOPEN_KEY": 33,
    "TCP_FASTOPEN_NO_COOKIE": 34,
    "TCP_INQ": 36,
    "TCP_MD5SIG": 14,
    "TCP_MD5SIG_EXT": 32,
    "TCP_QUEUE_SEQ": 21,
    "TCP_REPAIR": 19,
    "TCP_REPAIR_OPTIONS": 22,
    "TCP_REPAIR_QUEUE": 20,
    "TCP_REPAIR_WINDOW": 29,
    "TCP_SAVED_SYN": 28,
    "TCP_SAVE_SYN": 27,
    "TCP_THIN_DUPACK": 17,
    "TCP_TIMESTAMP": 24,
    "TCP_TX_DELAY": 37,
    "TCP_ULP": 31,
    "TCP_ZEROCOPY_RECEIVE": 35,
    "UDP_CORK": 1,
    "UDP_ENCAP": 100,
    "UDP_GRO": 104,
    "UDP_SEGMENT": 103,
    "UDP_NO_CHECK6_RX": 102,
    "UDP_NO_CHECK6_TX": 101,
    "MSG_BATCH": 0x40000,
    "MSG_FIN": 0x200,
    "MSG_PROXY": 0x10,
    "MSG_RST": 0x1000,
    "MSG_SYN": 0x400,
    "MSG_WAITFORONE": 0x10000,
    "SCM_TIMESTAMP": 29,
    "SCM_TIMESTAMPNS": 35,
    "SCM_TIMESTAMPING": 37,
    "SCM_TXTIME": 61,
    "SCM_TIMESTAMPING_PKTINFO": 58,
    "SCM_TIMESTAMPING_OPT_STATS": 54,
    "SCM_WIFI_STATUS": 41,
    "SO_EE_ORIGIN_ZEROCOPY": 5,
    "SO_EE_ORIGIN_TIMESTAMPING": 4,
    "SO_EE_ORIGIN_LOCAL": 1,
    "SO_EE_ORIGIN_ICMP": 2,
    "SO_EE_ORIGIN_ICMP6": 3,
    "SO_PASSPIDFD": 76,
    "SO_PEERPIDFD": 77,
    "TCP_IS_MPTCP": 43,
    "MSG_ZEROCOPY": 0x4000000,
    "SIOCATMARK": 0x8905,
    "SIOCINQ": 0x541B,
    "SIOCOUTQ": 0x5411,
    "SIOCOUTQNSD": 0x894B,
    "FIONREAD": 0x541B,
    "FIONBIO": 0x5421,
    "FIOASYNC": 0x5452,
    "EPOLL_CTL_ADD": 1,
    "EPOLL_CTL_DEL": 2,
    "EPOLL_CTL_MOD": 3,
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
    "FIONBIO": 0x667E,
    "FIOASYNC": 0x667D,
}

# Architectures whose SOL_SOCKET numbers are not the generic ones (arch/*/include/uapi/asm).
_OTHER_NUMBERS = ("sparc", "parisc", "hppa", "alpha")

# <sys/sockio.h>, <sys/filio.h> and <sys/socket.h> of Darwin and FreeBSD:
# _IOR('s', 7, int), _IOR('f', 127, int), _IOW('f', 126, int), _IOW('f', 125, int).
# <sys/event.h> of both: Python has other names for these.
_BSD: dict[str, int] = {
    "EVFILT_READ": -1,
    "EVFILT_WRITE": -2,
    "EV_ADD": 0x0001,
    "EV_DELETE": 0x0002,
    "EV_ENABLE": 0x0004,
    "EV_DISABLE": 0x0008,
    "EV_ONESHOT": 0x0010,
    "EV_CLEAR": 0x0020,
    "EV_RECEIPT": 0x0040,
    "EV_DISPATCH": 0x0080,
    "EV_EOF": 0x8000,
    "EV_ERROR": 0x4000,
    "NOTE_LOWAT": 0x0001,
    "SIOCATMARK": 0x40047307,
    "FIONREAD": 0x4004667F,
    "FIONBIO": 0x8004667E,
    "FIOASYNC": 0x8004667D,
}
_DARWIN: dict[str, int] = {
    **_BSD,
    "SO_NOSIGPIPE": 0x1022,
    "SO_LINGER_SEC": 0x1080,
    "EVFILT_EXCEPT": -15,
    "NOTE_OOB": 0x0002,
}
_FREEBSD: dict[str, int] = {**_BSD, "SO_NOSIGPIPE": 0x0800, "EVFILT_EMPTY": -13}

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
