"""Calls that wait too long, or that see to one of those alone who wait on a socket."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from sockspec.faults.fault import Fault, instead, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults"]

_LONG = 2.5  # seconds: no rule waits as long for what an event ends at once


def _one_waits(primitive: str) -> Make:
    """Who comes second to wait on a socket gets nothing for a while."""

    def make(_right: Backend) -> Mapping[str, Wrong]:
        within: Counter[Any] = Counter()

        def waits(call: Wrong, first: Any, *arguments: Any) -> Any:
            key = repr(first)
            within[key] += 1
            try:
                if within[key] > 1:
                    time.sleep(_LONG)
                return call(first, *arguments)
            finally:
                within[key] -= 1

        return {primitive: waits}

    return make


def _second_sees_nothing(_right: Backend) -> Mapping[str, Wrong]:
    """A poll() of a socket on which another waits ends with its time, and with no event."""
    within: Counter[Any] = Counter()

    def poll(call: Wrong, wanted: Any, timeout: float) -> Any:
        key = repr(wanted)
        within[key] += 1
        try:
            if within[key] > 1:
                time.sleep(timeout)
                return tuple(0 for _ in wanted)
            return call(wanted, timeout)
        finally:
            within[key] -= 1

    return {"poll": poll}


def _poll_later(call: Wrong, wanted: Any, timeout: float) -> Any:
    told = call(wanted, timeout)
    if timeout > 0 and not any(told):
        time.sleep(_LONG)
    return told


def _wakes_nobody(right: Backend) -> Mapping[str, Wrong]:
    """A shutdown of reading alone is as if it had not been."""
    (reading,) = numbers(right, "SHUT_RD")

    def shutdown(call: Wrong, sock: Handle, how: int) -> None:
        if how != reading:
            call(sock, how)

    return {"shutdown": shutdown}


def faults() -> Iterator[Fault]:
    """The table."""
    together = "readiness.together"
    for name, does, rules, make in (
        (
            "poll/overdue",
            "poll() goes on for seconds when its time is over",
            ("readiness.time-limit.poll",),
            instead(poll=_poll_later),
        ),
        (
            "shutdown/wakes-nobody",
            "shutting reading down does not end calls that wait",
            (f"{together}.own-shutdown",),
            _wakes_nobody,
        ),
        (
            "poll/second-sees-nothing",
            "poll() of a socket on which another waits reports nothing",
            (f"{together}.one-event", f"{together}.two-events"),
            _second_sees_nothing,
        ),
        *(
            (
                f"{primitive}/one-at-a-time",
                f"{primitive} sees to one alone of those that wait on a socket",
                (f"{together}.one-event", f"{together}.two-events"),
                _one_waits(primitive),
            )
            for primitive in ("recv", "poll")
        ),
    ):
        yield Fault(f"waits/{name}", does, rules, make)
