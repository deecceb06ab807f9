"""Connections that are made for the client alone: their last ACK is lost."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MAN, MUST, RFC, UNSPECIFIED, outcome, rule

from .segments import shown

EXPIRED = RFC(9293, "3.8.3", "R2 for a SYN segment MUST be set large enough to provide")


def _half_open(sockets):
    """A listener of ours whose client is connected, though its ACK was lost.

    (client, listener, the packets).
    """
    client, listener, seen = sockets.opening()
    sockets.impair(listener).add("drop", "in", bare=True)
    client.connect(listener.local_addr())
    return client, listener, seen


def _answers(seen):
    """The segments with SYN that the listener has sent."""
    return [each for each in seen.received() if "SYN" in each.flags]


AGAIN = rule(
    "wire.half-open.answered-again",
    "A SYN-ACK that is not acknowledged is sent again.",
    level=MUST,
    sources=[EXPIRED],
    behaviours={"sent-again": CONFORMS, "sent-once": "it is sent once"},
    needs=["impairment", "packets"],
)


@AGAIN.case(family=INET)
def test_answered_again(sockets, see, case):
    _client, _listener, seen = _half_open(sockets)
    sent = outcome(seen.until, lambda _packets: _answers(seen)[1:], ok="sent-again")
    see(sent, packets=shown(seen.all))


ACCEPTED = rule(
    "wire.half-open.accepted",
    "A connection whose first acknowledgement is lost is accepted once another segment "
    "acknowledges the SYN.",
    level=MUST,
    sources=[RFC(9293, "3.10.7.4", "then enter ESTABLISHED state and continue processing")],
    behaviours={"accepted": CONFORMS, "altered": "what is received is not what was sent"},
    needs=["impairment"],
)


@ACCEPTED.case(by=("data", "end", "second-ack"), family=INET)
def test_accepted(sockets, see, case):
    client, listener, _seen = _half_open(sockets)
    if case["by"] == "data":
        client.send(b"x")
    elif case["by"] == "end":
        client.shutdown("SHUT_WR")
    sockets.wait(listener, "POLLIN")
    server = sockets.accepted(listener)
    if case["by"] == "second-ack":
        client.send(b"x")
    got = sockets.received(server, 1)
    see("accepted" if got == (b"" if case["by"] == "end" else b"x") else "altered", got=got)


RESET = rule(
    "wire.half-open.reset",
    "A RST for a connection whose first acknowledgement is lost leaves nothing to accept.",
    level=MUST,
    sources=[RFC(9293, "3.10.7.4", "The user need not be informed.")],
    behaviours={"not-accepted": CONFORMS, "accepted": "the connection is accepted"},
    needs=["impairment", "packets"],
)


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    client, listener, seen = _half_open(sockets)
    client.set_linger(0.0)
    client.close()
    seen.until(lambda _packets: any("RST" in each.flags for each in seen.sent()))
    # A later connection comes after it, and is the first to be accepted.
    later = sockets.other()
    later.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    _made, peer = listener.accept()
    sockets.keep(_made)
    see("not-accepted" if peer == later.local_addr() else "accepted", packets=shown(seen.all))


FULL = rule(
    "wire.half-open.queue-full",
    "Whether a SYN is answered while a listener has as many half-open connections as its "
    "backlog is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.listen(2, "NOTES", "When syncookies are enabled there is no logical maximum length")
    ],
    behaviours={
        "answered": "it is, and the connect succeeds",
        "unanswered": "nothing comes",
        "refused": "it is answered by RST",
    },
    needs=["impairment"],
)


@FULL.case(family=INET)
def test_queue_full(sockets, see, case):
    client, listener, _seen = sockets.opening()
    sockets.impair(listener).add("drop", "in", 64, bare=True)
    clients = [client, *(sockets.other() for _ in range(3))]
    how = "answered"
    for each in clients:
        each.set_nonblocking(True)
        outcome(each.connect, listener.local_addr())
        if not each.poll("POLLOUT", 0.5):
            how = "unanswered"
        elif each.take_error() is not None:
            how = "refused"
    see(how)
