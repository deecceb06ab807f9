"""How multicast is seen to leave: through which interface, with which fields, to whom."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .groups import choose, group, join, leave, lifetime, loop, place, station

LEAVES = {
    "sent": "it is sent on the link",
    "not-sent": "nothing is sent on the link",
}
CHOSEN = {
    "chosen": "it leaves through the interface that was chosen",
    "elsewhere": "it leaves through another one",
    "both": "it leaves through both",
    "not-sent": LEAVES["not-sent"],
}
TTL = MAN.ip(7, "IP_MULTICAST_TTL", "Set or read the time-to-live value of outgoing multicast")
HOPS = MAN.ipv6(7, "IPV6_MULTICAST_HOPS", "Set the multicast hop limit for the socket.")
OUT = MAN.ip(7, "IP_MULTICAST_IF", "Set the local device for a multicast socket.")


def _sender(sockets, case):
    """A socket whose multicast leaves through the link, and what is seen on it."""
    here, _there = sockets.ends()
    seen, ours = sockets.datagrams(), sockets.new()
    choose(ours, case["family"], here)
    return ours, seen


def _sent(sockets, seen, case, which=None):
    """The datagrams to the group so far, once what was sent has had its time."""
    sockets.wait_across()
    return [each for each in seen.to(which or group(case["family"])) if each.protocol == 17]


def _shown(found):
    return [str(each) for each in found]


DEFAULT = rule(
    "wire.multicast-sent.default-ttl",
    "Multicast datagrams of IPv4 have a TTL of 1 where none was set.",
    level=SHOULD,
    sources=[RFC(1112, "6.1", "default to 1 for all multicast IP datagrams")],
    behaviours={"one": CONFORMS, "another-number": "they have another one"},
    needs=["link", "packets"],
)
DEFAULT_V6 = rule(
    "wire.multicast-sent.default-hops",
    "Multicast datagrams of IPv6 have a hop limit of 1 where none was set.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.20", "IPV6_MULTICAST_HOPS", "is not set, a value of 1 is assumed")
    ],
    behaviours=DEFAULT.behaviours,
    needs=["link", "packets"],
)
APART = rule(
    "wire.multicast-sent.unicast-lifetime",
    "Whether the TTL or the hop limit of unicast changes that of multicast is unspecified.",
    level=UNSPECIFIED,
    sources=[TTL, HOPS],
    behaviours={"one": "it stays 1", "another-number": DEFAULT.behaviours["another-number"]},
    needs=["link", "packets"],
)


@DEFAULT.case(family=V4, type=DGRAM)
@DEFAULT_V6.case(family=V6, type=DGRAM)
@APART.case(family=INET, type=DGRAM, set="unicast")
def test_default(sockets, see, case):
    ours, seen = _sender(sockets, case)
    if case.get("set"):
        ours.set_ttl(77) if case["family"] == V4 else ours.set_unicast_hops_v6(77)
    ours.send_to(b"x", (group(case["family"]), 7))
    (only,) = _sent(sockets, seen, case)
    see("one" if only.lifetime == 1 else "another-number", lifetime=only.lifetime)


CARRIED = rule(
    "wire.multicast-sent.lifetime",
    "Whether multicast datagrams carry the TTL or the hop limit that was set is unspecified.",
    level=UNSPECIFIED,
    sources=[TTL, HOPS],
    behaviours={"carried": "they do", "not-carried": "they carry another one"},
    needs=["link", "packets"],
)


@CARRIED.case(value=("1", "77", "255"), family=INET, type=DGRAM)
def test_lifetime(sockets, see, case):
    ours, seen = _sender(sockets, case)
    lifetime(ours, case["family"], int(case["value"]))
    ours.send_to(b"x", (group(case["family"]), 7))
    (only,) = _sent(sockets, seen, case)
    same = only.lifetime == int(case["value"])
    see("carried" if same else "not-carried", lifetime=only.lifetime)


ZERO = rule(
    "wire.multicast-sent.zero-lifetime",
    "Whether a multicast datagram with a TTL or a hop limit of zero is sent on the link is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[TTL, HOPS],
    behaviours=LEAVES,
    needs=["link", "packets"],
)


@ZERO.case(family=INET, type=DGRAM)
def test_zero_lifetime(sockets, see, case):
    ours, seen = _sender(sockets, case)
    lifetime(ours, case["family"], 0)
    ours.send_to(b"x", (group(case["family"]), 7))
    found = _sent(sockets, seen, case)
    see("sent" if found else "not-sent", packets=_shown(found))


WHICH = ("first", "second", "third")
INTERFACE = rule(
    "wire.multicast-sent.interface",
    "Multicast of IPv6 leaves through the interface that was chosen.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.20", "IPV6_MULTICAST_IF", "interface to use for outgoing multicast")
    ],
    behaviours={**CHOSEN, "chosen": CONFORMS},
    needs=["interfaces", "packets"],
)
INTERFACE_V4 = rule(
    "wire.multicast-sent.interface-v4",
    "Whether multicast of IPv4 leaves through the interface that was chosen is unspecified.",
    level=UNSPECIFIED,
    sources=[OUT],
    behaviours=CHOSEN,
    needs=["interfaces", "packets"],
)


@INTERFACE.case(which=WHICH, bound=("no", "first"), family=V6, type=DGRAM)
@INTERFACE_V4.case(which=WHICH, bound=("no", "first"), family=V4, type=DGRAM)
def test_interface(sockets, see, case):
    wanted, _there = sockets.networks()[case["which"]]
    seen = sockets.datagrams()
    ours = sockets.new() if case["bound"] == "no" else sockets.bound()
    choose(ours, case["family"], wanted)
    ours.send_to(b"x", (group(case["family"]), 7))
    found = _sent(sockets, seen, case)
    devices = {each.device for each in found if each.is_outgoing}
    _see_devices(see, devices, {wanted.name}, found)


def _see_devices(see, devices, wanted, found):
    if not devices:
        how = "not-sent"
    elif devices == wanted:
        how = "chosen"
    else:
        how = "both" if len(devices) > 1 else "elsewhere"
    see(how, packets=_shown(found))


BY_SCOPE = rule(
    "wire.multicast-sent.interface-of-scope",
    "Whether the scope of a group's address chooses the interface is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ipv6(7, "Address format", "sin6_scope_id is an ID depending on the scope")],
    behaviours=CHOSEN,
    needs=["interfaces", "packets"],
)


@BY_SCOPE.case(which=("first", "second"), family=V6, type=DGRAM)
def test_interface_of_scope(sockets, see, case):
    wanted = sockets.ends()[0] if case["which"] == "first" else sockets.second_ends()[0]
    seen, ours = sockets.datagrams(), sockets.new()
    which = group(V6).replace("ff15", "ff12")  # the scope of a link
    ours.send_to(b"x", sockets.scoped(which, 7, wanted.index))
    found = _sent(sockets, seen, case, which)
    devices = {each.device for each in found if each.is_outgoing}
    _see_devices(see, devices, {wanted.name}, found)


SOURCE = rule(
    "wire.multicast-sent.source",
    "Whether multicast of an unbound socket has the address of the interface that it leaves "
    "through is unspecified.",
    level=UNSPECIFIED,
    sources=[OUT, HOPS],
    behaviours={
        "of-interface": "it has",
        "link-local": "it has the address of the link alone",
        "of-another": "it has another one",
    },
    needs=["interfaces", "packets"],
)


@SOURCE.case(which=("first", "second"), family=INET, type=DGRAM)
def test_source(sockets, see, case):
    wanted = sockets.ends()[0] if case["which"] == "first" else sockets.second_ends()[0]
    seen, ours = sockets.datagrams(), sockets.new()
    choose(ours, case["family"], wanted)
    ours.send_to(b"x", (group(case["family"]), 7))
    (only,) = _sent(sockets, seen, case)
    names = {place(wanted, case["family"]): "of-interface", wanted.local: "link-local"}
    see(names.get(only.source, "of-another"), packets=_shown([only]))


BOUND = rule(
    "wire.multicast-sent.bound-source",
    "Multicast of a bound socket has the address that it is bound to.",
    level=MUST,
    sources=[POSIX.bind("DESCRIPTION", "bind() function shall assign a local socket address")],
    behaviours={"bound-address": CONFORMS, "of-another": SOURCE.behaviours["of-another"]},
    needs=["interfaces", "packets"],
)


@BOUND.case(through=("first", "second"), family=INET, type=DGRAM)
def test_bound_source(sockets, see, case):
    wanted = sockets.ends()[0] if case["through"] == "first" else sockets.second_ends()[0]
    seen, ours = sockets.datagrams(), sockets.bound()
    choose(ours, case["family"], wanted)
    ours.send_to(b"x", (group(case["family"]), 7))
    found = _sent(sockets, seen, case)
    same = {each.source for each in found} == {ours.local_addr().host}
    see("bound-address" if same else "of-another", packets=_shown(found))


STATION = rule(
    "wire.multicast-sent.station",
    "Multicast is sent to the Ethernet address that its group has.",
    level=MUST,
    sources=[
        RFC(1112, "6.4", "is mapped to an Ethernet multicast address by placing the low-order"),
        RFC(2464, "7", "is transmitted to the Ethernet multicast address"),
    ],
    behaviours={"mapped": CONFORMS, "another-station": "it is sent to another address"},
    needs=["link", "packets"],
)


@STATION.case(family=INET, type=DGRAM)
def test_station(sockets, see, case):
    ours, seen = _sender(sockets, case)
    which = group(case["family"])
    ours.send_to(b"x", (which, 7))
    (only,) = _sent(sockets, seen, case)
    see("mapped" if only.station == station(which) else "another-station", station=only.station)


UNLOOPED = rule(
    "wire.multicast-sent.without-loop",
    "Multicast is sent on the link whether its sender's own host receives it or not.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.20", "IPV6_MULTICAST_LOOP", "as a Boolean value. (Default value: 1)"
        ),
        RFC(1112, "6.1", "should provide a way for the upper-layer protocol to inhibit local"),
    ],
    behaviours={**LEAVES, "sent": CONFORMS},
    needs=["link", "packets"],
)


@UNLOOPED.case(loop=("on", "off"), joined=("no", "yes"), family=INET, type=DGRAM)
def test_without_loop(sockets, see, case):
    ours, seen = _sender(sockets, case)
    loop(ours, case["family"], case["loop"] == "on")
    if case["joined"] == "yes":
        join(ours, case["family"], sockets.ends()[0])
    ours.send_to(b"x", (group(case["family"]), 7))
    found = _sent(sockets, seen, case)
    see("sent" if found else "not-sent", packets=_shown(found))


REPORT = rule(
    "wire.multicast-sent.report",
    "Whether joining a group has its membership reported on the link is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_ADD_MEMBERSHIP", "Join a multicast group.")],
    behaviours={"reported": "it is", "not-reported": "it is not"},
    needs=["link", "packets"],
)
LEFT = rule(
    "wire.multicast-sent.report-of-leaving",
    "Whether leaving a group, or closing its last member, is reported on the link is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_DROP_MEMBERSHIP", "Leave a multicast group.")],
    behaviours=REPORT.behaviours,
    needs=["link", "packets"],
)
MEMBERSHIP = {V4: 2, V6: 58}  # the protocols of IGMP and of ICMPv6, which has MLD


@REPORT.case(family=INET, type=DGRAM)
@LEFT.case(by=("leave", "close"), family=INET, type=DGRAM)
def test_report(sockets, see, case):
    here, _there = sockets.ends()
    seen, ours = sockets.datagrams(), sockets.new()
    packed = sockets.packed(group(case["family"]))

    def reports():
        protocol = MEMBERSHIP[case["family"]]
        found = [each for each in seen.look() if each.protocol == protocol]
        leaving = "by" in dict(case.parameters)
        return [
            each for each in found if packed in each.data and _leaves(each, packed) == leaving
        ]

    join(ours, case["family"], here)
    if case.get("by") == "leave":
        leave(ours, case["family"], here)
    elif case.get("by") == "close":
        ours.close()
    came = sockets.comes(seen, reports)
    see("reported" if came else "not-reported", packets=_shown(reports()))


def _leaves(report, packed):
    """Whether a report is of leaving: RFC 2236, 2; RFC 3376, 4.2; RFC 3810, 5.2."""
    kind = report.data[0]
    record = report.data[report.data.index(packed) - 4]
    return kind in {0x17, 132} or (kind in {0x22, 143} and record == 3)


CONNECTED = rule(
    "wire.multicast-sent.connected",
    "Whether a datagram socket can be connected to a group, and sends to it then, is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.chapter("2.10.6", "SOCK_DGRAM", "shall send to the pre-specified"), OUT],
    behaviours=LEAVES,
    needs=["link", "packets"],
)


@CONNECTED.case(family=INET, type=DGRAM)
def test_connected(sockets, see, case):
    ours, seen = _sender(sockets, case)
    how = outcome(ours.connect, (group(case["family"]), 7))
    if how == "succeeds":
        ours.send(b"x")
        how = "sent" if _sent(sockets, seen, case) else "not-sent"
    see(how)
