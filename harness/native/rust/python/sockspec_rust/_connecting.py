"""tokio's `connect`, as something to be awaited."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from sockspec.errors import SocketError
from sockspec_rust import _core

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from sockspec.api.base import Address

__all__ = ["Connecting"]


class Connecting:
    """A connection attempt that has taken the socket. Awaited: the stream's handle.

    The runtime that tokio needs lives in a worker thread while the connection is awaited.
    Cancelled, or never awaited, the attempt is given up and the socket closed.
    """

    def __init__(self, handle: _core.Handle, addr: Address) -> None:
        self._attempt = _core.Connect(handle, addr)

    def __await__(self) -> Generator[Any, None, _core.Handle]:
        return self._connected().__await__()

    async def _connected(self) -> _core.Handle:
        running = asyncio.get_running_loop().run_in_executor(None, self._attempt.run)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self._attempt.cancel()
            with suppress(SocketError):
                await running  # at once, and then nothing is left behind
            raise

    def __repr__(self) -> str:
        return "<connecting>"
