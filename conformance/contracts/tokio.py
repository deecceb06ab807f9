"""TcpSockets of a case's family, and what is awaited of them."""

from __future__ import annotations

import asyncio

from sockspec.api import TcpSocket
from sockspec.errors import Consumed, Hang
from sockspec.spec import V6


def fresh(sockets, case):
    """A TcpSocket of the case's family, closed with the example.

    Kept, as an error that is raised keeps the frames of its call, and what is in them.
    """
    return sockets.keep(unkept(sockets, case))


def unkept(sockets, case):
    """The same, closed when it is dropped."""
    make = TcpSocket.new_v6 if case.get("family") == V6 else TcpSocket.new_v4
    return make(backend=sockets.backend)


def bound(sockets, case):
    """A TcpSocket that is bound to the loopback address."""
    sock = fresh(sockets, case)
    sock.bind(sockets.loopback())
    return sock


def awaited(work):
    """Run a coroutine to its end, five seconds at most."""

    async def limited():
        async with asyncio.timeout(5):
            return await work

    try:
        return asyncio.run(limited())
    except TimeoutError:
        raise Hang("await", 5.0) from None


CONSUMED = {
    "consumed": "a further call on the TcpSocket raises Consumed",
    "usable": "the TcpSocket can be used afterwards",
}


def gone(sock):
    """Whether a TcpSocket is consumed, as a name of `CONSUMED`."""
    try:
        sock.local_addr()
    except Consumed:
        return "consumed"
    return "usable"
