"""Fragments of a datagram that are lost, doubled, or that come in another order."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, INET, MUST, RFC, UNSPECIFIED, V4, V6, rule

PLACES = {"first": 0, "second": 1, "last": 2}
SIZE = 3500  # bytes: three fragments on an Ethernet
RECEIVED = {
    "whole-again": CONFORMS,
    "not-received": "nothing is received of it",
    "twice": "it is received twice",
    "altered": "other bytes are received, or fewer",
}


def _received(sockets, case, kind):
    """How a datagram is received of which a fragment is impaired."""
    ours, theirs = sockets.connected()
    sockets.impair(ours).add(kind, "in", after=PLACES[case["fragment"]])
    data = bytes(each % 251 for each in range(SIZE))
    theirs.send(data)
    theirs.send(b"end")
    got = []
    while b"end" not in got:
        sockets.wait(ours, "POLLIN")
        got.append(ours.recv(SIZE + 1))
    got.remove(b"end")
    names = {0: "not-received", 1: "whole-again", 2: "twice"}
    return names.get(len(got), "altered") if set(got) <= {data} else "altered"


LOST = rule(
    "wire.fragments.lost",
    "Nothing is received of a datagram of which a fragment is lost.",
    level=MUST,
    sources=[
        RFC(1122, "3.3.2", "the partially-reassembled datagram MUST be discarded"),
        RFC(8200, "4.5", "reassembly of that packet must be abandoned"),
    ],
    behaviours={
        "not-received": CONFORMS,
        "whole-again": "it is received whole",
        "twice": RECEIVED["twice"],
        "altered": RECEIVED["altered"],
    },
    needs=["impairment"],
)


@LOST.case(fragment=tuple(PLACES), family=INET, type=DGRAM)
def test_lost(sockets, see, case):
    see(_received(sockets, case, "drop"))


DOUBLED = rule(
    "wire.fragments.doubled",
    "A datagram of IPv4 is received once and whole though a fragment comes twice.",
    level=MUST,
    sources=[
        RFC(791, "3.2", "will use the more recently arrived copy in the data buffer"),
        RFC(1122, "3.3.2", "The IP layer MUST implement reassembly of IP datagrams."),
    ],
    behaviours=RECEIVED,
    needs=["impairment"],
)
DOUBLED_V6 = rule(
    "wire.fragments.doubled-v6",
    "Whether a datagram of IPv6 is received though a fragment comes twice is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(8200, "4.5", "may choose to detect this case and drop exact duplicate")],
    behaviours={**RECEIVED, "whole-again": LOST.behaviours["whole-again"]},
    needs=["impairment"],
)


@DOUBLED.case(fragment=tuple(PLACES), family=V4, type=DGRAM)
@DOUBLED_V6.case(fragment=tuple(PLACES), family=V6, type=DGRAM)
def test_doubled(sockets, see, case):
    see(_received(sockets, case, "double"))


SWAPPED = rule(
    "wire.fragments.swapped",
    "A datagram is received whole though its fragments come in another order.",
    level=MUST,
    sources=[
        RFC(1122, "3.3.2", "The IP layer MUST implement reassembly of IP datagrams."),
        RFC(8200, "4.5", "in 8-octet units, of the data following this header"),
    ],
    behaviours=RECEIVED,
    needs=["impairment"],
)


@SWAPPED.case(fragment=("first", "second"), family=INET, type=DGRAM)
def test_swapped(sockets, see, case):
    see(_received(sockets, case, "swap"))
