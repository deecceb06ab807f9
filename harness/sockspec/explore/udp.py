"""A UDP socket of the model, after Linux."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sockspec.explore.sock import BOTH, Got, Name, No, Result, Sent, Sock, Target, taken

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Udp"]

_READS = frozenset(("MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_NOSIGNAL", "MSG_TRUNC"))
_MOST = 65_507  # bytes; RFC 768 with RFC 791: 65,535 less two headers
_FULL = 60_000  # bytes that any receive buffer holds


@dataclass(eq=False)
class Udp(Sock):
    """`far` is whom it is connected to."""

    far: Name | None = None
    peer: Udp | None = None
    queue: deque[tuple[bytes, Name]] = field(default_factory=deque)
    was: str = ""
    lost: bool = False  # it had a name when it was dissolved

    def states(self) -> tuple[str, ...]:
        return (
            *("fresh", "bound", "connected", "refused", "dissolved"),
            *("read-shut", "write-shut", "both-shut", "closed"),
        )

    def state(self) -> str:
        if self.is_gone:
            return "closed"
        if self.error:
            return "refused"
        if self.shut:
            return "both-shut" if self.shut == BOTH else f"{self._half()}-shut"
        if self.far is not None:
            return "connected"
        return self.was or ("fresh" if self.name[1] is None else "bound")

    def _half(self) -> str:
        return {"rd": "read", "wr": "write"}["".join(self.shut)]

    def closed(self) -> None:
        self.queue.clear()

    def shut_down(self, how: frozenset[str]) -> list[Result]:
        def shut() -> None:
            self.shut |= how

        return [No("ENOTCONN", shut) if self.far is None else Got(b"", 0, then=shut)]

    def receive(self, size: int, flags: frozenset[str]) -> list[Result] | None:
        if flags - _READS or not size:
            return None
        if self.error:
            return [self.refused()]
        if not self.queue:
            if not self.nonblocking and "MSG_DONTWAIT" not in flags:
                return None
            return [No("EAGAIN")]
        record, sender = self.queue[0]
        data, cut = taken(size, record)
        told = frozenset(("MSG_TRUNC",) if cut else ())
        length = len(record) if "MSG_TRUNC" in flags else len(data)
        after = (lambda: None) if "MSG_PEEK" in flags else self._take
        return [Got(data, length, told, sender, after)]

    def _take(self) -> None:
        self.queue.popleft()

    def transmit(
        self, data: bytes, flags: frozenset[str], to: Target | None
    ) -> list[Result] | None:
        if self.lost:
            return None
        if "MSG_OOB" in flags:
            if self.family == "v4":
                return [No("EOPNOTSUPP"), *([No("EMSGSIZE")] if len(data) > _MOST else [])]
            plain = self.transmit(data, flags - {"MSG_OOB"}, to)
            return plain and [*map(_odd, plain), No("EOPNOTSUPP")]
        if len(data) > 65_535:
            found: list[Result] = [No("EMSGSIZE")]
            if to is None and self.far is None:
                found.append(No("EDESTADDRREQ"))
            if to is not None and to.kind == "other-family":
                found += [No("EAFNOSUPPORT"), No("EINVAL")]
            return found
        if len(data) > _MOST // 2:
            return None
        if to is None and self.far is None:
            return [No("EDESTADDRREQ")]
        if to is not None and to.kind == "other-family":
            return [No("EAFNOSUPPORT"), No("EINVAL")]
        receiver = self.peer if to is None else to.sock
        if receiver is None or not isinstance(receiver, Udp):
            return None
        if to is not None and to.name != receiver.name and not receiver.is_gone:
            return None
        if self.error:
            return [self.refused()]
        if "wr" in self.shut:
            return [No("EPIPE")]
        if sum(len(each) for each, _ in receiver.queue) + len(data) > _FULL:
            return None

        def sent(_count: int) -> None:
            self._deliver(receiver, data)

        results: list[Result] = [
            Sent(len(data), len(data), sent, "sendto.elsewhere" if to and self.far else "")
        ]
        return [*results, No("EISCONN")] if to is not None and self.far else results

    def reaches(self, receiver: Udp) -> bool:
        """Whether a datagram from here is for that socket."""
        known = not receiver.is_gone and receiver.name[1] is not None
        return known and receiver.far in {None, ("loop", self.name[1])}

    def _deliver(self, receiver: Udp, data: bytes) -> None:
        mine = ("loop", self.name[1])
        if self.reaches(receiver):
            receiver.dirty = True
            receiver.queue.append((data, mine))
        elif self.far is not None and receiver is self.peer:
            self.error, self.dirty = "ECONNREFUSED", True

    def connect(
        self, to: Target, named: Callable[[], None], lost: Callable[[], None]
    ) -> list[Result] | None:
        """What connect() may do; Linux names it before it looks at the address."""
        if to.kind == "unspec":
            return [Got(b"", 0, then=self._dissolve)]
        if self.lost:
            return None
        if to.kind == "other-family":
            return [No("EAFNOSUPPORT", lost), No("EINVAL", lost)]
        if not isinstance(to.sock, Udp) or to.name[1] is None:
            return None
        other = to.sock

        def connected() -> None:
            named()
            if not (self.bound and self.name[0] == "loop"):
                self.name = ("loop", self.name[1])
            self.far, self.peer = to.name, other

        return [Got(b"", 0, then=connected)]

    def _dissolve(self) -> None:
        # The port goes too, unless bind() was asked for it: what is left is not modelled.
        if self.name[1] is not None:
            self.last, self.lost = self.name[1], True
            self.name = (self.bound or "any", None)
        self.far = self.peer = None
        self.was = "dissolved"

    def peer_name(self) -> list[Name | str]:
        return ["ENOTCONN" if self.far is None else self.far]

    def unread(self) -> list[int | str]:
        return [len(self.queue[0][0]) if self.queue else 0]

    def at_mark(self) -> list[bool | str]:
        return ["ENOTTY", "EINVAL", "EOPNOTSUPP"]

    def ready(self) -> tuple[frozenset[str], frozenset[str]]:
        events = {"POLLOUT"}
        if self.error:
            events.add("POLLERR")
        if self.queue or "rd" in self.shut:
            events.add("POLLIN")
        if "rd" in self.shut:
            events.add("POLLRDHUP")
        if self.shut == BOTH:
            events.add("POLLHUP")
        return frozenset(events), frozenset()


def _odd(result: Result) -> Result:
    return replace(result, oddity="udp6.urgent") if isinstance(result, Sent) else result
