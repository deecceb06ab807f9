"""Bits of poll() beyond those of the standard."""

from __future__ import annotations

from sockspec.spec import DGRAM, INET, MAN, STREAM, UNIX, UNSPECIFIED, outcome, rule

ALL = (*INET, UNIX)
NO_EVENT = 0x4000
"""A bit that is no event on Linux, FreeBSD, macOS and Windows."""

UNKNOWN = rule(
    "readiness.poll-bits.unknown",
    "Whether poll() refuses, ignores or reports a bit that is no event is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.poll(2, "events", "a bit mask specifying the events the application"),
    ],
    behaviours={
        "ignored": "reports the events that it was asked for, and no more",
        "reported": "reports the bit",
        "missed": "does not report what it was asked for, too",
    },
    needs=["poll"],
)


@UNKNOWN.case(family=ALL, type=(STREAM, DGRAM))
def test_unknown(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    wanted, got = sockets.number("POLLIN"), []
    asked = [(ours.handle, wanted | NO_EVENT)]
    how = outcome(lambda: got.extend(sockets.backend.poll(asked, 0.0)))
    if got:
        known = "ignored" if got[0] & wanted else "missed"
        how = "reported" if got[0] & NO_EVENT else known
    see(how, events=got)


READ_HANGUP = rule(
    "readiness.poll-bits.read-hangup",
    "Whether poll() reports POLLRDHUP once the peer has shut down writing is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.poll(2, "POLLRDHUP", "Stream socket peer closed connection, or shut down")],
    behaviours={
        "then-only": "it does, and not before",
        "before": "it does before",
        "not-reported": "it does not",
    },
    needs=["poll"],
)


@READ_HANGUP.case(family=ALL, type=STREAM, by=("shutdown", "close"))
def test_read_hangup(sockets, see, case):
    bit = sockets.number("POLLRDHUP")
    ours, theirs = sockets.connected()
    before = sockets.backend.poll([(ours.handle, bit)], 0.0)[0] & bit
    if case["by"] == "close":
        theirs.close()
    else:
        theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLIN")
    after = sockets.backend.poll([(ours.handle, bit)], 0.0)[0] & bit
    see("before" if before else "then-only" if after else "not-reported")
