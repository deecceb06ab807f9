"""Sending and receiving, as socket2 has it.

Where the document takes a buffer, these functions take its size and return the bytes
that were written into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.api.base import Address, Face, Symbols, to_address
from sockspec.api.documents import documented

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.address import SockAddr
    from sockspec.backend import Message

__all__ = ["RecvFlags", "Transfer"]


_MOST = 0x7FFFF000  # sendfile(2), NOTES


@dataclass(frozen=True, slots=True)
class RecvFlags:
    """Flags of a received message (`msg_flags`); `bits` as the system set them."""

    bits: int
    truncated: int
    end_of_record: int
    out_of_band: int

    def is_truncated(self) -> bool:
        """MSG_TRUNC: the message was longer than the buffers."""
        return bool(self.bits & self.truncated)

    def is_end_of_record(self) -> bool:
        """MSG_EOR: the message ends a record."""
        return bool(self.bits & self.end_of_record)

    def is_out_of_band(self) -> bool:
        """MSG_OOB: the data is out-of-band data."""
        return bool(self.bits & self.out_of_band)


class Transfer(Face):
    """The functions that move bytes."""

    # -- receiving -------------------------------------------------------------

    @documented
    def recv(self, size: int) -> bytes:
        """Receive up to `size` bytes; empty at the end of a stream."""
        return self.backend.recv(self.handle, size, 0)

    @documented
    def recv_out_of_band(self, size: int) -> bytes:
        """Receive urgent data (MSG_OOB)."""
        return self.backend.recv(self.handle, size, self.number("MSG_OOB"))

    @documented
    def recv_with_flags(self, size: int, flags: Symbols) -> bytes:
        """`recv` with flags."""
        return self.backend.recv(self.handle, size, self.mask(flags))

    def recv_length(self, size: int, flags: Symbols = 0) -> int:
        """The return value of recv(2), which MSG_TRUNC can make larger than `size`."""
        return self.backend.recv_length(self.handle, size, self.mask(flags))

    @documented
    def recv_vectored(self, sizes: Sequence[int]) -> tuple[tuple[bytes, ...], RecvFlags]:
        """Receive into several buffers: the bytes in each, and the message's flags."""
        return self.recv_vectored_with_flags(sizes, 0)

    @documented
    def recv_vectored_with_flags(
        self, sizes: Sequence[int], flags: Symbols
    ) -> tuple[tuple[bytes, ...], RecvFlags]:
        """`recv_vectored` with flags."""
        message = self.recvmsg(sizes, 0, flags)
        return message.data, self._recv_flags(message)

    @documented
    def peek(self, size: int) -> bytes:
        """Receive without taking from the queue (MSG_PEEK)."""
        return self.backend.recv(self.handle, size, self.number("MSG_PEEK"))

    @documented
    def recv_from(self, size: int) -> tuple[bytes, SockAddr | None]:
        """Receive with the sender's address; None where the system gave none."""
        return self.backend.recvfrom(self.handle, size, 0)

    @documented
    def recv_from_with_flags(self, size: int, flags: Symbols) -> tuple[bytes, SockAddr | None]:
        """`recv_from` with flags."""
        return self.backend.recvfrom(self.handle, size, self.mask(flags))

    @documented
    def recv_from_vectored(
        self, sizes: Sequence[int]
    ) -> tuple[tuple[bytes, ...], RecvFlags, SockAddr | None]:
        """Receive into several buffers, with flags and sender."""
        return self.recv_from_vectored_with_flags(sizes, 0)

    @documented
    def recv_from_vectored_with_flags(
        self, sizes: Sequence[int], flags: Symbols
    ) -> tuple[tuple[bytes, ...], RecvFlags, SockAddr | None]:
        """`recv_from_vectored` with flags."""
        message = self.recvmsg(sizes, 0, flags)
        return message.data, self._recv_flags(message), message.address

    @documented
    def peek_from(self, size: int) -> tuple[bytes, SockAddr | None]:
        """`recv_from` without taking from the queue (MSG_PEEK)."""
        return self.backend.recvfrom(self.handle, size, self.number("MSG_PEEK"))

    @documented
    def peek_sender(self) -> SockAddr | None:
        """The sender of the next datagram. By way of eight bytes, as socket2 does."""
        return self.backend.recvfrom(self.handle, 8, self.number("MSG_PEEK"))[1]

    def recvmsg(self, sizes: Sequence[int], control: int = 0, flags: Symbols = 0) -> Message:
        """recvmsg(2) with `control` bytes of room for control data."""
        return self.backend.recvmsg(self.handle, sizes, control, self.mask(flags))

    def _recv_flags(self, message: Message) -> RecvFlags:
        known = ("MSG_TRUNC", "MSG_EOR", "MSG_OOB")
        return RecvFlags(message.flags, *(self.backend.constant(name) or 0 for name in known))

    # -- sending ---------------------------------------------------------------

    @documented
    def send(self, buf: bytes) -> int:
        """Send to the connected peer; how many bytes were taken."""
        return self.backend.send(self.handle, buf, 0)

    @documented
    def send_with_flags(self, buf: bytes, flags: Symbols) -> int:
        """`send` with flags."""
        return self.backend.send(self.handle, buf, self.mask(flags))

    @documented
    def send_vectored(self, bufs: Sequence[bytes]) -> int:
        """Send several buffers as one message."""
        return self.backend.sendmsg(self.handle, bufs, (), 0, None)

    @documented
    def send_vectored_with_flags(self, bufs: Sequence[bytes], flags: Symbols) -> int:
        """`send_vectored` with flags."""
        return self.backend.sendmsg(self.handle, bufs, (), self.mask(flags), None)

    @documented
    def send_out_of_band(self, buf: bytes) -> int:
        """Send urgent data (MSG_OOB); of several bytes the last is the urgent one."""
        return self.backend.send(self.handle, buf, self.number("MSG_OOB"))

    @documented
    def send_to(self, buf: bytes, addr: Address) -> int:
        """Send a datagram to an address."""
        return self.backend.sendto(self.handle, buf, 0, to_address(addr))

    @documented
    def send_to_with_flags(self, buf: bytes, addr: Address, flags: Symbols) -> int:
        """`send_to` with flags."""
        return self.backend.sendto(self.handle, buf, self.mask(flags), to_address(addr))

    @documented
    def send_to_vectored(self, bufs: Sequence[bytes], addr: Address) -> int:
        """Send several buffers as one datagram to an address."""
        return self.backend.sendmsg(self.handle, bufs, (), 0, to_address(addr))

    @documented
    def send_to_vectored_with_flags(
        self, bufs: Sequence[bytes], addr: Address, flags: Symbols
    ) -> int:
        """`send_to_vectored` with flags."""
        mask = self.mask(flags)
        return self.backend.sendmsg(self.handle, bufs, (), mask, to_address(addr))

    def sendmsg(
        self,
        bufs: Sequence[bytes],
        control: Sequence[tuple[int, int, bytes]] = (),
        flags: Symbols = 0,
        addr: Address | None = None,
    ) -> int:
        """sendmsg(2) with control data: (level, type, bytes) each."""
        target = None if addr is None else to_address(addr)
        return self.backend.sendmsg(self.handle, bufs, control, self.mask(flags), target)

    def sendfile(self, file: Face, offset: int, length: int | None = None) -> int:
        """sendfile(2) from an offset of a file (newer than the document).

        Without a length as much as one call sends.
        """
        count = _MOST if length is None else length
        return self.backend.sendfile(self.handle, file.handle, offset, count)
