"""What becomes of a connection whose peer vanishes without a word."""

from __future__ import annotations

from sockspec.spec import INET, MAN, RFC, UNSPECIFIED, outcome, rule

from .segments import shown

ENDED = {
    "ETIMEDOUT": "the connection ends, and the receive fails with ETIMEDOUT",
    "ended": "the connection ends, and the receive returns the end of the stream",
    "goes-on": "the connection goes on",
}


def _end(sockets, ours, within):
    """How a connection has ended that had to end within some seconds."""
    if not ours.poll("POLLIN", within):
        return "goes-on"
    return outcome(ours.recv, 1, ok="ended")


TIMEOUT = rule(
    "wire.vanished.user-timeout",
    "Whether data that stays unacknowledged ends a connection after TCP_USER_TIMEOUT is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_USER_TIMEOUT", "in milliseconds that transmitted data may remain"),
    ],
    behaviours=ENDED,
    needs=["link"],
)


@TIMEOUT.case(family=INET)
def test_user_timeout(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    ours.set_int("IPPROTO_TCP", "TCP_USER_TIMEOUT", 300)
    vanish()
    ours.send(b"x")
    see(_end(sockets, ours, 4.0))


KEPT = rule(
    "wire.vanished.keepalive",
    "Whether unanswered probes end a connection is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_KEEPCNT", "The maximum number of keepalive probes TCP should send"),
    ],
    behaviours=ENDED,
    needs=["link"],
)


@KEPT.case(family=INET)
def test_keepalive(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        ours.set_int("IPPROTO_TCP", name, 1)
    ours.set_keepalive(True)
    vanish()
    see(_end(sockets, ours, 4.5))


AGAIN = rule(
    "wire.vanished.sent-again",
    "Whether data that nobody acknowledges is sent again is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.8.1", "the retransmission timeout (RTO) must be dynamically")],
    behaviours={
        "same-data": "the same bytes are sent again",
        "other-data": "other bytes are sent",
    },
    needs=["link", "packets"],
)


@AGAIN.case(family=INET)
def test_sent_again(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    seen = sockets.conversation(ours, theirs)
    vanish()
    ours.send(b"lost")
    seen.until(lambda _packets: len([each for each in seen.sent() if each.data]) > 1)
    first, second = [each for each in seen.sent() if each.data][:2]
    same = (first.sequence, first.data) == (second.sequence, second.data)
    see("same-data" if same else "other-data", packets=shown(seen.all))


QUIET = rule(
    "wire.vanished.unsent",
    "Whether a connection on which nothing is sent outlives its peer is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.8.4", "and they MUST default to off (MUST-25)")],
    behaviours=ENDED,
    needs=["link"],
)


@QUIET.case(family=INET)
def test_unsent(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    vanish()
    see(_end(sockets, ours, 0.3))
