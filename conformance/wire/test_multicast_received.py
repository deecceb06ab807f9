"""Which sockets receive multicast that another system sends."""

from __future__ import annotations

import ipaddress

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .groups import IP, IPV6, came, choose, group, join, leave, loop, place

RECEIVED = {
    "received": "the datagram is received",
    "not-received": "the datagram is not received",
}
YES, NO = {**RECEIVED, "received": CONFORMS}, {**RECEIVED, "not-received": CONFORMS}
OTHERS = RFC(1112, "7.2", "destined to groups to which the host does not belong are discarded")
ADDED = MAN.ip(7, "IP_ADD_MEMBERSHIP", "Join a multicast group.")
LOOPED = RFC(
    1112, "6.2", "must be looped-back for local delivery, unless inhibited by the sender"
)


def _receiver(sockets, to=None):
    """A socket of ours that is bound to the wildcard, or elsewhere."""
    sock = sockets.new()
    sock.set_reuse_address(True)
    sock.bind(sockets.wildcard() if to is None else to)
    return sock


def _send(sockets, case, port, *, through=None, which=None):
    """Have the far end send to the group, and what is sent after that come."""
    far = sockets.other()
    choose(far, case["family"], through or sockets.ends()[1])
    far.send_to(b"x", (which or group(case["family"]), port))
    sockets.wait_across("in")


def _see(see, sock):
    see("received" if came(sock) else "not-received")


JOINED = rule(
    "wire.multicast-received.joined",
    "Multicast to a group that a socket has joined is received.",
    level=MUST,
    sources=[POSIX.chapter("2.10.20", "IPV6_JOIN_GROUP", "Join a multicast group"), OTHERS],
    behaviours=YES,
    needs=["link"],
)
NOT_JOINED = rule(
    "wire.multicast-received.not-joined",
    "Multicast to a group that nobody has joined is not received.",
    level=MUST,
    sources=[OTHERS],
    behaviours=NO,
    needs=["link"],
)
LEFT = rule(
    "wire.multicast-received.left",
    "Multicast to a group that its only member has left is not received.",
    level=MUST,
    sources=[OTHERS, RFC(1112, "7.1", "give up its membership in the host group")],
    behaviours=NO,
    needs=["link"],
)


@JOINED.case(state="joined", family=INET, type=DGRAM)
@NOT_JOINED.case(state="not-joined", family=INET, type=DGRAM)
@LEFT.case(state=("left", "closed"), family=INET, type=DGRAM)
def test_joined(sockets, see, case):
    here, _there = sockets.ends()
    ours, member = _receiver(sockets), sockets.new()
    if case["state"] != "not-joined":
        joins = member if case["state"] == "closed" else ours
        join(joins, case["family"], here)
    if case["state"] == "left":
        leave(ours, case["family"], here)
    elif case["state"] == "closed":
        member.close()
    _send(sockets, case, ours.local_addr().port)
    _see(see, ours)


ELSEWHERE = rule(
    "wire.multicast-received.other-interface",
    "Multicast is not received through an interface on which nobody has joined its group.",
    level=MUST,
    sources=[OTHERS],
    behaviours=NO,
    needs=["interfaces"],
)


@ELSEWHERE.case(joined=("first", "second", "first-and-second"), family=INET, type=DGRAM)
def test_other_interface(sockets, see, case):
    ends, joined = sockets.networks(), case["joined"].split("-and-")
    ours = _receiver(sockets)
    for each in joined:
        join(ours, case["family"], ends[each][0])
    _here, through = next(ends[each] for each in ends if each not in joined)
    _send(sockets, case, ours.local_addr().port, through=through)
    _see(see, ours)


BOTH = rule(
    "wire.multicast-received.each-interface",
    "A socket that has joined a group on two interfaces receives what comes through either.",
    level=MUST,
    sources=[POSIX.chapter("2.10.20", "IPV6_JOIN_GROUP", "Join a multicast group"), OTHERS],
    behaviours=YES,
    needs=["interfaces"],
)


@BOTH.case(through=("first", "second"), family=INET, type=DGRAM)
def test_each_interface(sockets, see, case):
    first, second = sockets.ends(), sockets.second_ends()
    ours = _receiver(sockets)
    join(ours, case["family"], first[0])
    join(ours, case["family"], second[0])
    through = first[1] if case["through"] == "first" else second[1]
    _send(sockets, case, ours.local_addr().port, through=through)
    _see(see, ours)


