"""The queues of a connection: filling them, and how much they can hold at the most."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sockspec.errors import NotReached, SocketError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.api import Socket

__all__ = ["fill", "more_than_fits", "when_full"]

_SENT_AGAIN = 0.25  # seconds; the first retransmission is after 0.2 s (TCP_RTO_MIN)

# Where nothing tells what was sent: the second one is 0.4 s after the first (RFC 6298, 5.5).
_QUIET = 0.5  # seconds

# A receiver that is full and has told a larger window drops what is sent again, each time.
_REFUSED = 1.7  # seconds, in which it has been sent three times more

_ATTEMPTS = 5  # to send where there is no room

_QUEUE = 1 << 17  # bytes; above the window that a connection begins with


def fill(sock: Socket, *, travels: bool) -> int:
    """Send on a connected socket until it takes no more; how many bytes it took.

    `travels`: what is sent goes through a network stack, whose acknowledgements make room
    later. Leaves the socket non-blocking.
    """
    sock.set_nonblocking(True)
    taken, more = 0, _send_all(sock)
    while more:
        taken += more
        if travels:
            _settle(sock)
        more = _send_all(sock)
    return taken


def when_full(sock: Socket, send: Callable[[], str], *, taken: str, travels: bool) -> str:
    """How `send` ends on a connected socket without room; `taken` when it takes all the same.

    A probe of the closed window (RFC 9293, 3.8.6.1) can find room that was not there: then the
    socket is filled and `send` is called again, a few times. It finds the socket non-blocking.
    """
    for _ in range(_ATTEMPTS):
        fill(sock, travels=travels)
        how = send()
        if how != taken:
            break
    return how


def more_than_fits(receiver: Socket, sender: Socket) -> int:
    """More bytes than the queues of two connected sockets hold.

    They are made small first where the system lets them, so that what does not fit is quickly
    carried. Stacks that have no such options have small queues anyway.
    """
    try:
        receiver.set_recv_buffer_size(_QUEUE)
        sender.set_send_buffer_size(_QUEUE)
    except (SocketError, Unsupported):
        return 64 * _QUEUE
    return 16 * _QUEUE


def _send_all(sock: Socket) -> int:
    taken = 0
    chunk = bytes(65536)
    while True:
        try:
            taken += sock.send(chunk)
        except SocketError as error:
            if error.symbol not in {"EAGAIN", "ENOBUFS"}:
                raise
            return taken


def _settle(sock: Socket) -> None:
    # An acknowledgement that is still on its way makes room in the send buffer, less
    # than POLLOUT tells. Linux shows what is sent and not acknowledged: what is in
    # the queue less what was never sent (tcp(7): SIOCOUTQ, SIOCOUTQNSD).
    # A segment that the full receiver dropped is sent again, later each time: 0.2 s, 0.4 s,
    # 0.8 s (RFC 6298, 5.5).
    until = time.monotonic() + 6.0
    before, since = None, time.monotonic()
    while time.monotonic() < until:
        queued, unsent = _queue(sock, "SIOCOUTQ"), _queue(sock, "SIOCOUTQNSD")
        if queued is None:
            sock.poll("POLLOUT", _SENT_AGAIN)
            return
        if queued != before:
            before, since = queued, time.monotonic()
        quiet = _QUIET if unsent is None else _REFUSED
        if queued == unsent or time.monotonic() - since > quiet:
            return
        sock.poll("POLLOUT", 0.001)
    raise NotReached("everything that was sent is acknowledged")


def _queue(sock: Socket, name: str) -> bytes | None:
    try:
        return sock.backend.ioctl(sock.handle, sock.number(name), bytes(4))
    except (SocketError, Unsupported):
        return None
