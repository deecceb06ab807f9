"""Multicast over the loopback interface: which sockets a datagram for a group reaches."""

from __future__ import annotations

from sockspec.address import Inet
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    KERNEL,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    SOCKET2,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

GROUP, OTHER, LOOPBACK = "239.255.77.77", "239.255.77.78", "127.0.0.1"
"""A group that everyone here joins, and one that nobody joins."""
RECEIVED = {
    "received": "it arrives",
    "lost": "it does not arrive",
    "twice": "it arrives more than once",
}
NEEDS = ["multicast-v4"]

DISCARDED = RFC(
    1112, "7.2", "destined to groups to which the host does not belong are discarded"
)
LOOPED = RFC(
    1112, "6.2", "must be looped-back for local delivery, unless inhibited by the sender"
)
JOINED = SOCKET2.join_multicast_v4(2, "specifies a new multicast group for this socket to join")
TABLE = "multicast-socket-option-behavior"


def member(sockets, group=GROUP):
    """A socket bound to the unspecified address that joined a group on loopback."""
    sock = sockets.new()
    sock.bind(sockets.wildcard())
    sock.join_multicast_v4(group, LOOPBACK)
    return sock


def own_group(sock):
    """A group that no other example joins at this time: it has the port in it."""
    high, low = divmod(sock.local_addr().port, 256)
    return f"239.192.{high}.{low}"


def sender(sockets):
    """A socket that sends multicast datagrams over loopback."""
    sock = sockets.bound()
    sock.set_multicast_if_v4(LOOPBACK)
    sock.set_multicast_loop_v4(True)  # its default is a rule of its own
    return sock


def reached(sockets, receiver, after, group=GROUP):
    """Send to the group, then `after` straight to the receiver: what arrived before that?

    Both take the same way: once the second datagram is there, the first never comes.
    """
    port = receiver.local_addr().port
    after.send_to(b"group", Inet(group, port))
    after.send_to(b"last", Inet(LOOPBACK, port))
    pieces = []
    while b"last" not in pieces:
        sockets.wait(receiver, "POLLIN")
        pieces.append(receiver.recv(16))
    return {1: "lost", 2: "received"}.get(len(pieces), "twice")


DELIVERED = rule(
    "data.multicast.member",
    "A datagram for a group reaches a socket that joined it on that interface, once.",
    level=MUST,
    judges=ALONE,
    sources=[LOOPED, JOINED],
    behaviours=RECEIVED,
    conforming=["received"],
    needs=NEEDS,
)


@DELIVERED.case(family=V4, type=DGRAM)
def test_delivered(sockets, see, case):
    see(reached(sockets, member(sockets), sender(sockets)))


OUTSIDER = rule(
    "data.multicast.other-group",
    "A datagram for a group that no socket of the host has joined is discarded.",
    level=MUST,
    judges=ALONE,
    sources=[DISCARDED],
    behaviours=RECEIVED,
    conforming=["lost"],
    needs=NEEDS,
)


@OUTSIDER.case(family=V4, type=DGRAM)
def test_other_group(sockets, see, case):
    see(reached(sockets, member(sockets), sender(sockets), OTHER))


NOT_MEMBER = rule(
    "data.multicast.not-a-member",
    "Whether a socket receives from a group that only another socket of the host has joined "
    "is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        MAN.ip(7, "IP_MULTICAST_ALL", "all the groups that have been joined globally"),
        RFC(3376, "3.2", "whether they had joined or not"),
    ],
    behaviours=RECEIVED,
    needs=NEEDS,
)


@NOT_MEMBER.case(family=V4, type=DGRAM)
def test_not_a_member(sockets, see, case):
    member(sockets)
    outsider = sockets.new()
    outsider.bind(sockets.wildcard())
    see(reached(sockets, outsider, sender(sockets)))


LEFT = rule(
    "data.multicast.left",
    "A socket that has left a group does not receive from it.",
    level=MUST,
    judges=ALONE,
    sources=[
        DISCARDED,
        RFC(1112, "7.1", "give up its membership in the host group"),
        SOCKET2.leave_multicast_v4(1, "Leave a multicast group using IP_DROP_MEMBERSHIP"),
    ],
    behaviours=RECEIVED,
    conforming=["lost"],
    needs=NEEDS,
)


@LEFT.case(family=V4, type=DGRAM)
def test_left(sockets, see, case):
    sock = sockets.new()
    sock.bind(sockets.wildcard())
    group = own_group(sock)
    sock.join_multicast_v4(group, LOOPBACK)
    sock.leave_multicast_v4(group, LOOPBACK)
    see(reached(sockets, sock, sender(sockets), group))


