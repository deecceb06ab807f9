"""The reuse options, and the places at which two sockets meet."""

from __future__ import annotations

from sockspec.spec import V6

OPTIONS = ("none", "address", "port", "both")
"""Which of SO_REUSEADDR and SO_REUSEPORT a socket has."""

PLACES = ("same", "wildcard-first", "specific-first")
"""The same address twice; or the unspecified address and one of this host, in that order."""


def with_options(sockets, options):
    """A socket with these reuse options; one of IPv6 leaves IPv4 alone.

    A dual-stack socket would meet whoever has the port in IPv4, by chance.
    """
    sock = sockets.new()
    if sockets.family == V6:
        sock.set_only_v6(True)
    if options in ("address", "both"):
        sock.set_reuse_address(True)
    if options in ("port", "both"):
        sock.set_reuse_port(True)
    return sock


def at(sockets, place, options="none"):
    """A socket with these options bound at that place, and the address to try for another."""
    holder = with_options(sockets, options)
    first = sockets.wildcard() if place == "wildcard-first" else sockets.loopback()
    holder.bind(first)
    port = holder.local_addr().port
    second = sockets.wildcard if place == "specific-first" else sockets.loopback
    return holder, second(port=port)
