"""MSG_DONTWAIT, which POSIX does not have: one call does not block on a blocking socket."""

from __future__ import annotations

from sockspec.spec import (
    DGRAM,
    FREEBSD,
    MAN,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
WOULD_BLOCK = FREEBSD.recv(
    2, "MSG_DONTWAIT", "requests the call to return when it would block otherwise"
)

NOTHING = rule(
    "data.dont-wait.nothing-queued",
    "Whether a receive with MSG_DONTWAIT fails when nothing is queued is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.recv(2, "MSG_DONTWAIT", "if the operation would block, the call fails with the"),
        WOULD_BLOCK,
    ],
    behaviours={"EAGAIN": "it does not wait", "succeeds": "it returns without an error"},
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
    "Whether a receive with MSG_DONTWAIT returns what is queued is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.recv(2, "MSG_DONTWAIT", "Enables nonblocking operation; if the operation"),
        WOULD_BLOCK,
    ],
    behaviours={
        "what-is-queued": "it returns all that is queued",
        "something-else": "it returns other bytes",
    },
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
    "Whether a socket is still blocking after a call with MSG_DONTWAIT is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recv(2, "MSG_DONTWAIT", "differs in that MSG_DONTWAIT is a per-call option")],
    behaviours={
        "blocking": "the next receive waits",
        "nonblocking": "the next receive does not wait",
    },
)


@ONE_CALL.case(family=ALL, type=(STREAM, DGRAM))
def test_one_call(sockets, see, case):
    ours, _theirs = sockets.connected()
    outcome(ours.recv_with_flags, 8, "MSG_DONTWAIT")
    receive = sockets.start("recv", ours, 8)
    see("blocking" if receive.is_blocked() else "nonblocking")
