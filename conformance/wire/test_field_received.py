"""What a receive reports of the fields of the packets that came."""

from __future__ import annotations

import ipaddress

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    RFC,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .paths import told_of
from .segments import shown

REPORTED = {
    "as-sent": "what is reported is what the packet has",
    "another-value": "something else is reported",
    "not-reported": "nothing is reported",
}
ASKED = {
    (V4, "lifetime"): ("IPPROTO_IP", "IP_RECVTTL", "IP_TTL"),
    (V6, "lifetime"): ("IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT"),
    (V4, "service"): ("IPPROTO_IP", "IP_RECVTOS", "IP_TOS"),
    (V6, "service"): ("IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS"),
    (V4, "place"): ("IPPROTO_IP", "IP_PKTINFO", "IP_PKTINFO"),
    (V6, "place"): ("IPPROTO_IPV6", "IPV6_RECVPKTINFO", "IPV6_PKTINFO"),
}
SET = {
    (V4, "lifetime"): ("IPPROTO_IP", "IP_TTL"),
    (V6, "lifetime"): ("IPPROTO_IPV6", "IPV6_UNICAST_HOPS"),
    (V4, "service"): ("IPPROTO_IP", "IP_TOS"),
    (V6, "service"): ("IPPROTO_IPV6", "IPV6_TCLASS"),
}


def _received(sockets, case, field):
    """A packet that came with the field set, as seen, and the control data that told of it."""
    ours, theirs = sockets.connected()
    level, option, record = ASKED[case["family"], field]
    sockets.set_option(ours, level, option, 1)
    if field != "place":
        theirs.set_int(*SET[case["family"], field], int(case["value"]))
    seen = sockets.conversation(ours, theirs)
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    message = ours.recvmsg([8], 256)
    seen.until(lambda _packets: seen.received())
    numbers = {sockets.number(record), sockets.number(option)}
    found = [
        data
        for its_level, its_type, data in message.control
        if its_level == sockets.number(level) and its_type in numbers
    ]
    return ours, seen, found


def _number(sockets, data):
    return int.from_bytes(data, sockets.backend.byte_order)


LIFETIME = rule(
    "wire.field-received.hop-limit",
    "The hop limit that a receive reports is that of the packet.",
    level=MUST,
    sources=[
        RFC(3542, "6.3", "The received hop limit is returned as ancillary data by recvmsg()")
    ],
    behaviours={**REPORTED, "as-sent": CONFORMS},
    needs=["packets", "messages"],
)
OTHERS = rule(
    "wire.field-received.lifetime",
    "Whether the TTL that a receive reports is that of the packet is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_RECVTTL", "control message with the time-to-live field")],
    behaviours=REPORTED,
    needs=["packets", "messages"],
)


@LIFETIME.case(value=("1", "77", "255"), family=V6, type=DGRAM)
@OTHERS.case(value=("1", "77", "255"), family=V4, type=DGRAM)
def test_lifetime(sockets, see, case):
    _ours, seen, found = _received(sockets, case, "lifetime")
    (packet,) = seen.received()
    told = [_number(sockets, each) for each in found]
    how = "as-sent" if told == [packet.lifetime] else "another-value"
    see(how if told else "not-reported", told=told, packets=shown(seen.all))


SERVICE = rule(
    "wire.field-received.service",
    "Whether the TOS or the traffic class that a receive reports is that of the packet is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_RECVTOS", "which specifies the Type of Service/Precedence field"),
        RFC(3542, "6.5", "only if the application has enabled the IPV6_RECVTCLASS"),
    ],
    behaviours=REPORTED,
    needs=["packets", "messages"],
)


@SERVICE.case(value=("0", "184", "252", "3"), family=INET, type=DGRAM)
def test_service(sockets, see, case):
    _ours, seen, found = _received(sockets, case, "service")
    (packet,) = seen.received()
    told = [_number(sockets, each) for each in found]
    how = "as-sent" if told == [packet.service] else "another-value"
    see(how if told else "not-reported", told=told, packets=shown(seen.all))


PLACE = rule(
    "wire.field-received.destination",
    "The IPv6 destination address that a receive reports is that of the packet.",
    level=MUST,
    sources=[RFC(3542, "6", "struct in6_addr ipi6_addr; /* src/dst IPv6 address */")],
    behaviours={**REPORTED, "as-sent": CONFORMS},
    needs=["packets", "messages"],
)
PLACE_V4 = rule(
    "wire.field-received.destination-v4",
    "Whether the IPv4 destination address that a receive reports is that of the packet is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_PKTINFO", "ipi_addr is the destination address in the packet")],
    behaviours=REPORTED,
    needs=["packets", "messages"],
)


@PLACE.case(family=V6, type=DGRAM)
@PLACE_V4.case(family=V4, type=DGRAM)
def test_destination(sockets, see, case):
    _ours, seen, found = _received(sockets, case, "place")
    (packet,) = seen.received()
    # Winsock's IN_PKTINFO begins with it; here the interface and a local address come before.
    at = slice(0, 16) if case["family"] == V6 else slice(8, 12)
    told = [str(ipaddress.ip_address(each[at] or each[:4])) for each in found]
    how = "as-sent" if told == [packet.target[0]] else "another-value"
    see(how if told else "not-reported", told=told, packets=shown(seen.all))


