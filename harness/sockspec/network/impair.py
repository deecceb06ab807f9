"""Impairments: what an example has a link do to the packets of one of its sockets."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict
from typing import TYPE_CHECKING

from sockspec.errors import Unsupported
from sockspec.network import links
from sockspec.network.forwarder import ADDRESS, Change

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Impairments"]


class Impairments:
    """What happens to the packets from and to a port of ours, until it is closed.

    Raises `Unsupported` where no forwarder is between the two ends.
    """

    def __init__(self, port: int) -> None:
        if links.kind() != "forwarder":
            raise Unsupported("impairment", "it takes --link forwarder")
        self._port = port
        self._changes: list[dict[str, Any]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.connect(ADDRESS)

    def add(
        self,
        kind: str,
        way: str = "both",
        count: int = 1,
        seconds: float = 0.0,
        *,
        bare: bool = False,
        after: int = 0,
    ) -> None:
        """Have packets changed from now on; see `sockspec.network.forwarder.Change`."""
        change = asdict(Change(self._port, kind, way, count, seconds, bare, after))
        self._changes.append({name: each for name, each in change.items() if name != "held"})
        self._tell()

    def heal(self) -> None:
        """Have every packet pass from now on."""
        self._changes.clear()
        self._tell()

    def close(self) -> None:
        """The same, for good."""
        self._socket.close()

    def _tell(self) -> None:
        self._socket.send(json.dumps(self._changes).encode())
        self._socket.recv(16)  # it holds for the next packet
