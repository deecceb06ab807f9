"""Control data: what recvmsg() reports about a datagram, and what sendmsg() sets for one."""

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
    SERVER,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .rights import received, rights

ROOM = 256  # bytes for control data, more than these messages need

# What can be asked for: family, the option that asks, the type of the control message.
KINDS = {
    "tos": (V4, "IPPROTO_IP", "IP_RECVTOS", "IP_TOS"),
    "ttl": (V4, "IPPROTO_IP", "IP_RECVTTL", "IP_TTL"),
    "packet-info-v4": (V4, "IPPROTO_IP", "IP_PKTINFO", "IP_PKTINFO"),
    "traffic-class": (V6, "IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS"),
    "hop-limit": (V6, "IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT"),
    "packet-info-v6": (V6, "IPPROTO_IPV6", "IPV6_RECVPKTINFO", "IPV6_PKTINFO"),
}
# The options that set the same fields for every datagram.
SENT = {
    "tos": "IP_TOS",
    "ttl": "IP_TTL",
    "traffic-class": "IPV6_TCLASS",
    "hop-limit": "IPV6_UNICAST_HOPS",
}
# RFC 3542 is about IPv6: what IPv4 has of the same kind is each system's own.
NUMBERS_V4, NUMBERS_V6 = ("tos", "ttl"), ("traffic-class", "hop-limit")

RANGE = RFC(3542, "6.5", "x >= 256: return an error of EINVAL")
USED = RFC(3542, "6.5", "0 <= x <= 255: use x")
PARSED = FREEBSD.ip6(4, "DESCRIPTION", "Ancillary data items will be parsed by the kernel")
PARSED_V4 = KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send", "if (val < 1 || val > 255)")
CUT = POSIX.recvmsg("DESCRIPTION, MSG_CTRUNC", "Control data was truncated")
ABSENT = "no such control data comes"
AS_IT_WAS_SENT = "it holds what the datagram was sent with"


def _asking(sockets, kind):
    """(receiver that asked for the kind, sender, level, type of the control message)."""
    family, level, option, kept = KINDS[kind]
    ours, theirs = sockets.connected(family, DGRAM)
    ours.set_int(level, option, 1)
    return ours, theirs, sockets.number(level), sockets.number(kept)


def _numbers(sockets, message, kind):
    """The values of the control data of one kind: one byte or an int, as the system has it.

    BSD gives it the number of the option that asks (ip(4), IP_RECVTTL).
    """
    _family, level, option, kept = KINDS[kind]
    wanted = {(sockets.number(level), sockets.number(name)) for name in (option, kept)}
    return [
        int.from_bytes(data, sockets.backend.byte_order)
        for its_level, its_type, data in message.control
        if (its_level, its_type) in wanted
    ]


def _header(backend):
    """The size of a cmsghdr: it begins with a size_t on Linux and Windows, else a socklen_t."""
    wide = backend.long_size == 8 or backend.system == "win32"  # a Windows long is 4 bytes
    return 16 if wide and backend.system != "darwin" else 12


AS_SENT = {
    "as-sent": CONFORMS,
    "absent": ABSENT,
    "another-value": "it holds another value than was sent",
    "several": "there are several",
}
RECEIVED = rule(
    "data.control.received",
    "Control data of an IPv6 datagram holds the hop limit or traffic class it was sent with.",
    level=MUST,
    sources=[
        # Section 6.5 says the same of the traffic class.
        RFC(3542, "6.3", "The received hop limit is returned as ancillary data by recvmsg()"),
        MAN.ipv6(7, "IPV6_HOPLIMIT", "an integer containing the hop count of the packet"),
        FREEBSD.ip6(4, "IPV6_HOPLIMIT", "hoplimit value on the packet will be made available"),
    ],
    behaviours=AS_SENT,
    renamed={"other": "another-value"},
    needs=["messages"],
)
RECEIVED_V4 = rule(
    "data.control.received-v4",
    "Whether control data of an IPv4 datagram holds its TOS or TTL is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_RECVTTL", "pass a IP_TTL control message with the time-to-live field"),
        MAN.ip(7, "IP_RECVTOS", "the IP_TOS ancillary message is passed with incoming packets"),
        FREEBSD.ip(4, "IP_RECVTTL", "call will return the IP TTL (time to live) field"),
    ],
    behaviours=AS_SENT | {"as-sent": AS_IT_WAS_SENT},
    needs=["messages"],
    split_from=["data.control.received"],
)


