"""select() that waits, looks or tells wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.faults.fault import Fault, instead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.faults.fault import Wrong

__all__ = ["faults"]

_ALL = 7  # reading, writing, exceptions


def _at_once(call: Wrong, wanted: Any, _timeout: float) -> Any:
    return call(wanted, 0.0)


def _waits(call: Wrong, wanted: Any, timeout: float) -> Any:
    return call(wanted, timeout or 3.0)


def _first(call: Wrong, wanted: Any, timeout: float) -> Any:
    return (*call(wanted[:1], timeout), *(0 for _ in wanted[1:]))


def _all(call: Wrong, wanted: Any, timeout: float) -> Any:
    return call([(sock, _ALL) for sock, _ in wanted], timeout)


def _never(call: Wrong, wanted: Any, _timeout: float) -> Any:
    call(wanted, 0.0)
    return tuple(0 for _ in wanted)


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    for name, does, rules, wrong in (
        ("no-wait", "does not wait", ("full-timeout",), _at_once),
        ("zero-waits", "waits where it has no time", ("zero-timeout",), _waits),
        ("first-only", "looks at its first socket alone", ("several",), _first),
        ("all-events", "tells what nobody asked for", ("only-asked",), _all),
        ("never", "tells of nothing", ("failed-connect", "several"), _never),
    ):
        named = tuple(f"readiness.select.{each}" for each in rules)
        yield Fault(f"select/{name}", f"select() {does}", named, instead(select=wrong))
