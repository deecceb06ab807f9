"""Arranging: the sockets that a test needs before it comes to the point.

Every step here that goes wrong raises what the backend answered. Outside of
`observe.outcome` that makes the case indeterminate and names the call, because a
failed arrangement is not an observation of the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.errors import NotReached, SocketError
from sockspec.run import queues
from sockspec.run.packets import Packets
from sockspec.spec.rules import DGRAM, RAW, STREAM, UNIX, VSOCK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.api import Socket
    from sockspec.backend import Backend

__all__ = ["Sockets"]


class Sockets(Packets):
    """What a test is given: sockets in every state that rules ask for.

    They are made as `sockspec.run.made` has it, waited for, and looked at on the wire.
    """

    def connected(
        self, family: str | None = None, type: str | None = None
    ) -> tuple[Socket, Socket]:
        """Two sockets connected to each other: (client, server).

        Streams and sequenced packets through a listener that is closed again;
        datagram sockets bound and connected to one another.
        """
        type = type or self.type
        if type in (DGRAM, RAW):
            one, other = self.bound(family, type), self._bound(self._far, family, type)
            one.connect(other.local_addr())
            other.connect(one.local_addr())
            return one, other
        if (family or self.family) == VSOCK:
            self.need("vsock-loopback")
        return self._through(self._far, family, type)

    def serving(
        self, family: str | None = None, type: str | None = None
    ) -> tuple[Socket, Socket]:
        """Two sockets connected to each other, the server ours: (server, client)."""
        there = self.peer or self.backend
        client = self.new(family, type, by=there)
        return self._through(self.backend, family, type, client)[::-1]

    def serving_of(self, change: Callable[[Socket], None]) -> tuple[Socket, Socket]:
        """The same through a listener that is changed before: (server, client)."""
        listener = self._bound(self.backend, None, None)
        change(listener)
        listener.listen(1)
        client = self.new(None, None, by=self.peer or self.backend)
        client.connect(listener.local_addr())
        return self.accepted(listener), client

    def _through(
        self,
        listens: Backend,
        family: str | None,
        type: str | None,
        client: Socket | None = None,
    ) -> tuple[Socket, Socket]:
        listener = self._bound(listens, family, type)
        listener.listen(1)
        client = client or self.new(family, type)
        client.connect(listener.local_addr())
        server = self.accepted(listener)
        listener.close()
        return client, server

    def connecting(self, family: str | None = None) -> Socket:
        """A non-blocking stream socket whose connect is pending.

        The listener's queue is full and nobody accepts. Where connects are never held
        back (another backlog policy) the state is not reached.
        """
        self.need("full-backlog")
        listener = self.listener(0, family)
        address = listener.local_addr()
        for _ in range(64):
            client = self.new(family, STREAM)
            client.set_nonblocking(True)
            try:
                client.connect(address)
            except SocketError as error:
                if error.symbol not in {"EINPROGRESS", "EAGAIN"}:
                    raise
            # A connect over loopback completes at once unless the queue is full.
            if not client.poll("POLLOUT", 0.05):
                return client
        raise NotReached("a connect that stays pending on a full queue")

    def reset(self, family: str | None = None) -> Socket:
        """A stream socket whose peer has reset the connection, the reset arrived."""
        self.need("reset")
        ours, theirs = self.connected(family, STREAM)
        theirs.set_linger(0.0)
        theirs.close()
        self.wait(ours, "POLLIN")
        return ours

    def at_eof(self, family: str | None = None) -> Socket:
        """A stream socket whose peer has closed in order, the end arrived."""
        ours, theirs = self.connected(family, STREAM)
        theirs.close()
        self.wait(ours, "POLLIN")
        return ours

    def fill(self, sock: Socket) -> int:
        """Send on a connected socket until it takes no more; how many bytes it took.

        Leaves the socket non-blocking.
        """
        return queues.fill(sock, travels=self.family != UNIX)

    def when_full(self, sock: Socket, send: Callable[[], str], *, taken: str) -> str:
        """How `send` ends on a connected socket that has no room; see `queues.when_full`."""
        travels = self.family != UNIX
        return queues.when_full(sock, send, taken=taken, travels=travels)

    def more_than_fits(self, receiver: Socket, sender: Socket) -> int:
        """More bytes than the queues of two connected sockets hold; it makes them small."""
        return queues.more_than_fits(receiver, sender)
