"""Broadcast on a link: with permission and without, and which sockets receive it."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    RFC,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .groups import came, group

EVERYBODY = "255.255.255.255"
DISABLED = POSIX.chapter(
    "2.10.16", "SO_BROADCAST", "ability to send broadcast datagrams on a socket is disabled"
)
PERMITTED = POSIX.chapter(
    "2.10.16", "SO_BROADCAST", "Non-zero requests permission to transmit broadcast datagrams"
)
ALLOWED = MAN.socket(7, "SO_BROADCAST", "datagram sockets are allowed to send packets")
SENT = {"sent": "it is sent on the link", "not-sent": "nothing is sent on the link"}
RECEIVED = {
    "received": "the datagram is received",
    "not-received": "the datagram is not received",
}


def _target(case, at):
    """The broadcast address that a case is about: of everybody, or of the link's network."""
    return EVERYBODY if case["to"] == "limited" else at.v4.rsplit(".", 2)[0] + ".255.255"


def _permitted(sock):
    sock.set_broadcast(True)
    return sock


def _sent(sockets, seen, target):
    sockets.wait_across()
    return [each for each in seen.to(target) if each.protocol == 17]


WITHOUT = rule(
    "wire.broadcast.without-permission",
    "A socket without SO_BROADCAST sends nothing to a broadcast address.",
    level=MUST,
    sources=[DISABLED],
    behaviours={**SENT, "not-sent": CONFORMS},
    needs=["link", "packets"],
)


@WITHOUT.case(
    to=("limited", "network"), permission=("never", "withdrawn"), family=V4, type=DGRAM
)
def test_without_permission(sockets, see, case):
    ours, seen = sockets.bound(), sockets.datagrams()
    if case["permission"] == "withdrawn":
        ours.set_broadcast(True)
        ours.set_broadcast(False)
    target = _target(case, sockets.ends()[0])
    error = outcome(ours.send_to, b"x", (target, 7))
    found = _sent(sockets, seen, target)
    see("sent" if found else "not-sent", error=error)


WITH = rule(
    "wire.broadcast.with-permission",
    "A socket with SO_BROADCAST sends to a broadcast address.",
    level=MUST,
    sources=[PERMITTED],
    behaviours={**SENT, "sent": CONFORMS},
    needs=["link", "packets"],
)
STATION = rule(
    "wire.broadcast.station",
    "Whether broadcast is sent to the Ethernet address of all stations is unspecified.",
    level=UNSPECIFIED,
    sources=[ALLOWED],
    behaviours={"all-stations": "it is", "another-station": "it is sent to another address"},
    needs=["link", "packets"],
)
SOURCE = rule(
    "wire.broadcast.source",
    "Broadcast has the address that its socket is bound to.",
    level=MUST,
    sources=[POSIX.bind("DESCRIPTION", "bind() function shall assign a local socket address")],
    behaviours={"bound-address": CONFORMS, "of-another": "it has another one"},
    needs=["link", "packets"],
)
LIFETIME = rule(
    "wire.broadcast.lifetime",
    "Whether broadcast carries the TTL of its socket is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_TTL", "Set or retrieve the current time-to-live field that is used in")
    ],
    behaviours={"carried": "it does", "not-carried": "it carries another one"},
    needs=["link", "packets"],
)


@WITH.case(to=("limited", "network"), asks="sent", family=V4, type=DGRAM)
@STATION.case(to=("limited", "network"), asks="station", family=V4, type=DGRAM)
@SOURCE.case(to=("limited", "network"), asks="source", family=V4, type=DGRAM)
@LIFETIME.case(to=("limited", "network"), asks="lifetime", family=V4, type=DGRAM)
def test_with_permission(sockets, see, case):
    here, _there = sockets.ends()
    ours, seen = _permitted(sockets.bound()), sockets.datagrams()
    ours.set_ttl(77)
    # Everybody is reached through one interface, which the socket has to name.
    ours.bind_device(here.name.encode())
    target = _target(case, here)
    ours.send_to(b"x", (target, 7))
    found = _sent(sockets, seen, target)
    ends = {
        "sent": ("sent" if found else "not-sent"),
        "station": _all(
            found, lambda each: each.station == "ff:ff:ff:ff:ff:ff", "all-stations"
        ),
        "source": _all(found, lambda each: each.source == here.v4, "bound-address"),
        "lifetime": _all(found, lambda each: each.lifetime == 77, "carried"),
    }
    see(ends[case["asks"]], packets=[str(each) for each in found])