CLOSED = rule(
    "data.multicast.closed-leaves",
    "Closing a socket ends its memberships.",
    level=MUST,
    judges=ALONE,
    sources=[
        POSIX.close("DESCRIPTION", "close() shall cause the socket to be destroyed"),
        DISCARDED,
        FREEBSD.ip(4, "Multicast Options", "Memberships are dropped when the socket is closed"),
    ],
    behaviours=RECEIVED,
    conforming=["lost"],
    needs=NEEDS,
)


@CLOSED.case(family=V4, type=DGRAM)
def test_closed_leaves(sockets, see, case):
    outsider = sockets.new()
    outsider.bind(sockets.wildcard())
    group = own_group(outsider)
    member(sockets, group).close()
    see(reached(sockets, outsider, sender(sockets), group))


TWO_MEMBERS = rule(
    "data.multicast.all-members",
    "Whether a datagram for a group reaches every member that shares the port is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.chapter("2.10.16", "SO_REUSEADDR", "this option is protocol-specific"),
        RFC(1112, "7.1", "more than one upper-layer protocol to request membership"),
        MS.article(
            "using-so-reuseaddr-and-so-exclusiveaddruse",
            "Using SO_REUSEADDR",
            "data will be delivered to both sockets, rather than an arbitrarily chosen one",
        ),
    ],
    behaviours={
        "all": "it reaches both",
        "one": "it reaches one of them",
        "neither": "it reaches neither of them",
    },
    renamed={"none": "neither"},
    needs=NEEDS,
)


@TWO_MEMBERS.case(family=V4, type=DGRAM, bound_to=("wildcard", "group"))
def test_all_members(sockets, see, case):
    first, second = sockets.new(), sockets.new()
    for sock in (first, second):
        sock.set_reuse_address(True)
    first.bind(sockets.wildcard() if case["bound_to"] == "wildcard" else Inet(GROUP, 0))
    how = outcome(second.bind, first.local_addr())
    if how != "succeeds":
        see(how)
        return
    for sock in (first, second):
        sock.join_multicast_v4(GROUP, LOOPBACK)
    sender(sockets).send_to(b"all", Inet(GROUP, first.local_addr().port))
    count = sum(bool(sock.poll("POLLIN", 1.0)) for sock in (first, second))
    see(("neither", "one", "all")[count])


LOOP_OFF = rule(
    "data.multicast.loop-off",
    "With IP_MULTICAST_LOOP off a datagram is not looped back to the host that sent it.",
    level=SHOULD,
    judges=ALONE,
    sources=[
        RFC(1112, "6.1", "should provide a way for the upper-layer protocol to inhibit local"),
        SOCKET2.set_multicast_loop_v4(2, "If enabled, multicast packets will be looped back"),
        MAN.ip(7, "IP_MULTICAST_LOOP", "whether sent multicast packets should be looped back"),
    ],
    behaviours=RECEIVED,
    conforming=["lost"],
    needs=NEEDS,
)


@LOOP_OFF.case(family=V4, type=DGRAM)
def test_loop_off(sockets, see, case):
    quiet = sender(sockets)
    quiet.set_multicast_loop_v4(False)
    see(reached(sockets, member(sockets), quiet))


TTL_ZERO = rule(
    "data.multicast.ttl-zero",
    "Whether a datagram with a TTL of 0 reaches members on the sending host is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        LOOPED,
        FREEBSD.ip(4, "IP_MULTICAST_TTL", "may be delivered locally if the sending host"),
    ],
    behaviours=RECEIVED,
    needs=NEEDS,
)


@TTL_ZERO.case(family=V4, type=DGRAM)
def test_ttl_zero(sockets, see, case):
    near = sender(sockets)
    near.set_multicast_ttl_v4(0)
    see(reached(sockets, member(sockets), near))


JOIN_BAD = rule(
    "data.multicast.join-unicast",
    "Whether a socket can join an address that is no multicast group is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        SOCKET2.join_multicast_v4(3, "The address must be a valid multicast address"),
        SOCKET2.join_multicast_v6(4, "The address must be a valid multicast address"),
        RFC(1112, "7.1", "operation may fail due to an invalid group address"),
    ],
    behaviours={"joined": "joining succeeds"},
    needs=NEEDS,
)


@JOIN_BAD.case(family=V4, type=DGRAM, address=("127.0.0.1", "0.0.0.0", "255.255.255.255"))
@JOIN_BAD.case(family=V6, type=DGRAM, address=("::1", "::", "fe80::1"))
def test_join_unicast(sockets, see, case):
    sock = sockets.new()
    if case["family"] == V4:
        see(outcome(sock.join_multicast_v4, case["address"], LOOPBACK, ok="joined"))
    else:
        see(outcome(sock.join_multicast_v6, case["address"], 0, ok="joined"))


def _join(sock, family):
    if family == V4:
        return lambda: sock.join_multicast_v4(GROUP, LOOPBACK)
    return lambda: sock.join_multicast_v6("ff11::77", 1)


