"""Every kind of control data that a send can carry: its length, its place, several at once."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    FREEBSD,
    KERNEL,
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


@dataclass(frozen=True)
class Kind:
    """A record of a send: its type and its length."""

    family: str
    level: str
    record: str
    size: int


KINDS = {
    "tos": Kind(V4, "IPPROTO_IP", "IP_TOS", 4),
    "ttl": Kind(V4, "IPPROTO_IP", "IP_TTL", 4),
    "packet-info": Kind(V4, "IPPROTO_IP", "IP_PKTINFO", 12),
    "return-options": Kind(V4, "IPPROTO_IP", "IP_RETOPTS", 4),
    "protocol": Kind(V4, "IPPROTO_IP", "IP_PROTOCOL", 4),
    "segment-size": Kind(V4, "IPPROTO_UDP", "UDP_SEGMENT", 2),
    "timestamping": Kind(V4, "SOL_SOCKET", "SO_TIMESTAMPING", 4),
    "send-time": Kind(V4, "SOL_SOCKET", "SCM_TXTIME", 8),
    "traffic-class": Kind(V6, "IPPROTO_IPV6", "IPV6_TCLASS", 4),
    "hop-limit": Kind(V6, "IPPROTO_IPV6", "IPV6_HOPLIMIT", 4),
    "old-hop-limit": Kind(V6, "IPPROTO_IPV6", "IPV6_2292HOPLIMIT", 4),
    "packet-info-v6": Kind(V6, "IPPROTO_IPV6", "IPV6_PKTINFO", 20),
    "dont-fragment": Kind(V6, "IPPROTO_IPV6", "IPV6_DONTFRAG", 4),
    "flow-information": Kind(V6, "IPPROTO_IPV6", "IPV6_FLOWINFO", 4),
    "routing-header": Kind(V6, "IPPROTO_IPV6", "IPV6_RTHDR", 24),
}
LENGTHS = (0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 16, 19, 20, 21, 24)

PARSED = KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send", "if (cmsg->cmsg_level != SOL_IP)")
PARSED_V6 = KERNEL("net/ipv6/datagram.c", "ip6_datagram_send_ctl", "case IPV6_HOPLIMIT:")


def valued(sockets, kind, length=None):
    """Control data of a kind that a send accepts: 1 where it is a number, else zeros."""
    size = kind.size if length is None else length
    number = (1).to_bytes(kind.size, sockets.backend.byte_order) if kind.size < 5 else b""
    data = number[:size].ljust(size, b"\0")
    return (sockets.number(kind.level), sockets.number(kind.record), data)


LENGTH = rule(
    "data.control-send.length",
    "Whether a send accepts control data of another length than its kind has is unspecified.",
    level=UNSPECIFIED,
    sources=[PARSED, PARSED_V6],
    behaviours={
        **{f"from-{n}": f"lengths of {n} bytes and more are accepted" for n in LENGTHS},
        **{f"only-{n}": f"a length of {n} bytes alone is accepted" for n in LENGTHS},
        "scattered": "lengths are accepted that have others between them",
        "refused-variously": "no length is accepted, and not for the same reason",
    },
    needs=["messages"],
)


@LENGTH.case(kind=tuple(KINDS))
def test_length(sockets, see, case):
    kind = KINDS[case["kind"]]
    ours, _theirs = sockets.connected(kind.family, DGRAM)
    tried = {
        length: outcome(ours.sendmsg, [b"x"], [valued(sockets, kind, length)])
        for length in LENGTHS
    }
    accepted = [length for length, how in tried.items() if how == "succeeds"]
    errors = set(tried.values())
    if not accepted:
        how = errors.pop() if len(errors) == 1 else "refused-variously"
    elif accepted == [length for length in LENGTHS if length >= accepted[0]]:
        how = f"from-{accepted[0]}"
    else:
        how = "scattered" if accepted[1:] else f"only-{accepted[0]}"
    see(how, tried=str(tried))


ELSEWHERE = rule(
    "data.control-send.other-socket",
    "Whether a send on a stream, or on a socket of the other family, accepts control data of "
    "IPv4 or IPv6 datagrams is unspecified.",
    level=UNSPECIFIED,
    sources=[PARSED, PARSED_V6],
    behaviours={"succeeds": "the message is sent"},
    needs=["messages"],
)


@ELSEWHERE.case(kind=tuple(KINDS), on="stream")
@ELSEWHERE.case(kind=tuple(KINDS), on="other-family")
def test_other_socket(sockets, see, case):
    kind = KINDS[case["kind"]]
    other = V6 if kind.family == V4 else V4
    places = {"stream": (kind.family, STREAM), "other-family": (other, DGRAM)}
    ours, _theirs = sockets.connected(*places[case["on"]])
    see(outcome(ours.sendmsg, [b"x"], [valued(sockets, kind)]))


MARKS = {
    V4: (
        "IPPROTO_IP",
        (("IP_RECVTOS", "IP_TOS", "IP_TOS"), ("IP_RECVTTL", "IP_TTL", "IP_TTL")),
    ),
    V6: (
        "IPPROTO_IPV6",
        (
            ("IPV6_RECVTCLASS", "IPV6_TCLASS", "IPV6_TCLASS"),
            ("IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT", "IPV6_HOPLIMIT"),
        ),
    ),
}
BOTH = {
    "both": CONFORMS,
    "first-only": "only the first has an effect",
    "second-only": "only the second has an effect",
    "neither": "none has an effect",
}
TOGETHER = rule(
    "data.control-send.together",
    "A send with both a traffic class and a hop limit in its control data uses both.",
    level=MUST,
    sources=[
        RFC(3542, "6.5", "0 <= x <= 255: use x"),
        FREEBSD.ip6(4, "DESCRIPTION", "Ancillary data items will be parsed by the kernel"),
    ],
    behaviours=BOTH,
    needs=["messages"],
)
TOGETHER_V4 = rule(
    "data.control-send.together-v4",
    "Whether a send with both a TOS and a TTL in its control data uses both is unspecified.",
    level=UNSPECIFIED,
    sources=[PARSED],
    behaviours=BOTH | {"both": "both have an effect"},
    needs=["messages"],
)
TWICE = rule(
    "data.control-send.twice",
    "Whether the last of two records of one kind in a send has the effect is unspecified.",
    level=UNSPECIFIED,
    sources=[PARSED, PARSED_V6],
    behaviours={
        "last": "the last one has an effect",
        "first": "the first one has an effect",
        "neither": BOTH["neither"],
    },
    needs=["messages"],
)


def carried(sockets, family, records):
    """Send with these (kind of mark, value) and return the marks that the receiver sees."""
    level, marks = MARKS[family]
    ours, theirs = sockets.connected(family, DGRAM)
    for option, _sent, _kept in marks:
        sockets.set_option(ours, level, option, 1)
    order = sockets.backend.byte_order
    control = [
        (sockets.number(level), sockets.number(marks[which][1]), value.to_bytes(4, order))
        for which, value in records
    ]
    theirs.sendmsg([b"x"], control)
    seen = {}
    for its_level, its_type, data in ours.recvmsg([8], 256).control:
        if its_level == sockets.number(level):
            seen[its_type] = int.from_bytes(data, order)
    return [seen.get(sockets.number(kept)) for _option, _sent, kept in marks]


@TOGETHER.case(family=V6)
@TOGETHER_V4.case(family=V4)
def test_together(sockets, see, case):
    got = carried(sockets, case["family"], [(0, 8), (1, 77)])
    names = {(True, True): "both", (True, False): "first-only", (False, True): "second-only"}
    see(names.get((got[0] == 8, got[1] == 77), "neither"), got=got)


@TWICE.case(family=(V4, V6))
def test_twice(sockets, see, case):
    got = carried(sockets, case["family"], [(1, 77), (1, 78)])[1]
    see({77: "first", 78: "last"}.get(got, "neither"), got=got)


SOURCE = rule(
    "data.control-send.source",
    "Whether the packet information of a send chooses the source of an IPv4 datagram is "
    "unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        MAN.ip(7, "IP_PKTINFO", "ipi_spec_dst is the local address of the packet"),
        PARSED,
    ],
    behaviours={
        "that-address": "the datagram comes from that address",
        "another-address": "it comes from another address",
    },
    needs=["messages", "other-loopback"],
)


@SOURCE.case(source=("other-loopback", "not-local", "interface-unknown"))
def test_source(sockets, see, case):
    receiver, sender = sockets.udp(V4), sockets.new(V4, DGRAM)
    sender.bind(sockets.wildcard(V4))
    wanted = "192.0.2.1" if case["source"] == "not-local" else "127.0.0.77"
    index = 0x7FFF_0000 if case["source"] == "interface-unknown" else 0
    order = sockets.backend.byte_order
    data = index.to_bytes(4, order) + ipaddress.ip_address(wanted).packed + bytes(4)
    record = (sockets.number("IPPROTO_IP"), sockets.number("IP_PKTINFO"), data)
    there = receiver.local_addr()
    how = outcome(lambda: sender.sendmsg([b"x"], [record], 0, there))
    if how == "succeeds":
        sockets.wait(receiver, "POLLIN")
        came_from = receiver.recv_from(8)[1].host
        how = "that-address" if came_from == wanted else "another-address"
    see(how)
