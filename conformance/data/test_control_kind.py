"""Every kind of control data that a receive can bring: whether it comes, whole, with others."""

from __future__ import annotations

from dataclasses import dataclass

from sockspec.errors import Unsupported
from sockspec.spec import (
    ALONE,
    DGRAM,
    KERNEL,
    MAN,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)


@dataclass(frozen=True)
class Kind:
    """The option that asks for a record, and the record: its type and its length."""

    family: str
    level: str
    option: str
    record: str
    size: int


KINDS = {
    "timestamp": Kind(V4, "SOL_SOCKET", "SO_TIMESTAMP", "SCM_TIMESTAMP", 16),
    "timestamp-ns": Kind(V4, "SOL_SOCKET", "SO_TIMESTAMPNS", "SCM_TIMESTAMPNS", 16),
    "tos": Kind(V4, "IPPROTO_IP", "IP_RECVTOS", "IP_TOS", 1),
    "ttl": Kind(V4, "IPPROTO_IP", "IP_RECVTTL", "IP_TTL", 4),
    "packet-info": Kind(V4, "IPPROTO_IP", "IP_PKTINFO", "IP_PKTINFO", 12),
    "destination": Kind(V4, "IPPROTO_IP", "IP_RECVORIGDSTADDR", "IP_ORIGDSTADDR", 16),
    "checksum": Kind(V4, "IPPROTO_IP", "IP_CHECKSUM", "IP_CHECKSUM", 4),
    "options": Kind(V4, "IPPROTO_IP", "IP_RECVOPTS", "IP_RECVOPTS", 4),
    "security": Kind(V4, "IPPROTO_IP", "IP_PASSSEC", "SCM_SECURITY", 4),
    "fragment-size": Kind(V4, "IPPROTO_IP", "IP_RECVFRAGSIZE", "IP_RECVFRAGSIZE", 4),
    "traffic-class": Kind(V6, "IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS", 4),
    "hop-limit": Kind(V6, "IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT", 4),
    "packet-info-v6": Kind(V6, "IPPROTO_IPV6", "IPV6_RECVPKTINFO", "IPV6_PKTINFO", 20),
    "old-packet-info-v6": Kind(V6, "IPPROTO_IPV6", "IPV6_2292PKTINFO", "IPV6_2292PKTINFO", 20),
    "old-hop-limit": Kind(V6, "IPPROTO_IPV6", "IPV6_2292HOPLIMIT", "IPV6_2292HOPLIMIT", 4),
    "destination-v6": Kind(V6, "IPPROTO_IPV6", "IPV6_RECVORIGDSTADDR", "IPV6_ORIGDSTADDR", 28),
    "credentials": Kind(UNIX, "SOL_SOCKET", "SO_PASSCRED", "SCM_CREDENTIALS", 12),
    "timestamp-unix": Kind(UNIX, "SOL_SOCKET", "SO_TIMESTAMP", "SCM_TIMESTAMP", 16),
}
OF_STREAMS = {"bytes-left": Kind(V4, "IPPROTO_TCP", "TCP_INQ", "TCP_CM_INQ", 4)}
EVERY = KINDS | OF_STREAMS
ROOM = 512

ASKED = [
    MAN.ip(7, "IP_PKTINFO", "Pass an IP_PKTINFO ancillary message that contains a pktinfo"),
    MAN.socket(7, "SO_TIMESTAMP", "Enable or disable the receiving of the SO_TIMESTAMP"),
    KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_recv_offset", "Ordered by supposed usage"),
]
HOW_MANY = {
    "comes": "one record of its length comes",
    "another-length": "a record of another length comes",
    "absent": "no such record comes",
    "several": "more than one comes",
}


def records(sockets, message, kind):
    """The data of the records of that kind. BSD gives some the number of the option."""
    level = sockets.number(kind.level)
    types = {sockets.number(kind.record), sockets.number(kind.option)}
    return [
        data
        for its_level, its_type, data in message.control
        if its_level == level and its_type in types
    ]


def how_many(found, kind):
    """Which records came, in a word of `HOW_MANY`."""
    if len(found) != 1:
        return "several" if found else "absent"
    return "comes" if len(found[0]) == kind.size else "another-length"


RECEIVED = rule(
    "data.control-kind.received",
    "Whether a message brings the control data that an option asks for is unspecified.",
    level=UNSPECIFIED,
    sources=ASKED,
    behaviours=HOW_MANY,
    needs=["messages"],
)
LATE = rule(
    "data.control-kind.asked-late",
    "Whether a message that was queued before an option asked for control data brings it is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=ASKED,
    behaviours=HOW_MANY,
    needs=["messages"],
)


# A stream has no datagrams of which fragments could be told, and its first timestamps may be
# missing: Linux begins to take them in the background.
ON_STREAMS = tuple(
    name for name in KINDS if name.split("-")[0] not in {"timestamp", "fragment"}
)


