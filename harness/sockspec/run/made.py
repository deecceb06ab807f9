"""Sockets made for one example, at either end, the addresses they get, and their end."""

from __future__ import annotations

import ipaddress
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, SockAddr, Unix
from sockspec.api import Socket
from sockspec.backend import NOWHERE
from sockspec.backends.trace import Traced
from sockspec.errors import SockspecError, UnmetNeed, Unsupported
from sockspec.run import families, ports
from sockspec.spec.rules import (
    DGRAM,
    MAPPED,
    NETLINK,
    PACKET,
    PING,
    RAW,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    V6,
    VSOCK,
    Case,
    End,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.address import Loopback
    from sockspec.backend import Backend
    from sockspec.network.impair import Impairments
    from sockspec.network.links import Guest
    from sockspec.network.wire import Wire
    from sockspec.pending import Pending

__all__ = ["PATIENCE", "Made"]

PATIENCE = 5.0
_DOMAINS = {V4: "AF_INET", V6: "AF_INET6", MAPPED: "AF_INET6", UNIX: "AF_UNIX"}
_DOMAINS |= {NETLINK: "AF_NETLINK", VSOCK: "AF_VSOCK", PING: "AF_INET", PACKET: "AF_PACKET"}
_TYPES = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}
_TYPES |= {RAW: "SOCK_RAW"}


