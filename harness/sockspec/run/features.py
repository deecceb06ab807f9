"""What a backend offers on this platform: probed by using it once, not by asking.

The answers go into the header of the run file; a case whose needs are not met is
`unsupported`, with the reason found here.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.address import Unix
from sockspec.backends.deadline import Deadline
from sockspec.backends.trace import Traced
from sockspec.errors import (
    Died,
    Hang,
    Misbehaved,
    NotReached,
    SocketError,
    SockspecError,
    Unsupported,
)
from sockspec.run.arrange import Sockets
from sockspec.spec.rules import (
    DGRAM,
    MAPPED,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    V6,
    Case,
    Level,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend

__all__ = ["FEATURES", "Capabilities", "probe"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Features that are there, and those that are not with the reason."""

    present: frozenset[str]
    missing: Mapping[str, str]

    def lacking(self, needs: tuple[str, ...]) -> str:
        """The first unmet need and why, as a sentence; empty when all are met."""
        for need in needs:
            if need in self.missing:
                return f"needs {need}: {self.missing[need]}"
            if need not in self.present:
                return f"needs {need}, which no probe knows"
        return ""


def _family(name: str, type: str = STREAM) -> Callable[[Sockets], object]:
    return lambda sockets: sockets.bound(name, type)


def _out_of_band(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(V4, STREAM)
    theirs.send_out_of_band(b"!")
    sockets.wait(ours, "POLLPRI", 1.0)
    ours.recv_out_of_band(1)


def _priority(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(V4, STREAM)
    theirs.send_out_of_band(b"!")
    if "POLLPRI" not in ours.poll("POLLPRI", 1.0):
        raise Unsupported("POLLPRI", "poll() does not tell urgent data by it")


def _message(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(V4, DGRAM)
    theirs.send_vectored([b"a", b"b"])
    ours.recv_vectored([1, 1])


def _raw(primitive: str) -> Callable[[Sockets], object]:
    def use(sockets: Sockets) -> None:
        made = getattr(sockets.backend, primitive)(
            sockets.number("AF_INET"), sockets.number("SOCK_STREAM"), 0
        )
        sockets.backend.close(made)

    return use


def _accept_raw(sockets: Sockets) -> None:
    listener = sockets.listener(1, V4, STREAM)
    client = sockets.new(V4, STREAM)
    client.connect(listener.local_addr())
    sockets.backend.close(sockets.backend.accept_raw(listener.handle)[0])


def _raw_address(sockets: Sockets) -> None:
    from sockspec.address import Raw  # noqa: PLC0415 - only here

    family = sockets.number("AF_INET").to_bytes(2, "little")
    with suppress(SocketError):
        sockets.new(V4, STREAM).bind(Raw(family + bytes(14)))


def _other_loopback(sockets: Sockets) -> None:
    from sockspec.address import Inet  # noqa: PLC0415 - only here

    sockets.new(V4, STREAM).bind(Inet("127.0.0.2", 0))


def _multicast_v4(sockets: Sockets) -> None:
    sock = sockets.udp(V4)
    sock.join_multicast_v4("239.255.77.77", "127.0.0.1")
    sock.set_multicast_if_v4("127.0.0.1")


def _multicast_v6(sockets: Sockets) -> None:
    sockets.udp(V6).join_multicast_v6("ff11::7777", 1)


def _reset(sockets: Sockets) -> None:
    sock = sockets.reset(V4)
    with suppress(SocketError):
        sock.recv(1)
        # Wine tells a receive of a reset as of an end; but only an end leaves room to send.
        sock.send(b"x")
        raise Unsupported("reset", "a close with SO_LINGER 0 ends a connection in order")


def _pair(sockets: Sockets) -> None:
    one, other = sockets.backend.pair(
        sockets.number("AF_UNIX"), sockets.number("SOCK_STREAM"), 0
    )
    sockets.backend.close(one)
    sockets.backend.close(other)


def _files(sockets: Sockets) -> None:
    # Rules that look at the file of a socket do so from here.
    path = sockets.path()
    sockets.new(UNIX, STREAM).bind(Unix(path))
    if not os.path.lexists(path):
        raise Unsupported("files", "where the sockets are their files are not seen from here")


def _abstract(sockets: Sockets) -> None:
    # A name of our own: whether an empty one is chosen by the system is a rule.
    made = sockets.new(UNIX, STREAM)
    name = Unix(b"\0sockspec-%d" % os.getpid())
    made.bind(name)
    if made.local_addr() != name:
        raise Unsupported("abstract names")


FEATURES: dict[str, Callable[[Sockets], object]] = {
    "ipv4": _family(V4),
    "ipv6": _family(V6),
    "dual-stack": _family(MAPPED),
    "unix": _family(UNIX),
    "unix-dgram": _family(UNIX, DGRAM),
    "unix-abstract": _abstract,
    "unix-autobind": lambda sockets: sockets.new(UNIX, STREAM).bind(Unix(b"")),
    "unix-files": _files,
    "seqpacket": _family(UNIX, SEQPACKET),
    "pair": _pair,
    "poll": lambda sockets: sockets.new(V4, STREAM).poll("POLLOUT", 0),
    "oob": _out_of_band,
    "poll-priority": _priority,
    "sockatmark": lambda sockets: sockets.connected(V4, STREAM)[0].at_mark(),
    "messages": _message,
    "new-raw": _raw("new_raw"),
    "accept-raw": _accept_raw,
    "raw-address": _raw_address,
    "adopt": lambda sockets: sockets.backend.close(
        sockets.backend.adopt(sockets.backend.detach(sockets.bound(V4, STREAM).handle))
    ),
    "nonblocking-flag": lambda sockets: sockets.new(V4, STREAM).nonblocking(),
    "ioctl": lambda sockets: sockets.udp(V4).available(),
    "other-loopback": _other_loopback,
    "multicast-v4": _multicast_v4,
    "multicast-v6": _multicast_v6,
    "reset": _reset,
    "reuse-port": lambda sockets: sockets.number("SO_REUSEPORT"),
    "full-backlog": lambda sockets: sockets.connecting(V4),
    "device": lambda sockets: sockets.number("SO_BINDTODEVICE"),
}
"""Every feature that a rule can need, with the use that shows it."""

_PROBE = Rule(
    "probe.backend.feature", "A feature is used once.", Level.MAY, (), {}, frozenset()
)


def probe(backend: Backend, privileged: bool | None, deadline: float = 5.0) -> Capabilities:
    """Use every feature once. Two more tell who runs: `privileged`, `unprivileged`."""
    traced = Traced(backend)
    present: set[str] = set()
    missing: dict[str, str] = {}
    for name, use in FEATURES.items():
        sockets = Sockets(traced, Case(_PROBE), {})
        traced.begin_example()
        try:
            with Deadline(deadline, traced).armed():
                try:
                    use(sockets)
                finally:
                    sockets.close()
        except (Unsupported, NotReached, Hang) as error:
            missing[name] = str(error)
        except (Died, Misbehaved):
            # It is there, and breaks: the cases that need it show how.
            present.add(name)
        except SocketError as error:
            missing[name] = f"{error.call} answered {error.symbol}"
        except Exception as error:  # a backend may raise whatever it likes
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0]
        else:
            present.add(name)
        with suppress(SockspecError):
            traced.reset()
    who, other = (
        ("privileged", "unprivileged") if privileged else ("unprivileged", "privileged")
    )
    present.add(who)
    missing[other] = f"the run is {who}"
    return Capabilities(frozenset(present), missing)
