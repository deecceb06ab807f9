"""Which of its addresses a host with three interfaces sends from, where nothing was bound."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, RFC, SHOULD, UNSPECIFIED, V4, V6, rule

CHOICE = {"chosen": CONFORMS, "of-another": "it has another address"}


def _source(sockets, target):
    """The address that a datagram for the far end has, as that one receives it."""
    far, ours = sockets.other(), sockets.new()
    far.bind(sockets.address(target))
    ours.connect(far.local_addr())
    ours.send(b"x")
    sockets.wait(far, "POLLIN")
    return far.recv_from(8)[1].host


INTERFACE = rule(
    "wire.selection.outgoing-interface",
    "An unbound socket sends from an address of the interface that its packets leave through, "
    "though one of another interface has a longer prefix in common with the destination.",
    level=SHOULD,
    sources=[
        RFC(6724, "5", "If SA is assigned to the interface that will be used to send to D")
    ],
    behaviours=CHOICE,
    needs=["interfaces"],
)


@INTERFACE.case(family=V6, type=DGRAM)
def test_outgoing_interface(sockets, see, case):
    here, there = sockets.third_ends()
    source = _source(sockets, sockets.more(there)["beyond"])
    of_it = {here.v6, *sockets.more(here).values()}
    see("chosen" if source in of_it else "of-another", source=source)


PREFIX = rule(
    "wire.selection.longest-prefix",
    "Of the addresses of an interface, an unbound socket sends from the one with the longest "
    "prefix in common with the destination.",
    level=SHOULD,
    sources=[RFC(6724, "5", "Use longest matching prefix.")],
    behaviours=CHOICE,
    needs=["interfaces"],
)


@PREFIX.case(to=("first-address", "second-address"), family=V6, type=DGRAM)
def test_longest_prefix(sockets, see, case):
    here, there = sockets.third_ends()
    wanted, target = here.v6, there.v6
    if case["to"] == "second-address":
        wanted, target = (sockets.more(each)["alike"] for each in (here, there))
    source = _source(sockets, target)
    see("chosen" if source == wanted else "of-another", source=source)


DEPRECATED = rule(
    "wire.selection.deprecated",
    "An unbound socket does not send from a deprecated address where its interface has another "
    "one, though the deprecated one has a longer prefix in common with the destination.",
    level=SHOULD,
    sources=[RFC(6724, "5", "Avoid deprecated addresses.")],
    behaviours={"chosen": CONFORMS, "deprecated": "it has the deprecated address"},
    needs=["interfaces"],
)


@DEPRECATED.case(family=V6, type=DGRAM)
def test_deprecated(sockets, see, case):
    here, there = sockets.third_ends()
    source = _source(sockets, sockets.more(there)["deprecated"])
    old = sockets.more(here)["deprecated"]
    see("deprecated" if source == old else "chosen", source=source)


V4_SOURCE = rule(
    "wire.selection.third-v4",
    "Whether an unbound socket of IPv4 sends from the address of the third interface where its "
    "packets leave through that one is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(1122, "3.3.4.2", "software MUST choose a source address.")],
    behaviours={"chosen": "it does", "of-another": CHOICE["of-another"]},
    needs=["interfaces"],
)


@V4_SOURCE.case(family=V4, type=DGRAM)
def test_third_v4(sockets, see, case):
    here, there = sockets.third_ends()
    source = _source(sockets, there.v4)
    see("chosen" if source == here.v4 else "of-another", source=source)
