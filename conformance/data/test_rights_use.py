"""A received descriptor in use: it is the socket that was passed."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, INET, MAN, MUST, POSIX, STREAM, UNIX, outcome, rule

from .rights import NEEDS, received, rights

CARRIES = rule(
    "data.rights-use.carries",
    "A received descriptor sends to the peer of the passed socket, and receives from it.",
    level=MUST,
    sources=[
        POSIX.header(
            "sys/socket.h", "SCM_RIGHTS", "contains the access rights to be sent or received"
        ),
        MAN.unix(7, "SCM_RIGHTS", "a reference to an open file description"),
    ],
    behaviours={
        "carries": CONFORMS,
        "not-delivered": "no descriptor arrives",
        "send-lost": "what it sends does not reach the peer",
        "receive-lost": "it does not receive what the peer sends",
    },
    needs=[*NEEDS, "unix"],
)


@CARRIES.case(family=(*INET, UNIX), type=(STREAM, DGRAM), passer=("open", "closed"))
def test_carries(sockets, see, case):
    by, to = sockets.connected(UNIX, STREAM)
    passed, peer = sockets.connected()
    by.sendmsg([b"x"], rights(sockets, passed))
    got = received(sockets, to.recvmsg([4], 64))
    if not got:
        see("not-delivered")
        return
    (sock,) = got
    if case["passer"] == "closed":
        passed.close()
    how = outcome(sock.send, b"there")
    if how == "succeeds":
        there = peer.poll("POLLIN", 2.0) and peer.recv(16) == b"there"
        how = "carries" if there else "send-lost"
    if how == "carries":
        peer.send(b"back")
        back = sock.poll("POLLIN", 2.0) and sock.recv(16) == b"back"
        how = "carries" if back else "receive-lost"
    see(how)