_OTHERWISE = {
    "all-stations": "another-station",
    "bound-address": "of-another",
    "carried": "not-carried",
}


def _all(found, is_so, name):
    return name if found and all(map(is_so, found)) else _OTHERWISE[name]


RECEIVES = rule(
    "wire.broadcast.received",
    "Whether a socket receives broadcast, by the address that it is bound to, is unspecified.",
    level=UNSPECIFIED,
    sources=[ALLOWED],
    behaviours=RECEIVED,
    needs=["link"],
)
WANTS = rule(
    "wire.broadcast.receiver-permission",
    "Whether a socket without SO_BROADCAST receives broadcast is unspecified.",
    level=UNSPECIFIED,
    sources=[ALLOWED, DISABLED],
    behaviours=RECEIVED,
    needs=["link"],
)


@RECEIVES.case(
    to=("limited", "network"), bound=("wildcard", "host", "target"), family=V4, type=DGRAM
)
@WANTS.case(
    to=("limited", "network"), bound="wildcard", permission=("off", "on"), family=V4, type=DGRAM
)
def test_received(sockets, see, case):
    here, there = sockets.ends()
    target = _target(case, here)
    ours = sockets.new()
    places = {"wildcard": "0.0.0.0", "host": here.v4, "target": target}
    ours.bind((places[case["bound"]], 0))
    if case.get("permission") == "on":
        ours.set_broadcast(True)
    far = _permitted(sockets.other())
    far.bind((there.v4, 0))
    far.bind_device(there.name.encode())
    far.send_to(b"x", (target, ours.local_addr().port))
    sockets.wait_across("in")
    see("received" if came(ours) else "not-received")


OWN = rule(
    "wire.broadcast.own",
    "Whether a host receives the broadcast that it sends is unspecified.",
    level=UNSPECIFIED,
    sources=[ALLOWED],
    behaviours=RECEIVED,
    needs=["link"],
)


@OWN.case(to=("limited", "network"), family=V4, type=DGRAM)
def test_own(sockets, see, case):
    here, _there = sockets.ends()
    ours, sender = sockets.new(), _permitted(sockets.bound())
    ours.bind(("0.0.0.0", 0))
    sender.bind_device(here.name.encode())
    sender.send_to(b"x", (_target(case, here), ours.local_addr().port))
    sockets.wait_for_datagrams()
    see("received" if came(ours) else "not-received")


OPENED = rule(
    "wire.broadcast.connect",
    "A connection to a broadcast address or to a group is refused, and no SYN is sent.",
    level=MUST,
    sources=[
        RFC(
            9293,
            "3.9.1.1",
            "MUST reject as an error a local OPEN call for an invalid remote IP",
        )
    ],
    behaviours={
        "refused": CONFORMS,
        "syn": "a SYN is sent",
        "succeeds": "the call succeeds, and no SYN is sent",
    },
    needs=["link", "packets"],
)


@OPENED.case(to=("limited", "network", "group"), family=V4, type=STREAM)
@OPENED.case(to="group", family=V6, type=STREAM)
def test_connect(sockets, see, case):
    seen, ours = sockets.datagrams(), sockets.new()
    ours.set_nonblocking(True)
    family = case["family"]
    target = group(family) if case["to"] == "group" else _target(case, sockets.ends()[0])
    how = outcome(ours.connect, (target, 7))
    sockets.wait_across()
    found = [each for each in seen.to(target) if each.protocol == 6]
    see("syn" if found else "succeeds" if how == "succeeds" else "refused", error=how)
