"""Multicast over the loopback interface: who is reached, and who is not."""

from __future__ import annotations

from sockspec.address import Inet
from sockspec.spec import (
    CONFORMS,
    DGRAM,
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
RECEIVED = {"received": "it arrives", "lost": "it does not arrive"}
NEEDS = ["multicast-v4"]


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


def got(sockets, receiver, after, group=GROUP):
    """Send to the group, then `after` straight to the receiver: what came before that?

    The second datagram takes the same way: once it is there, the first never comes.
    """
    port = receiver.local_addr().port
    after.send_to(b"group", Inet(group, port))
    after.send_to(b"last", Inet(LOOPBACK, port))
    pieces = []
    while b"last" not in pieces:
        sockets.wait(receiver, "POLLIN")
        pieces.append(receiver.recv(16))
    return pieces[:-1]


def word(pieces):
    return {0: "lost", 1: "received"}.get(len(pieces), "twice")


DELIVERED = rule(
    "data.multicast.member",
    "A datagram for a group reaches a socket that joined it on that interface, once.",
    level=MUST,
    sources=[RFC(1112, "7.1"), MAN.ip(7, "IP_ADD_MEMBERSHIP"), SOCKET2.join_multicast_v4(1)],
    behaviours={**RECEIVED, "twice": "it arrives twice"},
    conforming=["received"],
    needs=NEEDS,
)


@DELIVERED.case(family=V4, type=DGRAM)
def test_delivered(sockets, see, case):
    see(word(got(sockets, member(sockets), sender(sockets))))


OUTSIDER = rule(
    "data.multicast.other-group",
    "A datagram for a group that no socket here joined reaches none.",
    level=MUST,
    sources=[RFC(1112, "7.1"), SOCKET2.join_multicast_v4(1)],
    behaviours=RECEIVED,
    conforming=["lost"],
    needs=NEEDS,
)


@OUTSIDER.case(family=V4, type=DGRAM)
def test_other_group(sockets, see, case):
    see(word(got(sockets, member(sockets), sender(sockets), OTHER)))


NOT_MEMBER = rule(
    "data.multicast.not-a-member",
    "Whether a socket that joined no group gets what another socket of the host joined.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_MULTICAST_ALL"), RFC(3376, "3.2", "whether they had joined or not")],
    behaviours=RECEIVED,
    needs=NEEDS,
)


@NOT_MEMBER.case(family=V4, type=DGRAM)
def test_not_a_member(sockets, see, case):
    member(sockets)
    outsider = sockets.new()
    outsider.bind(sockets.wildcard())
    see(word(got(sockets, outsider, sender(sockets))))