BOUND = rule(
    "wire.multicast-received.bound-to-group",
    "Whether a socket that is bound to a group that it has joined receives what is sent there "
    "is unspecified.",
    level=UNSPECIFIED,
    sources=[ADDED],
    behaviours={**RECEIVED, "EADDRNOTAVAIL": "it cannot be bound to the group"},
    needs=["link"],
)
ALONE_THERE = rule(
    "wire.multicast-received.bound-to-group-alone",
    "Whether a socket that is bound to a group receives other datagrams is unspecified.",
    level=UNSPECIFIED,
    sources=[ADDED],
    behaviours=BOUND.behaviours,
    needs=["link"],
)


@BOUND.case(to="group", family=INET, type=DGRAM)
@ALONE_THERE.case(to=("host", "other-group"), family=INET, type=DGRAM)
def test_bound_to_group(sockets, see, case):
    here, _there = sockets.ends()
    family = case["family"]
    made = []
    how = outcome(
        lambda: made.append(_receiver(sockets, sockets.address(group(family), here.index)))
    )
    if how != "succeeds":
        see(how)
        return
    (ours,) = made
    join(ours, family, here)
    other = group(family, 1)
    targets = {"group": group(family), "host": place(here, family), "other-group": other}
    if case["to"] == "other-group":
        join(ours, family, here, other)
    _send(sockets, case, ours.local_addr().port, which=targets[case["to"]])
    _see(see, ours)


OWN = rule(
    "wire.multicast-received.bound-to-host",
    "Whether a socket that is bound to an address of its host receives multicast is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[ADDED],
    behaviours=RECEIVED,
    needs=["link"],
)


@OWN.case(family=INET, type=DGRAM)
def test_bound_to_host(sockets, see, case):
    ours = sockets.bound()
    join(ours, case["family"], sockets.ends()[0])
    _send(sockets, case, ours.local_addr().port)
    _see(see, ours)


ALL = rule(
    "wire.multicast-received.all",
    "Whether a socket receives multicast to a group that another socket has joined is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_MULTICAST_ALL", "deliver messages only from the groups that have")],
    behaviours=RECEIVED,
    needs=["link"],
)


@ALL.case(all=("default", "on", "off"), family=INET, type=DGRAM)
def test_all(sockets, see, case):
    ours, member = _receiver(sockets), sockets.new()
    if case["all"] != "default":
        on, v4 = case["all"] == "on", case["family"] == V4
        ours.set_multicast_all_v4(on) if v4 else ours.set_multicast_all_v6(on)
    join(member, case["family"], sockets.ends()[0])
    _send(sockets, case, ours.local_addr().port)
    _see(see, ours)


EACH = rule(
    "wire.multicast-received.each-socket",
    "Whether each of two members that share a port receives a datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[ADDED, MAN.socket(7, "SO_REUSEADDR", "should allow reuse of local addresses")],
    behaviours={"both": "both do", "one": "one of them does", "neither": "none does"},
    needs=["link"],
)


@EACH.case(family=INET, type=DGRAM)
def test_each_socket(sockets, see, case):
    one = _receiver(sockets)
    other = _receiver(sockets, sockets.wildcard(port=one.local_addr().port))
    for sock in (one, other):
        join(sock, case["family"], sockets.ends()[0])
    _send(sockets, case, one.local_addr().port)
    see({2: "both", 1: "one", 0: "neither"}[came(one) + came(other)])


SOURCE = rule(
    "wire.multicast-received.source",
    "Whether a socket that has joined a group for one source receives what that one sends is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_ADD_SOURCE_MEMBERSHIP", "allow receiving data only from a specified")
    ],
    behaviours=RECEIVED,
    needs=["link"],
)
OTHER_SOURCE = rule(
    "wire.multicast-received.other-source",
    "Whether a socket that has joined a group for one source receives what others send is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=SOURCE.sources,
    behaviours=RECEIVED,
    needs=["interfaces"],
)
LEFT_SOURCE = rule(
    "wire.multicast-received.left-source",
    "Whether a socket that has left the one source of a group receives what that one sends is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_DROP_SOURCE_MEMBERSHIP", "Leave a source-specific group")],
    behaviours=RECEIVED,
    needs=["link"],
)


@SOURCE.case(source="joined", family=INET, type=DGRAM)
@OTHER_SOURCE.case(source="another", family=INET, type=DGRAM)
@LEFT_SOURCE.case(source="left", family=INET, type=DGRAM)
def test_source(sockets, see, case):
    here, there = sockets.ends()
    family = case["family"]
    wanted = sockets.second_ends()[1] if case["source"] == "another" else there
    ours = _receiver(sockets)
    _join_source(sockets, ours, family, here, place(wanted, family))
    if case["source"] == "left":
        _join_source(sockets, ours, family, here, place(wanted, family), leaves=True)
    _send(sockets, case, ours.local_addr().port)
    _see(see, ours)


