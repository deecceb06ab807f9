"""Ports that a system chooses: one that has few runs out of them, and no call is to blame.

A connection that ends in order holds its port for a minute or more (TIME-WAIT, RFC 9293
section 3.6.1), and a run makes thousands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.address import Inet, Inet6
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.backends.trace import Call

__all__ = ["FEATURE", "lack", "ran_out"]

FEATURE = "ports"

_RANGE = "net.ipv4.ip_local_port_range"
_FEW = 10_000

_NONE_LEFT = {"bind": "EADDRINUSE", "connect": "EADDRNOTAVAIL"}  # bind(2), connect(2)


def lack(settings: Mapping[str, str]) -> dict[str, str]:
    """Why the feature is missing on a system with these settings; empty where it is not."""
    first, _, last = settings.get(_RANGE, "").partition(" ")
    if not (first.isdigit() and last.isdigit()):
        return {}
    count = int(last) - int(first) + 1
    return {FEATURE: f"the system has {count} ({_RANGE})"} if count < _FEW else {}


def ran_out(call: Call) -> bool:
    """Whether a call failed as one does for which the system finds no port."""
    if not isinstance(call.error, SocketError) or len(call.arguments) < 2:
        return False
    address = call.arguments[1]
    if call.error.symbol != _NONE_LEFT.get(call.primitive) or not isinstance(
        address, Inet | Inet6
    ):
        return False
    # Who binds to a port has chosen it; who connects to none asks for what there is not.
    return (address.port == 0) == (call.primitive == "bind")
