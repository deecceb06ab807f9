"""The reuse options, and the places at which two sockets meet."""

from __future__ import annotations

from sockspec.spec import MS, POSIX, V6, outcome

OPTIONS = ("none", "address", "port", "both")
"""Which of SO_REUSEADDR and SO_REUSEPORT a socket has."""

PLACES = ("same", "wildcard-first", "specific-first")
"""The same address twice; or the unspecified address and one of this host, in that order."""

IN_USE = POSIX.bind("EADDRINUSE", "The specified address is already in use")
OPTION = POSIX.chapter(
    "2.10.16", "SO_REUSEADDR", "Operation of this option is protocol-specific"
)
INDETERMINATE = MS.article(
    "using-so-reuseaddr-and-so-exclusiveaddruse",
    "Using SO_REUSEADDR",
    "the behavior for all sockets bound to that port is indeterminate",
)


def with_options(sockets, options="none"):
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
    holder.bind(sockets.wildcard() if place == "wildcard-first" else sockets.loopback())
    port = holder.local_addr().port
    second = sockets.wildcard if place == "specific-first" else sockets.loopback
    return holder, second(port=port)


def binds(sockets, address, options="none"):
    """How binding another socket to an address goes: `bound`, or the error."""
    return outcome(with_options(sockets, options).bind, address, ok="bound")
