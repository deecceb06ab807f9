"""Socket options of level IPPROTO_IP."""

from __future__ import annotations

import ipaddress

from sockspec.api import codec
from sockspec.api.base import Face
from sockspec.api.documents import documented

__all__ = ["Ip"]

_LEVEL = "IPPROTO_IP"


class Ip(Face):
    """Getters and setters; a getter is named as the option, its setter `set_...`."""

    @documented
    def join_multicast_v4(self, multiaddr: str, interface: str) -> None:
        """IP_ADD_MEMBERSHIP: join a group on the interface with that address.

        `"0.0.0.0"` has the system choose the interface.
        """
        self.set_option(_LEVEL, "IP_ADD_MEMBERSHIP", codec.ip_mreq(multiaddr, interface))

    @documented
    def leave_multicast_v4(self, multiaddr: str, interface: str) -> None:
        """IP_DROP_MEMBERSHIP."""
        self.set_option(_LEVEL, "IP_DROP_MEMBERSHIP", codec.ip_mreq(multiaddr, interface))

    @documented
    def multicast_if_v4(self) -> str:
        """IP_MULTICAST_IF: the address of the interface for outgoing multicast."""
        return str(ipaddress.IPv4Address(self.get_option(_LEVEL, "IP_MULTICAST_IF", 4)))

    @documented
    def set_multicast_if_v4(self, interface: str) -> None:
        """Set IP_MULTICAST_IF."""
        self.set_option(_LEVEL, "IP_MULTICAST_IF", codec.in_addr(interface))

    @documented
    def multicast_loop_v4(self) -> bool:
        """IP_MULTICAST_LOOP: whether this host gets the multicast it sends."""
        return self._get_bool(_LEVEL, "IP_MULTICAST_LOOP")

    @documented
    def set_multicast_loop_v4(self, loop_v4: bool) -> None:
        """Set IP_MULTICAST_LOOP."""
        self.set_int(_LEVEL, "IP_MULTICAST_LOOP", int(loop_v4))

    @documented
    def multicast_ttl_v4(self) -> int:
        """IP_MULTICAST_TTL: time to live of outgoing multicast, 0 to 255."""
        return self.get_int(_LEVEL, "IP_MULTICAST_TTL")

    @documented
    def set_multicast_ttl_v4(self, ttl: int) -> None:
        """Set IP_MULTICAST_TTL."""
        self.set_int(_LEVEL, "IP_MULTICAST_TTL", ttl)

    @documented
    def ttl(self) -> int:
        """IP_TTL: time to live of every packet sent, 1 to 255."""
        return self.get_int(_LEVEL, "IP_TTL")

    @documented
    def set_ttl(self, ttl: int) -> None:
        """Set IP_TTL."""
        self.set_int(_LEVEL, "IP_TTL", ttl)

    # -- newer than the document ---------------------------------------------

    @documented
    def tos_v4(self) -> int:
        """IP_TOS: the type-of-service field of every packet sent."""
        return self.get_int(_LEVEL, "IP_TOS")

    @documented
    def set_tos_v4(self, tos: int) -> None:
        """Set IP_TOS."""
        self.set_int(_LEVEL, "IP_TOS", tos)

    @documented
    def recv_tos_v4(self) -> bool:
        """IP_RECVTOS: whether datagrams bring their type of service as control data."""
        return self._get_bool(_LEVEL, "IP_RECVTOS")

    @documented
    def set_recv_tos_v4(self, recv_tos: bool) -> None:
        """Set IP_RECVTOS."""
        self.set_int(_LEVEL, "IP_RECVTOS", int(recv_tos))

    @documented
    def freebind_v4(self) -> bool:
        """IP_FREEBIND (Linux): whether bind takes an address that is not local."""
        return self._get_bool(_LEVEL, "IP_FREEBIND")

    @documented
    def set_freebind_v4(self, freebind: bool) -> None:
        """Set IP_FREEBIND."""
        self.set_int(_LEVEL, "IP_FREEBIND", int(freebind))

    @documented
    def ip_transparent_v4(self) -> bool:
        """IP_TRANSPARENT (Linux)."""
        return self._get_bool(_LEVEL, "IP_TRANSPARENT")

    @documented
    def set_ip_transparent_v4(self, transparent: bool) -> None:
        """Set IP_TRANSPARENT; takes CAP_NET_ADMIN (ip(7))."""
        self.set_int(_LEVEL, "IP_TRANSPARENT", int(transparent))

    @documented
    def multicast_all_v4(self) -> bool:
        """IP_MULTICAST_ALL (Linux): whether groups that others joined are delivered."""
        return self._get_bool(_LEVEL, "IP_MULTICAST_ALL")

    @documented
    def set_multicast_all_v4(self, all_v4: bool) -> None:
        """Set IP_MULTICAST_ALL."""
        self.set_int(_LEVEL, "IP_MULTICAST_ALL", int(all_v4))

    @documented
    def join_multicast_v4_n(self, multiaddr: str, interface: int) -> None:
        """IP_ADD_MEMBERSHIP with an interface index."""
        value = codec.ip_mreqn(self.backend, multiaddr, interface)
        self.set_option(_LEVEL, "IP_ADD_MEMBERSHIP", value)

    @documented
    def leave_multicast_v4_n(self, multiaddr: str, interface: int) -> None:
        """IP_DROP_MEMBERSHIP with an interface index."""
        value = codec.ip_mreqn(self.backend, multiaddr, interface)
        self.set_option(_LEVEL, "IP_DROP_MEMBERSHIP", value)

    @documented
    def join_ssm_v4(self, source: str, group: str, interface: str) -> None:
        """IP_ADD_SOURCE_MEMBERSHIP: join a group for one sender."""
        value = codec.ip_mreq_source(self.backend, source, group, interface)
        self.set_option(_LEVEL, "IP_ADD_SOURCE_MEMBERSHIP", value)

    @documented
    def leave_ssm_v4(self, source: str, group: str, interface: str) -> None:
        """IP_DROP_SOURCE_MEMBERSHIP."""
        value = codec.ip_mreq_source(self.backend, source, group, interface)
        self.set_option(_LEVEL, "IP_DROP_SOURCE_MEMBERSHIP", value)
