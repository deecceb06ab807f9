"""WSAPoll, which Python's `select` module leaves out: Winsock's poll(), called through ctypes.

Windows' `select` module has select() alone, and that cannot tell an error from data. The
call is made as it is: what Windows refuses or never reports is an answer.
https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll
"""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Any

from sockspec.constants import errno_symbol
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["wsapoll"]

_LONGEST = 2**31 - 1  # milliseconds, the largest INT


class _PollFd(ctypes.Structure):
    # WSAPOLLFD: a SOCKET has the size of a pointer.
    _fields_ = (
        ("fd", ctypes.c_size_t),
        ("events", ctypes.c_short),
        ("revents", ctypes.c_short),
    )


_loaded: list[Any] = []


def _call() -> Any:
    if not _loaded:
        library = ctypes.WinDLL("ws2_32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
        library.WSAPoll.argtypes = (ctypes.POINTER(_PollFd), ctypes.c_ulong, ctypes.c_int)
        _loaded.append(library.WSAPoll)
    return _loaded[0]


def wsapoll(wanted: Sequence[tuple[int, int]], timeout: float) -> tuple[int, ...]:
    """The events that are there, of pairs of socket and events wanted.

    `timeout` is seconds, rounded up to a millisecond, below 0 for no limit. Raises
    `SocketError`.
    """
    asked = (_PollFd * len(wanted))(*(_PollFd(fd, events, 0) for fd, events in wanted))
    milliseconds = -1 if timeout < 0 else min(math.ceil(timeout * 1000), _LONGEST)
    if _call()(asked, len(wanted), milliseconds) < 0:
        # WSAGetLastError and GetLastError are one and the same.
        number = ctypes.get_last_error()  # type: ignore[attr-defined,unused-ignore]
        raise SocketError(errno_symbol(number), number, "poll")
    return tuple(each.revents & 0xFFFF for each in asked)
