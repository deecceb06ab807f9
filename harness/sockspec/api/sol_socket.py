"""Socket options of level SOL_SOCKET."""

from __future__ import annotations

from sockspec.api import codec
from sockspec.api.base import Face
from sockspec.api.documents import documented
from sockspec.errors import SocketError

__all__ = ["SolSocket"]

_LEVEL = "SOL_SOCKET"


class SolSocket(Face):
    """Getters and setters; a getter is named as the option, its setter `set_...`."""

    @documented
    def broadcast(self) -> bool:
        """SO_BROADCAST: whether datagrams may be sent to a broadcast address."""
        return self._get_bool(_LEVEL, "SO_BROADCAST")

    @documented
    def set_broadcast(self, broadcast: bool) -> None:
        """Set SO_BROADCAST."""
        self.set_int(_LEVEL, "SO_BROADCAST", int(broadcast))

    @documented
    def take_error(self) -> SocketError | None:
        """SO_ERROR: the pending error, which is cleared; None when there is none."""
        number = self.get_int(_LEVEL, "SO_ERROR")
        if number == 0:
            return None
        return SocketError(self.backend.errno_symbol(number), number, "take_error")

    @documented
    def keepalive(self) -> bool:
        """SO_KEEPALIVE: whether an idle connection is probed."""
        return self._get_bool(_LEVEL, "SO_KEEPALIVE")

    @documented
    def set_keepalive(self, keepalive: bool) -> None:
        """Set SO_KEEPALIVE."""
        self.set_int(_LEVEL, "SO_KEEPALIVE", int(keepalive))

    @documented
    def linger(self) -> float | None:
        """SO_LINGER: seconds that closing may wait for unsent data; None when off."""
        length = 4 if self.backend.system == "win32" else 8
        return codec.to_linger(self.backend, self.get_option(_LEVEL, self._linger, length))

    @documented
    def set_linger(self, linger: float | None) -> None:
        """Set SO_LINGER, on Apple SO_LINGER_SEC. Fractions of a second are cut off."""
        self.set_option(_LEVEL, self._linger, codec.linger(self.backend, linger))

    @property
    def _linger(self) -> str:
        return "SO_LINGER_SEC" if self.backend.system == "darwin" else "SO_LINGER"

    @documented
    def out_of_band_inline(self) -> bool:
        """SO_OOBINLINE: whether urgent data stays in the stream."""
        return self._get_bool(_LEVEL, "SO_OOBINLINE")

    @documented
    def set_out_of_band_inline(self, oob_inline: bool) -> None:
        """Set SO_OOBINLINE."""
        self.set_int(_LEVEL, "SO_OOBINLINE", int(oob_inline))

    @documented
    def recv_buffer_size(self) -> int:
        """SO_RCVBUF, in bytes, as the system accounts for them."""
        return self._get_size(_LEVEL, "SO_RCVBUF")

    @documented
    def set_recv_buffer_size(self, size: int) -> None:
        """Set SO_RCVBUF; the low 32 bits of `size` are passed on."""
        self.set_int(_LEVEL, "SO_RCVBUF", size)

    @documented
    def read_timeout(self) -> float | None:
        """SO_RCVTIMEO, in seconds; None when reading may block for ever."""
        raw = self.get_option(_LEVEL, "SO_RCVTIMEO", codec.timeval_size(self.backend))
        return codec.to_timeval(self.backend, raw)

    @documented
    def set_read_timeout(self, duration: float | None) -> None:
        """Set SO_RCVTIMEO. Less than a microsecond is cut off to no limit."""
        self.set_option(_LEVEL, "SO_RCVTIMEO", codec.timeval(self.backend, duration))

    @documented
    def reuse_address(self) -> bool:
        """SO_REUSEADDR."""
        return self._get_bool(_LEVEL, "SO_REUSEADDR")

    @documented
    def set_reuse_address(self, reuse: bool) -> None:
        """Set SO_REUSEADDR, before bind."""
        self.set_int(_LEVEL, "SO_REUSEADDR", int(reuse))

    @documented
    def send_buffer_size(self) -> int:
        """SO_SNDBUF, in bytes, as the system accounts for them."""
        return self._get_size(_LEVEL, "SO_SNDBUF")

    @documented
    def set_send_buffer_size(self, size: int) -> None:
        """Set SO_SNDBUF; the low 32 bits of `size` are passed on."""
        self.set_int(_LEVEL, "SO_SNDBUF", size)

    @documented
    def write_timeout(self) -> float | None:
        """SO_SNDTIMEO, in seconds; None when writing may block for ever."""
        raw = self.get_option(_LEVEL, "SO_SNDTIMEO", codec.timeval_size(self.backend))
        return codec.to_timeval(self.backend, raw)

    @documented
    def set_write_timeout(self, duration: float | None) -> None:
        """Set SO_SNDTIMEO. Less than a microsecond is cut off to no limit."""
        self.set_option(_LEVEL, "SO_SNDTIMEO", codec.timeval(self.backend, duration))

    # -- newer than the document ---------------------------------------------

    @documented
    def type(self) -> int:
        """SO_TYPE (`r#type` in the document's later versions)."""
        return self.get_int(_LEVEL, "SO_TYPE")

    @documented
    def domain(self) -> int:
        """SO_DOMAIN."""
        return self.get_int(_LEVEL, "SO_DOMAIN")

    @documented
    def protocol(self) -> int | None:
        """SO_PROTOCOL; None for 0."""
        return self.get_int(_LEVEL, "SO_PROTOCOL") or None

    @documented
    def is_listener(self) -> bool:
        """SO_ACCEPTCONN."""
        return self._get_bool(_LEVEL, "SO_ACCEPTCONN")

    @documented
    def reuse_port(self) -> bool:
        """SO_REUSEPORT."""
        return self._get_bool(_LEVEL, "SO_REUSEPORT")

    @documented
    def set_reuse_port(self, reuse: bool) -> None:
        """Set SO_REUSEPORT, before bind."""
        self.set_int(_LEVEL, "SO_REUSEPORT", int(reuse))

    @documented
    def priority(self) -> int:
        """SO_PRIORITY (Linux)."""
        return self.get_int(_LEVEL, "SO_PRIORITY")

    @documented
    def set_priority(self, priority: int) -> None:
        """Set SO_PRIORITY; above 6 it takes CAP_NET_ADMIN (socket(7))."""
        self.set_int(_LEVEL, "SO_PRIORITY", priority)

    @documented
    def mark(self) -> int:
        """SO_MARK (Linux)."""
        return self.get_int(_LEVEL, "SO_MARK") & 0xFFFFFFFF

    @documented
    def set_mark(self, mark: int) -> None:
        """Set SO_MARK; takes CAP_NET_ADMIN (socket(7))."""
        self.set_int(_LEVEL, "SO_MARK", mark)

    @documented
    def passcred(self) -> bool:
        """SO_PASSCRED (Linux)."""
        return self._get_bool(_LEVEL, "SO_PASSCRED")

    @documented
    def set_passcred(self, passcred: bool) -> None:
        """Set SO_PASSCRED."""
        self.set_int(_LEVEL, "SO_PASSCRED", int(passcred))

    @documented
    def cookie(self) -> int:
        """SO_COOKIE (Linux): a number that no other socket of the system has."""
        return int.from_bytes(self.get_option(_LEVEL, "SO_COOKIE", 8), self.backend.byte_order)

    @documented
    def cpu_affinity(self) -> int:
        """SO_INCOMING_CPU (Linux); -1 as an unsigned number when nothing arrived yet."""
        return self._get_size(_LEVEL, "SO_INCOMING_CPU")

    @documented
    def set_cpu_affinity(self, cpu: int) -> None:
        """Set SO_INCOMING_CPU."""
        self.set_int(_LEVEL, "SO_INCOMING_CPU", cpu)

    @documented
    def busy_poll(self) -> int:
        """SO_BUSY_POLL (Linux), in microseconds."""
        return self.get_int(_LEVEL, "SO_BUSY_POLL")

    @documented
    def set_busy_poll(self, microseconds: int) -> None:
        """Set SO_BUSY_POLL."""
        self.set_int(_LEVEL, "SO_BUSY_POLL", microseconds)

    @documented
    def device(self) -> bytes | None:
        """SO_BINDTODEVICE: the interface the socket is bound to, None when to none."""
        raw = self.get_option(_LEVEL, "SO_BINDTODEVICE", 16)  # IFNAMSIZ
        return raw.rstrip(b"\0") or None

    @documented
    def bind_device(self, interface: bytes | None) -> None:
        """Set SO_BINDTODEVICE; None or empty removes the binding."""
        self.set_option(_LEVEL, "SO_BINDTODEVICE", interface or b"")
