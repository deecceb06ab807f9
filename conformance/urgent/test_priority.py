"""POLLPRI: when urgent data is there, and when it is not."""

from __future__ import annotations

from sockspec.spec import INET, MUST, POSIX, SHOULD, outcome, rule

from .stream import OOB, urgent

PRIORITY = rule(
    "urgent.poll.priority",
    "Urgent data is told by POLLPRI.",
    level=MUST,
    sources=[POSIX.poll("POLLPRI", "High-priority data may be read without blocking")],
    behaviours={"told": "POLLPRI is there", "silent": "POLLPRI is not there"},
    conforming=["told"],
)


@PRIORITY.case(family=INET, inline=("inline", "out-of-line"))
def test_priority(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(case["inline"] == "inline")
    theirs.send_out_of_band(b"!")
    told = []
    how = outcome(lambda: told.extend(ours.poll("POLLPRI", 1.0)), ok="silent")
    see("told" if "POLLPRI" in told else how)


PRIORITY_GONE = rule(
    "urgent.poll.priority-gone",
    "When the urgent byte was received POLLPRI is gone.",
    level=SHOULD,
    sources=[POSIX.poll("POLLPRI")],
    behaviours={"told": "POLLPRI is still there", "silent": "POLLPRI is gone"},
    conforming=["silent"],
    needs=[*OOB, "poll-priority"],
)


@PRIORITY_GONE.case(family=INET)
def test_priority_gone(sockets, see, case):
    sock = urgent(sockets)
    sock.recv_out_of_band(1)
    see("told" if "POLLPRI" in sock.poll("POLLPRI", 0) else "silent")


NO_PRIORITY = rule(
    "urgent.poll.no-priority",
    "Ordinary data is not told by POLLPRI.",
    level=MUST,
    sources=[POSIX.poll("POLLPRI")],
    behaviours={"told": "POLLPRI is there", "silent": "POLLPRI is not there"},
    conforming=["silent"],
    needs=["poll-priority"],
)


@NO_PRIORITY.case(family=INET)
def test_no_priority(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"plain")
    see("told" if "POLLPRI" in ours.poll(["POLLPRI", "POLLIN"], 1.0) else "silent")
