"""`struct linger`: how it is laid out, set and read."""

from __future__ import annotations

import struct

from sockspec.errors import Unsupported

LEVEL, NAME = "SOL_SOCKET", "SO_LINGER"


def layout(sock):
    """`struct linger`: two ints, on Windows two unsigned shorts."""
    if sock.backend.system == "win32":
        return struct.Struct("<HH")
    return struct.Struct(("<" if sock.backend.byte_order == "little" else ">") + "ii")


def most(sock):
    """The largest number that a field of `struct linger` holds."""
    return 2**16 - 1 if sock.backend.system == "win32" else 2**31 - 1


def put(sock, on, seconds):
    """Set SO_LINGER; `Unsupported` for a number that `struct linger` cannot hold here."""
    try:
        value = layout(sock).pack(on, seconds)
    except struct.error as error:
        raise Unsupported("struct linger", f"{on}, {seconds}: {error}") from None
    sock.set_option(LEVEL, NAME, value)


def value(sock):
    """SO_LINGER as it reads back: `l_onoff`, `l_linger`."""
    form = layout(sock)
    return form.unpack(sock.get_option(LEVEL, NAME, form.size))
