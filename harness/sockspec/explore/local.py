"""Local sockets of the model (AF_UNIX), after Linux: streams, records and datagrams."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sockspec.explore.sock import (
    BOTH,
    UNNAMED,
    Got,
    Name,
    No,
    Result,
    Sent,
    Sock,
    Target,
    taken,
)

__all__ = ["Local"]

_READS = frozenset(("MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_NOSIGNAL"))
_BUFFER = 200_000  # bytes; /proc/sys/net/core/wmem_default is a little more
_ROOM = 20_000  # bytes up to which there is room in any case
_QUEUE = 10  # /proc/sys/net/unix/max_dgram_qlen
_EACH = 1_100  # bytes that a small message counts for, its bookkeeping with it
_OPPOSITE = {"rd": "wr", "wr": "rd"}


@dataclass(eq=False)
class Local(Sock):
    """`up` is whether a stream or a sequence of records is connected."""

    up: bool = False
    listens: bool = False
    peer: Local | None = None
    queue: deque[tuple[bytes, Local]] = field(default_factory=deque)
    backlog: int = 0
    pending: deque[Local] = field(default_factory=deque)
    was: str = ""

    @property
    def is_stream(self) -> bool:
        """Whether bytes have no boundaries."""
        return self.type == "stream"

    @property
    def connects(self) -> bool:
        """Whether it needs a connection."""
        return self.type != "dgram"

    def states(self) -> tuple[str, ...]:
        connection = ("listening", "reset", "at-end") if self.connects else ("dissolved",)
        return (
            *("fresh", "bound", "connected", *connection),
            *("read-shut", "write-shut", "both-shut", "closed"),
        )

    def state(self) -> str:
        if self.is_gone:
            return "closed"
        if self.listens:
            return "listening"
        if self.error:
            return "reset"
        if self.connects and self.up and self.peer is not None and self.peer.is_gone:
            return "at-end"
        if self.shut:
            return {"rd": "read-shut", "wr": "write-shut"}.get("".join(self.shut), "both-shut")
        if self.peer is not None:
            return "connected"
        return self.was or ("fresh" if self.name == UNNAMED else "bound")

    @property
    def is_vague(self) -> bool:
        """Whether to close it does what differs between versions of Linux.

        Records of no bytes that nobody read broke the connection up to 6.16.
        """
        last = len(self.handles) == 1
        return last and bool(self.queue) and not any(each for each, _ in self.queue)

    @property
    def begins_empty(self) -> bool:
        """Whether what is queued first has no bytes: a record, or a connection."""
        return bool(self.pending) or (bool(self.queue) and not self.queue[0][0])

    def load(self) -> int:
        """What is queued, in bytes of a buffer."""
        return sum(len(each) + _EACH for each, _ in self.queue)

    # -- the end ----------------------------------------------------------------------------

    def closed(self) -> None:
        while self.pending:
            embryo = self.pending.popleft()
            embryo.embryo = False
            if embryo.peer is not None:
                embryo.peer.broken()
        if self.connects and self.peer is not None:
            self.peer.shut = BOTH
            if self.queue:
                self.peer.error = "ECONNRESET"
        self.queue.clear()

    def broken(self) -> None:
        """The other end was never accepted."""
        self.shut, self.error = BOTH, "ECONNRESET"

    def shut_down(self, how: frozenset[str]) -> list[Result]:
        def shut() -> None:
            self.shut |= how
            if self.connects and self.peer is not None:
                self.peer.shut |= {_OPPOSITE[each] for each in how}

        lacks = self.peer is None
        found: list[Result] = [
            Got(b"", 0, then=shut, oddity="unix.shutdown-unconnected" if lacks else "")
        ]
        return [*found, No("ENOTCONN")] if lacks else found

    # -- data -------------------------------------------------------------------------------

    def receive(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        if flags - _READS - ({"MSG_TRUNC"} if not self.is_stream else set()) or not size:
            return None
        if self.connects and not self.up:
            if self.is_stream:
                return [No("EINVAL", oddity="unix.recv-unconnected"), No("ENOTCONN")]
            return [No("ENOTCONN")]
        found = self._stream(size, flags) if self.is_stream else self._record(size, flags)
        if found is None and (self.nonblocking or "MSG_DONTWAIT" in flags):
            return [No("EAGAIN")]
        return found

    def _stream(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        if self.queue:
            data = b"".join(each for each, _ in self.queue)[:size]
            waits = not self.nonblocking and "MSG_DONTWAIT" not in flags
            if waits and "MSG_WAITALL" in flags and len(data) < size:
                return None
            looks_on = "MSG_WAITALL" in flags and len(data) < size and bool(self.error)

            def after() -> None:
                if "MSG_PEEK" not in flags:
                    self._read(len(data))
                if looks_on:
                    self.take_error()

            oddity = "unix.wait-all-loses-error" if looks_on else ""
            sender = self.queue[0][1].name
            return [Got(data, len(data), sender=sender, then=after, oddity=oddity)]
        if self.error:
            return [self.refused()]
        return [Got(b"", 0)] if "rd" in self.shut else None

    def _read(self, count: int) -> None:
        while count:
            first, sender = self.queue.popleft()
            if len(first) > count:
                self.queue.appendleft((first[count:], sender))
                return
            count -= len(first)

    def _record(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        if self.error:
            return [self.refused()]
        if self.queue:
            record, sender = self.queue[0]
            data, cut = taken(size, record)
            told = frozenset(("MSG_TRUNC",) if cut else ())
            length = len(record) if "MSG_TRUNC" in flags else len(data)
            after = (lambda: None) if "MSG_PEEK" in flags else self._take
            return [Got(data, length, told, sender.name, after)]
        return [Got(b"", 0)] if self.connects and "rd" in self.shut else None

    def _take(self) -> None:
        self.queue.popleft()

    def transmit(
        self, data: bytes, flags: frozenset[str], to: Target | None
    ) -> list[Result] | None:
        if flags & {"MSG_OOB"}:
            return None
        if self.connects and to is not None:
            return self._elsewhere(data, flags)
        if self.connects:
            return self._on_connection(data, flags)
        return self._datagram(data, flags, to)

    def _elsewhere(self, data: bytes, flags: frozenset[str]) -> list[Result] | None:
        if self.is_stream:
            return [No("EISCONN" if self.up else "EOPNOTSUPP")]
        # Of records the address is ignored: net/unix/af_unix.c, unix_seqpacket_sendmsg.
        plain = self._on_connection(data, flags)
        return plain and [*plain, No("EISCONN")]

    def _on_connection(self, data: bytes, flags: frozenset[str]) -> list[Result] | None:
        peer = self.peer
        if not self.is_stream and self.error:
            return [self.refused()]
        if not self.up or peer is None:
            return [No("ENOTCONN")]
        if self.is_stream and not data:
            return None
        if "wr" in self.shut and self.is_stream:
            return [No("EPIPE")]
        if not self.is_stream and len(data) > _BUFFER:
            return [No("EMSGSIZE")]
        if "wr" in self.shut or "rd" in peer.shut or peer.is_gone:
            return [No("EPIPE")]
        if self.is_stream and len(data) > _BUFFER:
            return None
        return self._into(peer, data, flags)

    def _into(self, peer: Local, data: bytes, flags: frozenset[str]) -> list[Result] | None:
        full = peer.load() + len(data) + _EACH > _ROOM * 2
        if full and not self.nonblocking and "MSG_DONTWAIT" not in flags:
            return None

        def sent(count: int) -> None:
            if data[:count] or not self.is_stream:
                peer.queue.append((data[:count], self))

        least = 1 if full and self.is_stream else len(data)
        results: list[Result] = [Sent(len(data), least, sent)]
        return [*results, No("EAGAIN")] if full else results

    def _datagram(
        self, data: bytes, flags: frozenset[str], to: Target | None
    ) -> list[Result] | None:
        other = self.peer if to is None else to.sock
        wrong = self._wrong(to) if to is not None else None
        if wrong is not None:
            wrong += [No("EMSGSIZE")] if len(data) > _BUFFER else []
            return [*wrong, *([No("EPIPE")] if "wr" in self.shut else [])]
        if self.error:
            return None
        if to is None and other is None:
            longest = [No("EMSGSIZE")] if len(data) > _BUFFER else []
            return [No("ENOTCONN"), *([No("EPIPE")] if "wr" in self.shut else []), *longest]
        if not isinstance(other, Local):
            return None
        found: list[Result] = []
        if len(data) > _BUFFER:
            found.append(No("EMSGSIZE"))
        elif "wr" in self.shut:
            found.append(No("EPIPE"))
        elif other.is_gone:
            found.append(No("ECONNREFUSED", self._lost if to is None else lambda: None))
        elif other.peer not in {None, self}:
            found.append(No("EPERM"))
        elif "rd" in other.shut:
            found.append(No("EPIPE"))
        if found:
            return found if len(data) <= _BUFFER else [*found, No("EPIPE")]
        if other.peer is not self and len(other.queue) > _QUEUE and other is not self:
            if not self.nonblocking and "MSG_DONTWAIT" not in flags:
                return None
            return [No("EAGAIN")]
        return self._into(other, data, flags)

    def _lost(self) -> None:
        self._forget()
        self.peer, self.was = None, "dissolved"

    def _forget(self) -> None:
        # Linux drops what was received when a datagram socket leaves its peer, and tells the
        # peer: net/unix/af_unix.c, unix_dgram_disconnected.
        if self.queue:
            self.queue.clear()
            if self.peer is not None and not self.peer.is_gone and self.peer.peer is self:
                self.peer.error = "ECONNRESET"

    def _wrong(self, to: Target) -> list[Result] | None:
        if to.kind == "other-family":
            return [No("EINVAL"), No("EAFNOSUPPORT")]
        if to.kind == "nobody":
            return [No("ENOENT")]
        if to.sock is not None and to.sock.is_gone:
            return [No("ECONNREFUSED")]
        if to.sock is not None and to.sock.type != self.type:
            return [No("EPROTOTYPE")]
        return None

    # -- connections ------------------------------------------------------------------------

    def connect(self, to: Target) -> list[Result] | None:
        """What connect() may do."""
        if to.kind == "unspec":
            alone = self.connects or self.peer is None
            done = Got(b"", 0) if alone else Got(b"", 0, then=self._lost)
            return [No("EINVAL")] if self.connects else [done]
        # Of two reasons to fail either may be told.
        own: list[Result] = [No("EISCONN")] if self.up else []
        own += [No("EINVAL")] if self.listens else []
        wrong = self._wrong(to)
        if wrong is not None:
            return [*wrong, *own]
        other = to.sock
        if not isinstance(other, Local) or (other is self and self.connects):
            return None
        if not self.connects:
            return self._connect_datagram(other)
        if not other.listens or "rd" in other.shut:
            return [No("ECONNREFUSED"), *own]
        if own or self.shut:
            return own or None
        if len(other.pending) > other.backlog:
            return [No("EAGAIN")] if self.nonblocking else None

        def meet() -> None:
            embryo = Local("unix", self.type, name=other.name, embryo=True, up=True)
            embryo.options = {}
            embryo.peer, self.peer, self.up = self, embryo, True
            other.pending.append(embryo)

        return [Got(b"", 0, then=meet)]

    def _connect_datagram(self, other: Local) -> list[Result] | None:
        if other.peer not in {None, self}:
            return [No("EPERM")]

        def connected() -> None:
            if self.peer not in {None, other}:
                self._forget()
            self.peer = other

        return [Got(b"", 0, then=connected)]

    # -- what can be asked ------------------------------------------------------------------

    def peer_name(self) -> list[Name | str]:
        if self.peer is None:
            return ["ENOTCONN"]
        return [self.peer.name]

    def unread(self) -> list[int | str]:
        if self.listens:
            return ["EINVAL"]
        if self.connects:
            return [sum(len(each) for each, _ in self.queue)]
        return [len(self.queue[0][0]) if self.queue else 0]

    def at_mark(self) -> list[bool | str]:
        return [False, "ENOTTY", "EINVAL", "EOPNOTSUPP"]

    def ready(self) -> tuple[frozenset[str], frozenset[str]]:
        if self.listens:
            events = {"POLLIN"} if self.pending else set()
        else:
            events = {"POLLIN"} if self.queue else set()
        may: set[str] = set()
        if not self.listens:
            peer = self.peer
            lots = peer is not None and peer.load() > _ROOM
            crowd = peer is not None and not self.connects and len(peer.queue) >= _QUEUE - 1
            # Datagrams that were sent elsewhere count too, until they are received.
            (may if lots or crowd or not self.connects else events).add("POLLOUT")
        if self.connects and not self.up and not self.listens:
            events.add("POLLHUP")
        if "rd" in self.shut:
            events |= {"POLLIN", "POLLRDHUP"}
        if self.shut == BOTH:
            events.add("POLLHUP")
        if self.error:
            events.add("POLLERR")
        return frozenset(events), frozenset(may)
