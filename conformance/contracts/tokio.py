"""TcpSockets of a case, and what is awaited of them."""

from __future__ import annotations

import asyncio

from sockspec.api import TcpSocket
from sockspec.spec import V6


def fresh(sockets, case):
    """A TcpSocket of the case's family."""
    make = TcpSocket.new_v6 if case.get("family") == V6 else TcpSocket.new_v4
    return make(backend=sockets.backend)


def bound(sockets, case):
    """One that has an address."""
    sock = fresh(sockets, case)
    sock.bind(sockets.loopback())
    return sock


def awaited(work):
    """Run a coroutine to its end, five seconds at most."""

    async def limited():
        async with asyncio.timeout(5):
            return await work

    return asyncio.run(limited())
