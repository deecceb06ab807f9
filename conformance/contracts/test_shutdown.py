"""shutdown() of the socket2 document."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import CONFORMS, INET, MUST, POSIX, SOCKET2, UNIX, outcome, rule

from .calls import attempt

AT_ONCE = SOCKET2.shutdown(2, "cause all pending and future I/O on the specified portions")

PENDING = rule(
    "contracts.shutdown.pending",
    "Shutting down a connection for reading wakes a receive that waits.",
    level=MUST,
    sources=[AT_ONCE],
    behaviours={"woken": CONFORMS, "blocked": "the receive goes on waiting"},
)


# Not accept: the document's sentence is on "the read, write, or both halves of this
# connection", and a listener is none (state.shutdown).
@PENDING.case(family=(*INET, UNIX), call="recv")
def test_pending(sockets, see, case):
    ours, _theirs = sockets.connected()
    pending = sockets.start("recv", ours, 1, 0)
    if not pending.is_blocked():
        raise NotReached("a receive that waits")
    how = outcome(ours.shutdown, "SHUT_RD")
    see(how if how != "succeeds" else "woken" if pending.wait(1.0) else "blocked")


FUTURE = rule(
    "contracts.shutdown.future",
    "After shutting down for reading a receive returns the end of the stream at once, "
    "whatever the peer sends later.",
    level=MUST,
    sources=[AT_ONCE, POSIX.shutdown("SHUT_RD", "Disables further receive operations")],
    behaviours={
        "end-of-stream": CONFORMS,
        "late-data": "it returns data that was sent later",
    },
    renamed={"end": "end-of-stream", "data": "late-data"},
)


@FUTURE.case(family=(*INET, UNIX), peer=("silent", "sends-later"))
def test_future(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    if case["peer"] == "sends-later" and outcome(theirs.send, b"late") == "succeeds":
        # What we send overtakes nothing: when it is there, "late" is here.
        how = outcome(ours.send, b"now")
        if how != "succeeds":
            see(how)  # the direction that was not shut down has ended too
            return
        sockets.wait(theirs, "POLLIN")
    ours.set_nonblocking(True)
    how, got = attempt(ours.recv, 8)
    see(how if how != "succeeds" else "late-data" if got else "end-of-stream")