def _leave(sock, family):
    if family == V4:
        return lambda: sock.leave_multicast_v4(GROUP, LOOPBACK)
    return lambda: sock.leave_multicast_v6("ff11::77", 1)


JOIN_TWICE = rule(
    "data.multicast.join-twice",
    "Whether a socket can join a group a second time on the same interface is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        RFC(1112, "7.2", "to handle multiple requests to join and leave the same group"),
        MS.article(
            TABLE,
            "IP_ADD_MEMBERSHIP",
            "Do not call IP_ADD_MEMBERSHIP with the same group more than once",
        ),
    ],
    behaviours={"joined": "joining succeeds"},
)


@JOIN_TWICE.case(family=INET, type=DGRAM)
def test_join_twice(sockets, see, case):
    sock = sockets.new()
    join = _join(sock, case["family"])
    join()
    see(outcome(join, ok="joined"))


LEAVE_ABSENT = rule(
    "data.multicast.leave-not-joined",
    "Whether leaving a group that was not joined fails is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        RFC(1112, "7.1", "LeaveHostGroup may fail because the host does not belong"),
        SOCKET2.leave_multicast_v6(1, "Leave a multicast group using IPV6_DROP_MEMBERSHIP"),
        MS.article(
            TABLE,
            "IP_DROP_MEMBERSHIP",
            "not currently in the inclusion list (due to dropping membership, or otherwise)",
        ),
    ],
    behaviours={"succeeds": "leaving succeeds"},
    renamed={"left": "succeeds"},
)


@LEAVE_ABSENT.case(family=INET, type=DGRAM, before=("never", "left"))
def test_leave_absent(sockets, see, case):
    sock = sockets.new()
    if case["before"] == "left":
        _join(sock, case["family"])()
        _leave(sock, case["family"])()
    see(outcome(_leave(sock, case["family"])))


JOIN_STREAM = rule(
    "data.multicast.join-stream",
    "Whether a stream socket can join a group is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.setsockopt("ENOPROTOOPT", "The option is not supported by the protocol"),
        FREEBSD.ip(4, "Multicast Options", "only on AF_INET sockets of type SOCK_DGRAM"),
    ],
    behaviours={"joined": "joining succeeds"},
)


@JOIN_STREAM.case(family=INET, type=STREAM)
def test_join_stream(sockets, see, case):
    see(outcome(_join(sockets.new(), case["family"]), ok="joined"))


TTL_CARRIED = rule(
    "data.multicast.ttl-carried",
    "A datagram to a group has the TTL that was set for multicast.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.set_multicast_ttl_v4(2, "time-to-live value of outgoing multicast packets"),
    ],
    behaviours={"carried": CONFORMS, "another-ttl": "it has another", "lost": RECEIVED["lost"]},
    needs=[*NEEDS, "messages"],
)


@TTL_CARRIED.case(family=V4, type=DGRAM, ttl=("1", "7", "255"))
def test_ttl_carried(sockets, see, case):
    receiver, source = member(sockets), sender(sockets)
    sockets.set_option(receiver, "IPPROTO_IP", "IP_RECVTTL", 1)
    source.set_multicast_ttl_v4(int(case["ttl"]))
    source.send_to(b"group", Inet(GROUP, receiver.local_addr().port))
    if not receiver.poll("POLLIN", 1.0):
        see("lost")
        return
    level, order = sockets.number("IPPROTO_IP"), sockets.backend.byte_order
    kinds = {sockets.number("IP_TTL"), sockets.number("IP_RECVTTL")}
    got = [
        int.from_bytes(data, order)
        for its_level, kind, data in receiver.recvmsg([8], 64).control
        if its_level == level and kind in kinds
    ]
    see("carried" if got == [int(case["ttl"])] else "another-ttl", got=got)


BOUND_TO_GROUP = rule(
    "data.multicast.sends-when-bound",
    "Whether a socket that is bound to a group sends from its host's address is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        KERNEL("net/ipv4/af_inet.c", "__inet_bind", "inet->inet_saddr = 0;  /* Use device */"),
    ],
    behaviours={
        "hosts-address": "the datagram comes from an address of the host and the socket's port",
        "groups-address": "it comes from the group",
        "not-received": "it is sent, and does not arrive",
    },
    needs=NEEDS,
)


@BOUND_TO_GROUP.case(family=V4, type=DGRAM)
def test_sends_when_bound(sockets, see, case):
    ours, receiver = sockets.new(), sockets.bound()
    ours.bind(Inet(GROUP, 0))
    how = outcome(ours.send_to, b"x", receiver.local_addr(), ok="hosts-address")
    if how == "hosts-address" and not receiver.poll("POLLIN", 0.5):
        how = "not-received"
    elif how == "hosts-address":
        source = receiver.recv_from(8)[1]
        how = "groups-address" if source.host == GROUP else how
    see(how)
