"""What a connection is seen to begin with."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, RFC, SHOULD, outcome, rule

from .segments import flags, shown

_MSS = 2  # its kind: RFC 9293, 3.1, table 1

SIZE = rule(
    "wire.opening.segment-size",
    "A SYN carries the option for the maximum segment size.",
    level=SHOULD,
    sources=[RFC(9293, "3.7.1", "SHOULD send an MSS Option in every SYN segment")],
    behaviours={"in-the-syn": CONFORMS, "missing": "the SYN has no such option"},
    needs=["packets"],
)


@SIZE.case(by=("connect", "accept"), family=INET)
def test_segment_size(sockets, see, case):
    client, listener, seen = sockets.opening(ours="client" if case["by"] == "connect" else "")
    client.connect(listener.local_addr())
    sockets.accepted(listener)
    packets = seen.sent() if case["by"] == "connect" else seen.received()
    opening = [each for each in packets if "SYN" in each.flags]
    kinds = {kind for each in opening for kind, _ in each.options}
    see("in-the-syn" if _MSS in kinds else "missing", packets=shown(seen.all))


REFUSED = rule(
    "wire.opening.refused",
    "A SYN to a port at which nothing listens causes a RST.",
    level=MUST,
    sources=[
        RFC(9293, "3.5.2", "a reset is sent in response to any incoming segment except another")
    ],
    behaviours={
        "rst": CONFORMS,
        "syn": "the connection is accepted",
        "unanswered": "neither RST nor SYN is sent",
    },
    needs=["packets"],
)


@REFUSED.case(family=INET)
def test_refused(sockets, see, case):
    client, dead, seen = sockets.opening(ours="", listens=False)
    outcome(client.connect, dead.local_addr())
    told = flags(seen.received())
    see(
        "rst" if "RST" in told else "syn" if "SYN" in told else "unanswered",
        seen=shown(seen.all),
    )
