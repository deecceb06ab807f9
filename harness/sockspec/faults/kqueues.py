"""kqueue that registers, reports or waits wrongly: on systems that have it, and their like."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.defects import connected, is_
from sockspec.faults.fault import Fault, error, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sockspec.backend import Backend, Handle, KEvent
    from sockspec.faults.fault import Make, Wrong

    Change = tuple[Handle, int, int, int, int, int]

__all__ = ["faults"]

_KEPT = 400  # sockets that a fault keeps open at most


def _number(right: Backend, symbol: str) -> int:
    return next(numbers(right, symbol))


def _changing(how: Callable[[Backend, Change], Sequence[Change]]) -> Make:
    """Other changes are made than are asked for."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def kevent(call: Wrong, sock: Handle, changes: Sequence[Change], *rest: Any) -> Any:
            return call(sock, [made for each in changes for made in how(right, each)], *rest)

        return {"kevent": kevent}

    return make


def _reporting(how: Callable[[Backend, KEvent], Sequence[KEvent]]) -> Make:
    """Other events are reported than came."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def kevent(call: Wrong, *arguments: Any) -> Any:
            return tuple(made for each in call(*arguments) for made in how(right, each))

        return {"kevent": kevent}

    return make


def _waiting(how: Callable[..., Any]) -> Make:
    return lambda _right: {"kevent": how}


# -- what is changed ----------------------------------------------------------------------


def _with(*symbols: str, without: tuple[str, ...] = ()) -> Make:
    """Flags are added to what is added, or left out of every change."""

    def how(right: Backend, change: Change) -> list[Change]:
        target, filter, flags, *rest = change
        adds = flags & _number(right, "EV_ADD")
        for symbol in symbols if adds else ():
            flags |= _number(right, symbol)
        for symbol in without:
            flags &= ~_number(right, symbol)
        return [(target, filter, flags, *rest)] if flags else []

    return _changing(how)


def _no_mark(right: Backend, change: Change) -> list[Change]:
    target, filter, flags, fflags, data, key = change
    return [(target, filter, flags, fflags & ~_number(right, "NOTE_LOWAT"), data, key)]


def _mark_for_all(right: Backend, change: Change) -> list[Change]:
    target, _filter, _flags, fflags, data, _key = change
    if fflags & _number(right, "NOTE_LOWAT"):
        level, name = numbers(right, "SOL_SOCKET", "SO_RCVLOWAT")
        right.setsockopt(target, level, name, data.to_bytes(4, right.byte_order))
    return [change]


def _unheard(*symbols: str) -> Make:
    """Changes of these filters are not made."""

    def how(right: Backend, change: Change) -> list[Change]:
        return [] if change[1] in set(numbers(right, *symbols)) else [change]

    return _changing(how)


def _only_ready(right: Backend, change: Change) -> list[Change]:
    listening, datagram = is_("", SO_ACCEPTCONN=1), is_("", "SOCK_DGRAM")
    target = change[:1]
    with suppress(SocketError):
        if not any(is_so(right, target) for is_so in (listening, datagram, connected)):
            return []
    return [change]


def _keyless(_right: Backend, change: Change) -> list[Change]:
    return [(*change[:5], 0)]


def _first_key(_right: Backend) -> Mapping[str, Wrong]:
    keys: dict[Any, int] = {}

    def kevent(call: Wrong, sock: Handle, changes: Sequence[Change], *rest: Any) -> Any:
        made = [
            (*each[:5], keys.setdefault((repr(sock), repr(each[0]), each[1]), each[5]))
            for each in changes
        ]
        return call(sock, made, *rest)

    return {"kevent": kevent}


# -- what is reported ---------------------------------------------------------------------


def _of(filter: str, **other: int) -> Make:
    """Fields of a filter's events are others; those of `""` of every filter's."""
    fields = ("filter", "flags", "fflags", "data", "key")

    def how(right: Backend, event: KEvent) -> list[KEvent]:
        if filter and event[0] != _number(right, filter):
            return [event]
        made = {**dict(zip(fields, event, strict=True)), **other}
        return [(made["filter"], made["flags"], made["fflags"], made["data"], made["key"])]

    return _reporting(how)


def _no_end(right: Backend, event: KEvent) -> list[KEvent]:
    return [(event[0], event[1] & ~_number(right, "EV_EOF"), *event[2:])]


def _twice(_right: Backend, event: KEvent) -> list[KEvent]:
    return [event, event]


def _unreported(filter: str) -> Make:
    return _reporting(
        lambda right, event: [] if event[0] == _number(right, filter) else [event]
    )


def _takes_error(right: Backend) -> Mapping[str, Wrong]:
    watched: list[Handle] = []

    def kevent(call: Wrong, sock: Handle, changes: Sequence[Change], *rest: Any) -> Any:
        watched[:] = [*watched, *(each[0] for each in changes)][-8:]
        came = call(sock, changes, *rest)
        for each in watched if came else ():
            with suppress(SocketError, AttributeError):  # a kqueue has no options
                level, name = numbers(right, "SOL_SOCKET", "SO_ERROR")
                right.getsockopt(each, level, name, 4)
        return came

    return {"kevent": kevent}


def _always(_right: Backend) -> Mapping[str, Wrong]:
    """What was added is reported, whatever is there."""
    added: dict[str, KEvent] = {}

    def kevent(
        call: Wrong, sock: Handle, changes: Sequence[Change], most: int, timeout: float
    ) -> Any:
        came = call(sock, changes, most, 0.0 if added else timeout)
        for _target, filter, flags, _fflags, _data, key in changes:
            added[repr(sock)] = (filter, flags, 0, 1, key)
        return came or ((added[repr(sock)],) if most and repr(sock) in added else ())

    def kqueue(call: Wrong) -> Any:
        added.clear()
        return call()

    return {"kqueue": kqueue, "kevent": kevent}


# -- how it is answered -------------------------------------------------------------------


def _swallows(call: Wrong, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except SocketError:
        return ()


def _raises(right: Backend) -> Mapping[str, Wrong]:
    def kevent(call: Wrong, *arguments: Any) -> Any:
        came = call(*arguments)
        if any(each[1] & _number(right, "EV_ERROR") and each[3] for each in came):
            raise error("ENOENT", "kevent")
        return came

    return {"kevent": kevent}


def _drains(
    call: Wrong, sock: Handle, changes: Sequence[Change], most: int, timeout: float
) -> Any:
    came = call(sock, changes, most, timeout)
    return (*came, *call(sock, [], most, 0.0)) if changes and most else came


def _changes_last(
    call: Wrong, sock: Handle, changes: Sequence[Change], most: int, timeout: float
) -> Any:
    came = call(sock, [], most, 0.0 if changes else timeout)
    call(sock, changes, 0, 0.0)
    return came


def _same_first(call: Wrong, sock: Handle, changes: Any, most: int, timeout: float) -> Any:
    came = call(sock, changes, 64 if most else 0, timeout)
    return tuple(sorted(came, key=lambda each: each[4])[:most])


def _keeps_open(_right: Backend) -> Mapping[str, Wrong]:
    watched: list[str] = []

    def kevent(call: Wrong, sock: Handle, changes: Sequence[Change], *rest: Any) -> Any:
        if len(watched) < _KEPT:
            watched.extend(repr(each[0]) for each in changes)
        return call(sock, changes, *rest)

    def close(call: Wrong, sock: Handle) -> Any:
        return None if repr(sock) in watched else call(sock)

    return {"kevent": kevent, "close": close}


def _no_nesting(_right: Backend) -> Mapping[str, Wrong]:
    queues: set[str] = set()

    def kqueue(call: Wrong) -> Any:
        made = call()
        queues.add(repr(made))
        return made

    def kevent(call: Wrong, sock: Handle, changes: Sequence[Change], *rest: Any) -> Any:
        return call(sock, [each for each in changes if repr(each[0]) not in queues], *rest)

    return {"kqueue": kqueue, "kevent": kevent}


def _inherited(_right: Backend) -> Mapping[str, Wrong]:
    def in_child(call: Wrong, child: int, primitive: str, arguments: Any) -> Any:
        return () if primitive == "kevent" else call(child, primitive, arguments)

    return {"in_child": in_child}


_Q, _C = "readiness.kqueue", "readiness.kqueue-changes"
_D, _U = "readiness.kqueue-data", "readiness.kqueue-urgent"


# fmt: off
_FAULTS: tuple[tuple[str, str, str, Make], ...] = (
    ("level-is-clear", "reports a state once", f"{_Q}.same-state-again", _with("EV_CLEAR")),
    ("never-ends", "goes on to report what is asked for once",
     f"{_Q}.same-state-again {_Q}.more-data {_Q}.rearmed",
     _with(without=("EV_CLEAR", "EV_ONESHOT", "EV_DISPATCH"))),
    ("never-disabled", "reports what is disabled", f"{_C}.disabled {_C}.changes-first",
     _with(without=("EV_DISABLE",))),
    ("never-enabled", "does not enable", f"{_C}.disabled {_Q}.rearmed",
     _with(without=("EV_ENABLE",))),
    ("keyless", "returns no udata", f"{_C}.key-returned {_C}.key-replaced", _changing(_keyless)),
    ("first-key", "keeps the first udata", f"{_C}.key-replaced", _first_key),
    ("twice", "reports each event twice", f"{_C}.added-twice {_Q}.aggregated", _reporting(_twice)),
    ("errors-swallowed", "refuses no change", f"{_C}.control-errors {_C}.error-placed",
     _waiting(_swallows)),
    ("errors-raised", "fails where it has room for the error", f"{_C}.error-placed", _raises),
    ("no-receipt", "knows no EV_RECEIPT", f"{_C}.receipt", _with(without=("EV_RECEIPT",))),
    ("drains", "returns events behind receipts", f"{_C}.receipt", _waiting(_drains)),
    ("changes-last", "reports before it makes changes", f"{_C}.changes-first",
     _waiting(_changes_last)),
    ("always", "reports what is over",
     f"{_Q}.condition-over {_Q}.time-limit {_D}.connections {_D}.empty {_D}.low-water {_U}",
     _always),
    ("starves", "reports the same ones always", f"{_Q}.more-than-fit", _waiting(_same_first)),
    ("after-close", "reports closed sockets", f"{_Q}.after-close", _keeps_open),
    ("inherited", "is inherited by a child", f"{_Q}.after-fork", _inherited),
    ("no-wait", "does not wait", f"{_Q}.time-limit {_Q}.wakes",
     _waiting(lambda call, sock, changes, most, _timeout: call(sock, changes, most, 0.0))),
    ("no-nesting", "watches no kqueue", f"{_Q}.nested", _no_nesting),
    ("no-write", "does not report EVFILT_WRITE",
     f"{_Q}.beside-poll {_D}.connected {_D}.space {_D}.end {_D}.error {_D}.low-water-beyond",
     _unreported("EVFILT_WRITE")),
    ("one", "returns 1 for every number", f"{_D}.bytes {_D}.connections {_D}.end-behind-data",
     _of("EVFILT_READ", data=1)),
    ("no-space", "returns no room to send", f"{_D}.space", _of("EVFILT_WRITE", data=0)),
    ("late-listener", "knows listeners that listened before alone", f"{_D}.listens-later",
     _changing(_only_ready)),
    ("no-mark", "has no low-water marks", f"{_D}.low-water {_D}.low-water-beyond",
     _changing(_no_mark)),
    ("mark-for-all", "sets the low-water mark of the socket", f"{_D}.low-water-own",
     _changing(_mark_for_all)),
    ("no-end", "has no EV_EOF", f"{_D}.end {_D}.end-behind-data", _reporting(_no_end)),
    ("no-error", "returns no error in fflags", f"{_D}.error", _of("", fflags=0)),
    ("takes-error", "takes the pending error", f"{_D}.error-stays", _takes_error),
    ("no-empty", "does not report EVFILT_EMPTY", f"{_D}.empty", _unheard("EVFILT_EMPTY")),
    ("no-urgent", "does not report EVFILT_EXCEPT", _U, _unheard("EVFILT_EXCEPT")),
)
# fmt: on


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    for name, does, rules, make in _FAULTS:
        yield Fault(f"kqueue/{name}", f"kevent() {does}", tuple(rules.split()), make)
