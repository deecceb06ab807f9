"""Packets that are wrong: what no call shows, altered below all calls. It takes a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.faults.fault import Fault
from sockspec.faults.queue import ACK, FIN, RST, SYN, Go, Parcel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sockspec.faults.queue import Alter

__all__ = ["again", "faults"]

_UDP = 17
_MOST = 1500  # bytes of a packet that a link here carries


def _when(is_so: Callable[[Parcel], Any], go: Callable[[Parcel], Sequence[Go]]) -> Alter:
    """Such packets are altered, and no others."""
    return lambda parcel: go(parcel) if is_so(parcel) else None


def _fin_without_ack() -> Alter:
    return _when(
        lambda it: it.is_out and it.flags & FIN and not it.flags & RST,
        lambda it: [Go(it.altered(flags=it.flags & ~ACK))],
    )


def _late_acknowledgements() -> Alter:
    return _when(
        lambda it: it.is_out and it.flags == ACK and not it.carries,
        lambda it: [Go(it.data, 0.7)],
    )


def _two_syns() -> Alter:
    """The first of the two has no right checksum, or it would be answered, too."""
    return _when(
        lambda it: it.is_out and it.flags & (SYN | ACK) == SYN,
        lambda it: [Go(it.data[:-1] + bytes([it.data[-1] ^ 1]), new=True), Go(it.data)],
    )


def _one_number() -> Alter:
    """Each connection begins with the number 1."""
    shift: dict[Any, int] = {}

    def alter(it: Parcel) -> Sequence[Go] | None:
        if it.tcp is None:
            return None
        if it.is_out and it.flags & SYN:
            shift[it.ends] = 1 - it.tcp.seq
        more = shift.get(it.ends, 0)
        if it.is_out:
            return [Go(it.altered(seq=it.tcp.seq + more))]
        return [Go(it.altered(ack=it.tcp.ack - more))] if it.flags & ACK else None

    return alter


def _fin_reset() -> Alter:
    """What acknowledges a FIN resets the connection."""
    ended: set[Any] = set()

    def alter(it: Parcel) -> Sequence[Go] | None:
        if not it.is_out and it.flags & FIN:
            ended.add(it.ends)
        if it.is_out and it.flags & ACK and it.ends in ended and not it.carries:
            return [Go(it.altered(flags=it.flags | RST))]
        return None

    return alter


def _reset_answered() -> Alter:
    return _when(
        lambda it: not it.is_out and it.flags & RST,
        lambda it: [
            Go(it.data),
            Go(it.answer(flags=RST, seq=it.tcp.ack, ack=0), new=True),
        ],
    )


def _reset_moved() -> Alter:
    return _when(
        lambda it: it.is_out and it.flags & RST,
        lambda it: [Go(it.altered(seq=it.tcp.seq + 1))],
    )


def _reset_completes() -> Alter:
    return _when(
        lambda it: not it.is_out and it.flags & RST,
        lambda it: [Go(it.altered(flags=ACK))],
    )


def again(go: Callable[[Parcel, bool], Sequence[Go] | None]) -> Alter:
    """What becomes of segments that carry something: whether it has been sent before."""
    sent: dict[Any, int] = {}

    def alter(it: Parcel) -> Sequence[Go] | None:
        if not it.is_out or not it.carries:
            return None
        end = (it.tcp.seq + it.carries) % 2**32
        last = sent.get(it.ends)
        again = last is not None and (end - last + 2**31) % 2**32 <= 2**31
        if it.flags & SYN:
            again = last == end
        if not again:
            sent[it.ends] = end
        return go(it, again)

    return alter


def _sent_once() -> Alter:
    return again(lambda _it, again: [] if again else None)


def _sent_shorter() -> Alter:
    """Of data that is sent again a part is left out, once on each connection."""
    done: set[Any] = set()

    def go(it: Parcel, again: bool) -> Sequence[Go] | None:
        if not again or len(it.tcp.data) < 2 or it.ends in done:
            return None
        done.add(it.ends)
        return [Go(it.altered(data=it.tcp.data[:1], flags=it.flags & ~FIN))]

    return again(go)


def _sent_faster() -> Alter:
    """What is sent again is sent at shorter and shorter intervals."""

    def go(it: Parcel, again: bool) -> Sequence[Go] | None:
        if not it.tcp.data:
            return None
        if again:
            return []
        times = (0.5, 0.9, 1.2, 1.4, 1.5)
        return [Go(it.data), *(Go(it.data, each, new=True) for each in times)]

    return again(go)


def _datagrams_once() -> Alter:
    """A datagram that comes twice is received once."""
    last: list[bytes] = []

    def alter(it: Parcel) -> Sequence[Go] | None:
        if it.is_out or it.ip.p != _UDP:
            return None
        datagram = bytes(it.ip.data)
        if last == [datagram]:
            return []
        last[:] = [datagram]
        return None

    return alter


def _first_syn_alone() -> Alter:
    """The first SYN that comes to a port is heeded, and no other one's."""
    first: dict[Any, Any] = {}

    def alter(it: Parcel) -> Sequence[Go] | None:
        if it.is_out or it.flags & (SYN | ACK) != SYN:
            return None
        here, there = it.ends
        return None if first.setdefault(here, there) == there else []

    return alter


