"""When and how often segments acknowledge."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, RFC, rule

from .segments import ended, shown

DELAYED = rule(
    "wire.acknowledging.in-time",
    "Data is acknowledged within half a second.",
    aliases=["wire.sending.acknowledgement"],
    level=MUST,
    sources=[RFC(9293, "3.8.6.3", "less than 0.5 seconds (MUST-40)")],
    behaviours={"in-time": CONFORMS, "late": "the acknowledgement comes later"},
    needs=["packets"],
)


@DELAYED.case(read=("none", "all"), family=INET)
def test_in_time(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"x")
    sockets.received(theirs, 1)
    seen = sockets.conversation(ours, theirs)
    theirs.send(b"data")
    sockets.wait(ours, "POLLIN")
    if case["read"] == "all":
        ours.recv(8)
    came = seen.received()[0]
    end = (came.sequence + 4) % 2**32

    def acknowledged():
        return [each for each in seen.sent() if each.acknowledged == end]

    seen.until(lambda _packets: acknowledged())
    took = acknowledged()[0].time - came.time
    see("in-time" if took < 0.5 else "late", packets=shown(seen.all))


PIGGYBACK = rule(
    "wire.acknowledging.always",
    "Every segment but the first SYN and a RST has an acknowledgement.",
    aliases=["wire.sending.acknowledgement-with-data"],
    level=MUST,
    sources=[RFC(9293, "3.1", "Once a connection is established, this is always sent.")],
    behaviours={"always": CONFORMS, "missing-once": "a segment has none"},
    needs=["packets"],
)


@PIGGYBACK.case(family=INET)
def test_always(sockets, see, case):
    client, listener, seen = sockets.opening(ours="client")
    client.connect(listener.local_addr())
    server = sockets.accepted(listener)
    client.send(b"x")
    sockets.received(server, 1)
    client.close()
    seen.until(lambda _packets: ended(seen.sent()))
    without = [each for each in seen.sent()[1:] if not each.flags & {"ACK", "RST"}]
    see("missing-once" if without else "always", packets=shown(seen.all))