LEFT = rule(
    "data.multicast.left",
    "A socket that left a group is not reached any more.",
    level=MUST,
    sources=[RFC(1112, "7.1"), SOCKET2.leave_multicast_v4(1)],
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
    see(word(got(sockets, sock, sender(sockets), group)))


CLOSED = rule(
    "data.multicast.closed-leaves",
    "Closing a socket ends its memberships.",
    level=MUST,
    sources=[RFC(3678, "4.1.2"), KERNEL("net/ipv4/igmp.c", "ip_mc_drop_socket")],
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
    see(word(got(sockets, outsider, sender(sockets), group)))


TWO_MEMBERS = rule(
    "data.multicast.all-members",
    "A datagram for a group reaches each of the sockets that share its port by SO_REUSEADDR.",
    level=MUST,
    sources=[
        RFC(1112, "7.1"),
        MS.article("using-so-reuseaddr-and-so-exclusiveaddruse", "Using SO_REUSEADDR"),
    ],
    behaviours={
        "all": CONFORMS,
        "one": "it reaches one of them",
        "none": "it reaches none",
        "EADDRINUSE": "they cannot share the port",
    },
    needs=NEEDS,
)


@TWO_MEMBERS.case(family=V4, type=DGRAM, bound_to=("wildcard", "group"))
def test_all_members(sockets, see, case):
    first, second = sockets.new(), sockets.new()
    for sock in (first, second):
        sock.set_reuse_address(True)
    place = sockets.wildcard if case["bound_to"] == "wildcard" else _group
    first.bind(place(port=0))
    port = first.local_addr().port
    how = outcome(second.bind, place(port=port))
    if how != "succeeds":
        see(how)
        return
    for sock in (first, second):
        sock.join_multicast_v4(GROUP, LOOPBACK)
    sender(sockets).send_to(b"all", Inet(GROUP, port))
    reached = [sock for sock in (first, second) if sock.poll("POLLIN", 1.0)]
    see({0: "none", 1: "one"}.get(len(reached), "all"))


def _group(port):
    return Inet(GROUP, port)


LOOP_OFF = rule(
    "data.multicast.loop-off",
    "With IP_MULTICAST_LOOP off a datagram is not looped back to the host that sent it.",
    level=MUST,
    sources=[
        RFC(1112, "6.1"),
        SOCKET2.set_multicast_loop_v4(1),
        MAN.ip(7, "IP_MULTICAST_LOOP"),
    ],
    behaviours=RECEIVED,
    conforming=["lost"],
    needs=NEEDS,
)


@LOOP_OFF.case(family=V4, type=DGRAM)
def test_loop_off(sockets, see, case):
    quiet = sender(sockets)
    quiet.set_multicast_loop_v4(False)
    see(word(got(sockets, member(sockets), quiet)))


TTL_ZERO = rule(
    "data.multicast.ttl-zero",
    "A datagram with a TTL of 0 reaches the members on the host itself.",
    level=SHOULD,
    sources=[RFC(1112, "6.1"), SOCKET2.set_multicast_ttl_v4(2)],
    behaviours=RECEIVED,
    conforming=["received"],
    needs=NEEDS,
)


@TTL_ZERO.case(family=V4, type=DGRAM)
def test_ttl_zero(sockets, see, case):
    near = sender(sockets)
    near.set_multicast_ttl_v4(0)
    see(word(got(sockets, member(sockets), near)))


JOIN_BAD = rule(
    "data.multicast.join-unicast",
    "A group to join must be a multicast address.",
    level=MUST,
    sources=[
        SOCKET2.join_multicast_v4(2),
        SOCKET2.join_multicast_v6(3),
        MAN.ip(7, "IP_ADD_MEMBERSHIP", "It must be a valid multicast address"),
    ],
    behaviours={"EINVAL": CONFORMS, "joined": "any address is taken"},
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


JOIN_TWICE = rule(
    "data.multicast.join-twice",
    "A group that was joined on an interface is not joined there a second time.",
    level=SHOULD,
    sources=[
        MS.article("multicast-socket-option-behavior", "IP_ADD_MEMBERSHIP"),
        KERNEL("net/ipv4/igmp.c", "ip_mc_join_group"),
    ],
    behaviours={"EADDRINUSE": CONFORMS, "joined": "it is", "EINVAL": "it is told as invalid"},
)


@JOIN_TWICE.case(family=(V4, V6), type=DGRAM)
def test_join_twice(sockets, see, case):
    sock = sockets.new()
    call = _join(sock, case["family"])
    call()
    see(outcome(call, ok="joined"))


LEAVE_ABSENT = rule(
    "data.multicast.leave-not-joined",
    "A group that was not joined cannot be left.",
    level=MUST,
    sources=[
        RFC(3678, "4.1.3"),
        KERNEL("net/ipv4/igmp.c", "ip_mc_leave_group"),
        SOCKET2.leave_multicast_v6(1),
    ],
    behaviours={"EADDRNOTAVAIL": CONFORMS, "left": "it can", "EINVAL": "it is told as invalid"},
)


@LEAVE_ABSENT.case(family=(V4, V6), type=DGRAM, before=("never", "left"))
def test_leave_absent(sockets, see, case):
    sock = sockets.new()
    if case["before"] == "left":
        _join(sock, case["family"])()
        _leave(sock, case["family"])()
    see(outcome(_leave(sock, case["family"]), ok="left"))


JOIN_STREAM = rule(
    "data.multicast.join-stream",
    "Whether a stream socket can join a group is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.setsockopt("EINVAL"), KERNEL("net/ipv4/ip_sockglue.c", "do_ip_setsockopt")],
    behaviours={
        "joined": "it can",
        "EPROTO": "it is told as wrong for the protocol",
        "EINVAL": "it is told as invalid",
        "ENOPROTOOPT": "there is no such option",
    },
)


@JOIN_STREAM.case(family=(V4, V6), type=STREAM)
def test_join_stream(sockets, see, case):
    see(outcome(_join(sockets.new(), case["family"]), ok="joined"))


def _join(sock, family):
    if family == V4:
        return lambda: sock.join_multicast_v4(GROUP, LOOPBACK)
    return lambda: sock.join_multicast_v6("ff11::77", 1)


def _leave(sock, family):
    if family == V4:
        return lambda: sock.leave_multicast_v4(GROUP, LOOPBACK)
    return lambda: sock.leave_multicast_v6("ff11::77", 1)