@RECEIVED.case(kind=NUMBERS_V6)
@RECEIVED_V4.case(kind=NUMBERS_V4)
@given(value=st.integers(1, 63))
def test_received(sockets, see, case, value):
    kind = case["kind"]
    ours, theirs, level, _kept = _asking(sockets, kind)
    value *= 4  # the two lowest bits of a traffic class belong to the network (RFC 3168)
    sockets.set_option(theirs, level, SENT[kind], value)
    theirs.send(b"x")
    got = _numbers(sockets, ours.recvmsg([8], ROOM), kind)
    how = "as-sent" if got == [value] else "several" if got[1:] else "another-value"
    see(how if got else "absent", value=value, got=got)


SENT_TO = {
    "as-sent": CONFORMS,
    "absent": ABSENT,
    "another-address": "it holds another address",
}
DESTINATION = rule(
    "data.control.destination",
    "The packet information of an IPv6 datagram holds the address it was sent to.",
    level=MUST,
    judges=SERVER,
    sources=[
        RFC(3542, "6", "struct in6_addr ipi6_addr; /* src/dst IPv6 address */"),
        MAN.ipv6(7, "IPV6_RECVPKTINFO", "contain a struct in6_pktinfo, as per RFC 3542"),
        FREEBSD.ip6(4, "IPV6_PKTINFO", "the destination IPv6 address and the arriving"),
    ],
    behaviours=SENT_TO,
    renamed={"other": "another-address"},
    needs=["messages"],
)
DESTINATION_V4 = rule(
    "data.control.destination-v4",
    "Whether the packet information of an IPv4 datagram holds its destination is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        MAN.ip(7, "IP_PKTINFO", "ipi_addr is the destination address in the packet header"),
    ],
    behaviours=SENT_TO | {"as-sent": AS_IT_WAS_SENT},
    needs=["messages"],
    split_from=["data.control.destination"],
)


@DESTINATION.case(kind="packet-info-v6")
@DESTINATION_V4.case(kind="packet-info-v4")
def test_destination(sockets, see, case):
    family, level, option, kept = KINDS[case["kind"]]
    ours, theirs = sockets.new(family, DGRAM), sockets.new(family, DGRAM)
    ours.bind(sockets.wildcard(family))
    ours.set_int(level, option, 1)
    there = sockets.loopback(family, ours.local_addr().port)
    theirs.send_to(b"x", there)
    wanted = (sockets.number(level), sockets.number(kept))
    control = ours.recvmsg([8], ROOM).control
    found = [data for its_level, its_type, data in control if (its_level, its_type) == wanted]
    # The address is the first member of in6_pktinfo (RFC 3542, 6), the last of in_pktinfo.
    packed = ipaddress.ip_address(there.host).packed
    shown = [each.startswith(packed) if family == V6 else packed in each for each in found]
    see("as-sent" if any(shown) else "another-address" if found else "absent")


NOT_ASKED = rule(
    "data.control.none-unasked",
    "Whether control data comes with a message when no option asked for it is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.11", quote="the receive queue may also contain ancillary data"),
        RFC(3542, "6.3", "only if the application has enabled the IPV6_RECVHOPLIMIT"),
    ],
    behaviours={"absent": ABSENT, "present": "control data comes"},
    renamed={"none": "absent", "some": "present"},
    needs=["messages"],
)


