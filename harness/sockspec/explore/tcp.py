"""A TCP socket of the model, after Linux's state machine.

Both ends of a connection are two `Tcp`; what one sends is with the other at once: the
runner waits until it is (`Sock.dirty`). The sources of what differs from POSIX are in
`oddities`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sockspec.explore.sock import BOTH, UNNAMED, Got, Name, No, Result, Sent, Sock, Target

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Tcp"]

_READS = frozenset(("MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_NOSIGNAL"))
_OPEN = ("ESTABLISHED", "CLOSE_WAIT")
_ROOM = 40_000  # bytes on the way that fit into any buffer


@dataclass(eq=False)
class Tcp(Sock):
    """`tcp` is the state of the protocol, `layer` that of the socket above it."""

    tcp: str = "CLOSE"
    layer: str = "fresh"  # fresh, connecting, connected, broken
    peer: Tcp | None = None
    far: Name | None = None
    inbox: bytearray = field(default_factory=bytearray)
    ended: bool = False  # the peer's FIN was received
    mark: int | None = None  # how far the urgent byte is
    urgent: str = ""  # "", valid, read
    backlog: int = 0
    pending: deque[Tcp] = field(default_factory=deque)
    waiting: list[Tcp] = field(default_factory=list)  # connections that a full queue keeps out
    was: str = ""  # how it came to be closed

    def states(self) -> tuple[str, ...]:
        return (
            *("fresh", "bound", "listening", "connecting", "refused", "connected"),
            *("read-shut", "write-shut", "both-shut", "at-end", "at-end-write-shut"),
            *("reset", "over", "dissolved", "closed"),
        )

    def state(self) -> str:
        if self.is_gone:
            return "closed"
        if self.tcp == "LISTEN":
            return "listening"
        if self.tcp == "SYN_SENT":
            return "connecting"
        if self.tcp == "CLOSE":
            return self.was or ("fresh" if self.name[1] is None else "bound")
        if self.ended:
            return "at-end" if "wr" not in self.shut else "at-end-write-shut"
        if self.shut == BOTH:
            return "both-shut"
        return {"rd": "read-shut", "wr": "write-shut"}.get("".join(self.shut), "connected")

    @property
    def may_lose(self) -> bool:
        """Whether bytes may be on their way to either end, which a reset would lose.

        Behind an urgent byte one cannot see whether they have arrived.
        """
        ends = (self, self.peer) if self.peer is not None else (self,)
        return any(each.mark and len(each.inbox) > each.mark + 1 for each in ends)

    # -- segments that arrive ---------------------------------------------------------------

    def get_fin(self) -> None:
        """The other end has sent its last."""
        self.dirty = True
        self.ended = True
        self.shut |= {"rd"}
        if self.tcp == "ESTABLISHED":
            self.tcp = "CLOSE_WAIT"
        else:
            self.done("over")

    def get_rst(self) -> None:
        """The other end has broken the connection."""
        self.dirty = True
        if self.tcp == "CLOSE":
            return
        self.error = {"SYN_SENT": "ECONNREFUSED", "CLOSE_WAIT": "EPIPE"}.get(
            self.tcp, "ECONNRESET"
        )
        self.done("refused" if self.tcp == "SYN_SENT" else "reset")

    def done(self, how: str) -> None:
        """The connection is no more."""
        self.tcp, self.was = "CLOSE", how
        self.shut = BOTH

    def send_fin(self) -> None:
        """Say that this end has sent its last."""
        peer = self.peer
        if self.tcp == "CLOSE_WAIT":
            self.done("over")
        elif self.tcp == "ESTABLISHED":
            self.tcp = "FIN_WAIT"
        if peer is not None and not (peer.is_gone and peer.tcp == "CLOSE"):
            peer.get_fin()

    def disconnect(self) -> None:
        """Back to the beginning, as after connect() to AF_UNSPEC."""
        peer, was = self.peer, self.tcp
        if peer is not None and was in {"ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT"}:
            peer.get_rst()
        self.drop_queue()
        self.tcp, self.layer, self.peer, self.far = "CLOSE", "fresh", None, None
        self.inbox.clear()
        self.ended, self.shut = False, frozenset()
        self.mark, self.urgent, self.was = None, "", "dissolved"
        # A port that bind() chose is let go of too: only one that was asked for is locked.
        self.last, self.name = self.name[1], UNNAMED

    def dissolve(self) -> None:
        """As connect() to no family does; what it broke it reports as reset."""
        if self.tcp in {*_OPEN, "FIN_WAIT", "SYN_SENT"}:
            self.error = "ECONNRESET"
        self.disconnect()

    def drop_queue(self) -> None:
        """A listener lets go of whoever nobody has accepted."""
        while self.pending:
            embryo = self.pending.popleft()
            embryo.embryo = False
            if embryo.peer is not None and embryo.tcp != "CLOSE":
                embryo.peer.get_rst()
            embryo.tcp = "CLOSE"

    def closed(self) -> None:
        self.drop_queue()
        lingers = self.options.get("SO_LINGER", (0, 0))
        if self.peer is None or self.tcp in {"CLOSE", "SYN_SENT", "LISTEN"}:
            self.tcp = "CLOSE"
        elif self.inbox or (lingers[0] and not lingers[1]):
            self.tcp = "CLOSE"
            self.peer.get_rst()
        elif self.tcp in _OPEN:
            self.send_fin()

    # -- calls ------------------------------------------------------------------------------

    def shut_down(self, how: frozenset[str]) -> list[Result]:
        if self.tcp == "SYN_SENT":
            return [Got(b"", 0, then=self.disconnect)]

        def shut() -> None:
            if self.tcp == "LISTEN":
                if "rd" in how:
                    self.disconnect()
                else:
                    self.shut |= how
                return
            if self.layer == "connecting":
                self.layer = "broken" if self.tcp == "CLOSE" else "connected"
            self.shut |= how
            if "wr" in how and self.tcp in _OPEN:
                self.send_fin()

        if self.tcp == "CLOSE":
            return [No("ENOTCONN", shut)]
        return [Got(b"", 0, then=shut)]

    def receive(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        if self.tcp == "LISTEN":
            return [No("ENOTCONN")]
        if "MSG_OOB" in flags:
            return self._receive_urgent(size, flags)
        if flags - _READS or not size:
            return None
        data, hole = self._next(size)
        waits = not self.nonblocking and "MSG_DONTWAIT" not in flags
        if waits and "MSG_WAITALL" in flags and len(data) < size:
            return None
        if data:
            peek = "MSG_PEEK" in flags
            after = (lambda: None) if peek else (lambda: self._read(len(data) + hole))
            return [Got(data, len(data), then=after)]

        def pass_hole() -> None:
            if "MSG_PEEK" not in flags:
                self._read(hole)

        if self.ended:
            return [Got(b"", 0, then=pass_hole)]
        if self.error:

            def told() -> None:
                self.take_error()
                pass_hole()

            return [No(self.error, told)]
        if "rd" in self.shut:
            return [Got(b"", 0, then=pass_hole)]
        if self.tcp == "CLOSE":
            return [No("ENOTCONN")]
        return None if waits else [No("EAGAIN", pass_hole)]

    def _next(self, size: int) -> tuple[bytes, int]:
        """The bytes that a read gets, and how many urgent ones it skips before them."""
        inline = self.options.get("SO_OOBINLINE", 0)
        if self.mark is None or self.mark >= len(self.inbox):
            return bytes(self.inbox[:size]), 0
        if self.mark > 0:
            return bytes(self.inbox[: min(size, self.mark)]), 0
        hole = 0 if inline else 1
        return bytes(self.inbox[hole : hole + size]), hole

    def _read(self, count: int) -> None:
        del self.inbox[:count]
        if self.mark is not None and count:
            self.mark -= count
            if self.mark < 0:
                self.mark, self.urgent = None, ""

    def _receive_urgent(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        if flags - _READS - {"MSG_OOB"} or not size:
            return None
        if self.options.get("SO_OOBINLINE", 0) or self.urgent != "valid":
            return [No("EINVAL")]
        if self.tcp == "CLOSE" and not self.ended:
            return [No("ENOTCONN")]
        mark = self.mark or 0
        byte = bytes(self.inbox[mark : mark + 1])

        def read() -> None:
            if "MSG_PEEK" not in flags:
                self.urgent = "read"

        return [Got(byte, 1, frozenset(("MSG_OOB",)), then=read)]

    def transmit(
        self, data: bytes, flags: frozenset[str], to: Target | None
    ) -> list[Result] | None:
        if flags - {"MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_OOB"}:
            return None
        if to is not None:
            # POSIX: it fails with EISCONN, or the address is ignored.
            plain = self.transmit(data, flags, None)
            return plain and [*plain, No("EISCONN")]
        if self.tcp == "SYN_SENT":
            return [No("EAGAIN")] if self.nonblocking or "MSG_DONTWAIT" in flags else None
        if self.tcp not in _OPEN or "wr" in self.shut or self.error:
            return [self.refused()] if self.error else [No("EPIPE")]
        peer = self.peer
        assert peer is not None  # noqa: S101 - an open connection has two ends
        if peer.tcp == "FIN_WAIT" and self.may_lose:
            return None
        urgent = "MSG_OOB" in flags
        if urgent and (peer.mark is not None or not data):
            return None  # a second urgent byte while there is one: not modelled
        if len(peer.inbox) + len(data) > _ROOM:
            return None  # how much a network takes is nobody's promise

        def sent(count: int) -> None:
            self._deliver(peer, data[:count], urgent=urgent)

        return [Sent(len(data), len(data), sent)]

    def _deliver(self, peer: Tcp, data: bytes, *, urgent: bool) -> None:
        if not data:
            return
        if peer.is_gone:
            self.get_rst()
        elif peer.tcp == "FIN_WAIT" and "rd" in peer.shut:
            if urgent:  # the pointer has arrived all the same
                peer.mark, peer.urgent = len(peer.inbox) + len(data) - 1, "valid"
            peer.get_rst()
            self.get_rst()
        else:
            peer.dirty = True
            peer.inbox += data
            if urgent:
                peer.mark, peer.urgent = len(peer.inbox) - 1, "valid"

    def connect(self, to: Target, named: Callable[[], None]) -> list[Result] | None:
        """What connect() may do; `named` gives it a name where it has none."""
        if to.kind == "unspec":
            vague = self.waiting or self.may_lose
            return None if vague else [Got(b"", 0, then=self.dissolve)]
        if self.layer == "connected":
            return [No("EISCONN")]
        if self.layer == "broken":
            return [No("EINVAL")]
        if self.layer == "connecting":
            return self._connect_again()
        if self.tcp == "LISTEN":
            return [No("EISCONN")]
        if to.kind == "other-family":
            return [No("EAFNOSUPPORT"), No("EINVAL")]
        other = to.sock
        if other is None or other is self or not isinstance(other, Tcp) or other.waiting:
            return None
        listens = other.tcp == "LISTEN" and not other.is_gone
        if listens and other.shut:
            return None  # what it was shut for its connections have too: not modelled
        if not self.nonblocking and listens and len(other.pending) > other.backlog:
            return None

        def begin() -> None:
            named()
            self.was, self.error = "", None
            self.layer, self.far, self.dirty = "connecting", to.name, True
            self.tcp = "SYN_SENT"
            if not listens:
                self.get_rst()
            elif len(other.pending) > other.backlog:
                other.waiting.append(self)
            else:
                self._meet(other)

        def at_once() -> None:
            begin()
            self.layer = "connected"

        def refused() -> None:
            begin()
            self.take_error()
            self.disconnect()

        progress = [No("EINPROGRESS", begin)] if self.nonblocking else []
        if not listens:
            return [*progress, No("ECONNREFUSED", refused)]
        return [*progress, Got(b"", 0, then=at_once)]

    def _meet(self, listener: Tcp) -> None:
        embryo = Tcp(self.family, "stream", name=("loop", listener.name[1]), embryo=True)
        embryo.options = dict(listener.options)
        embryo.bound = listener.bound
        embryo.peer, embryo.far = self, self.name
        embryo.tcp, embryo.layer = "ESTABLISHED", "connected"
        self.tcp, self.peer = "ESTABLISHED", embryo
        listener.pending.append(embryo)
        listener.dirty = True

    def _connect_again(self) -> list[Result]:
        if self.tcp == "SYN_SENT":
            return [No("EALREADY")]
        if self.tcp == "CLOSE":
            return [self._over()]

        def connected() -> None:
            self.layer = "connected"

        return [
            Got(b"", 0, then=connected, oddity="connect.succeeds-once"),
            No("EISCONN", connected),
        ]

    def _over(self) -> No:
        def told() -> None:
            self.take_error()
            self.disconnect()

        return No(self.error or "ECONNABORTED", told, "" if self.error else "connect.aborted")

    # -- what can be asked ------------------------------------------------------------------

    def peer_name(self) -> list[Name | str]:
        if self.tcp in {"CLOSE", "SYN_SENT", "LISTEN"} or self.far is None:
            return ["ENOTCONN"]
        return [self.far]

    def unread(self) -> list[int | str]:
        if self.tcp == "LISTEN":
            return ["EINVAL"]
        inline = self.options.get("SO_OOBINLINE", 0)
        if self.mark is not None and not inline and self.mark < len(self.inbox):
            return [self.mark]
        return [len(self.inbox)]

    def behind_mark(self) -> int:
        """The bytes that are read from the mark on, which FIONREAD does not tell."""
        hole = self.mark == 0 and not self.options.get("SO_OOBINLINE", 0)
        return max(0, len(self.inbox) - 1) if hole else 0

    def at_mark(self) -> list[bool | str]:
        return [self.mark == 0]

    def ready(self) -> tuple[frozenset[str], frozenset[str]]:
        if self.tcp == "LISTEN":
            return frozenset(("POLLIN",) if self.pending else ()), frozenset()
        events = set()
        if self.shut == BOTH or self.tcp == "CLOSE":
            events.add("POLLHUP")
        if "rd" in self.shut:
            events |= {"POLLIN", "POLLRDHUP"}
        may: set[str] = set()
        if self.tcp != "SYN_SENT":
            hole = self.mark == 0 and not self.options.get("SO_OOBINLINE", 0)
            if len(self.inbox) > (1 if hole else 0):
                events.add("POLLIN")
            if self.urgent == "valid":
                events.add("POLLPRI")
            full = self.peer is not None and len(self.peer.inbox) > _ROOM // 2
            (may if full and "wr" not in self.shut else events).add("POLLOUT")
        if self.error:
            events.add("POLLERR")
        return frozenset(events), frozenset(may)