@RECEIVED.case(kind=tuple(KINDS), type=DGRAM, asked="before")
@RECEIVED.case(kind=ON_STREAMS, type=STREAM, asked="before")
@RECEIVED.case(kind=tuple(OF_STREAMS), type=STREAM, asked="before")
@LATE.case(kind=tuple(KINDS), type=DGRAM, asked="after")
def test_received(sockets, see, case):
    kind = EVERY[case["kind"]]
    ours, theirs = sockets.connected(kind.family)
    if case["asked"] == "before":
        sockets.set_option(ours, kind.level, kind.option, 1)
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    if case["asked"] == "after":
        sockets.set_option(ours, kind.level, kind.option, 1)
    found = records(sockets, ours.recvmsg([8], ROOM), kind)
    see(how_many(found, kind), lengths=[len(each) for each in found])


FITTED = rule(
    "data.control-kind.room",
    "Whether control data that does not fit into its buffer is cut off is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recvmsg("DESCRIPTION, MSG_CTRUNC", "Control data was truncated"),
        KERNEL("net/core/scm.c", "put_cmsg", "msg->msg_flags |= MSG_CTRUNC"),
    ],
    behaviours={
        "whole": "the record comes whole, and MSG_CTRUNC is not set",
        "cut-off": "as much of it comes as fits, and MSG_CTRUNC is set",
        "left-out": "it does not come, and MSG_CTRUNC is set",
        "unmarked": "it does not come whole, and MSG_CTRUNC is not set",
        "whole-marked": "it comes whole, and MSG_CTRUNC is set",
        "absent": HOW_MANY["absent"],
    },
    needs=["messages"],
)


def header(backend):
    """The size of a cmsghdr: it begins with a size_t on Linux and Windows, else a socklen_t."""
    wide = backend.long_size == 8 or backend.system == "win32"  # a Windows long is 4 bytes
    return 16 if wide and backend.system != "darwin" else 12


@FITTED.case(kind=tuple(KINDS), room=("exact", "one-short"))
def test_room(sockets, see, case):
    kind = KINDS[case["kind"]]
    ours, theirs = sockets.connected(kind.family, DGRAM)
    sockets.set_option(ours, kind.level, kind.option, 1)
    theirs.send(b"x")
    theirs.send(b"y")
    full = records(sockets, ours.recvmsg([8], ROOM), kind)
    if not full:
        see("absent")
        return
    room = header(sockets.backend) + len(full[0]) - (case["room"] == "one-short")
    message = ours.recvmsg([8], room)
    found = records(sockets, message, kind)
    marked = bool(message.flags & sockets.number("MSG_CTRUNC"))
    if found and len(found[0]) == len(full[0]):
        see("whole-marked" if marked else "whole")
    elif marked:
        see(
            "cut-off" if found and found[0] else "left-out",
            lengths=[len(each) for each in found],
        )
    else:
        see("unmarked")


TOGETHER = rule(
    "data.control-kind.together",
    "Whether one message brings several kinds of control data at once is unspecified.",
    level=UNSPECIFIED,
    sources=ASKED,
    behaviours={
        "all-come": "each kind comes once that also comes alone",
        "some-missing": "a kind does not come that comes alone",
        "repeated": "a kind comes more than once",
    },
    needs=["messages"],
)


@TOGETHER.case(family=(V4, V6), type=DGRAM)
def test_together(sockets, see, case):
    ours, theirs = sockets.connected()
    alone, asked = {}, []
    for name, kind in KINDS.items():
        if kind.family != case["family"]:
            continue
        if outcome(ours.set_int, kind.level, kind.option, 1) == "succeeds":
            theirs.send(b"x")
            alone[name] = len(records(sockets, ours.recvmsg([8], ROOM), kind))
            ours.set_int(kind.level, kind.option, 0)
            asked.append(kind)
    if not asked:
        raise Unsupported("control data", "no option that asks for it can be set")
    for kind in asked:
        ours.set_int(kind.level, kind.option, 1)
    theirs.send(b"x")
    message = ours.recvmsg([8], ROOM)
    counts = {name: len(records(sockets, message, KINDS[name])) for name in alone}
    if any(count > 1 for count in counts.values()):
        see("repeated", counts=str(counts))
    else:
        see("all-come" if counts == alone else "some-missing", counts=str(counts))


DUAL = rule(
    "data.control-kind.dual-stack",
    "Whether packet information of an IPv4 datagram holds a mapped address on a dual-stack "
    "socket is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[KERNEL("net/ipv6/datagram.c", "ip6_datagram_recv_common_ctl", "v4mapped")],
    behaviours={
        "mapped": "it holds the destination as a mapped address",
        "another-address": "it holds another address",
        "absent": HOW_MANY["absent"],
    },
    needs=["messages", "dual-stack"],
)


@DUAL.case(family="mapped", type=DGRAM)
def test_dual_stack(sockets, see, case):
    receiver, sender = sockets.new(), sockets.new(V4, DGRAM)
    receiver.bind(sockets.wildcard(V6))
    sockets.set_option(receiver, "IPPROTO_IPV6", "IPV6_RECVPKTINFO", 1)
    sender.send_to(b"x", sockets.loopback(V4, receiver.local_addr().port))
    sockets.wait(receiver, "POLLIN")
    found = records(sockets, receiver.recvmsg([8], ROOM), KINDS["packet-info-v6"])
    mapped = bytes(10) + b"\xff\xff\x7f\x00\x00\x01"
    see("absent" if not found else "mapped" if found[0][:16] == mapped else "another-address")
