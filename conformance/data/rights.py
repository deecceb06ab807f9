"""Sockets passed as control data (SCM_RIGHTS): making it, and reading it."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.spec import DGRAM, SEQPACKET, STREAM

TYPES = (STREAM, DGRAM, SEQPACKET)
NEEDS = ["messages", "adopt"]


def rights(sockets, *passed):
    """The control data that passes these sockets, or descriptors by number."""
    numbers = [each if isinstance(each, int) else each.as_raw_fd() for each in passed]
    order = sockets.backend.byte_order
    data = b"".join(number.to_bytes(4, order, signed=True) for number in numbers)
    return [(sockets.number("SOL_SOCKET"), sockets.number("SCM_RIGHTS"), data)]


def received(sockets, message):
    """The sockets that a message brought, in order."""
    order, wanted = sockets.backend.byte_order, sockets.number("SCM_RIGHTS")
    return [
        sockets.keep(
            Socket.from_raw_fd(
                int.from_bytes(data[at : at + 4], order), backend=sockets.backend
            )
        )
        for _level, kind, data in message.control
        if kind == wanted
        for at in range(0, len(data) - 3, 4)
    ]
