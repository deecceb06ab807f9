"""Arranging: the sockets that a test needs before it comes to the point.

Every step here that goes wrong raises what the backend answered. Outside of
`observe.outcome` that makes the case indeterminate and names the call, because a
failed arrangement is not an observation of the rule.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, SockAddr, Unix
from sockspec.api import Socket
from sockspec.backend import NOWHERE
from sockspec.errors import NotReached, SocketError, SockspecError, UnmetNeed, Unsupported
from sockspec.network import icmp
from sockspec.network.impair import Impairments
from sockspec.network.links import Guest
from sockspec.network.wire import Conversation, Wire
from sockspec.run import queues
from sockspec.spec.rules import DGRAM, MAPPED, SEQPACKET, STREAM, UNIX, V4, V6, Case, End

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sockspec.address import Loopback
    from sockspec.backend import Backend
    from sockspec.network.wire import Packet
    from sockspec.pending import Pending

__all__ = ["Sockets"]

# States of a connection whose other end has sent its last, by Linux's numbers
# (include/net/tcp_states.h): TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, CLOSING.
_ENDED = {6, 7, 8, 9, 11}
_OVER = {6, 7}

_PATIENCE = 5.0
_LOOPBACK = 0.3  # seconds; where nothing tells that a segment came, it has by then

_DOMAINS = {V4: "AF_INET", V6: "AF_INET6", MAPPED: "AF_INET6", UNIX: "AF_UNIX"}
_TYPES = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}


class Sockets:
    """Makes sockets for one example, in the family and type of the case, and closes them.

    Family and type default to the case's parameters `family` and `type`, and those to
    `v4` and `stream`. Everything lives on the loopback interface, on ports that the
    system chooses.

    What of the features is `missing`, and why, decides which states can be reached. With a
    `peer`, that one makes the other end, over the link between them (see `sockspec.network`):
    which one that is, the rule says (see `sockspec.spec.rules.End`).
    """

    def __init__(
        self,
        backend: Backend,
        case: Case,
        settings: Mapping[str, Any],
        missing: Mapping[str, str] | None = None,
        peer: Backend | None = None,
    ) -> None:
        self.backend = backend
        judged = case.rule.judges
        self.peer = None if judged is End.ALONE else peer
        # Without a peer all of them are ours.
        other = self.peer or backend
        self._maker = other if judged is End.SERVER else backend
        self._listens = other if judged is End.CLIENT else backend
        self._far = backend if judged is End.SERVER else other
        self.case = case
        self.settings = settings
        self.missing = missing or {}
        self.patience = _PATIENCE
        """Seconds for which a state is waited for."""
        self._open: list[Socket] = []
        self._pending: list[tuple[Pending, list[Socket]]] = []
        self._directory: str | None = None
        self._names = 0
        self._wire: Wire | None = None
        self._guest: Guest | None = None
        self._impaired: list[Impairments] = []

    # -- sockets -------------------------------------------------------------

    def new(
        self,
        family: str | None = None,
        type: str | None = None,
        protocol: int | str = 0,
        by: Backend | None = None,
    ) -> Socket:
        """A fresh, blocking socket. A `mapped` one is IPv6 with IPV6_V6ONLY off."""
        family, type = family or self.family, type or self.type
        maker = self.backend if family == UNIX else by or self._maker
        made = Socket(_DOMAINS[family], _TYPES[type], protocol, backend=maker)
        self._open.append(made)
        if family == MAPPED:
            made.set_only_v6(False)
        return made

    def need(self, feature: str) -> None:
        """Raise `UnmetNeed` where a feature is missing."""
        if feature in self.missing:
            raise UnmetNeed(feature, self.missing[feature])

    def keep(self, sock: Socket) -> Socket:
        """Have a socket that the test itself made closed with the others."""
        self._open.append(sock)
        return sock

    def of(self, handle: Any) -> Socket:
        """What a primitive returned, a socket or not, closed with the others."""
        return self.keep(Socket.from_handle(self.backend, handle))

    def bound(self, family: str | None = None, type: str | None = None) -> Socket:
        """A socket bound to `loopback()`."""
        return self._bound(self._maker, family, type)

    def _bound(self, maker: Backend, family: str | None, type: str | None) -> Socket:
        made = self.new(family, type, by=maker)
        made.bind(self._address(self._seat(maker), family))
        return made

    def listener(
        self, backlog: int = 16, family: str | None = None, type: str | None = None
    ) -> Socket:
        """A listening socket, bound where what is to connect reaches it."""
        made = self._bound(self._listens, family, type)
        made.listen(backlog)
        return made

    def receiver(self, family: str | None = None, type: str | None = None) -> Socket:
        """A bound socket at the other end, a listener if it is a stream's."""
        made = self._bound(self._far, family, type)
        if (type or self.type) != DGRAM:
            made.listen(16)
        return made

    def connected(
        self, family: str | None = None, type: str | None = None
    ) -> tuple[Socket, Socket]:
        """Two sockets connected to each other: (client, server).

        Streams and sequenced packets through a listener that is closed again;
        datagram sockets bound and connected to one another.
        """
        if (type or self.type) == DGRAM:
            one, other = self.bound(family, DGRAM), self._bound(self._far, family, DGRAM)
            one.connect(other.local_addr())
            other.connect(one.local_addr())
            return one, other
        return self._through(self._far, family, type)

    def serving(
        self, family: str | None = None, type: str | None = None
    ) -> tuple[Socket, Socket]:
        """Two sockets connected to each other, the server ours: (server, client)."""
        there = self.peer or self.backend
        client = self.new(family, type, by=there)
        return self._through(self.backend, family, type, client)[::-1]

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

    def _seat(self, maker: Backend) -> Loopback:
        """Where a backend's sockets are bound: on the link, where a peer has to reach them."""
        at = None if self.peer is None else maker.reachable
        return at or maker.loopback

    def client_of(
        self, listener: Socket, family: str | None = None, type: str | None = None
    ) -> tuple[Socket, Socket]:
        """Connect a new client to a listener: (client, accepted)."""
        client = self.new(family, type)
        client.connect(listener.local_addr())
        return client, self.accepted(listener)

    def accepted(self, listener: Socket) -> Socket:
        """The next connection of a listener."""
        return self.keep(listener.accept()[0])

    def udp(self, family: str | None = None) -> Socket:
        """A datagram socket bound to loopback."""
        return self.bound(family, DGRAM)

    def dead_address(self, family: str | None = None, type: str | None = None) -> SockAddr:
        """An address at which nothing listens, kept reserved until the example ends.

        For inet sockets the port is bound and not listening, so that no other test can
        be given it (a just closed port could be).
        """
        return self._bound(self._far, family, type).local_addr()

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

    # -- addresses -------------------------------------------------------------

    @property
    def family(self) -> str:
        """The family of the case."""
        return self.case.get("family") or V4

    @property
    def type(self) -> str:
        """The socket type of the case."""
        return self.case.get("type") or STREAM

    def loopback(self, family: str | None = None, port: int = 0) -> SockAddr:
        """The address of a family at which sockets reach one another; a new path for unix."""
        return self._address(self._seat(self._maker), family, port)

    def _address(self, here: Loopback, family: str | None, port: int = 0) -> SockAddr:
        family = family or self.family
        if family == UNIX:
            return Unix(self.path())
        if family == V4:
            return Inet(here.v4, port)
        return Inet6(f"::ffff:{here.v4}" if family == MAPPED else here.v6, port)

    def wildcard(self, family: str | None = None, port: int = 0) -> SockAddr:
        """The unspecified address of a family."""
        return Inet("0.0.0.0", port) if (family or self.family) == V4 else Inet6("::", port)

    def path(self) -> bytes:
        """A path in a folder of this example, at which nothing is."""
        if self._directory is None:
            self._directory = self.backend.folder()
        self._names += 1
        return os.fsencode(os.path.join(self._directory, str(self._names)))  # noqa: PTH118

    # -- packets -------------------------------------------------------------------

    def conversation(self, ours: Socket, other: Socket | SockAddr) -> Conversation:
        """The packets between a socket of ours and another, from now on.

        `Unsupported` where packets cannot be seen, or nothing travels.
        """
        if self._wire is None:
            self._wire = Wire()
        far = other.local_addr() if isinstance(other, Socket) else other
        return Conversation(self._wire, ours.local_addr(), far)

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

    def vanishing(self) -> tuple[Socket, Socket, Callable[[], None]]:
        """A connection over a link, and what makes its far end vanish: (ours, theirs, that)."""
        self.need("link")
        self._guest = guest = Guest()
        listener = self.new(None, STREAM, by=self.peer)
        listener.bind(self._address(guest.at, None))
        listener.listen(1)
        ours, theirs = self.client_of(listener, None, STREAM)
        return ours, theirs, guest.vanish

    # -- waiting -----------------------------------------------------------------

    def wait(
        self, sock: Socket, events: str | Iterable[str], within: float | None = None
    ) -> None:
        """Wait until one of the events is there, by the names that they have here.

        Windows refuses POLLPRI and tells urgent data by POLLRDBAND, or as data where it is
        inline (Microsoft Learn, WSAPoll). Where there is no POLLRDHUP, the end of a stream
        is told by POLLHUP, but not by every system while data stands before it.
        """
        named = [events] if isinstance(events, str) else list(events)
        only_end = named == ["POLLRDHUP"] and sock.backend.constant("POLLRDHUP") is None
        asked = [self._here(event, sock) for event in named]
        if asked == ["POLLPRI"]:
            self.need("poll-priority")
        seconds = self.patience if within is None else within
        if not sock.poll(asked, _LOOPBACK if only_end else seconds) and not only_end:
            raise NotReached(f"{' or '.join(named) or 'an error'} {_in_time(within)}")

    def _here(self, event: str, sock: Socket) -> str:
        if event == "POLLPRI" and sock.backend.system == "win32":
            return "POLLRDNORM" if sock.out_of_band_inline() else "POLLRDBAND"
        if event == "POLLRDHUP" and sock.backend.constant(event) is None:
            return "POLLHUP"
        return event

    def wait_for_end(self, sock: Socket, within: float | None = None) -> None:
        """Wait until the peer's end of a stream has arrived, behind data or not."""
        if self.family == UNIX:
            return  # nothing travels: it is there when the peer's call returns
        if sock.backend.constant("POLLRDHUP") is None:
            self.wait(sock, "POLLRDHUP", within)
            return
        until = time.monotonic() + (self.patience if within is None else within)
        while not sock.poll("POLLRDHUP", 0.01):
            if self._has_received_end(sock):
                return
            if time.monotonic() > until:
                raise NotReached(f"the peer's end {_in_time(within)}")

    def wait_for_datagrams(self) -> None:
        """Wait until the datagrams that were sent have come: a later one has, elsewhere."""
        one, other = self.udp(), self.udp()
        one.send_to(b"x", other.local_addr())
        self.wait(other, "POLLIN")

    def wait_for_close(self, sock: Socket, within: float | None = None) -> None:
        """Wait until a connection that both sides have shut down is over, if that is told.

        The last segments go to and fro in the background; Linux is done when the call returns.
        """
        until = time.monotonic() + (self.patience if within is None else within)
        while self._tcp_state(sock) not in {None, *_OVER}:
            if time.monotonic() > until:
                raise NotReached(f"the end of the connection {_in_time(within)}")
            sock.poll([], 0.001)

    def _has_received_end(self, sock: Socket) -> bool:
        # gVisor never tells POLLRDHUP of TCP, but it tells the state of a connection.
        return self._tcp_state(sock) in _ENDED

    def _tcp_state(self, sock: Socket) -> int | None:
        try:
            told = sock.get_option("IPPROTO_TCP", "TCP_INFO", 1)
        except (SocketError, Unsupported):
            return None
        return told[0] if told else None

    @property
    def pollable(self) -> tuple[str, ...]:
        """The events that a portable program asks poll() for, in the order of the standard.

        Without POLLPRI on Windows, which refuses a call that asks for it.
        """
        windows = self.backend.system == "win32"
        return ("POLLIN", "POLLOUT") if windows else ("POLLIN", "POLLPRI", "POLLOUT")

    def received(self, sock: Socket, count: int) -> bytes:
        """The next `count` bytes of a stream, fewer at its end.

        Not with MSG_WAITALL: that it waits is a rule (data.wait-all).
        """
        pieces: list[bytes] = []
        while count > 0 and (more := sock.recv(min(count, 1 << 20))):
            pieces.append(more)
            count -= len(more)
        return b"".join(pieces)

    def start(self, primitive: str, sock: Socket, *arguments: Any) -> Pending:
        """Begin a primitive of the backend that may block, without waiting for it."""
        pending = sock.backend.start(primitive, sock.handle, *arguments)
        self._pending.append((pending, [sock]))
        return pending

    def set_option(self, sock: Socket, level: int | str, name: str, value: int) -> None:
        """Set an option that is an int; `Unsupported` where the system does not have it."""
        try:
            sock.set_int(level, name, value)
        except SocketError as error:
            if error.symbol == "ENOPROTOOPT":
                raise Unsupported(name, "setting it answers ENOPROTOOPT") from None
            raise

    nowhere = NOWHERE
    """A pointer to where nothing is mapped, for `backend.raw_call`."""

    # -- numbers -----------------------------------------------------------------

    def number(self, symbol: str) -> int:
        """The platform's number of a symbol; `Unsupported` when it has none."""
        value = self.backend.constant(symbol)
        if value is None:
            raise Unsupported(symbol, "the platform has no number for it")
        return value

    def setting(self, name: str) -> int:
        """A setting of the system that changes answers (`"net.core.rmem_max"`)."""
        value = self.settings.get(name)
        if value is None:
            raise Unsupported(f"setting {name}", "the platform does not show it")
        return int(value)

    # -- the end -------------------------------------------------------------------

    def close(self) -> None:
        """Close everything that this example made; never raises for a broken backend."""
        for pending, socks in self._pending:
            with suppress(SockspecError, OSError):
                self._release(pending, socks)
        self._pending.clear()
        while self._open:
            sock = self._open.pop()
            with suppress(SockspecError, OSError):
                sock.close()
        while self._impaired:
            self._impaired.pop().close()
        if self._guest is not None:
            self._guest.vanish()
            self._guest = None
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _release(self, pending: Pending, socks: list[Socket]) -> None:
        # close() does not wake a blocked call on Linux (close(2), NOTES); shutdown does.
        if pending.finished:
            return
        for sock in socks:
            with suppress(SockspecError, OSError):
                sock.shutdown("SHUT_RDWR")
        pending.wait(1.0)


def _in_time(within: float | None) -> str:
    # How long that is depends on the machine, and reasons do not.
    return f"within {_PATIENCE if within is None else within:g} s"