def _join_source(sockets, sock, family, here, source, *, leaves=False):
    if family == V4:
        packed = [sockets.packed(each) for each in (group(V4), here.v4, source)]
        name = "IP_DROP_SOURCE_MEMBERSHIP" if leaves else "IP_ADD_SOURCE_MEMBERSHIP"
        sock.set_option(IP, name, b"".join(packed))
        return
    # struct group_source_req: RFC 3678, 5.1
    order = sockets.backend.byte_order
    places = [
        ((10).to_bytes(2, order) + bytes(6) + sockets.packed(each)).ljust(128, b"\0")
        for each in (group(V6), source)
    ]
    name = "MCAST_LEAVE_SOURCE_GROUP" if leaves else "MCAST_JOIN_SOURCE_GROUP"
    sock.set_option(
        IPV6, name, here.index.to_bytes(4, order).ljust(8, b"\0") + b"".join(places)
    )


BLOCKED = rule(
    "wire.multicast-received.blocked-source",
    "Whether a socket that has blocked a source of a group receives what that one sends is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_BLOCK_SOURCE", "Stop receiving multicast data from a specific source")
    ],
    behaviours=RECEIVED,
    needs=["link"],
)


@BLOCKED.case(again=("no", "unblocked"), family=V4, type=DGRAM)
def test_blocked_source(sockets, see, case):
    here, there = sockets.ends()
    ours = _receiver(sockets)
    join(ours, V4, here)
    value = b"".join(sockets.packed(each) for each in (group(V4), here.v4, there.v4))
    ours.set_option(IP, "IP_BLOCK_SOURCE", value)
    if case["again"] == "unblocked":
        ours.set_option(IP, "IP_UNBLOCK_SOURCE", value)
    _send(sockets, case, ours.local_addr().port)
    _see(see, ours)


DESTINATION = rule(
    "wire.multicast-received.destination",
    "The destination that a receive of multicast reports is the group.",
    level=MUST,
    sources=[RFC(3542, "6", "struct in6_addr ipi6_addr; /* src/dst IPv6 address */")],
    behaviours={"group": CONFORMS, "another-address": "it is another address"},
    needs=["link", "messages"],
)


@DESTINATION.case(family=V6, type=DGRAM)
def test_destination(sockets, see, case):
    ours = _receiver(sockets)
    sockets.set_option(ours, IPV6, "IPV6_RECVPKTINFO", 1)
    join(ours, V6, sockets.ends()[0])
    _send(sockets, case, ours.local_addr().port)
    ((*_, data),) = ours.recvmsg([8], 256).control
    told = str(ipaddress.ip_address(data[:16]))
    see("group" if told == group(V6) else "another-address", told=told)


LOOP = rule(
    "wire.multicast-received.own",
    "What a host sends to a group that it has joined is received there, too.",
    level=MUST,
    sources=[
        LOOPED,
        POSIX.chapter(
            "2.10.20", "IPV6_MULTICAST_LOOP", "as a Boolean value. (Default value: 1)"
        ),
    ],
    behaviours=YES,
    needs=["link"],
)
INHIBITED = rule(
    "wire.multicast-received.own-inhibited",
    "What a host sends to a group is not received there if its sender has turned that off.",
    level=MUST,
    sources=LOOP.sources,
    behaviours=NO,
    needs=["link"],
)
BY_RECEIVER = rule(
    "wire.multicast-received.own-of-receiver",
    "Whether a receiver that has turned multicast loopback off receives what its host sends is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_MULTICAST_LOOP", "whether sent multicast packets should be looped")],
    behaviours=RECEIVED,
    needs=["link"],
)


@LOOP.case(off="nowhere", family=INET, type=DGRAM)
@INHIBITED.case(off="sender", family=INET, type=DGRAM)
@BY_RECEIVER.case(off="receiver", family=INET, type=DGRAM)
def test_own(sockets, see, case):
    here, _there = sockets.ends()
    ours, sender = _receiver(sockets), sockets.new()
    join(ours, case["family"], here)
    choose(sender, case["family"], here)
    if case["off"] != "nowhere":
        loop(sender if case["off"] == "sender" else ours, case["family"], False)
    sender.send_to(b"x", (group(case["family"]), ours.local_addr().port))
    sockets.wait_for_datagrams()
    _see(see, ours)
