"""A loopback that is down: addresses can be bound there, and nothing that is sent arrives.

A call that sends would end at its deadline, or have its case wait in vain: it is not made, and
the case needs what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.errors import UnmetNeed
from sockspec.network import links
from sockspec.run.uses import families

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backends.trace import Traced

__all__ = ["lost", "strand"]

_DOWN = "the loopback interface is down"

# What can be bound there, and made, and carries nothing; and what is built on it.
_CARRIED = (
    *("ipv4", "ipv6", "dual-stack", "other-loopback", "multicast-v4", "multicast-v6"),
    *("packet", "packets", "reset"),
)

_SENDING = ("connect", "sendto", "sendmsg")


def lost(settings: Mapping[str, str]) -> dict[str, str]:
    """The features that go with the loopback, on a system with these settings; and why."""
    is_down = settings.get("loopback.down") == "1" and not links.kind()
    return dict.fromkeys(_CARRIED, _DOWN) if is_down else {}


def strand(backend: Traced, missing: Mapping[str, str]) -> Traced:
    """The backend; where its loopback is down, without the calls that send to an address."""
    if missing.get("ipv4") != _DOWN:
        return backend

    def check(arguments: tuple[Any, ...]) -> None:
        for address in arguments:
            for feature in families(address):
                if missing.get(feature) == _DOWN:
                    raise UnmetNeed(feature, _DOWN)

    def checked(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any) -> Any:
            check(arguments)
            return call(*arguments)

        return made

    def start(primitive: str, *arguments: Any) -> Any:
        if primitive in _SENDING:
            check(arguments)
        return begin(primitive, *arguments)

    begin = backend.start
    backend.start = start  # type: ignore[method-assign]  # of this instance alone
    for primitive in _SENDING:
        setattr(backend, primitive, checked(getattr(backend, primitive)))
    return backend
