"""The sends, in every state: plain, urgent, to an address, as a message."""

from __future__ import annotations

from sockspec.spec import ALONE, CONFORMS, DGRAM, MUST, POSIX, SEQPACKET, STREAM, outcome, rule

from .calls import SENDS, somewhere
from .cells import CLOSED, bad_descriptor, cells, rest, share
from .states import reached

OPEN = rule(
    "grid.send.open",
    "A send succeeds where the peer is there and this half is not shut down.",
    level=MUST,
    sources=[POSIX.send("RETURN VALUE", "shall return the number of bytes sent")],
    behaviours={"succeeds": CONFORMS},
)

SHUT = rule(
    "grid.send.write-shut",
    "A send on a connection that is shut down for writing fails with EPIPE.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS},
)

NOWHERE = rule(
    "grid.send.nowhere",
    "A message without an address on a datagram socket without a peer fails with EDESTADDRREQ "
    "or ENOTCONN.",
    level=MUST,
    sources=[
        POSIX.send("EDESTADDRREQ", "is not connection-mode and no peer address is set"),
        POSIX.send("ENOTCONN", "The socket is not connected"),
    ],
    behaviours={"EDESTADDRREQ": CONFORMS, "ENOTCONN": CONFORMS},
)

TO = rule(
    "grid.send.to",
    "A datagram socket without a peer sends to any address that it is given.",
    level=MUST,
    judges=ALONE,
    sources=[POSIX.send("RETURN VALUE", "shall return the number of bytes sent")],
    behaviours={"succeeds": CONFORMS},
)

BAD = bad_descriptor("send", "send")

ANSWER = rest(
    "send",
    "a send succeeds",
    sources=[
        POSIX.send("ENOTCONN", "The socket is not connected"),
        POSIX.send("EPIPE", "the socket is connection-mode and is no longer connected"),
        POSIX.sendto("EISCONN", "was specified and the socket is already connected"),
    ],
)

STREAMS = (STREAM, SEQPACKET)
WORKING = cells("connected", "accepted", "data-waits", "read-shut", type=STREAMS) | cells(
    "connected", "data-waits", type=(DGRAM,)
)
# state.send.write-shut judges plain sends on streams and datagrams.
WRITE_SHUT = cells("write-shut", "both-shut", type=STREAMS)
NO_PEER = cells("fresh", "bound", type=(DGRAM,))


@share(ANSWER, [(BAD, CLOSED), (OPEN, WORKING)], call="send")
@share(
    ANSWER,
    [(BAD, CLOSED), (OPEN, WORKING), (SHUT, WRITE_SHUT), (NOWHERE, NO_PEER)],
    call="sendmsg",
)
@share(ANSWER, [(BAD, CLOSED)], call="send-oob")
def test_answer(sockets, see, case):
    see(outcome(SENDS[case["call"]], reached(sockets, case)))


@share(ANSWER, [(BAD, CLOSED), (TO, NO_PEER)], call="sendto")
def test_to(sockets, see, case):
    address = somewhere(sockets)
    see(outcome(reached(sockets, case).send_to, b"x", address))