@NOT_ASKED.case(family=(V4, V6, UNIX), type=(STREAM, DGRAM))
def test_none_unasked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    message = ours.recvmsg([8], ROOM)
    see("present" if message.control else "absent")


@NOT_ASKED.case(family=UNIX, type=(STREAM, DGRAM), after="rights")
def test_none_after_rights(sockets, see, case):
    sockets.need("adopt")
    ours, theirs = sockets.connected()
    theirs.sendmsg([b"x"], rights(sockets, theirs))
    sockets.wait(ours, "POLLIN")
    received(sockets, ours.recvmsg([8], ROOM))
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    message = ours.recvmsg([8], ROOM)
    see("present" if message.control else "absent")


TRUNCATED = rule(
    "data.control.truncated-flag",
    "recvmsg() sets MSG_CTRUNC when the control data does not fit into its buffer.",
    level=MUST,
    sources=[CUT],
    behaviours={
        "marked": CONFORMS,
        "unmarked": "MSG_CTRUNC is not set",
        "data-lost": "the datagram's own bytes are not all there",
    },
    needs=["messages"],
)


@TRUNCATED.case(kind=tuple(KINDS), room=("none", "header-only"))
def test_truncated(sockets, see, case):
    ours, theirs, _level, _kept = _asking(sockets, case["kind"])
    theirs.send(b"whole")
    room = 0 if case["room"] == "none" else _header(sockets.backend)
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
    "recvmsg() does not set MSG_CTRUNC when the control data fits into its buffer.",
    level=MUST,
    sources=[CUT],
    behaviours={"unmarked": CONFORMS, "marked": "MSG_CTRUNC is set", "absent": ABSENT},
    needs=["messages"],
)


@FITS.case(kind=tuple(KINDS))
def test_fits(sockets, see, case):
    ours, theirs, _level, _kept = _asking(sockets, case["kind"])
    theirs.send(b"x")
    message = ours.recvmsg([8], ROOM)
    how = "marked" if message.flags & sockets.number("MSG_CTRUNC") else "unmarked"
    see(how if message.control else "absent", flags=message.flags)


PEEKED = rule(
    "data.control.peeked",
    "A peek returns the control data of a datagram and leaves it for the next receive.",
    level=MUST,
    sources=[
        POSIX.recvmsg("DESCRIPTION, MSG_PEEK", "Peeks at the incoming message"),
        POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread"),
        POSIX.chapter("2.10.11", quote="Ancillary data is received as if it were queued along"),
    ],
    behaviours={
        "same-again": CONFORMS,
        "changed": "the receive returns other control data than the peek",
        "once": "only the peek returns it",
        "not-peeked": "only the receive returns it",
        "absent": ABSENT,
    },
    needs=["messages"],
)


@PEEKED.case(kind=tuple(KINDS))
def test_peeked(sockets, see, case):
    ours, theirs, _level, _kept = _asking(sockets, case["kind"])
    theirs.send(b"x")
    peeked = ours.recvmsg([8], ROOM, "MSG_PEEK").control
    ours.set_read_timeout(0.1)
    received = []
    outcome(lambda: received.extend(ours.recvmsg([8], ROOM).control))
    if peeked and received:
        see("same-again" if list(peeked) == received else "changed")
    else:
        see("once" if peeked else "not-peeked" if received else "absent")


THIS_ONE = {
    "this-one": CONFORMS,
    "no-effect": "the datagram has another value",
    "next-too": "the next datagram has the value too",
}
SET_BY_MESSAGE = rule(
    "data.control.set-by-message",
    "Control data of a send sets the hop limit or traffic class of this IPv6 datagram alone.",
    level=MUST,
    sources=[USED, PARSED],
    behaviours=THIS_ONE,
    renamed={"none": "no-effect"},
    needs=["messages"],
)
SET_BY_MESSAGE_V4 = rule(
    "data.control.set-by-message-v4",
    "Whether control data of a send sets the TOS or TTL of an IPv4 datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[PARSED_V4],
    behaviours=THIS_ONE | {"this-one": "this datagram has the value, and the next has not"},
    needs=["messages"],
    split_from=["data.control.set-by-message"],
    renamed={"none": "no-effect"},
)


