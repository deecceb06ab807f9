"""IPv6 sockets that speak IPv4, or do not, and the servers that they meet."""

from __future__ import annotations

import ipaddress

from sockspec.address import Inet
from sockspec.errors import NotReached
from sockspec.spec import STREAM, V4, V6, outcome

KINDS = {
    "plain": "an IPv4 address",
    "mapped": "an IPv4-mapped IPv6 address",
    "v6": "an IPv6 address that is not mapped",
}
"""What `kind` names."""


def kind(address):
    """How an address is written: one of KINDS."""
    if isinstance(address, Inet):
        return "plain"
    return "mapped" if ipaddress.IPv6Address(address.host).ipv4_mapped else "v6"


def ipv6(sockets, only_v6):
    """A fresh IPv6 socket with IPV6_V6ONLY on or off."""
    made = sockets.new(V6)
    made.set_only_v6(only_v6)
    return made


def serves(sockets, made):
    """That bound socket, listening where it is a stream."""
    if sockets.type == STREAM:
        made.listen(4)
    return made


def there(sockets, family):
    """A server at the loopback address of a family."""
    return serves(sockets, sockets.bound(family))


def everywhere(sockets, only_v6=False):
    """A server at the unspecified IPv6 address."""
    made = ipv6(sockets, only_v6)
    made.bind(sockets.wildcard(V6))
    return serves(sockets, made)


def reaches(sockets, client, server, address):
    """Whether a client that connects to an address reaches the server, or its error."""
    how = outcome(client.connect, address)
    if how == "succeeds" and sockets.type != STREAM:
        how = outcome(client.send, b"x")
    if how != "succeeds":
        return how
    return "reached" if server.poll("POLLIN", 1.0) else "lost"


def free_port(sockets):
    """A port that nobody has in either family at this moment."""
    probe = ipv6(sockets, only_v6=False)
    probe.bind(sockets.wildcard(V6))
    port = probe.local_addr().port
    probe.close()
    return port


def bind_beside(sockets, case, only_v6):
    """Bind an IPv6 and an IPv4 socket to one port, in the case's order; how the second went."""
    place = sockets.wildcard if case["ipv4"] == "unspecified" else sockets.loopback
    how = ""
    for _ in range(4):
        port = free_port(sockets)
        binds = [
            (ipv6(sockets, only_v6), sockets.wildcard(V6, port)),
            (sockets.new(V4), place(V4, port)),
        ]
        if case["first"] == "ipv4":
            binds.reverse()
        (first, its_address), (second, other_address) = binds
        if outcome(first.bind, its_address) != "succeeds":
            continue  # somebody has been given the port in the meantime
        how = outcome(second.bind, other_address, ok="both")
        if how != "EADDRINUSE":
            break
    if not how:
        raise NotReached("a port that is free in both families")
    return how
