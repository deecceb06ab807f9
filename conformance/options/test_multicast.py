"""Options of multicast and broadcast: unknown interfaces, values, senders that are blocked."""

from __future__ import annotations

import ipaddress

from sockspec.spec import ALONE, DGRAM, KERNEL, MAN, POSIX, UNSPECIFIED, V4, V6, outcome, rule

IP, IPV6 = "IPPROTO_IP", "IPPROTO_IPV6"
NOWHERE = "192.0.2.1"  # no interface has it (RFC 5737)
NO_INTERFACE = 0x7FFF_0000
GROUP, GROUP_V6 = "239.255.77.41", "ff15::7741"


def packed(address):
    """An address as options take it."""
    return ipaddress.ip_address(address).packed


def asks(promise, question, behaviours, *sources, needs=()):
    """A rule of this file: they are all unspecified."""
    return rule(
        f"options.multicast.{promise}",
        f"Whether {question} is unspecified.",
        level=UNSPECIFIED,
        judges=ALONE,
        sources=sources,
        behaviours=behaviours,
        needs=needs,
    )


def index_of(sockets, index=None):
    """The index of an interface as an option takes it: that of loopback by default."""
    number = sockets.backend.loopback.index if index is None else index
    return number.to_bytes(4, sockets.backend.byte_order)


JOINED = asks(
    "unknown-interface",
    "a group can be joined on an interface that is not there",
    {"succeeds": "the call succeeds"},
    MAN.ip(7, "IP_ADD_MEMBERSHIP", "imr_address is the address of the local interface"),
    POSIX.chapter("2.10.20", "IPV6_JOIN_GROUP", "Join a multicast group"),
)


@JOINED.case(how=("address", "index"), family=V4, type=DGRAM)
@JOINED.case(how="index", family=V6, type=DGRAM)
def test_unknown_interface(sockets, see, case):
    sock = sockets.new()
    if case["family"] == V6:
        value = packed(GROUP_V6) + index_of(sockets, NO_INTERFACE)
        see(outcome(sock.set_option, IPV6, "IPV6_JOIN_GROUP", value))
        return
    value = packed(GROUP) + packed(NOWHERE if case["how"] == "address" else "0.0.0.0")
    if case["how"] == "index":
        value += index_of(sockets, NO_INTERFACE)
    see(outcome(sock.set_option, IP, "IP_ADD_MEMBERSHIP", value))


OUTGOING = asks(
    "unknown-outgoing",
    "an interface that is not there can be chosen for outgoing multicast",
    {"succeeds": "the call succeeds"},
    MAN.ip(7, "IP_MULTICAST_IF", "Set the local device for a multicast socket"),
    POSIX.chapter("2.10.20", "IPV6_MULTICAST_IF", "interface to use for outgoing multicast"),
)


@OUTGOING.case(family=(V4, V6), type=DGRAM)
def test_unknown_outgoing(sockets, see, case):
    sock = sockets.new()
    if case["family"] == V6:
        see(outcome(sock.set_int, IPV6, "IPV6_MULTICAST_IF", NO_INTERFACE))
    else:
        see(outcome(sock.set_option, IP, "IP_MULTICAST_IF", packed(NOWHERE)))


LOOP = asks(
    "loop-value",
    "a value other than 0 and 1 turns multicast loopback on",
    {"on": "it reads as 1", "as-set": "it reads as it was set", "off": "it reads as 0"},
    MAN.ip(7, "IP_MULTICAST_LOOP", "Set or read a boolean integer argument"),
    KERNEL("net/ipv6/ipv6_sockglue.c", "do_ipv6_setsockopt", "case IPV6_MULTICAST_LOOP:"),
)


@LOOP.case(family=(V4, V6), type=DGRAM, value=("2", "256", "-1"))
def test_loop_value(sockets, see, case):
    level, option = (
        (IPV6, "IPV6_MULTICAST_LOOP") if case["family"] == V6 else (IP, "IP_MULTICAST_LOOP")
    )
    sock, value = sockets.new(), int(case["value"])
    how = outcome(sock.set_int, level, option, value)
    if how == "succeeds":
        how = {0: "off", 1: "on"}.get(sock.get_int(level, option), "as-set")
    see(how)


def arrives(sockets, receiver):
    """Whether a datagram to the group arrives that is sent from loopback."""
    sender = sockets.new()
    sender.bind(("127.0.0.1", 0))
    sender.set_multicast_if_v4("127.0.0.1")
    sender.send_to(b"x", (GROUP, receiver.local_addr().port))
    sockets.wait_for_datagrams()
    came = bool(receiver.poll("POLLIN", 0))
    if came:
        receiver.recv(8)
    return came


BLOCKED = asks(
    "blocked-source",
    "IP_BLOCK_SOURCE keeps what one sender sends to a joined group from a socket",
    {
        "blocked": "it does, and IP_UNBLOCK_SOURCE lets it through again",
        "still-blocked": "it does, and IP_UNBLOCK_SOURCE does not change that",
        "not-blocked": "it does not",
    },
    MAN.ip(7, "IP_BLOCK_SOURCE", "Stop receiving multicast data from a specific source"),
    needs=("multicast-v4",),
)


@BLOCKED.case(family=V4, type=DGRAM)
def test_blocked_source(sockets, see, case):
    receiver = sockets.new()
    receiver.bind(sockets.wildcard())
    receiver.join_multicast_v4(GROUP, "127.0.0.1")
    source = packed(GROUP) + packed("127.0.0.1") + packed("127.0.0.1")
    how = outcome(receiver.set_option, IP, "IP_BLOCK_SOURCE", source)
    if how == "succeeds":
        blocked = not arrives(sockets, receiver)
        receiver.set_option(IP, "IP_UNBLOCK_SOURCE", source)
        again = arrives(sockets, receiver)
        how = "not-blocked" if not blocked else "blocked" if again else "still-blocked"
    see(how)


BROADCAST = asks(
    "broadcast-without",
    "sending to a broadcast address fails without SO_BROADCAST",
    {"succeeds": "the call succeeds"},
    POSIX.chapter(
        "2.10.16", "SO_BROADCAST", "ability to send broadcast datagrams on a socket is disabled"
    ),
    MAN.ip(
        7,
        "EACCES",
        "sending a packet to a broadcast address without having the SO_BROADCAST flag",
    ),
)


@BROADCAST.case(call=("connect", "send-to"), family=V4, type=DGRAM)
def test_broadcast_without(sockets, see, case):
    receiver = sockets.new()
    receiver.bind(sockets.wildcard())
    there = ("127.255.255.255", receiver.local_addr().port)
    sock = sockets.new()
    if case["call"] == "connect":
        see(outcome(sock.connect, there))
    else:
        see(outcome(sock.send_to, b"x", there))