WHERE = rule(
    "wire.field-received.interface",
    "Whether the interface that a receive reports is the one that the packet came through is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_PKTINFO", "ipi_ifindex is the unique index of the interface"),
        MAN.ipv6(7, "IPV6_RECVPKTINFO", "Set delivery of the IPV6_PKTINFO control message"),
    ],
    behaviours=REPORTED,
    needs=["link", "packets", "messages"],
)


@WHERE.case(family=INET, type=DGRAM)
def test_interface(sockets, see, case):
    here, _there = sockets.ends()
    _ours, seen, found = _received(sockets, case, "place")
    at = slice(16, 20) if case["family"] == V6 else slice(0, 4)
    told = [_number(sockets, each[at]) for each in found]
    how = "as-sent" if told == [here.index] else "another-value"
    see(how if told else "not-reported", told=told, packets=shown(seen.all))


FLOW = rule(
    "wire.field-received.flow-label",
    "Whether the flow label that a receive reports is that of the packet is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ipv6(7, "IPV6_FLOWINFO", "IPV6_FLOWINFO delivers an integer containing the flow ID")
    ],
    behaviours=REPORTED,
    needs=["packets", "messages"],
)


@FLOW.case(value=("none", "automatic"), family=V6, type=DGRAM)
def test_flow_label(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, "IPPROTO_IPV6", "IPV6_FLOWINFO", 1)
    automatic = case["value"] == "automatic"
    sockets.set_option(theirs, "IPPROTO_IPV6", "IPV6_AUTOFLOWLABEL", automatic)
    seen = sockets.conversation(ours, theirs)
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    message = ours.recvmsg([8], 256)
    seen.until(lambda _packets: seen.received())
    (packet,) = seen.received()
    told = [int.from_bytes(data, "big") for *_, data in message.control]
    how = "as-sent" if told == [packet.flow] else "another-value"
    # Linux reports no label that is zero (ip6_datagram_recv_specific_ctl).
    see(how if told else "not-reported", told=told, flow=packet.flow)


SENT = rule(
    "wire.field-received.flow-label-sent",
    "Whether packets of IPv6 have a flow label that is not zero is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ipv6(7, "Address format", "sin6_flowinfo is the IPv6 flow identifier")],
    behaviours={"zero": "it is zero", "not-zero": "it is not", "mixed": "of some it is"},
    needs=["packets"],
)
SAME = rule(
    "wire.field-received.flow-label-same",
    "Whether all segments of one direction of a connection have one flow label is unspecified.",
    level=UNSPECIFIED,
    sources=SENT.sources,
    behaviours={"one-label": "they have", "several-labels": "they have different ones"},
    needs=["packets"],
)


@SENT.case(automatic=("default", "on", "off"), family=V6, type=(STREAM, DGRAM))
@SAME.case(automatic=("on", "off"), family=V6, type=STREAM, segments="all")
def test_flow_label_sent(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["automatic"] != "default":
        on = case["automatic"] == "on"
        sockets.set_option(ours, "IPPROTO_IPV6", "IPV6_AUTOFLOWLABEL", on)
    seen = sockets.conversation(ours, theirs)
    for _ in range(3):
        ours.send(b"x")
        theirs.recv(1)
    seen.until(lambda _packets: len([each for each in seen.sent() if each.data]) >= 3)
    labels = {each.flow for each in seen.sent()}
    if case.get("segments"):
        see("one-label" if len(labels) == 1 else "several-labels", labels=sorted(labels))
    else:
        how = "mixed" if 0 in labels and len(labels) > 1 else "not-zero"
        see("zero" if labels == {0} else how, labels=sorted(labels))


PATH_MTU = rule(
    "wire.field-received.path-mtu",
    "A receive with IPV6_RECVPATHMTU reports the MTU of a path that a datagram is too large "
    "for.",
    level=MUST,
    sources=[
        RFC(
            3542,
            "11.3",
            "recvmsg() will return zero (indicating no data) but there will be a cmsghdr with "
            "cmsg_type set to IPV6_PATHMTU",
        ),
    ],
    behaviours={
        "mtu-reported": CONFORMS,
        "another-value": REPORTED["another-value"],
        "not-reported": REPORTED["not-reported"],
    },
    needs=["link", "packets", "messages"],
)


@PATH_MTU.case(by=("own-send", "router"), family=V6, type=DGRAM)
def test_path_mtu(sockets, see, case):
    ours, _theirs, seen = told_of(sockets, narrow=False)
    sockets.set_option(ours, "IPPROTO_IPV6", "IPV6_RECVPATHMTU", 1)
    sockets.set_option(ours, "IPPROTO_IPV6", "IPV6_DONTFRAG", 1)
    if case["by"] == "router":
        mtu = 1300
        sockets.too_big(mtu, next(each for each in seen.sent() if each.data))
    else:
        mtu = sockets.mtu()
        outcome(ours.send, bytes(3000))
    ours.poll("POLLIN", 0.3)  # Linux has it for the next receive, and no event tells of it
    ours.set_nonblocking(True)
    kind, found = sockets.number("IPV6_PATHMTU"), []
    how = outcome(lambda: found.extend(ours.recvmsg([64], 256).control), ok="not-reported")
    told = [data[-4:] for _, its_kind, data in found if its_kind == kind]
    numbers = [int.from_bytes(each, ours.backend.byte_order) for each in told]
    if numbers:
        how = "mtu-reported" if numbers == [mtu] else "another-value"
    see("not-reported" if how == "EAGAIN" else how, told=numbers)
