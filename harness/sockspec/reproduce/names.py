"""Symbols for the numbers of a witness: `SO_LINGER` in place of 13 of level 1.

A witness has the numbers of the platform that answered. Those here are Linux's, which the
agents of other stacks use as well; of a platform with others a number stays a number. The
names are looked up again where a script runs, so that it fits that machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Flags", "Names", "Symbol"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A number that has a name."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Flags:
    """A set of bits: those that have names, and the others as one number."""

    symbols: tuple[Symbol, ...]
    rest: int = 0


# include/linux/socket.h, include/linux/net.h, include/uapi/linux/{in,in6,tcp}.h,
# include/uapi/asm-generic/{socket,sockios,ioctls,poll}.h, arch/mips/include/uapi/asm/socket.h.
# https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include
_FAMILIES = {0: "AF_UNSPEC", 1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK"}
_FAMILIES |= {17: "AF_PACKET", 40: "AF_VSOCK"}
_TYPES = {1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 4: "SOCK_RDM", 5: "SOCK_SEQPACKET"}
_TYPES |= {6: "SOCK_DCCP", 10: "SOCK_PACKET"}
_TYPE_FLAGS = {0x800: "SOCK_NONBLOCK", 0x80000: "SOCK_CLOEXEC"}
_PROTOCOLS = {1: "IPPROTO_ICMP", 6: "IPPROTO_TCP", 17: "IPPROTO_UDP", 132: "IPPROTO_SCTP"}
_PROTOCOLS |= {33: "IPPROTO_DCCP", 58: "IPPROTO_ICMPV6", 136: "IPPROTO_UDPLITE"}
_PROTOCOLS |= {255: "IPPROTO_RAW", 262: "IPPROTO_MPTCP"}
_LEVELS = {0: "IPPROTO_IP", 1: "SOL_SOCKET", 6: "IPPROTO_TCP", 17: "IPPROTO_UDP"}
_LEVELS |= {41: "IPPROTO_IPV6"}
_HOW = {0: "SHUT_RD", 1: "SHUT_WR", 2: "SHUT_RDWR"}
_REQUESTS = {0x5411: "SIOCOUTQ", 0x541B: "FIONREAD", 0x5421: "FIONBIO", 0x8905: "SIOCATMARK"}
_REQUESTS |= {0x894B: "SIOCOUTQNSD"}


def _numbered(text: str) -> dict[int, str]:
    """The names by their numbers: `"SO_DEBUG 1 SO_REUSEADDR 2"`."""
    words = text.split()
    return {int(number, 0): name for name, number in zip(words[::2], words[1::2], strict=True)}


_OPTIONS = {
    1: _numbered("""
        SO_DEBUG 1 SO_REUSEADDR 2 SO_TYPE 3 SO_ERROR 4 SO_DONTROUTE 5 SO_BROADCAST 6
        SO_SNDBUF 7 SO_RCVBUF 8 SO_KEEPALIVE 9 SO_OOBINLINE 10 SO_PRIORITY 12 SO_LINGER 13
        SO_REUSEPORT 15 SO_PASSCRED 16 SO_PEERCRED 17 SO_RCVLOWAT 18 SO_SNDLOWAT 19
        SO_RCVTIMEO 20 SO_SNDTIMEO 21 SO_BINDTODEVICE 25 SO_ATTACH_FILTER 26
        SO_DETACH_FILTER 27 SO_TIMESTAMP 29 SO_ACCEPTCONN 30 SO_PEERSEC 31
        SO_SNDBUFFORCE 32 SO_RCVBUFFORCE 33 SO_PASSSEC 34 SO_MARK 36 SO_PROTOCOL 38
        SO_DOMAIN 39 SO_RXQ_OVFL 40 SO_PEEK_OFF 42 SO_LOCK_FILTER 44 SO_BUSY_POLL 46
        SO_INCOMING_CPU 49 SO_COOKIE 57 SO_ZEROCOPY 60 SO_BINDTOIFINDEX 62"""),
    0: _numbered("""
        IP_TOS 1 IP_TTL 2 IP_HDRINCL 3 IP_OPTIONS 4 IP_RECVOPTS 6 IP_RETOPTS 7 IP_PKTINFO 8
        IP_MTU_DISCOVER 10 IP_RECVERR 11 IP_RECVTTL 12 IP_RECVTOS 13 IP_MTU 14
        IP_FREEBIND 15 IP_TRANSPARENT 19 IP_BIND_ADDRESS_NO_PORT 24 IP_MULTICAST_IF 32
        IP_MULTICAST_TTL 33 IP_MULTICAST_LOOP 34 IP_ADD_MEMBERSHIP 35 IP_DROP_MEMBERSHIP 36
        IP_ADD_SOURCE_MEMBERSHIP 39 IP_DROP_SOURCE_MEMBERSHIP 40 IP_MULTICAST_ALL 49
        IP_UNICAST_IF 50 SO_ORIGINAL_DST 80"""),
    6: _numbered("""
        TCP_NODELAY 1 TCP_MAXSEG 2 TCP_CORK 3 TCP_KEEPIDLE 4 TCP_KEEPINTVL 5 TCP_KEEPCNT 6
        TCP_SYNCNT 7 TCP_LINGER2 8 TCP_DEFER_ACCEPT 9 TCP_WINDOW_CLAMP 10 TCP_INFO 11
        TCP_QUICKACK 12 TCP_CONGESTION 13 TCP_THIN_LINEAR_TIMEOUTS 16 TCP_USER_TIMEOUT 18
        TCP_FASTOPEN 23 TCP_NOTSENT_LOWAT 25"""),
    41: _numbered("""
        IPV6_CHECKSUM 7 IPV6_UNICAST_HOPS 16 IPV6_MULTICAST_IF 17 IPV6_MULTICAST_HOPS 18
        IPV6_MULTICAST_LOOP 19 IPV6_ADD_MEMBERSHIP 20 IPV6_DROP_MEMBERSHIP 21
        IPV6_MTU_DISCOVER 23 IPV6_MTU 24 IPV6_RECVERR 25 IPV6_V6ONLY 26
        IPV6_MULTICAST_ALL 29 IPV6_HDRINCL 36 IPV6_RECVPKTINFO 49 IPV6_PKTINFO 50
        IPV6_RECVHOPLIMIT 51 IPV6_HOPLIMIT 52 IPV6_DONTFRAG 62 IPV6_RECVTCLASS 66
        IPV6_TCLASS 67 IPV6_TRANSPARENT 75 IPV6_UNICAST_IF 76 IPV6_FREEBIND 78
        IP6T_SO_ORIGINAL_DST 80"""),
}
_CONTROL = {**_OPTIONS, 1: {1: "SCM_RIGHTS", 2: "SCM_CREDENTIALS", 29: "SO_TIMESTAMP"}}
_FLAGS = _numbered("""
    MSG_OOB 1 MSG_PEEK 2 MSG_DONTROUTE 4 MSG_CTRUNC 8 MSG_TRUNC 0x20 MSG_DONTWAIT 0x40
    MSG_EOR 0x80 MSG_WAITALL 0x100 MSG_CONFIRM 0x800 MSG_ERRQUEUE 0x2000 MSG_NOSIGNAL 0x4000
    MSG_MORE 0x8000 MSG_ZEROCOPY 0x4000000 MSG_FASTOPEN 0x20000000
    MSG_CMSG_CLOEXEC 0x40000000""")
_EVENTS = _numbered("""
    POLLIN 1 POLLPRI 2 POLLOUT 4 POLLERR 8 POLLHUP 0x10 POLLNVAL 0x20 POLLRDNORM 0x40
    POLLRDBAND 0x80 POLLWRNORM 0x100 POLLWRBAND 0x200 POLLRDHUP 0x2000""")


@dataclass(slots=True)
class Names:
    """The names of one platform's numbers, and which of them were asked for."""

    known: bool = True
    used: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Names:
        """The names on the platform of a run, by the facts in its header."""
        foreign = facts.get("system") in {"Wine", "Windows", "Darwin", "FreeBSD"}
        return cls(known=not foreign and not facts.get("machine", "").startswith("mips"))

    def _one(self, table: Mapping[int, str], number: int) -> Symbol | int:
        name = table.get(number) if self.known else None
        if name is None:
            return number
        self.used[name] = number
        return Symbol(name, number)

    def _bits(self, table: Mapping[int, str], number: int) -> Flags:
        found = []
        rest = number
        for bit in sorted(table if self.known and number > 0 else ()):
            if rest & bit:
                found.append(Symbol(table[bit], bit))
                self.used[table[bit]] = bit
                rest &= ~bit
        return Flags(tuple(found), rest)

    def family(self, number: int) -> Symbol | int:
        """AF_INET."""
        return self._one(_FAMILIES, number)

    def type(self, number: int) -> Flags | Symbol | int:
        """SOCK_STREAM, with the flags that may be in it."""
        flags = self._bits(_TYPE_FLAGS, number)
        if not flags.symbols:
            return self._one(_TYPES, number)
        kind = self._one(_TYPES, flags.rest)
        if isinstance(kind, int):
            return flags
        return Flags((kind, *flags.symbols))

    def protocol(self, number: int) -> Symbol | int:
        """IPPROTO_TCP; 0 is the family's own choice."""
        return self._one(_PROTOCOLS, number)

    def level(self, number: int) -> Symbol | int:
        """SOL_SOCKET."""
        return self._one(_LEVELS, number)

    def option(self, level: int, number: int) -> Symbol | int:
        """SO_LINGER."""
        return self._one(_OPTIONS.get(level, {}), number)

    def control(self, level: int, number: int) -> Symbol | int:
        """SCM_RIGHTS: the type of control data."""
        return self._one(_CONTROL.get(level, {}), number)

    def flags(self, number: int) -> Flags:
        """MSG_PEEK | MSG_DONTWAIT."""
        return self._bits(_FLAGS, number)

    def events(self, number: int) -> Flags:
        """POLLIN | POLLPRI."""
        return self._bits(_EVENTS, number)

    def how(self, number: int) -> Symbol | int:
        """SHUT_RDWR."""
        return self._one(_HOW, number)

    def request(self, number: int) -> Symbol | int:
        """FIONREAD."""
        return self._one(_REQUESTS, number)
