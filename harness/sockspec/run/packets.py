"""The packets of an example: seen, impaired, answered by errors, or by nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.address import Inet, Inet6, SockAddr
from sockspec.api import Socket
from sockspec.errors import NotReached, Unsupported
from sockspec.network import icmp, links
from sockspec.network.datagrams import Datagrams
from sockspec.network.links import Guest, Interface
from sockspec.network.wire import Conversation, Wire
from sockspec.run.waiting import Waiting
from sockspec.spec.rules import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend
    from sockspec.network.impair import Impairments
    from sockspec.network.wire import Packet

__all__ = ["Packets"]


class Packets(Waiting):
    """Sockets whose packets a test can look at."""

    def conversation(self, ours: Socket, other: Socket | SockAddr) -> Conversation:
        """The packets between a socket of ours and another, from now on.

        `Unsupported` where packets cannot be seen, or nothing travels.
        """
        far = other.local_addr() if isinstance(other, Socket) else other
        near = ours.local_addr()
        wire = Wire()
        self._wires.append(wire)
        return Conversation(wire, near, far)

    def opening(
        self, *, ours: str = "", listens: bool = True
    ) -> tuple[Socket, Socket, Conversation]:
        """Two ends before they are connected: (client, listener, the packets from now on).

        The listener is ours, or the client where `ours` says so. Without `listens` it is only
        bound.
        """
        near, far = self.bound(type=STREAM), self._bound(self._far, None, STREAM)
        client, listener = (near, far) if ours == "client" else (far, near)
        if listens:
            listener.listen(1)
        return client, listener, self.conversation(client, listener)

    def impair(self, sock: Socket) -> Impairments:
        """What loses, delays or doubles the packets of a bound socket of ours, when told to."""
        from sockspec.network.impair import Impairments  # noqa: PLC0415 - few links have it

        self.need("impairment")
        at = sock.local_addr()
        if not isinstance(at, Inet | Inet6):
            raise Unsupported("impairment", f"nothing travels to {at}")
        made = Impairments(at.port)
        self._impaired.append(made)
        return made

    def unreachable(self, kind: str, about: Packet) -> None:
        """Have an ICMP error come about a packet that was sent; see `sockspec.network.icmp`."""
        icmp.send(kind, about)

    def comes(self, seen: Datagrams, what: Callable[[], object], within: float = 0.3) -> bool:
        """Whether datagrams show something within a while."""
        try:
            seen.until(what, within)
        except NotReached:
            return False
        return True

    def too_big(self, mtu: int, about: Packet) -> None:
        """Have an ICMP error come that says that a packet was larger than a path's MTU."""
        icmp.too_big(about, mtu)

    def guest(self) -> Guest:
        """An address at the far end that only this example has."""
        self.need("link")
        if self._guest is None:
            self._guest = Guest()
        return self._guest

    def ends(self) -> tuple[Interface, Interface]:
        """The interfaces of our end of the link and of the far one."""
        self.need("link")
        here, there = self.backend.reachable, self._far_end().reachable
        if not isinstance(here, Interface) or not isinstance(there, Interface):
            raise Unsupported("link", "an end of it is no interface of this system's")
        return here, there

    def second_ends(self) -> tuple[Interface, Interface]:
        """Those of the second network between the two."""
        self.need("interfaces")
        here, there = self.ends()
        return links.SECOND[here], links.SECOND[there]

    def third_ends(self) -> tuple[Interface, Interface]:
        """Those of the third network between the two."""
        self.need("interfaces")
        here, there = self.ends()
        return links.THIRD[here], links.THIRD[there]

    def networks(self) -> dict[str, tuple[Interface, Interface]]:
        """The interfaces of the two on each network between them: first, second, third."""
        ends = (self.ends(), self.second_ends(), self.third_ends())
        return dict(zip(("first", "second", "third"), ends, strict=True))

    def more(self, at: Interface) -> dict[str, str]:
        """Further IPv6 addresses of a third interface; see `sockspec.network.links.MORE`."""
        return links.MORE[at.name]

    def _far_end(self) -> Backend:
        return self.peer or self.backend

    def mtu(self) -> int:
        """The MTU of the interface through which our end and the far one reach each other."""
        return links.mtu(links.NEAR.name if links.kind() == "veth" else "lo")

    def datagrams(self) -> Datagrams:
        """All datagrams of the link, from now on; `Unsupported` as of `conversation`."""
        wire = Wire()
        self._wires.append(wire)
        return Datagrams(wire)

    def vanishing(self) -> tuple[Socket, Socket, Callable[[], None]]:
        """A connection over a link, and what makes its far end vanish: (ours, theirs, that)."""
        guest = self.guest()
        listener = self.new(None, STREAM, by=self.peer)
        listener.bind(self._address(guest.at, None))
        listener.listen(1)
        ours, theirs = self.client_of(listener, None, STREAM)
        return ours, theirs, guest.vanish