def _no_segment_size() -> Alter:
    """The option for the maximum segment size is padding; it comes first on this system."""
    return _when(
        lambda it: it.is_out and it.flags & SYN and it.tcp.opts[:2] == b"\2\4",
        lambda it: [Go(it.altered(opts=b"\1\1\1\1" + it.tcp.opts[4:]))],
    )


def _fragments(size: int, change: Callable[[int, Any], Any]) -> Callable[[], Alter]:
    """Datagrams that are larger than the link allows are cut in another way."""

    def is_large(it: Parcel) -> bool:
        return it.is_out and it.ip.p == _UDP and len(it.data) > _MOST

    return lambda: _when(
        is_large, lambda it: [Go(each, new=True) for each in it.fragments(size, change)]
    )


def _other_identity(number: int, head: Any) -> None:
    head.identity += number


def _other_lifetime(number: int, head: Any) -> None:
    head.lifetime -= number


def _one_missing(number: int, _head: Any) -> bool:
    return number != 1


_PATH, _END, _IMPAIRED = "wire.path", "wire.end-state", "wire.impaired"

_TABLE: tuple[tuple[str, str, tuple[str, ...], Callable[[], Alter]], ...] = (
    (
        "fin/no-ack",
        "a FIN has no acknowledgement",
        ("wire.acknowledging.always",),
        _fin_without_ack,
    ),
    (
        "ack/late",
        "what only acknowledges is sent 0.7 s later",
        ("wire.acknowledging.in-time",),
        _late_acknowledgements,
    ),
    ("syn/twice", "a SYN is sent twice", ("wire.connecting.one-syn",), _two_syns),
    (
        "syn/one-number",
        "each connection begins with the same sequence number",
        ("wire.connecting.sequence-numbers",),
        _one_number,
    ),
    (
        "syn/first-alone",
        "a port heeds the SYN of its first client alone",
        ("wire.half-open.queue-full",),
        _first_syn_alone,
    ),
    (
        "syn/no-segment-size",
        "a SYN has no option for the maximum segment size",
        ("wire.opening.segment-size",),
        _no_segment_size,
    ),
    (
        "fin/reset",
        "a FIN is answered by a RST",
        (f"{_END}.fin-acknowledged",),
        _fin_reset,
    ),
    ("rst/answered", "a RST is answered by a RST", (f"{_END}.after-reset",), _reset_answered),
    (
        "rst/moved",
        "the sequence number of a RST is one too high",
        (f"{_END}.late-numbers", f"{_END}.refused-numbers"),
        _reset_moved,
    ),
    (
        "rst/completes",
        "a RST is taken for an acknowledgement",
        ("wire.half-open.reset",),
        _reset_completes,
    ),
    (
        "again/never",
        "nothing is sent again",
        (
            *("wire.half-open.answered-again", "wire.vanished.sent-again"),
            *(f"{_IMPAIRED}.{each}" for each in ("end", "opening", "cut")),
        ),
        _sent_once,
    ),
    (
        "again/shorter",
        "a part of the data is sent again, the first time",
        (f"{_IMPAIRED}.sent-again", "wire.vanished.sent-again"),
        _sent_shorter,
    ),
    (
        "again/faster",
        "what is sent again is sent at shorter and shorter intervals",
        ("wire.vanished.backs-off",),
        _sent_faster,
    ),
    (
        "datagram/once",
        "a datagram that comes twice is received once",
        (f"{_IMPAIRED}.datagrams",),
        _datagrams_once,
    ),
    (
        "fragment/identities",
        "each fragment has an identification of its own",
        (f"{_PATH}.fragment-form",),
        _fragments(1400, _other_identity),
    ),
    (
        "fragment/missing",
        "the second fragment is left out",
        (f"{_PATH}.fragment-form", f"{_PATH}.assembled"),
        _fragments(1400, _one_missing),
    ),
    (
        "fragment/fields",
        "each fragment has a lifetime that is one shorter",
        (f"{_PATH}.fragment-fields",),
        _fragments(1400, _other_lifetime),
    ),
    (
        "fragment/large",
        "a fragment is larger than the link allows",
        (f"{_PATH}.fragment-size",),
        _fragments(1600, lambda _number, _head: None),
    ),
)


def faults() -> Iterator[Fault]:
    """The table."""
    for name, does, rules, make in _TABLE:
        yield Fault(f"packets/{name}", does, rules, lambda _right: {}, packets=make)
