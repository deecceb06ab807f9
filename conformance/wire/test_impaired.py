"""What becomes of what is sent when the network loses, doubles, delays or swaps packets."""

from __future__ import annotations

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    RFC,
    SHOULD,
    UNSPECIFIED,
    outcome,
    rule,
)

from .segments import payload, shown

ORDER = RFC(9293, "2.2", "TCP provides a reliable, in-order, byte-stream service to")
KINDS = ("drop", "double", "swap", "delay")
PART = 1000  # bytes, of one segment each


def _impaired(sockets, sock, case, count=1, seconds=0.05):
    sockets.impair(sock).add(case["packets"], case["way"], count, seconds)


STREAM_ORDER = rule(
    "wire.impaired.stream",
    "The bytes of a stream arrive whole and in order though packets are impaired.",
    level=MUST,
    sources=[ORDER],
    behaviours={
        "in-order": CONFORMS,
        "altered": "other bytes arrive, or in another order",
    },
    needs=["impairment"],
)


@STREAM_ORDER.case(packets=KINDS, way=("out", "in"), size=("one", "several"), family=INET)
def test_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    _impaired(sockets, ours, case)
    sender, receiver = (ours, theirs) if case["way"] == "out" else (theirs, ours)
    sender.set_nodelay(True)
    parts = [bytes([each]) * PART for each in range(1 if case["size"] == "one" else 4)]
    for part in parts:
        sender.send(part)
    got = sockets.received(receiver, PART * len(parts))
    see("in-order" if got == b"".join(parts) else "altered", got=len(got))


END = rule(
    "wire.impaired.end",
    "The end of a stream arrives after its data though the last packets are impaired.",
    level=MUST,
    sources=[ORDER],
    behaviours={"whole": CONFORMS, "early": "the end arrives before all the data"},
    needs=["impairment"],
)


@END.case(packets=KINDS, way=("out", "in"), family=INET)
@END.case(packets=KINDS, way="out", by="close", family=INET)
def test_end(sockets, see, case):
    ours, theirs = sockets.connected()
    _impaired(sockets, ours, case, count=2)
    sender, receiver = (ours, theirs) if case["way"] == "out" else (theirs, ours)
    sender.send(b"last")
    if case.get("by"):
        sender.close()
    else:
        sender.shutdown("SHUT_WR")
    got = sockets.received(receiver, 8)
    see("whole" if got == b"last" else "early", got=got)


OPENING = rule(
    "wire.impaired.opening",
    "A connection is established though the first SYN, or what answers it, is lost.",
    level=MUST,
    judges=CLIENT,
    sources=[
        RFC(9293, "3.8.3", "R2 for a SYN segment MUST be set large enough to provide"),
    ],
    behaviours={"connects": CONFORMS},
    needs=["impairment"],
)


@OPENING.case(lost=("syn", "syn-ack"), family=INET)
def test_opening(sockets, see, case):
    client, listener = sockets.bound(), sockets.listener()
    sockets.impair(client).add("drop", "out" if case["lost"] == "syn" else "in")
    see(outcome(client.connect, listener.local_addr(), ok="connects"))


AGAIN = rule(
    "wire.impaired.sent-again",
    "Whether lost data is sent again in a segment of the same size is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.8.1", "the retransmission timeout (RTO) must be dynamically determined"),
    ],
    behaviours={"same-segment": "the same bytes", "other-segment": "more bytes, or fewer"},
    needs=["impairment", "packets"],
)


@AGAIN.case(family=INET)
def test_sent_again(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    sockets.impair(ours).add("drop", "out")
    ours.send(b"lost")
    sockets.received(theirs, 4)
    seen.until(lambda _packets: len([each for each in seen.sent() if each.data]) > 1)
    first, second = [each for each in seen.sent() if each.data][:2]
    how = "same-segment" if first.data == second.data else "other-segment"
    see(how if payload(seen.sent()) == b"lost" else "other-segment", packets=shown(seen.all))


CUT = rule(
    "wire.impaired.cut",
    "A connection outlives a network that is cut for a while.",
    level=SHOULD,
    sources=[
        RFC(9293, "3.8.3", "The value of R2 SHOULD correspond to at least 100 seconds"),
    ],
    behaviours={"goes-on": CONFORMS, "ended": "the receive returns the end of the stream"},
    needs=["impairment"],
)


@CUT.case(family=INET)
def test_cut(sockets, see, case):
    ours, theirs = sockets.connected()
    network = sockets.impair(ours)
    network.add("cut")
    ours.send(b"a")
    if theirs.poll("POLLIN", 0.3):
        see("ended" if theirs.recv(1) == b"" else "goes-on")
        return
    network.heal()
    how = outcome(lambda: sockets.received(theirs, 1), ok="goes-on")
    see(how)


DATAGRAMS = rule(
    "wire.impaired.datagrams",
    "Whether a lost datagram is missing, and a doubled one received twice, is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(768, "Introduction", "delivery and duplicate protection are not guaranteed")],
    behaviours={
        "as-sent": "each is received once, in their order",
        "missing": "one is not received",
        "twice": "one is received twice",
        "swapped": "they are received in another order",
    },
    needs=["impairment"],
)


@DATAGRAMS.case(packets=KINDS, way=("out", "in"), family=INET, type=DGRAM)
def test_datagrams(sockets, see, case):
    ours, theirs = sockets.connected()
    _impaired(sockets, ours, case, seconds=0.5)  # more than it takes to send the others
    sender, receiver = (ours, theirs) if case["way"] == "out" else (theirs, ours)
    for each in (b"1", b"2", b"end"):
        sender.send(each)
    got = []
    while b"end" not in got or (case["packets"] == "delay" and b"1" not in got):
        sockets.wait(receiver, "POLLIN")
        got.append(receiver.recv(8))
    got.remove(b"end")
    names = {
        (b"1", b"2"): "as-sent",
        (b"2",): "missing",
        (b"1", b"1", b"2"): "twice",
        (b"2", b"1"): "swapped",
    }
    see(names[tuple(got)], got=got)
