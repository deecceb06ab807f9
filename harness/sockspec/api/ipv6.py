"""Socket options of level IPPROTO_IPV6."""

from __future__ import annotations

from sockspec.api import codec
from sockspec.api.base import Face
from sockspec.api.documents import documented

__all__ = ["Ipv6"]

_LEVEL = "IPPROTO_IPV6"


class Ipv6(Face):
    """Getters and setters; a getter is named as the option, its setter `set_...`."""

    def _membership(self, new: str, old: str) -> str:
        # RFC 3493 calls them IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP; some systems have
        # only the older names.
        return new if self.backend.constant(new) is not None else old

    @documented
    def join_multicast_v6(self, multiaddr: str, interface: int) -> None:
        """IPV6_JOIN_GROUP: join a group on the interface of that index, 0 for any."""
        name = self._membership("IPV6_JOIN_GROUP", "IPV6_ADD_MEMBERSHIP")
        self.set_option(_LEVEL, name, codec.ipv6_mreq(self.backend, multiaddr, interface))

    @documented
    def leave_multicast_v6(self, multiaddr: str, interface: int) -> None:
        """IPV6_LEAVE_GROUP."""
        name = self._membership("IPV6_LEAVE_GROUP", "IPV6_DROP_MEMBERSHIP")
        self.set_option(_LEVEL, name, codec.ipv6_mreq(self.backend, multiaddr, interface))

    @documented
    def multicast_hops_v6(self) -> int:
        """IPV6_MULTICAST_HOPS: routers that outgoing multicast may pass."""
        return self.get_int(_LEVEL, "IPV6_MULTICAST_HOPS")

    @documented
    def set_multicast_hops_v6(self, hops: int) -> None:
        """Set IPV6_MULTICAST_HOPS."""
        self.set_int(_LEVEL, "IPV6_MULTICAST_HOPS", hops)

    @documented
    def multicast_if_v6(self) -> int:
        """IPV6_MULTICAST_IF: index of the interface for outgoing multicast, 0 for none."""
        return self.get_int(_LEVEL, "IPV6_MULTICAST_IF")

    @documented
    def set_multicast_if_v6(self, interface: int) -> None:
        """Set IPV6_MULTICAST_IF."""
        self.set_int(_LEVEL, "IPV6_MULTICAST_IF", interface)

    @documented
    def multicast_loop_v6(self) -> bool:
        """IPV6_MULTICAST_LOOP: whether this host gets the multicast it sends."""
        return self._get_bool(_LEVEL, "IPV6_MULTICAST_LOOP")

    @documented
    def set_multicast_loop_v6(self, loop_v6: bool) -> None:
        """Set IPV6_MULTICAST_LOOP."""
        self.set_int(_LEVEL, "IPV6_MULTICAST_LOOP", int(loop_v6))

    @documented
    def unicast_hops_v6(self) -> int:
        """IPV6_UNICAST_HOPS: hop limit of unicast packets."""
        return self.get_int(_LEVEL, "IPV6_UNICAST_HOPS")

    @documented
    def set_unicast_hops_v6(self, hops: int) -> None:
        """Set IPV6_UNICAST_HOPS."""
        self.set_int(_LEVEL, "IPV6_UNICAST_HOPS", hops)

    @documented
    def only_v6(self) -> bool:
        """IPV6_V6ONLY: whether IPv4-mapped addresses are excluded."""
        return self._get_bool(_LEVEL, "IPV6_V6ONLY")

    @documented
    def set_only_v6(self, only_v6: bool) -> None:
        """Set IPV6_V6ONLY, before bind."""
        self.set_int(_LEVEL, "IPV6_V6ONLY", int(only_v6))

    # -- newer than the document ---------------------------------------------

    @documented
    def tclass_v6(self) -> int:
        """IPV6_TCLASS: the traffic class of every packet sent."""
        return self.get_int(_LEVEL, "IPV6_TCLASS")

    @documented
    def set_tclass_v6(self, tclass: int) -> None:
        """Set IPV6_TCLASS."""
        self.set_int(_LEVEL, "IPV6_TCLASS", tclass)

    @documented
    def recv_tclass_v6(self) -> bool:
        """IPV6_RECVTCLASS: whether datagrams bring their traffic class as control data."""
        return self._get_bool(_LEVEL, "IPV6_RECVTCLASS")

    @documented
    def set_recv_tclass_v6(self, recv_tclass: bool) -> None:
        """Set IPV6_RECVTCLASS."""
        self.set_int(_LEVEL, "IPV6_RECVTCLASS", int(recv_tclass))

    @documented
    def recv_hoplimit_v6(self) -> bool:
        """IPV6_RECVHOPLIMIT: whether datagrams bring their hop limit as control data."""
        return self._get_bool(_LEVEL, "IPV6_RECVHOPLIMIT")

    @documented
    def set_recv_hoplimit_v6(self, recv_hoplimit: bool) -> None:
        """Set IPV6_RECVHOPLIMIT."""
        self.set_int(_LEVEL, "IPV6_RECVHOPLIMIT", int(recv_hoplimit))

    @documented
    def freebind_v6(self) -> bool:
        """IPV6_FREEBIND (Linux): whether bind takes an address that is not local."""
        return self._get_bool(_LEVEL, "IPV6_FREEBIND")

    @documented
    def set_freebind_v6(self, freebind: bool) -> None:
        """Set IPV6_FREEBIND."""
        self.set_int(_LEVEL, "IPV6_FREEBIND", int(freebind))

    @documented
    def multicast_all_v6(self) -> bool:
        """IPV6_MULTICAST_ALL (Linux): whether groups that others joined are delivered."""
        return self._get_bool(_LEVEL, "IPV6_MULTICAST_ALL")

    @documented
    def set_multicast_all_v6(self, all_v6: bool) -> None:
        """Set IPV6_MULTICAST_ALL."""
        self.set_int(_LEVEL, "IPV6_MULTICAST_ALL", int(all_v6))
