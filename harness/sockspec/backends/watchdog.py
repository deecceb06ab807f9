"""The end of a process that has stopped: a backend in it keeps a lock, or never gives up.

A call that keeps the interpreter's lock while it waits stops every thread of its process and
every handler of a signal, so that no deadline of this package can end it. faulthandler's
thread needs no lock. It writes where each thread stands and ends the process; whoever
supervises that process learns from what was written how to call it (`ending`).

A process that waits for a processor has not stopped, so the time it has to show itself follows
the machine: the pace measured at the start of a run, or how long this process waited lately.
"""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec.backend import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "GRACE",
    "MAIN",
    "MOST",
    "Ending",
    "ending",
    "feed",
    "follow",
    "leave",
    "quiet",
    "report_stop_to",
    "report_to",
    "rest",
    "unwatched",
    "watching",
]

GRACE = 3.0
"""Seconds beyond its deadline in which a process must have shown that it still runs.

On a slower machine, or one that has other work, they are more, up to `MOST` times as many.
"""

MOST = 10.0
"""What has stopped must end on such a machine, too."""

MAIN = "main"
"""The name of the file to which the process that controls a run reports."""

_PAUSE = 1 / 3  # of the grace: in that time one sign of life is enough

# The nanoseconds that the first thread of this process ran, and that it was ready and did not,
# https://docs.kernel.org/scheduler/sched-stats.html
_SCHEDULED = Path("/proc/self/schedstat")

# How faulthandler begins: https://docs.python.org/3/library/faulthandler.html
_STOPPED = re.compile(r"Timeout \(")
_FATAL = re.compile(r"Fatal Python error: (.+)")
_SIGNALS = {
    "Segmentation fault": "SIGSEGV",
    "Bus error": "SIGBUS",
    "Floating-point exception": "SIGFPE",
    "Floating point exception": "SIGFPE",
    "Aborted": "SIGABRT",
    "Illegal instruction": "SIGILL",
}

# The frame of a traced call has the name of its primitive; innermost frames come first.
_FRAME = re.compile(r'File "[^"\n]*\btrace\.py", line \d+ in ([\w.]+)')


@dataclass(frozen=True)
class Ending:
    """How a process ended: `hang` or `crash:SIGSEGV`; `crash` where nothing tells.

    `call` is the primitive in which it was, empty where that is not known.
    """

    behaviour: str
    call: str = ""

    def values(self) -> dict[str, str]:
        """What a witness says of it."""
        stopped = "nothing ran in it any more" if self.behaviour == "hang" else "is gone"
        return {"call": self.call or "?", "process": stopped}


@dataclass
class _Clock:
    report: int | None = None
    dated: int | Path | None = None
    on: bool = False
    fed: float = 0.0
    limit: float = 0.0
    left: bool = False
    pace: float = 1.0
    scheduled: tuple[int, int] = (0, 0)


_clock = _Clock()  # one for the process, as faulthandler's is


def report_to(file: Path) -> None:
    """Have the end of this process written there: that it stopped, or how it crashed."""
    _clock.report = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    # Windows dates no open file, only one by its name.
    _clock.dated = _clock.report if os.utime in os.supports_fd else file
    faulthandler.enable(_clock.report)


def report_stop_to(descriptor: int) -> None:
    """Have it written there where this process stopped."""
    _clock.report = descriptor
    _clock.dated = descriptor if os.utime in os.supports_fd else None


def follow(pace: float) -> None:
    """Have the grace follow this machine, on which work takes so many times longer."""
    _clock.pace = pace


@contextmanager
def watching(*, stay: bool = False) -> Iterator[None]:
    """Watch over the body: `feed` counts in it, and only there.

    The timer is a thread, dear to start and to end: it can `stay` for a body that follows at
    once, which ends it then, or `rest` does.
    """
    _clock.on = not _clock.left
    if not _clock.limit:
        _clock.fed = 0.0
    try:
        yield
    except BaseException:
        stay = False
        raise
    finally:
        _clock.on = False
        if not stay:
            rest()


@contextmanager
def unwatched() -> Iterator[None]:
    """Look away from the body, which has a bound of its own; it takes the time it takes."""
    limit = _clock.limit
    rest()
    try:
        yield
    finally:
        _clock.fed = 0.0
        if limit:
            feed(limit)


def rest() -> None:
    """End the timer: what comes now takes the time it takes."""
    if _clock.limit:
        faulthandler.cancel_dump_traceback_later()
    _clock.limit = 0.0


def leave() -> None:
    """Watch no more in this process.

    In a fork, faulthandler may wait for ever for a thread that only the parent has.
    """
    _clock.left = True


def feed(seconds: float | None) -> None:
    """Show that this process runs; end it unless it does so again in `seconds` and a grace.

    None where nothing in this process can stop it: then it is only shown.
    """
    now, limit = time.monotonic(), seconds or 0.0
    if not _clock.on or (now - _clock.fed < GRACE * _PAUSE and limit <= _clock.limit):
        return
    if not limit:
        rest()  # what ran out would end a process that shows itself without a bound
    _clock.fed, _clock.limit = now, limit
    if _clock.dated is not None:
        with suppress(OSError):
            os.utime(_clock.dated)
    where = sys.__stderr__ if _clock.report is None else _clock.report
    if seconds is not None and where is not None:
        grace = GRACE * min(MOST, max(_clock.pace, _starved()))
        faulthandler.dump_traceback_later(seconds + grace, exit=True, file=where)


def _starved() -> float:
    """How many times longer than it ran this process took; 1 where nothing tells.

    Since the last sign of life or in all, whichever is more: other work comes and goes.
    """
    try:
        ran, waited = map(int, _SCHEDULED.read_bytes().split()[:2])
    except (OSError, ValueError):
        return 1.0
    before, _clock.scheduled = _clock.scheduled, (ran, waited)
    lately = (waited - before[1]) / max(1, ran - before[0])
    return 1.0 + max(lately, waited / max(1, ran))


# -- from outside ---------------------------------------------------------------------


def ending(report: Path) -> Ending:
    """How a process ended, by the file that it reported to, if it did."""
    try:
        text = report.read_text("utf-8", "replace")
    except OSError:
        text = ""
    names = (name for name in _FRAME.findall(text) if name in PRIMITIVES or "." in name)
    call = next(names, "")
    if _STOPPED.match(text):
        return Ending("hang", call)
    fatal = _FATAL.match(text)
    if fatal and fatal[1] in _SIGNALS:
        return Ending(f"crash:{_SIGNALS[fatal[1]]}", call)
    return Ending("crash", call)


def quiet(folder: Path) -> float:
    """For how many seconds no process has shown that it runs, by its file in this folder."""
    shown = [0.0]
    for each in folder.iterdir():
        with suppress(OSError):
            shown.append(each.stat().st_mtime)
    return time.time() - max(shown)