@SET_BY_MESSAGE.case(kind=NUMBERS_V6)
@SET_BY_MESSAGE_V4.case(kind=NUMBERS_V4)
@given(value=st.integers(1, 63))
def test_set_by_message(sockets, see, case, value):
    kind = case["kind"]
    ours, theirs, level, kept = _asking(sockets, kind)
    value = value * 4 - (kind in {"ttl", "hop-limit"})  # no usual default is odd
    data = value.to_bytes(4, sockets.backend.byte_order)
    how = outcome(theirs.sendmsg, [b"x"], [(level, kept, data)], ok="this-one")
    if how == "this-one":
        theirs.send(b"y")
        first = _numbers(sockets, ours.recvmsg([8], ROOM), kind)
        second = _numbers(sockets, ours.recvmsg([8], ROOM), kind)
        how = "no-effect" if first != [value] else "next-too" if second == [value] else how
    see(how, value=value)


OUT_OF_RANGE = rule(
    "data.control.out-of-range",
    "A send with a hop limit or traffic class over 255 in its control data fails with EINVAL.",
    level=MUST,
    sources=[
        RANGE,  # section 6.3 refers to the same range for the hop limit
        KERNEL("net/ipv6/datagram.c", "IPV6_HOPLIMIT", "if (*hlimit < -1 || *hlimit > 0xff)"),
    ],
    behaviours={"EINVAL": CONFORMS},
    needs=["messages"],
)
OUT_OF_RANGE_V4 = rule(
    "data.control.out-of-range-v4",
    "Whether a send with a TTL beyond 255 in its control data fails is unspecified.",
    level=UNSPECIFIED,
    sources=[PARSED_V4],
    behaviours={"EINVAL": "the send fails with it", "succeeds": "the datagram is sent"},
    needs=["messages"],
    split_from=["data.control.out-of-range"],
)


@OUT_OF_RANGE.case(kind=NUMBERS_V6, region=("over", "over-16-bits"))
@OUT_OF_RANGE_V4.case(kind="ttl", region=("over", "over-16-bits"))
@given(value=st.integers(0, 255), times=st.integers(1, 127))
def test_out_of_range(sockets, see, case, value, times):
    # Beyond 16 bits a value whose lower half is in range shows a field that is too narrow.
    value += times << (8 if case["region"] == "over" else 16)
    _ours, theirs, level, kept = _asking(sockets, case["kind"])
    data = value.to_bytes(4, sockets.backend.byte_order)
    see(outcome(theirs.sendmsg, [b"x"], [(level, kept, data)]), value=value)


UNKNOWN = rule(
    "data.control.unknown-type",
    "Whether a send with control data of an unknown type fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.header(
            "sys/socket.h",
            "struct cmsghdr, cmsg_type",
            "The system documentation shall specify the cmsg_type definitions",
        ),
        KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send", "if (cmsg->cmsg_level != SOL_IP)"),
    ],
    behaviours={"ignored": "the message is sent without it"},
    needs=["messages"],
)


@UNKNOWN.case(family=INET, type=(STREAM, DGRAM), level=("protocol", "socket", "other"))
@UNKNOWN.case(family=UNIX, type=(STREAM, DGRAM), level=("socket", "other"))
def test_unknown_type(sockets, see, case):
    ours, theirs = sockets.connected()
    own = "IPPROTO_IP" if case["family"] == V4 else "IPPROTO_IPV6"
    level = {"protocol": own, "socket": "SOL_SOCKET"}.get(case["level"])
    number = sockets.number(level) if level else 0x7ABC
    how = outcome(theirs.sendmsg, [b"x"], [(number, 0x7ABC, bytes(4))], ok="ignored")
    if how == "ignored":
        sockets.wait(ours, "POLLIN")
    see(how)
