"""Waiting until something is there that another end, or the network, takes its time for."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.errors import NotReached, SocketError, Unsupported
from sockspec.run.made import PATIENCE, Made
from sockspec.spec.rules import DGRAM, UNIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sockspec.api import Socket
    from sockspec.pending import Pending

__all__ = ["Waiting"]

# States of a connection whose other end has sent its last, by Linux's numbers
# (include/net/tcp_states.h): TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, CLOSING.
_ENDED = {6, 7, 8, 9, 11}
_OVER = {6, 7}

_LOOPBACK = 0.3  # seconds; where nothing tells that a segment came, it has by then


class Waiting(Made):
    """Sockets for whose states a test can wait."""

    def wait(
        self, sock: Socket, events: str | Iterable[str], within: float | None = None
    ) -> None:
        """Wait until one of the events is there, by the names that they have here.

        Windows refuses POLLPRI and tells urgent data by POLLRDBAND, or as data where it is
        inline (Microsoft Learn, WSAPoll). Where there is no POLLRDHUP, the end of a stream
        is told by POLLHUP, but not by every system while data stands before it. What has no
        poll() may still say that there are bytes to read.
        """
        named = [events] if isinstance(events, str) else list(events)
        only_end = named == ["POLLRDHUP"] and sock.backend.constant("POLLRDHUP") is None
        asked = [self._here(event, sock) for event in named]
        if asked == ["POLLPRI"]:
            self.need("poll-priority")
        seconds = self.patience if within is None else within
        try:
            there = sock.poll(asked, _LOOPBACK if only_end else seconds)
        except Unsupported:
            if named != ["POLLIN"] or not _has_bytes(sock):
                raise
            return
        if not there and not only_end:
            raise NotReached(f"{' or '.join(named) or 'an error'} {_in_time(within)}")

    def _here(self, event: str, sock: Socket) -> str:
        if event == "POLLPRI" and sock.backend.system == "win32":
            return "POLLRDNORM" if sock.out_of_band_inline() else "POLLRDBAND"
        if event == "POLLRDHUP" and sock.backend.constant(event) is None:
            return "POLLHUP"
        return event

    def wait_for_end(self, sock: Socket, within: float | None = None) -> None:
        """Wait until the peer's end of a stream has arrived, behind data or not."""
        if self.family == UNIX:
            return  # nothing travels: it is there when the peer's call returns
        if sock.backend.constant("POLLRDHUP") is None:
            self.wait(sock, "POLLRDHUP", within)
            return
        until = time.monotonic() + (self.patience if within is None else within)
        while not sock.poll("POLLRDHUP", 0.01):
            if self._has_received_end(sock):
                return
            if time.monotonic() > until:
                raise NotReached(f"the peer's end {_in_time(within)}")

    def wait_for_bytes(self, sock: Socket, count: int) -> None:
        """Wait until that many bytes of a stream stand unread, as a peek shows them.

        A stream that keeps the messages apart, as SCTP does, shows the first alone.
        """
        until = time.monotonic() + _LOOPBACK
        while count and len(sock.peek(count)) < count and time.monotonic() < until:
            continue

    def wait_for_datagrams(self) -> None:
        """Wait until the datagrams that were sent have come: a later one has, elsewhere."""
        one, other = self.udp(), self.udp()
        one.send_to(b"x", other.local_addr())
        self.wait(other, "POLLIN")

    def wait_across(self, way: str = "out") -> None:
        """Wait until what was sent to the other end has come, or with `in` from there."""
        here, there = self.udp(), self.receiver(None, DGRAM)
        sender, receiver = (here, there) if way == "out" else (there, here)
        sender.send_to(b"x", receiver.local_addr())
        self.wait(receiver, "POLLIN")

    def wait_for_close(self, sock: Socket, within: float | None = None) -> None:
        """Wait until a connection that both sides have shut down is over, if that is told.

        The last segments go to and fro in the background; Linux is done when the call returns.
        """
        until = time.monotonic() + (self.patience if within is None else within)
        while self._tcp_state(sock) not in {None, *_OVER}:
            if time.monotonic() > until:
                raise NotReached(f"the end of the connection {_in_time(within)}")
            sock.poll([], 0.001)

    def _has_received_end(self, sock: Socket) -> bool:
        # gVisor never tells POLLRDHUP of TCP, but it tells the state of a connection.
        return self._tcp_state(sock) in _ENDED

    def _tcp_state(self, sock: Socket) -> int | None:
        try:
            told = sock.get_option("IPPROTO_TCP", "TCP_INFO", 1)
        except (SocketError, Unsupported):
            return None
        return told[0] if told else None

    @property
    def pollable(self) -> tuple[str, ...]:
        """The events that a portable program asks poll() for, in the order of the standard.

        Without POLLPRI on Windows, which refuses a call that asks for it.
        """
        windows = self.backend.system == "win32"
        return ("POLLIN", "POLLOUT") if windows else ("POLLIN", "POLLPRI", "POLLOUT")

    def received(self, sock: Socket, count: int) -> bytes:
        """The next `count` bytes of a stream, fewer at its end.

        Not with MSG_WAITALL: that it waits is a rule (data.wait-all).
        """
        pieces: list[bytes] = []
        while count > 0 and (more := sock.recv(min(count, 1 << 20))):
            pieces.append(more)
            count -= len(more)
        return b"".join(pieces)

    def start(self, primitive: str, sock: Socket, *arguments: Any) -> Pending:
        """Begin a primitive of the backend that may block, without waiting for it."""
        pending = sock.backend.start(primitive, sock.handle, *arguments)
        self._pending.append((pending, [sock]))
        return pending

    def set_option(self, sock: Socket, level: int | str, name: str, value: int) -> None:
        """Set an option that is an int; `Unsupported` where the system does not have it."""
        try:
            sock.set_int(level, name, value)
        except SocketError as error:
            if error.symbol == "ENOPROTOOPT":
                raise Unsupported(name, "setting it answers ENOPROTOOPT") from None
            raise


def _has_bytes(sock: Socket) -> bool:
    """Whether unread bytes come, by FIONREAD: not an end, an error, or an empty datagram."""
    until = time.monotonic() + _LOOPBACK
    with suppress(SocketError, Unsupported):
        while time.monotonic() < until:
            if sock.available():
                return True
    return False


def _in_time(within: float | None) -> str:
    # How long that is depends on the machine, and reasons do not.
    return f"within {PATIENCE if within is None else within:g} s"
