"""How slow this machine is now, for deadlines that were chosen on another one."""

from __future__ import annotations

import socket
import statistics
import time

__all__ = ["MOST", "measured"]

MOST = 10.0
"""Deadlines grow no further: a hang on a slow machine must end, too."""

_ROUNDS = 5
_ROUND = 0.009  # seconds that a round takes on the machine on which deadlines were chosen
_CALLS = 2000
_PAUSE = 0.001  # seconds: whoever waits for a processor waits here, as a case does


def measured() -> float:
    """How many times longer than usual work takes here; at least 1, at most `MOST`.

    The middle one of a few rounds counts.
    """
    taken = statistics.median(_round() for _ in range(_ROUNDS))
    return min(MOST, max(1.0, round(taken / _ROUND, 1)))


def _round() -> float:
    one, other = socket.socketpair()
    with one, other:
        began = time.perf_counter()
        time.sleep(_PAUSE)
        for _ in range(_CALLS):
            one.send(b"x")
            other.recv(1)
        return time.perf_counter() - began
