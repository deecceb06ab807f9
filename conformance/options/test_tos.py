"""IP_TOS and IPV6_TCLASS: the type of service, whose two lowest bits are for congestion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    RFC,
    STREAM,
    TOKIO,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .reading import value_of

ROUND_TRIP = rule(
    "options.tos.round-trip",
    "The type of service reads back as it was set.",
    level=MUST,
    sources=[
        RFC(9293, "3.9.1.9", "MUST be able to specify the Differentiated Services field"),
        RFC(1122, "4.1.4", "MUST be able to set the TTL and TOS values"),
        POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument"),
        POSIX.getsockopt("DESCRIPTION", "shall retrieve the value for the option"),
        TOKIO.set_tos(2, "sets the type-of-service field that is used in every packet"),
        RFC(3542, "6.5", "0 <= x <= 255: use x"),
    ],
    behaviours={
        "same": CONFORMS,
        "ecn-masked": "it reads back without the two bits of explicit congestion notification",
        "another-value": "it reads back as another value",
    },
    renamed={"other": "another-value"},
)


@ROUND_TRIP.case(family=(V4, V6), type=(STREAM, DGRAM), region=("ecn-clear", "ecn-set"))
@given(dscp=st.integers(0, 63), ecn=st.integers(1, 3))
def test_round_trip(sockets, see, case, dscp, ecn):
    sock = sockets.new()
    value = dscp << 2 | (ecn if case["region"] == "ecn-set" else 0)
    level, name = (
        ("IPPROTO_IP", "IP_TOS") if case["family"] == V4 else ("IPPROTO_IPV6", "IPV6_TCLASS")
    )
    sockets.set_option(sock, level, name, value)
    got = value_of(sock, level, name)
    names = {value & ~3: "ecn-masked", value: "same"}
    see(names.get(got, "another-value"), set=value, got=got)


OVER = rule(
    "options.tos.over",
    "Whether a type of service above 255 is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_TOS", "TOS is a byte")],
    behaviours={
        "low-byte": "it reads back as its low byte",
        "low-byte-without-ecn": "it reads back as its low byte without the two ECN bits",
        "as-set": "it reads back as it was set",
        "another-number": "it reads back as another number",
    },
)


@OVER.case(family=V4, type=(STREAM, DGRAM))
@given(dscp=st.integers(1, 63), times=st.integers(1, 2**20))
def test_over(sockets, see, case, dscp, times):
    sock = sockets.new()
    value = (times << 8) + (dscp << 2) + 1
    how = outcome(sock.set_int, "IPPROTO_IP", "IP_TOS", value)
    if how == "succeeds":
        got = value_of(sock, "IPPROTO_IP", "IP_TOS")
        low = value & 255
        names = {value: "as-set", low & ~3: "low-byte-without-ecn", low: "low-byte"}
        how = names.get(got, "another-number")
    see(how, set=value)