class Made:
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
        self.patience = PATIENCE
        """Seconds for which a state is waited for."""
        self._open: list[Socket] = []
        self._streams: list[Socket] = []
        self._pending: list[tuple[Pending, list[Socket]]] = []
        self._directory: str | None = None
        self._names = 0
        self._wires: list[Wire] = []
        self._guest: Guest | None = None
        self._impaired: list[Impairments] = []

    def new(
        self,
        family: str | None = None,
        type: str | None = None,
        protocol: int | str = 0,
        by: Backend | None = None,
    ) -> Socket:
        """A fresh, blocking socket. A `mapped` one is IPv6 with IPV6_V6ONLY off."""
        family, type = family or self.family, type or self.type
        maker = self.backend if family == UNIX else self._ours(by or self._maker, family, type)
        protocol = protocol or families.protocol(family, type)
        made = Socket(_DOMAINS[family], _TYPES[type], protocol, backend=maker)
        self._open.append(made)
        if type == STREAM and family in (V4, V6, MAPPED):
            self._streams.append(made)
        if family == MAPPED:
            made.set_only_v6(False)
        return made

    def other(self, family: str | None = None, type: str | None = None) -> Socket:
        """A fresh socket at the other end."""
        return self.new(family, type, by=self._far)

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
        maker = self._ours(maker, family, type)
        made = self.new(family, type, by=maker)
        made.bind(self._address(self._seat(maker), family))
        return made

    def _ours(self, maker: Backend, family: str | None, type: str | None) -> Backend:
        """Who makes a socket: what is beyond the internet's families is no peer's to make."""
        beyond = families.is_beyond(family or self.family, type or self.type)
        return self.backend if beyond else maker

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
        if (type or self.type) not in (DGRAM, RAW):
            made.listen(16)
        return made

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
        accepted = self.keep(listener.accept()[0])
        self._streams.append(accepted)
        return accepted

    def udp(self, family: str | None = None) -> Socket:
        """A datagram socket bound to loopback."""
        return self.bound(family, DGRAM)

    def dead_address(self, family: str | None = None, type: str | None = None) -> SockAddr:
        """An address at which nothing listens, kept reserved until the example ends.

        For inet sockets the port is bound and not listening, so that no other test can
        be given it (a just closed port could be).
        """
        return self._bound(self._far, family, type).local_addr()

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
        return self._address(self._seat(self._ours(self._maker, family, None)), family, port)

    def _address(self, here: Loopback, family: str | None, port: int = 0) -> SockAddr:
        family = family or self.family
        if family == UNIX:
            return Unix(self.path())
        if family in (NETLINK, VSOCK, PACKET):
            return self._beyond(family, here)
        if family in (V4, PING):
            return Inet(here.v4, port)
        return Inet6(f"::ffff:{here.v4}" if family == MAPPED else here.v6, port)

    def _beyond(self, family: str, here: Loopback) -> Raw:
        local = family == VSOCK and "vsock-loopback" not in self.missing
        number, order = self.number(_DOMAINS[family]), self.backend.byte_order
        return families.address(family, number, order, here.index, local=local)

    def wildcard(self, family: str | None = None, port: int = 0) -> SockAddr:
        """The unspecified address of a family."""
        return Inet("0.0.0.0", port) if (family or self.family) == V4 else Inet6("::", port)

    def address(self, host: str, scope: int = 0, port: int = 0) -> SockAddr:
        """An address in the family of the case."""
        return Inet(host, port) if self.family == V4 else Inet6(host, port, 0, scope)

    @staticmethod
    def scoped(host: str, port: int, scope: int) -> Inet6:
        """An IPv6 address of one interface's link."""
        return Inet6(host, port, 0, scope)

    @staticmethod
    def packed(host: str) -> bytes:
        """An address as options and packets have it."""
        return ipaddress.ip_address(host).packed

    def path(self) -> bytes:
        """A path in a folder of this example, at which nothing is."""
        if self._directory is None:
            self._directory = self.backend.folder()
        self._names += 1
        return os.fsencode(os.path.join(self._directory, str(self._names)))  # noqa: PTH118 - a Path costs more than the call

    def change(self, how: str, *given: bytes | int) -> None:
        """Change files by the function of `os` of that name, or `create` an empty one.

        A witness has it, so that a script does it, too.
        """
        change: Callable[..., Any] = _create if how == "create" else getattr(os, how)
        change(*given)
        if isinstance(self.backend, Traced):
            self.backend.changed(how, *given)

    echo = families.ECHO
    """What a `ping` socket sends for the system itself to reply to."""

    @staticmethod
    def numbered(address: Raw) -> bool:
        """Whether an address beyond the internet's has a port, a port id or an interface."""
        return families.number_in(address)

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

    def allowed(self, name: str, least: int) -> None:
        """Raise `Unsupported` where a setting allows less than a test needs.

        Of several numbers (least, usual and most bytes of a buffer) the last one counts.
        """
        value = self.settings.get(name)
        if value is not None and int(value.split()[-1]) < least:
            raise Unsupported(f"as much as {least}", f"{name} is {value}")

    def unless(self, name: str, value: str, what: str) -> None:
        """Raise `Unsupported` where a setting has a value with which there is no such thing."""
        if self.settings.get(name) == value:
            raise Unsupported(what, f"{name} is {value}")

    # -- the end -------------------------------------------------------------------

    def close(self) -> None:
        """Close everything that this example made; never raises for a broken backend."""
        for pending, socks in self._pending:
            with suppress(SockspecError, OSError):
                self._release(pending, socks)
        self._pending.clear()
        self._give_ports_back()
        while self._open:
            sock = self._open.pop()
            with suppress(SockspecError, OSError):
                sock.close()
        while self._impaired:
            self._impaired.pop().close()
        if self._guest is not None:
            self._guest.vanish()
            self._guest = None
        while self._wires:
            self._wires.pop().close()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _give_ports_back(self) -> None:
        # An end by a reset leaves nothing behind that holds a port.
        for sock in self._streams if ports.FEATURE in self.missing else ():
            with suppress(SockspecError, OSError):
                sock.set_linger(0.0)
        self._streams.clear()

    def _release(self, pending: Pending, socks: list[Socket]) -> None:
        # close() does not wake a blocked call on Linux (close(2), NOTES); shutdown does.
        if pending.finished:
            return
        for sock in socks:
            with suppress(SockspecError, OSError):
                sock.shutdown("SHUT_RDWR")
        pending.wait(1.0)


def _create(path: bytes) -> None:
    with open(path, "xb"):  # noqa: PTH123 - a Path costs more than the call
        pass
