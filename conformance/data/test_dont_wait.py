"""MSG_DONTWAIT: one call that does not block on a blocking socket."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    MAN,
    MS,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
PER_CALL = MAN.recv(2, "MSG_DONTWAIT", "is a per-call option")

NOTHING = rule(
    "data.dont-wait.nothing-queued",
    "A receive with MSG_DONTWAIT fails with EAGAIN when nothing is queued.",
    level=MUST,
    sources=[
        MAN.recv(2, "MSG_DONTWAIT", "if the operation would block, the call fails"),
        FREEBSD.recv(2, "MSG_DONTWAIT"),
    ],
    behaviours={"EAGAIN": CONFORMS, "succeeds": "returns"},
)


@NOTHING.case(family=ALL, type=(STREAM, DGRAM), by=("recv", "recvfrom", "recvmsg"))
def test_nothing_queued(sockets, see, case):
    ours, _theirs = sockets.connected()
    calls = {
        "recv": lambda: ours.recv_with_flags(8, "MSG_DONTWAIT"),
        "recvfrom": lambda: ours.recv_from_with_flags(8, "MSG_DONTWAIT"),
        "recvmsg": lambda: ours.recvmsg([8], 0, "MSG_DONTWAIT"),
    }
    see(outcome(calls[case["by"]]))


QUEUED = rule(
    "data.dont-wait.data-queued",
    "A receive with MSG_DONTWAIT returns what is queued.",
    level=MUST,
    sources=[MAN.recv(2, "MSG_DONTWAIT", "Enables nonblocking operation")],
    behaviours={"what-is-queued": CONFORMS, "something-else": "returns other bytes"},
)


@QUEUED.case(family=ALL, type=(STREAM, DGRAM))
def test_data_queued(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"data")
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(64, "MSG_DONTWAIT")))
    see(how if not got else "what-is-queued" if got == [b"data"] else "something-else")


ONE_CALL = rule(
    "data.dont-wait.one-call",
    "After a call with MSG_DONTWAIT the socket is as blocking as before.",
    level=MUST,
    sources=[PER_CALL],
    behaviours={"blocking": CONFORMS, "nonblocking": "the next receive does not wait"},
)


@ONE_CALL.case(family=ALL, type=(STREAM, DGRAM))
def test_one_call(sockets, see, case):
    ours, _theirs = sockets.connected()
    outcome(ours.recv_with_flags, 8, "MSG_DONTWAIT")
    receive = sockets.start("recv", ours, 8)
    see("blocking" if receive.is_blocked() else "nonblocking")


UNKNOWN = rule(
    "data.flags.unknown",
    "A flag that the system does not know is ignored, or refused with EOPNOTSUPP or EINVAL.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("EOPNOTSUPP", "The specified flags are not supported"),
        MS.recv("WSAEINVAL", "an unknown flag was specified"),
    ],
    behaviours={"ignored": "the call does what it does without it"},
)

# No header of the platforms here gives this bit a meaning in a receive or a send.
NO_FLAG = 0x0100_0000


@UNKNOWN.case(family=ALL, type=(STREAM, DGRAM), call=("recv", "send"))
def test_unknown_flag(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["call"] == "send":
        see(outcome(ours.send_with_flags, b"x", NO_FLAG, ok="ignored"))
        return
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(outcome(ours.recv_with_flags, 8, NO_FLAG, ok="ignored"))
