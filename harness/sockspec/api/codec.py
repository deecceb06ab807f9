"""The structures that option values are stored in, per platform."""

from __future__ import annotations

import ipaddress
import math
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sockspec.backend import Backend

__all__ = [
    "c_int",
    "in_addr",
    "ip_mreq",
    "ip_mreq_source",
    "ip_mreqn",
    "ipv6_mreq",
    "linger",
    "nanoseconds",
    "timeval",
    "timeval_size",
    "to_int",
    "to_linger",
    "to_timeval",
]


def _order(backend: Backend) -> str:
    return "<" if backend.byte_order == "little" else ">"


def _timeval(backend: Backend) -> struct.Struct:
    return struct.Struct(_order(backend) + ("qq" if backend.long_size == 8 else "ii"))


def timeval_size(backend: Backend) -> int:
    """How many bytes SO_RCVTIMEO has there."""
    return 4 if backend.system == "win32" else _timeval(backend).size


def c_int(backend: Backend, value: int) -> bytes:
    """A C int; a wider value keeps its low 32 bits, as `value as c_int` does in socket2."""
    return (value & 0xFFFFFFFF).to_bytes(4, backend.byte_order)


def to_int(backend: Backend, raw: bytes) -> int:
    """A C int of however many bytes came back: Windows answers booleans with one."""
    return int.from_bytes(raw, backend.byte_order, signed=len(raw) >= 4)


def linger(backend: Backend, seconds: float | None) -> bytes:
    """`struct linger`: two ints, on Windows two unsigned shorts.

    Whole seconds, cut off and not rounded; wrapped to the field, as socket2 does.
    """
    on = int(seconds is not None)
    whole = nanoseconds(seconds or 0.0) // 1_000_000_000
    if backend.system == "win32":
        return struct.pack("<HH", on, whole & 0xFFFF)
    return struct.pack(f"{_order(backend)}iI", on, whole & 0xFFFFFFFF)


def to_linger(backend: Backend, raw: bytes) -> float | None:
    """The duration of a `struct linger`, None when it is off.

    A negative time reads as socket2 reads it: as a 64-bit unsigned number of seconds.
    """
    form = "<HH" if backend.system == "win32" else f"{_order(backend)}ii"
    on, seconds = _filled(struct.Struct(form), raw)
    return float(seconds & 0xFFFF_FFFF_FFFF_FFFF) if on else None


def _filled(form: struct.Struct, raw: bytes) -> tuple[int, ...]:
    # Behind what came back there is what a caller had there: nothing, as C programs begin.
    return form.unpack(raw.ljust(form.size, b"\0"))


def timeval(backend: Backend, seconds: float | None) -> bytes:
    """`struct timeval`, on Windows a DWORD of milliseconds.

    None is zero, which is no limit; so is whatever is cut off to zero: less than a
    microsecond, on Windows than a millisecond. More than the type holds is its maximum.
    """
    limit = 0.0 if seconds is None else _checked(seconds)
    if backend.system == "win32":
        milliseconds = 0xFFFFFFFF if math.isinf(limit) else nanoseconds(limit) // 1_000_000
        return min(milliseconds, 0xFFFFFFFF).to_bytes(4, "little")
    longest = 2 ** (8 * backend.long_size - 1) - 1
    if limit >= longest:
        whole, micro = longest, 0
    else:
        whole, nano = divmod(nanoseconds(limit), 1_000_000_000)
        micro = nano // 1000
    return _timeval(backend).pack(whole, micro)


def to_timeval(backend: Backend, raw: bytes) -> float | None:
    """The duration of a time limit option, None when there is no limit."""
    if backend.system == "win32":
        milliseconds = int.from_bytes(raw, "little")
        return milliseconds / 1000 or None
    whole, micro = _filled(_timeval(backend), raw)
    return (whole + micro / 1_000_000) or None


def _checked(seconds: float) -> float:
    if seconds < 0 or math.isnan(seconds):
        raise ValueError(f"a duration is not negative: {seconds}")
    return seconds


def nanoseconds(seconds: float) -> int:
    """The nearest whole number: the resolution of the documents' Duration."""
    return round(Fraction(_checked(seconds)) * 1_000_000_000)


def in_addr(host: str) -> bytes:
    """`struct in_addr`."""
    return ipaddress.IPv4Address(host).packed


def ip_mreq(group: str, interface: str) -> bytes:
    """`struct ip_mreq`: group and interface by address."""
    return in_addr(group) + in_addr(interface)


def ip_mreqn(backend: Backend, group: str, index: int) -> bytes:
    """`struct ip_mreqn`: group and interface by index."""
    return in_addr(group) + in_addr("0.0.0.0") + c_int(backend, index)


def ip_mreq_source(backend: Backend, source: str, group: str, interface: str) -> bytes:
    """`struct ip_mreq_source`, whose fields stand in another order on the BSDs and Windows."""
    if backend.system == "linux":
        return in_addr(group) + in_addr(interface) + in_addr(source)
    return in_addr(group) + in_addr(source) + in_addr(interface)


def ipv6_mreq(backend: Backend, group: str, interface: int) -> bytes:
    """`struct ipv6_mreq`: group, and interface by index."""
    return ipaddress.IPv6Address(group).packed + interface.to_bytes(4, backend.byte_order)
