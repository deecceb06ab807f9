"""The fields of the packets that a socket sends, as its options have them."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    RFC,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    rule,
)

from .segments import service, shown

CARRIED = {
    "carried": "every packet carries the value that was set",
    "not-carried": "a packet carries another value",
}


def _after_sending(sockets, case, level, option, value):
    """Send after setting an option: what is seen of both ends, and of this one."""
    ours, theirs = sockets.connected()
    ours.set_int(level, option, value)
    seen = sockets.conversation(ours, theirs)
    ours.send(b"x")
    seen.until(lambda _packets: seen.sent())
    return seen, seen.sent()


LIFETIME = rule(
    "wire.field.lifetime-of-segments",
    "Segments carry the TTL that was set.",
    level=MUST,
    sources=[
        RFC(9293, "3.9.2", "The TTL value used to send TCP segments MUST be configurable")
    ],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)


@LIFETIME.case(value=("1", "77", "255"), family=V4)
def test_lifetime_of_segments(sockets, see, case):
    _see_lifetime(sockets, see, case, "IPPROTO_IP", "IP_TTL")


OTHERS = rule(
    "wire.field.lifetime",
    "Whether packets carry the TTL or the hop limit that was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_TTL", "Set or retrieve the current time-to-live field that is used in"),
        MAN.ipv6(7, "IPV6_UNICAST_HOPS", "Set the unicast hop limit for the socket."),
    ],
    behaviours=CARRIED,
    needs=["packets"],
)


@OTHERS.case(value=("1", "77", "255"), family=V4, type=DGRAM)
def test_lifetime_of_datagrams(sockets, see, case):
    _see_lifetime(sockets, see, case, "IPPROTO_IP", "IP_TTL")


@OTHERS.case(value=("1", "77", "255"), family=V6, type=(STREAM, DGRAM))
def test_hop_limit(sockets, see, case):
    _see_lifetime(sockets, see, case, "IPPROTO_IPV6", "IPV6_UNICAST_HOPS")


def _see_lifetime(sockets, see, case, level, option):
    value = int(case["value"])
    seen, sent = _after_sending(sockets, case, level, option, value)
    right = all(each.lifetime == value for each in sent)
    told = sorted({each.lifetime for each in sent})
    see("carried" if right else "not-carried", lifetime=told, packets=shown(seen.all))


SERVICE = rule(
    "wire.field.service",
    "Whether packets carry the TOS or the traffic class that was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.9.2", "The IP header value for the Diffserv field is given by the user."),
        MAN.ip(7, "IP_TOS", "Set or receive the Type-Of-Service (TOS) field that is sent with"),
    ],
    behaviours={
        **CARRIED,
        "without-ecn": "a packet carries the value but for its last two bits",
    },
    needs=["packets"],
)


@SERVICE.case(value=("16", "184", "252", "255"), family=(V4, V6), type=(STREAM, DGRAM))
def test_service(sockets, see, case):
    value = int(case["value"])
    v4 = case["family"] == V4
    level, option = ("IPPROTO_IP", "IP_TOS") if v4 else ("IPPROTO_IPV6", "IPV6_TCLASS")
    seen, sent = _after_sending(sockets, case, level, option, value)
    told = {service(each, case["type"]) for each in sent}
    how = {value & 0xFC: "without-ecn", value: "carried"}
    only = how.get(min(told), "not-carried") if len(told) == 1 else "not-carried"
    see(only, service=sorted(told), packets=shown(seen.all))


DISCOVERY = rule(
    "wire.field.dont-fragment",
    "Whether path MTU discovery sets the DF bit of what is sent is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(
            7, "IP_MTU_DISCOVER", "IP_PMTUDISC_DO forces the don't-fragment flag to be set on"
        )
    ],
    behaviours={
        "set": "every packet has DF",
        "clear": "no packet has DF",
        "mixed": "some have",
    },
    needs=["packets"],
)


@DISCOVERY.case(mode=("DONT", "WANT", "DO"), family=V4, type=(STREAM, DGRAM))
def test_dont_fragment(sockets, see, case):
    mode = sockets.number(f"IP_PMTUDISC_{case['mode']}")
    seen, sent = _after_sending(sockets, case, "IPPROTO_IP", "IP_MTU_DISCOVER", mode)
    names = {frozenset({True}): "clear", frozenset({False}): "set"}
    how = names.get(frozenset(each.fragmentable for each in sent), "mixed")
    see(how, packets=shown(seen.all))
