"""Multicast groups that no other process of a run joins, and what is done with them."""

from __future__ import annotations

import ipaddress
import os

from sockspec.spec import V4

IP, IPV6 = "IPPROTO_IP", "IPPROTO_IPV6"


def group(family, number=0):
    """A group of this process; another with another number."""
    own = (os.getpid() * 4 + number) & 0xFFFF
    return f"239.255.{own >> 8}.{own & 255}" if family == V4 else f"ff15::{own + 1:x}"


def join(sock, family, at, which=None):
    """Join a group on an interface."""
    which = which or group(family)
    if family == V4:
        sock.join_multicast_v4(which, at.v4)
    else:
        sock.join_multicast_v6(which, at.index)


def leave(sock, family, at):
    """Leave the group again."""
    if family == V4:
        sock.leave_multicast_v4(group(family), at.v4)
    else:
        sock.leave_multicast_v6(group(family), at.index)


def choose(sock, family, at):
    """Have multicast leave through an interface."""
    if family == V4:
        sock.set_multicast_if_v4(at.v4)
    else:
        sock.set_multicast_if_v6(at.index)


def loop(sock, family, on):
    """Have a sender's own host receive what it sends, or not."""
    if family == V4:
        sock.set_multicast_loop_v4(on)
    else:
        sock.set_multicast_loop_v6(on)


def lifetime(sock, family, value):
    """Set the TTL, or the hop limit, of multicast."""
    if family == V4:
        sock.set_multicast_ttl_v4(value)
    else:
        sock.set_multicast_hops_v6(value)


def place(at, family):
    """The address of an interface in a family."""
    return at.v4 if family == V4 else at.v6


def station(which):
    """The Ethernet address of a group: RFC 1112, 6.4; RFC 2464, 7."""
    packed = ipaddress.ip_address(which).packed
    if len(packed) == 4:
        return bytes([1, 0, 0x5E, packed[1] & 0x7F, *packed[2:]]).hex(":")
    return bytes([0x33, 0x33, *packed[-4:]]).hex(":")


def came(sock, data=b"x"):
    """Whether data has come to a datagram socket, which is emptied."""
    found = []
    while sock.poll("POLLIN", 0):
        found.append(sock.recv(64))
    return data in found
