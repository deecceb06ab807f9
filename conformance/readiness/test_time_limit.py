"""That a time limit ends a call: not only not before, but soon after it."""

from __future__ import annotations

import time

from sockspec.spec import CONFORMS, DGRAM, MUST, POSIX, STREAM, UNIX, V4, outcome, rule

LIMIT = 0.03
ATTEMPTS = 3
SLACK = 1.0

SOON = {
    "soon": CONFORMS,
    "late": "it goes on for many times as long as it was to",
}

RECEIVE = rule(
    "readiness.time-limit.receive",
    "A receive that gets nothing ends soon after SO_RCVTIMEO has passed.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.16",
            "SO_RCVTIMEO",
            "If a receive operation has blocked for this much time without",
        )
    ],
    behaviours=SOON,
)

POLL = rule(
    "readiness.time-limit.poll",
    "A poll() without an event ends soon after its timeout has passed.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION, timeout", "for an event to occur on any of the selected file")
    ],
    behaviours=SOON,
    needs=["poll"],
)


def ended(call, wanted):
    """Whether a call that waits ends soon: `soon`, `late`, or how it failed otherwise.

    Soon is by what this machine makes of a sleep as long, at that very time.
    """
    how = ""
    for _ in range(ATTEMPTS):
        begun = time.monotonic()
        time.sleep(LIMIT)
        slept = time.monotonic()
        how = outcome(call)
        took = time.monotonic() - slept
        if how != wanted:
            return how
        if took <= 4 * (slept - begun) + SLACK:
            return "soon"
    return "late"


@RECEIVE.case(family=(V4, UNIX), type=(STREAM, DGRAM))
def test_receive(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(LIMIT)
    see(ended(lambda: ours.recv(8), "EAGAIN"))


@POLL.case(family=(V4, UNIX), type=(STREAM, DGRAM))
def test_poll(sockets, see, case):
    ours, _theirs = sockets.connected()
    see(ended(lambda: ours.poll("POLLIN", LIMIT), "succeeds"))
