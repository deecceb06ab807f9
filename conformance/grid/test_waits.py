"""Blocking calls, in every state: which wait, as far as that is known without waiting long.

The call is started, and looked at: it sleeps in the system, or it has returned.
"""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    outcome,
    rule,
)

from .cells import cells, rest, share
from .states import reached

BLOCKS = {"blocks": CONFORMS, "received": "the call returns"}

RECEIVE = rule(
    "grid.waits.receive",
    "A blocking receive waits where nothing is queued and more may come.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "recv() shall block until a message arrives")],
    behaviours=BLOCKS,
)

ACCEPT = rule(
    "grid.waits.accept",
    "A blocking accept() waits while the queue is empty.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "shall block until a connection is present")],
    behaviours={"blocks": CONFORMS, "accepted": "the call returns a socket"},
)

ANSWER = rest(
    "waits",
    "a blocking call waits",
    sources=[
        POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected"),
        POSIX.accept("EINVAL", "The socket is not accepting connections"),
    ],
    behaviours={
        "blocks": "the call waits",
        "received": "the call returns",
        "accepted": "the call returns a socket",
    },
)

HERE = cells(family=(V4, UNIX)) - cells("closed")
OPEN = cells("connected", "accepted", "write-shut", type=(STREAM, SEQPACKET)) | cells(
    "bound", "connected", type=(DGRAM,)
)
# state.accept.waits judges the internet's.
LISTENING = cells("listening", family=(UNIX,))


@share(ANSWER, [(RECEIVE, OPEN)], HERE, call="recv-blocking")
def test_receive(sockets, see, case):
    sock = reached(sockets, case)
    sock.set_nonblocking(False)
    started = sockets.start("recv", sock, 16)
    see("blocks" if started.is_blocked() else outcome(started.result, ok="received"))


@share(ANSWER, [(ACCEPT, LISTENING)], HERE, call="accept-blocking")
def test_accept(sockets, see, case):
    sock = reached(sockets, case)
    sock.set_nonblocking(False)
    started = sockets.start("accept", sock)
    if started.is_blocked():
        see("blocks")
        return
    how = outcome(lambda: sockets.backend.close(started.result()[0]), ok="accepted")
    see(how)
