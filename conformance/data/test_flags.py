"""Flags of a send or a receive that a system does not have."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MS,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

# No header of the platforms here gives this bit a meaning in a receive or a send.
NO_FLAG = 0x0100_0000

UNKNOWN = rule(
    "data.flags.unknown",
    "A flag that the system does not know makes a send or a receive fail with EOPNOTSUPP.",
    level=MUST,
    sources=[
        POSIX.recv("EOPNOTSUPP", "The specified flags are not supported for this socket type"),
        POSIX.send("EOPNOTSUPP", "not support one or more of the values set in flags"),
        MS.recv("WSAEINVAL", "an unknown flag was specified"),
    ],
    behaviours={"EOPNOTSUPP": CONFORMS, "ignored": "the call does what it does without it"},
)


@UNKNOWN.case(family=(V4, V6, UNIX), type=(STREAM, DGRAM), call=("recv", "send"))
def test_unknown(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["call"] == "send":
        see(outcome(ours.send_with_flags, b"x", NO_FLAG, ok="ignored"))
        return
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(outcome(ours.recv_with_flags, 8, NO_FLAG, ok="ignored"))
