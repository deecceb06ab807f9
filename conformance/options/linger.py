"""`struct linger`: how it is laid out, set and read."""

from __future__ import annotations

import struct

LEVEL, NAME = "SOL_SOCKET", "SO_LINGER"


def layout(sock):
    """`struct linger`: two ints, on Windows two unsigned shorts."""
    if sock.backend.system == "win32":
        return struct.Struct("<HH")
    return struct.Struct(("<" if sock.backend.byte_order == "little" else ">") + "ii")


def put(sock, on, seconds):
    form = layout(sock)
    if form.size == 4:
        on, seconds = on & 0xFFFF, seconds & 0xFFFF
    sock.set_option(LEVEL, NAME, form.pack(on, seconds))


def told(sock):
    form = layout(sock)
    return form.unpack(sock.get_option(LEVEL, NAME, form.size))
