"""The model's calls that move data: what may come back, and what is true after it."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from sockspec.explore.known import Known
from sockspec.explore.local import Local
from sockspec.explore.outcome import Answer, anything, fails, returns
from sockspec.explore.sock import UNNAMED, Got, Name, No, Result, Sent, Sock
from sockspec.explore.steps import payload
from sockspec.explore.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sockspec.explore.steps import Step

__all__ = ["Transfers", "done", "refusals", "sources"]


class Transfers(Known):
    """Receives and sends, in all their forms."""

    # -- data -------------------------------------------------------------------------------

    def _received(
        self, step: Step, size: int, shape: Callable[[Got], list[Any]]
    ) -> list[Answer] | None:
        found = self.socks[step.on[0]].receive(size, frozenset(step.args[1]))
        if found is None:
            return None
        answers = []
        for each in found:
            if isinstance(each, Got):
                answers += [returns(value, each.then, each.oddity) for value in shape(each)]
        return [*answers, *refusals(found)]

    def _recv(self, step: Step) -> list[Answer] | None:
        return self._received(step, step.args[0], lambda got: [got.data])

    def _recv_length(self, step: Step) -> list[Answer] | None:
        return self._received(step, step.args[0], lambda got: [got.length])

    def _recvfrom(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]

        def shape(got: Got) -> list[Any]:
            return [(got.data, each) for each in senders(sock, got)]

        return self._received(step, step.args[0], shape)

    def _recvmsg(self, step: Step) -> list[Answer] | None:
        sock, sizes = self.socks[step.on[0]], step.args[0]

        def shape(got: Got) -> list[Any]:
            flags, parts = tuple(sorted(got.flags)), parts_of(got.data, sizes)
            return [(got.length, parts, flags, each, 0) for each in senders(sock, got)]

        return self._received(step, sum(sizes), shape)

    def _read(self, step: Step) -> list[Answer] | None:
        size = step.args[0]
        return self._received(replace(step, args=(size, ())), size, lambda got: [got.data])

    def _readv(self, step: Step) -> list[Answer] | None:
        sizes = step.args[0]

        def shape(got: Got) -> list[Any]:
            return [parts_of(got.data, sizes)]

        return self._received(replace(step, args=(sizes, ())), sum(sizes), shape)

    def _recvmmsg(self, step: Step) -> list[Answer] | None:
        sizes, flags = step.args
        sock = self.socks[step.on[0]]
        found = sock.receive(sizes[0], frozenset(flags))
        if not isinstance(sock, (Udp, Local)) or sock.type != "dgram" or not found:
            return None
        if not isinstance(found[0], Got):
            return refusals(found)
        count = min(len(sizes), len(sock.queue))
        if count < len(sizes) and not sock.nonblocking and "MSG_DONTWAIT" not in flags:
            return None
        wanted = []
        queued: list[tuple[bytes, Any]] = list(sock.queue)
        for size, (record, sender) in zip(sizes, queued[:count], strict=False):
            name: Name = sender.name if isinstance(sender, Local) else sender
            told = ("MSG_TRUNC",) if len(record) > size else ()
            data = record[:size]
            wanted.append([(len(data), (data,), told, each, 0) for each in sources(name)])

        def fits(seen: Any) -> bool:
            return len(seen) == count and all(map(list.__contains__, wanted, seen))

        def then(_: Any) -> None:
            for _each in range(count):
                sock.queue.popleft()

        return [anything(f"returns {wanted}", fits, then)]

    def _sent(
        self, step: Step, data: bytes, flags: Sequence[str], address: Any
    ) -> list[Answer] | None:
        handle = step.on[0]
        sock = self.socks[handle]
        to = None if address is None else self.target(sock, address)
        if address is not None and to is None:
            return None
        found = sock.transmit(data, frozenset(flags), to)
        if found is None:
            return None
        answers = [self._taken(handle, each) for each in found if isinstance(each, Sent)]
        policy = self._policy() if to is not None and to.kind == "other-family" else []
        if isinstance(sock, Udp) and sock.name[1] is None:
            # Linux names it before it looks at anything else: net/ipv4/af_inet.c.
            name = self._named(handle, "any")
            refused = [fails(each.symbol, name) for each in found if isinstance(each, No)]
            return [*answers, *refused, *policy]
        return [*answers, *refusals(found), *policy]

    def _taken(self, handle: int, sent: Sent) -> Answer:
        sock = self.socks[handle]
        name = self._named(handle, "any")

        def then(count: int) -> None:
            if isinstance(sock, Udp):
                name()
            sent.then(count)

        if sent.least == sent.most:
            return returns(sent.most, lambda: then(sent.most), sent.oddity)
        told = f"returns {sent.least} to {sent.most}"
        return anything(told, lambda seen: sent.least <= seen <= sent.most, then)

    def _send(self, step: Step) -> list[Answer] | None:
        data, flags = step.args
        return self._sent(step, payload(*data[1:]), flags, None)

    def _sendto(self, step: Step) -> list[Answer] | None:
        data, flags, address = step.args
        return self._sent(step, payload(*data[1:]), flags, address)

    def _sendmsg(self, step: Step) -> list[Answer] | None:
        parts, flags, address = step.args
        return self._sent(step, b"".join(payload(*each[1:]) for each in parts), flags, address)

    def _write(self, step: Step) -> list[Answer] | None:
        return self._sent(step, payload(*step.args[0][1:]), (), None)

    def _writev(self, step: Step) -> list[Answer] | None:
        return self._sent(step, b"".join(payload(*each[1:]) for each in step.args[0]), (), None)

    def _sendfile(self, step: Step) -> list[Answer] | None:
        if self.socks[step.on[0]].type != "stream":
            return None
        return self._sent(step, payload(*step.args[0][1:]), (), None)

    def _sendmmsg(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]
        records = [payload(*each[1:]) for each in step.args[0]]
        if not isinstance(sock, Udp) or sock.peer is None or not sock.reaches(sock.peer):
            return None
        found = sock.transmit(b"".join(records), frozenset(), None)
        if not found or not isinstance(found[0], Sent):
            return None

        def then() -> None:
            for each in records:
                sent = sock.transmit(each, frozenset(), None)
                if sent and isinstance(sent[0], Sent):
                    sent[0].then(len(each))

        return [returns(tuple(map(len, records)), then)]


def done(found: list[Result]) -> list[Answer]:
    """Results of a call that returns nothing."""
    done = [returns(None, each.then, each.oddity) for each in found if isinstance(each, Got)]
    return [*done, *refusals(found)]


def refusals(found: list[Result]) -> list[Answer]:
    """The errors among results."""
    return [
        fails(each.symbol, each.then, each.oddity) for each in found if isinstance(each, No)
    ]


def parts_of(data: bytes, sizes: Sequence[int]) -> tuple[bytes, ...]:
    """Data as it fills buffers of these sizes."""
    ends = list(accumulate(sizes, initial=0))
    return tuple(data[begin:end] for begin, end in pairwise(ends))


def sources(name: Name) -> list[Name | None]:
    """How the sender of a datagram may be told: one without a name in two ways."""
    return [None, UNNAMED] if name == UNNAMED else [name]


def senders(sock: Sock, got: Got) -> list[Name | None]:
    """Who may be told as the sender: on a connection nobody need be."""
    if sock.type == "dgram":
        return sources(got.sender or UNNAMED)
    far = [each for each in sock.peer_name() if not isinstance(each, str)]
    known = [got.sender] if got.sender else []
    return list(dict.fromkeys([None, UNNAMED, *far, *known]))
