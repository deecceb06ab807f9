"""Control data of messages: what recvmsg() tells about a datagram, and what sendmsg() sets."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    KERNEL,
    MAN,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ROOM = 256  # bytes for control data, more than these messages need

# What can be asked for: family, the option that asks, the type of the message that answers.
KINDS = {
    "tos": (V4, "IPPROTO_IP", "IP_RECVTOS", "IP_TOS"),
    "ttl": (V4, "IPPROTO_IP", "IP_RECVTTL", "IP_TTL"),
    "packet-info-v4": (V4, "IPPROTO_IP", "IP_PKTINFO", "IP_PKTINFO"),
    "traffic-class": (V6, "IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS"),
    "hop-limit": (V6, "IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT"),
    "packet-info-v6": (V6, "IPPROTO_IPV6", "IPV6_RECVPKTINFO", "IPV6_PKTINFO"),
}
NUMBERS = ("tos", "ttl", "traffic-class", "hop-limit")
SENT = {"tos": "IP_TOS", "ttl": "IP_TTL", "traffic-class": "IPV6_TCLASS"}
SENT["hop-limit"] = "IPV6_UNICAST_HOPS"


def _asking(sockets, kind):
    """(receiver that asked for the kind, sender, level, type of the answer)."""
    family, level, option, answer = KINDS[kind]
    ours, theirs = sockets.connected(family, DGRAM)
    ours.set_int(level, option, 1)
    return ours, theirs, sockets.number(level), sockets.number(answer)


def _numbers(sockets, message, level, kind):
    """The values of the control data of one kind: one byte or an int, as the system has it."""
    return [
        int.from_bytes(data, sockets.backend.byte_order)
        for its_level, its_kind, data in message.control
        if (its_level, its_kind) == (level, kind)
    ]


RECEIVED = rule(
    "data.control.received",
    "Control data that was asked for comes with each datagram and shows what it was sent with.",
    level=MUST,
    sources=[
        RFC(3542, "6.3"),
        RFC(3542, "6.5"),
        MAN.ip(7, "IP_RECVTOS, IP_RECVTTL"),
        FREEBSD.ip(4, "IP_RECVTTL"),
    ],
    behaviours={
        "as-sent": CONFORMS,
        "absent": "there is none",
        "other": "it shows another value",
        "several": "there are several",
    },
    needs=["messages"],
)


@RECEIVED.case(kind=NUMBERS)
@given(value=st.integers(1, 63))
def test_received(sockets, see, case, value):
    kind = case["kind"]
    ours, theirs, level, answer = _asking(sockets, kind)
    value *= 4  # the two lowest bits of a traffic class belong to the network (RFC 3168)
    sockets.set_option(theirs, level, SENT[kind], value)
    theirs.send(b"x")
    got = _numbers(sockets, ours.recvmsg([8], ROOM), level, answer)
    how = "as-sent" if got == [value] else "several" if got[1:] else "other"
    see(how if got else "absent", value=value, got=got)


DESTINATION = rule(
    "data.control.destination",
    "The packet information of a datagram holds the address it was sent to.",
    level=MUST,
    sources=[RFC(3542, "6.2"), MAN.ip(7, "IP_PKTINFO, ipi_addr")],
    behaviours={"as-sent": CONFORMS, "absent": "there is none", "other": "another address"},
    needs=["messages"],
)


@DESTINATION.case(kind=("packet-info-v4", "packet-info-v6"))
def test_destination(sockets, see, case):
    family, level, option, answer = KINDS[case["kind"]]
    ours, theirs = sockets.new(family, DGRAM), sockets.new(family, DGRAM)
    ours.bind(sockets.wildcard(family))
    ours.set_int(level, option, 1)
    there = sockets.loopback(family, ours.local_addr().port)
    theirs.send_to(b"x", there)
    wanted = (sockets.number(level), sockets.number(answer))
    control = ours.recvmsg([8], ROOM).control
    found = [data for its_level, its_kind, data in control if (its_level, its_kind) == wanted]
    # The address is the first member of in6_pktinfo (RFC 3542, 6.1), the last of in_pktinfo.
    packed = ipaddress.ip_address(there.host).packed
    shown = [each.startswith(packed) if family == V6 else packed in each for each in found]
    see("as-sent" if any(shown) else "other" if found else "absent")


NOT_ASKED = rule(
    "data.control.none-unasked",
    "A datagram comes without control data when none was asked for.",
    level=MUST,
    sources=[POSIX.header("sys/socket.h", "struct msghdr, msg_control")],
    behaviours={"none": CONFORMS, "some": "there is some"},
    needs=["messages"],
)


@NOT_ASKED.case(family=(V4, V6, "unix"), type=(STREAM, DGRAM))
def test_none_unasked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    message = ours.recvmsg([8], ROOM)
    see("some" if message.control else "none")


TRUNCATED = rule(
    "data.control.truncated-flag",
    "Control data that the given room cannot hold is cut, and MSG_CTRUNC says so.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, MSG_CTRUNC", "Control data was truncated")],
    behaviours={
        "marked": CONFORMS,
        "unmarked": "the flag is not set",
        "data-lost": "the datagram's own bytes are not all there",
    },
    needs=["messages"],
)


@TRUNCATED.case(kind=tuple(KINDS), room=("none", "header-only"))
def test_truncated(sockets, see, case):
    ours, theirs, _level, _answer = _asking(sockets, case["kind"])
    theirs.send(b"whole")
    room = 0 if case["room"] == "none" else 16
    got = []
    how = outcome(lambda: got.append(ours.recvmsg([8], room)))
    if not got:
        see(how)
        return
    (message,) = got
    marked = message.flags & sockets.number("MSG_CTRUNC")
    how = "marked" if marked else "unmarked"
    see(how if message.data == (b"whole",) else "data-lost", flags=message.flags)


FITS = rule(
    "data.control.flag-clear",
    "Control data that fits into the given room is not marked with MSG_CTRUNC.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, MSG_CTRUNC", "Control data was truncated")],
    behaviours={"unmarked": CONFORMS, "marked": "the flag is set", "absent": "none came"},
    needs=["messages"],
)


@FITS.case(kind=tuple(KINDS))
def test_fits(sockets, see, case):
    ours, theirs, _level, _answer = _asking(sockets, case["kind"])
    theirs.send(b"x")
    message = ours.recvmsg([8], ROOM)
    how = "marked" if message.flags & sockets.number("MSG_CTRUNC") else "unmarked"
    see(how if message.control else "absent", flags=message.flags)


PEEKED = rule(
    "data.control.peeked",
    "A peek shows the control data of a datagram and leaves it for the next receive.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread")],
    behaviours={
        "same-again": CONFORMS,
        "once": "only the peek shows it",
        "not-peeked": "only the receive shows it",
        "absent": "neither shows it",
    },
    needs=["messages"],
)


@PEEKED.case(kind=tuple(KINDS))
def test_peeked(sockets, see, case):
    ours, theirs, _level, _answer = _asking(sockets, case["kind"])
    theirs.send(b"x")
    peeked = ours.recvmsg([8], ROOM, "MSG_PEEK").control
    ours.set_read_timeout(0.1)
    received = []
    outcome(lambda: received.extend(ours.recvmsg([8], ROOM).control))
    if peeked and received:
        see("same-again" if list(peeked) == received else "once")
    else:
        see("once" if peeked else "not-peeked" if received else "absent")


SET_BY_MESSAGE = rule(
    "data.control.set-by-message",
    "Control data of a send sets a value for this datagram and not for the next.",
    level=MUST,
    sources=[
        RFC(3542, "6.3"),
        RFC(3542, "6.5"),
        KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send"),
        FREEBSD.ip(4, "IP_TTL"),
    ],
    behaviours={
        "this-one": CONFORMS,
        "none": "it has no effect",
        "next-too": "the next datagram has it too",
    },
    needs=["messages"],
)


@SET_BY_MESSAGE.case(kind=NUMBERS)
@given(value=st.integers(1, 63))
def test_set_by_message(sockets, see, case, value):
    ours, theirs, level, answer = _asking(sockets, case["kind"])
    value = value * 4 - (case["kind"] in {"ttl", "hop-limit"})  # no usual default is odd
    data = value.to_bytes(4, sockets.backend.byte_order)
    how = outcome(theirs.sendmsg, [b"x"], [(level, answer, data)], ok="this-one")
    if how == "this-one":
        theirs.send(b"y")
        first = _numbers(sockets, ours.recvmsg([8], ROOM), level, answer)
        second = _numbers(sockets, ours.recvmsg([8], ROOM), level, answer)
        how = "none" if first != [value] else "next-too" if second == [value] else how
    see(how, value=value)


OUT_OF_RANGE = rule(
    "data.control.out-of-range",
    "A hop limit beyond 255 in the control data of a send is refused with EINVAL.",
    level=SHOULD,
    sources=[RFC(3542, "6.3"), KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send")],
    behaviours={"EINVAL": CONFORMS, "succeeds": "it is accepted"},
    needs=["messages"],
)


@OUT_OF_RANGE.case(kind=("ttl", "hop-limit"), region=("over", "over-16-bits"))
@given(value=st.integers(0, 255), times=st.integers(1, 127))
def test_out_of_range(sockets, see, case, value, times):
    # Beyond 16 bits a value whose lower half is in range shows a field that is too narrow.
    value += times << (8 if case["region"] == "over" else 16)
    _ours, theirs, level, answer = _asking(sockets, case["kind"])
    data = value.to_bytes(4, sockets.backend.byte_order)
    see(outcome(theirs.sendmsg, [b"x"], [(level, answer, data)]), value=value)


UNKNOWN = rule(
    "data.control.unknown-type",
    "A send with control data that the protocol does not know is refused, or it is ignored.",
    level=UNSPECIFIED,
    sources=[
        POSIX.header("sys/socket.h", "struct cmsghdr, cmsg_type"),
        KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send"),
    ],
    behaviours={"ignored": "the message is sent without it"},
    needs=["messages"],
)


@UNKNOWN.case(family=INET, type=(STREAM, DGRAM), level=("protocol", "socket", "other"))
def test_unknown_type(sockets, see, case):
    ours, theirs = sockets.connected()
    own = "IPPROTO_IP" if case["family"] == V4 else "IPPROTO_IPV6"
    level = {"protocol": own, "socket": "SOL_SOCKET"}.get(case["level"])
    number = sockets.number(level) if level else 0x7ABC
    how = outcome(theirs.sendmsg, [b"x"], [(number, 0x7ABC, bytes(4))], ok="ignored")
    if how == "ignored":
        sockets.wait(ours, "POLLIN")
    see(how)
