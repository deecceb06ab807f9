"""One socket that stands in a poll() more than once."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, MUST, POSIX, STREAM, UNIX, V4, V6, rule

EACH = rule(
    "readiness.poll-twice.each-entry",
    "poll() reports the events of a socket in each entry that names it.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION", "For each member of the array pointed to")],
    behaviours={
        "in-each": CONFORMS,
        "in-one": "one of the entries has no event",
        "in-neither": "no entry has an event",
    },
    needs=["poll"],
)


@EACH.case(
    family=(V4, V6, UNIX), type=(STREAM, DGRAM), between=("nothing-else", "another-socket")
)
def test_each(sockets, see, case):
    ours, theirs = sockets.connected()
    quiet, _peer = sockets.connected()
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    wanted = sockets.number("POLLIN")
    among = [(quiet.handle, wanted)] if case["between"] == "another-socket" else []
    asked = [(ours.handle, wanted), *among, (ours.handle, wanted)]
    events = sockets.backend.poll(asked, 1.0)
    told = [bool(events[0]), bool(events[-1])]
    names = {2: "in-each", 1: "in-one", 0: "in-neither"}
    see(names[sum(told)], events=events)
