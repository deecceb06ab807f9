"""recvmmsg() and sendmmsg(): many messages in one call. No standard has them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import DGRAM, INET, MAN, UNIX, UNSPECIFIED, outcome, rule

ALL = (*INET, UNIX)
SEVERAL = MAN.recvmmsg(2, "DESCRIPTION", "receive multiple messages from a socket using a")
LENGTHS = MAN.recvmmsg(2, "DESCRIPTION", "the number of bytes returned for the message in the")
SENT = MAN.sendmmsg(2, "DESCRIPTION", "number of bytes transmitted from the corresponding")
NONBLOCKING = MAN.recvmmsg(2, "DESCRIPTION", "reads as many messages as are available (up to")
PARTLY = MAN.sendmmsg(2, "BUGS", "If an error occurs after at least one message has been sent")
WAIT_FOR_ONE = MAN.recvmmsg(2, "DESCRIPTION", "Turns on MSG_DONTWAIT after the first message")

WHOLE = "each message is one datagram with its length and sender, in order"
ALTERED = "other bytes, or in another order"


def messages(datagrams, address):
    return [([data], (), address) for data in datagrams]


def connected(sockets):
    """A sender and the socket that it sends to."""
    ours, theirs = sockets.bound(), sockets.bound()
    return theirs, ours, ours.local_addr()


SENDS = rule(
    "data.batch.send-each-whole",
    "Whether sendmmsg() sends each message as one datagram, in order, is unspecified.",
    level=UNSPECIFIED,
    sources=[SENT],
    behaviours={
        "each-whole": WHOLE,
        "altered": ALTERED,
        "miscounted": "a length is not that of its message",
    },
    needs=["batches"],
)
datagrams = st.lists(st.binary(min_size=1, max_size=100), min_size=1, max_size=6)


@SENDS.case(family=ALL, type=DGRAM)
@given(sent=datagrams)
def test_send(sockets, see, case, sent):
    theirs, ours, address = connected(sockets)
    lengths = sockets.backend.sendmmsg(theirs.handle, messages(sent, address))
    got = [ours.recv(200) for _ in lengths]
    how = "each-whole" if list(lengths) == [len(each) for each in sent] else "miscounted"
    see(how if got == sent else "altered", sent=sent, lengths=lengths)


RECEIVES = rule(
    "data.batch.receive-each-whole",
    "Whether recvmmsg() returns each datagram in a message of its own is unspecified.",
    level=UNSPECIFIED,
    sources=[SEVERAL, LENGTHS, NONBLOCKING],
    behaviours={
        "each-whole": WHOLE,
        "altered": ALTERED,
        "fewer": "returns fewer than are queued and have room",
    },
    needs=["batches"],
)


@RECEIVES.case(family=ALL, type=DGRAM)
@given(sent=datagrams, room=st.integers(1, 6))
def test_receive(sockets, see, case, sent, room):
    theirs, ours, address = connected(sockets)
    for data in sent:
        theirs.send_to(data, address)
    wait, flag = [[200]] * room, sockets.number("MSG_DONTWAIT")
    sockets.wait(ours, "POLLIN")
    seen = sockets.backend.recvmmsg(ours.handle, wait, 0, flag)
    got = [(b"".join(each.data), each.length, each.address) for each in seen]
    wanted = [(data, len(data), theirs.local_addr()) for data in sent[:room]]
    how = "each-whole" if len(got) == len(wanted) else "fewer"
    see(how if got == wanted[: len(got)] else "altered", sent=sent, room=room)


TRUNCATED = rule(
    "data.batch.receive-truncated",
    "Whether recvmmsg() reports MSG_TRUNC for just the datagrams that do not fit is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.recvmmsg(2, "DESCRIPTION", "subfields of msg_hdr are updated as described in")
    ],
    behaviours={
        "reported-for-each": "msg_flags has MSG_TRUNC for these, and for no other",
        "misplaced": "MSG_TRUNC is set for others, or not for all",
    },
    needs=["batches"],
)


@TRUNCATED.case(family=ALL, type=DGRAM)
@given(sizes=st.lists(st.integers(1, 8), min_size=1, max_size=5))
def test_truncated(sockets, see, case, sizes):
    theirs, ours, address = connected(sockets)
    for size in sizes:
        theirs.send_to(bytes(size), address)
    flag, truncated = sockets.number("MSG_DONTWAIT"), sockets.number("MSG_TRUNC")
    sockets.wait(ours, "POLLIN")
    seen = sockets.backend.recvmmsg(ours.handle, [[4]] * len(sizes), 0, flag)
    flagged = [bool(each.flags & truncated) for each in seen]
    right = flagged == [size > 4 for size in sizes][: len(flagged)]
    see("reported-for-each" if right else "misplaced", sizes=sizes, flagged=flagged)


FIRST = rule(
    "data.batch.wait-for-one",
    "Whether recvmmsg() with MSG_WAITFORONE returns when one message is there is unspecified.",
    level=UNSPECIFIED,
    sources=[WAIT_FOR_ONE],
    behaviours={"returns": "returns the one message", "blocks": "waits for the others"},
    needs=["batches"],
)


@FIRST.case(family=ALL, type=DGRAM, flag=("none", "wait-for-one"))
def test_wait_for_one(sockets, see, case):
    theirs, ours, address = connected(sockets)
    theirs.send_to(b"x", address)
    sockets.wait(ours, "POLLIN")
    flags = sockets.number("MSG_WAITFORONE") if case["flag"] == "wait-for-one" else 0
    pending = sockets.start("recvmmsg", ours, [[1], [1]], 0, flags)
    blocked = pending.is_blocked()
    theirs.send_to(b"y", address)
    pending.result()
    see("blocks" if blocked else "returns")


ERROR = rule(
    "data.batch.error-after-first",
    "Whether sendmmsg() reports an error after its first message is unspecified.",
    level=UNSPECIFIED,
    sources=[PARTLY],
    behaviours={
        "counts-sent": "returns how many were sent before the error",
        "counts-unsent": "counts a message that was not sent",
    },
    needs=["batches"],
)


@ERROR.case(family=INET, type=DGRAM, wrong=("first", "second"))
def test_error(sockets, see, case):
    theirs, _ours, address = connected(sockets)
    fine, too_long = ([b"x"], (), address), ([bytes(70_000)], (), address)
    batch = [too_long, fine] if case["wrong"] == "first" else [fine, too_long]
    counts = []
    send = sockets.backend.sendmmsg
    how = outcome(lambda: counts.extend(send(theirs.handle, batch)), ok="counts-sent")
    see("counts-unsent" if len(counts) > 1 else how, counts=counts)


LIMIT = rule(
    "data.batch.time-limit",
    "Whether recvmmsg() receives more when its timeout has passed is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recvmmsg(2, "BUGS", "The timeout is checked only after the receipt of each")],
    behaviours={
        "first-alone": "returns the first datagram",
        "all-queued": "returns all that are queued",
        "no-datagram": "returns none of them",
    },
    needs=["batches"],
)


@LIMIT.case(family=ALL, type=DGRAM)
def test_time_limit(sockets, see, case):
    theirs, ours, address = connected(sockets)
    for data in (b"a", b"b", b"c"):
        theirs.send_to(data, address)
    # What is sent last is there last: UDP on one host keeps the order.
    sockets.wait(ours, "POLLIN")
    seen = sockets.backend.recvmmsg(ours.handle, [[4]] * 3, 0, 0, 0.0)
    see({0: "no-datagram", 1: "first-alone"}.get(len(seen), "all-queued"), messages=len(seen))
