"""The other options of the socket2 document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    V4,
    V6,
    outcome,
    rule,
)

from .calls import attempt

BOOLEAN = rule(
    "contracts.option.boolean",
    "A boolean option reads back as it was set.",
    level=MUST,
    sources=[
        SOCKET2.broadcast(1, "Get the value of the SO_BROADCAST option for this socket"),
        SOCKET2.set_keepalive(1, "Set value for the SO_KEEPALIVE option on this socket"),
        SOCKET2.keepalive(1, "Get the value of the SO_KEEPALIVE option on this socket"),
        SOCKET2.out_of_band_inline(1, "Get value for the SO_OOBINLINE option on this socket"),
        SOCKET2.reuse_address(1, "Get the value of the SO_REUSEADDR option on this socket"),
        SOCKET2.set_nodelay(1, "Set the value of the TCP_NODELAY option on this socket"),
        SOCKET2.nodelay(1, "Get the value of the TCP_NODELAY option on this socket"),
        SOCKET2.multicast_loop_v4(1, "Get the value of the IP_MULTICAST_LOOP option"),
        SOCKET2.multicast_loop_v6(1, "Get the value of the IPV6_MULTICAST_LOOP option"),
    ],
    behaviours={"same": CONFORMS, "opposite": "it reads back as the opposite"},
    aliases=["contracts.value.boolean"],
    renamed={"other": "opposite"},
)


@BOOLEAN.case(
    family=V4,
    type=STREAM,
    option=("keepalive", "out_of_band_inline", "reuse_address", "nodelay"),
)
@BOOLEAN.case(family=V4, type=DGRAM, option=("broadcast", "multicast_loop_v4"))
@BOOLEAN.case(family=V6, type=STREAM, option="nodelay")
@BOOLEAN.case(family=V6, type=DGRAM, option="multicast_loop_v6")
@given(values=st.lists(st.booleans(), min_size=1, max_size=4))
def test_boolean(sockets, see, case, values):
    sock = sockets.new()
    for value in values:
        getattr(sock, f"set_{case['option']}")(value)
    how, got = attempt(getattr(sock, case["option"]))
    see(
        how if got is None else "same" if got is values[-1] else "opposite", set=values, got=got
    )


HOPS = rule(
    "contracts.option.hops",
    "A time to live, or hop limit, from 1 to 255 reads back as it was set.",
    level=MUST,
    sources=[
        SOCKET2.ttl(1, "Get the value of the IP_TTL option for this socket"),
        SOCKET2.multicast_ttl_v4(1, "Get the value of the IP_MULTICAST_TTL option"),
        SOCKET2.set_unicast_hops_v6(1, "Set the value for the IPV6_UNICAST_HOPS option"),
        SOCKET2.unicast_hops_v6(1, "Get the value of the IPV6_UNICAST_HOPS option"),
        SOCKET2.multicast_hops_v6(1, "Get the value of the IPV6_MULTICAST_HOPS option"),
    ],
    behaviours={"same": CONFORMS, "another-value": "it reads back as another number"},
    aliases=["contracts.value.number"],
    renamed={"other": "another-value"},
)


@HOPS.case(family=V4, type=DGRAM, option=("ttl", "multicast_ttl_v4"))
@HOPS.case(family=V6, type=DGRAM, option=("unicast_hops_v6", "multicast_hops_v6"))
@given(value=st.integers(1, 255))
def test_hops(sockets, see, case, value):
    sock = sockets.new()
    getattr(sock, f"set_{case['option']}")(value)
    how, got = attempt(getattr(sock, case["option"]))
    see(how if got is None else "same" if got == value else "another-value", set=value, got=got)


BROADCAST = rule(
    "contracts.option.broadcast-allows",
    "With SO_BROADCAST on, a datagram can be sent to a broadcast address.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.set_broadcast(
            2, "this socket is allowed to send packets to a broadcast address"
        )
    ],
    behaviours={"sent": CONFORMS},
    aliases=["contracts.broadcast.allows"],
)


@BROADCAST.case(family=V4, type=DGRAM)
def test_broadcast_allows(sockets, see, case):
    receiver = sockets.new()
    receiver.bind(sockets.wildcard())
    sock = sockets.new()
    sock.set_broadcast(True)
    address = ("127.255.255.255", receiver.local_addr().port)
    see(outcome(sock.send_to, b"to all", address, ok="sent"))


OWN = rule(
    "contracts.option.own",
    "Setting an option of one socket leaves it unchanged on another.",
    level=MUST,
    sources=[
        SOCKET2.set_keepalive(1, "Set value for the SO_KEEPALIVE option on this socket"),
        SOCKET2.set_nodelay(1, "Set the value of the TCP_NODELAY option on this socket"),
        SOCKET2.set_multicast_loop_v4(1, "Set the value of the IP_MULTICAST_LOOP option"),
        SOCKET2.set_multicast_loop_v6(1, "Set the value of the IPV6_MULTICAST_LOOP option"),
        POSIX.setsockopt(
            "DESCRIPTION", "for the socket associated with the file descriptor specified by"
        ),
    ],
    behaviours={"unchanged": CONFORMS, "changed": "the other socket's option changes, too"},
)


@OWN.case(
    family=V4,
    type=STREAM,
    option=("keepalive", "out_of_band_inline", "reuse_address", "nodelay"),
    other=("made-before", "made-after"),
)
@OWN.case(
    family=V4,
    type=DGRAM,
    option=("broadcast", "multicast_loop_v4"),
    other=("made-before", "made-after"),
)
@OWN.case(
    family=V6, type=DGRAM, option="multicast_loop_v6", other=("made-before", "made-after")
)
def test_own(sockets, see, case):
    other, sock = sockets.new(), sockets.new()
    default = getattr(other, case["option"])()
    getattr(sock, f"set_{case['option']}")(not default)
    if case["other"] == "made-after":
        other = sockets.new()
    how, got = attempt(getattr(other, case["option"]))
    see(how if got is None else "unchanged" if got is default else "changed")
