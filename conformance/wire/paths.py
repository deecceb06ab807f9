"""Paths: two ends whose datagrams may be too large for what is between them."""

from __future__ import annotations

from sockspec.spec import STREAM, V4, V6

from .groups import IP, IPV6, place

DISCOVERY = {V4: (IP, "IP_MTU_DISCOVER"), V6: (IPV6, "IPV6_MTU_DISCOVER")}


def joined(sockets, mode=None):
    """Two datagram sockets over the link, ours with a mode of discovery."""
    ours, theirs = sockets.connected()
    if mode:
        level, option = DISCOVERY[sockets.family]
        ours.set_int(level, option, sockets.number(f"IP_PMTUDISC_{mode}"))
    return ours, theirs


def ports(ours, theirs):
    """The ports of the two ends."""
    return ours.local_addr().port, theirs.local_addr().port


def sent_parts(sockets, seen, ours, theirs):
    """What was sent from one to the other: a datagram, or its fragments."""
    source, target = ports(ours, theirs)
    sockets.wait_across()
    return seen.of_ports(source, target)


def manner(parts):
    """What became of what was sent, by the name that rules have for it."""
    if not parts:
        return "not-sent"
    return "in-fragments" if any(each.is_fragment for each in parts) else "whole"


def told_of(sockets, mode=None, mtu=1300, *, narrow=True):
    """A socket connected to an address of this example, whose path has been said to be narrow.

    Also what was seen of it until then. Without `narrow` nothing is said of the path.
    """
    guest = sockets.guest()
    far = sockets.other()
    far.bind(sockets.address(place(guest.at, sockets.family)))
    ours = sockets.bound()
    if mode:
        level, option = DISCOVERY[sockets.family]
        ours.set_int(level, option, sockets.number(f"IP_PMTUDISC_{mode}"))
    if sockets.type == STREAM:
        far.listen(1)
    seen = sockets.conversation(ours, far)
    ours.connect(far.local_addr())
    theirs = sockets.accepted(far) if sockets.type == STREAM else far
    ours.send(b"x")
    seen.until(lambda _packets: [each for each in seen.sent() if each.data])
    if narrow:
        sockets.too_big(mtu, next(each for each in seen.sent() if each.data))
    return ours, theirs, seen
