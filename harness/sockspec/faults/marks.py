"""Where urgent data is marked, and what poll() says of it, and is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.faults import defects
from sockspec.faults.ends import unsent
from sockspec.faults.fault import Fault, forgetting, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults"]

_VANISHED, _URGENT = "wire.vanished", "wire.urgent"


def _urgent(change: str) -> Make:
    """What becomes of MSG_OOB: in the first part of much data, once, ever after, when queued."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (flag,) = numbers(right, "MSG_OOB")
        before: set[Handle] = set()

        def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
            is_urgent, was = bool(flags & flag), sock in before
            if is_urgent:
                before.add(sock)
            if change == "first-part" and is_urgent and len(data) > 1000:
                return call(sock, data[:1000], flags) + call(sock, data[1000:], flags & ~flag)
            if change == "ever-after" and was:
                flags |= flag
            if (change == "once" and was) or (change == "unqueued" and unsent(right, sock)):
                flags &= ~flag
            return call(sock, data, flags)

        return {"new": forgetting(before), "send": send}

    return make


def _plain_where_inline(right: Backend) -> Mapping[str, Wrong]:
    """SO_OOBINLINE has what is sent urgent be sent as any other."""
    (flag,) = numbers(right, "MSG_OOB")

    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> Any:
        inline = defects.read(right, sock, "SO_OOBINLINE") == 1
        return call(sock, data, flags & ~flag if inline else flags)

    return {"send": send}


def _events(*, more: str = "", error_without: str = "") -> Make:
    """poll() adds an event that was asked for, or leaves one out where it reports an error."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        extra, lost, error = (
            max(0, *numbers(right, each or "?")) for each in (more, error_without, "POLLERR")
        )

        def poll(call: Wrong, wanted: Any, timeout: Any) -> Any:
            told = call(wanted, timeout)
            return type(told)(
                (got & ~lost if got & error else got) | (extra & asked)
                for got, (_, asked) in zip(told, wanted, strict=True)
            )

        return {"poll": poll}

    return make


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    for name, does, rules, make in (
        (
            "urgent/first-part",
            "of much urgent data the first part is urgent",
            (f"{_URGENT}.long",),
            _urgent("first-part"),
        ),
        ("urgent/once", "urgent data is urgent once", (f"{_URGENT}.second",), _urgent("once")),
        (
            "urgent/ever-after",
            "what follows urgent data is urgent",
            (f"{_URGENT}.cleared",),
            _urgent("ever-after"),
        ),
        (
            "urgent/unqueued",
            "urgent data behind what waits to be sent is sent as any other",
            (f"{_URGENT}.window-zero",),
            _urgent("unqueued"),
        ),
        (
            "urgent/plain-where-inline",
            "SO_OOBINLINE changes what is sent",
            (f"{_URGENT}.inline",),
            _plain_where_inline,
        ),
        (
            "poll/always-urgent",
            "poll() reports POLLPRI whenever it is asked for",
            (f"{_URGENT}.window-zero-heard",),
            _events(more="POLLPRI"),
        ),
        (
            "poll/error-alone",
            "poll() does not report POLLOUT with an error",
            (f"{_VANISHED}.events",),
            _events(error_without="POLLOUT"),
        ),
    ):
        yield Fault(f"marks/{name}", does, rules, make)
