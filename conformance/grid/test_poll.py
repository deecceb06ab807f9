"""poll() for everything a portable program asks for, in every state."""

from __future__ import annotations

from sockspec.spec import MAN, POSIX, outcome

from .cells import rest, share
from .states import reached

ORDER = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL")

ANSWER = rest(
    "poll",
    "poll() reports each event",
    sources=[
        POSIX.poll("DESCRIPTION", "high-priority data are file and device-specific"),
        MAN.poll(
            2, "DESCRIPTION", "filled by the kernel with the events that actually occurred"
        ),
    ],
    behaviours={
        "quiet": "reports no event",
        **{event.removeprefix("POLL").lower(): f"reports {event}" for event in ORDER},
    },
    needs=["poll"],
    combined=True,
)


@share(ANSWER)
def test_answer(sockets, see, case):
    sock = reached(sockets, case)
    got = []
    how = outcome(lambda: got.append(sock.poll(sockets.pollable, 0)))
    if how == "succeeds":
        names = [event.removeprefix("POLL").lower() for event in ORDER if event in got[0]]
        how = "-".join(names) or "quiet"
    see(how)
