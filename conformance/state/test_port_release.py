"""When a port can be bound again: after a close, a reset, and in TIME_WAIT."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    STREAM,
    UNSPECIFIED,
    rule,
)

from .reuse import IN_USE, OPTION, at, binds

SET_ON = ("neither", "first", "second", "both")
_MANY = 100  # connections that can be in TIME_WAIT on this system
FREE = {"bound": "the port can be bound"}
ONLY_ACTIVE = MAN.socket(
    7, "SO_REUSEADDR", "except when there is an active listening socket bound to the address"
)


def served(sockets, options="none"):
    """A listener with these options and one connection: (listener, address, client, server)."""
    listener, address = at(sockets, "same", options)
    listener.listen(4)
    return (listener, address, *sockets.client_of(listener))


def on(case, which):
    """The reuse option of the first or the second socket of a case."""
    return "address" if case["set_on"] in (which, "both") else "none"


TIME_WAIT = rule(
    "state.port-release.time-wait",
    "Whether a port can be bound while a connection of it is in TIME_WAIT is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        RFC(9293, "3.6.1", "it MUST linger in the TIME-WAIT state for a time 2xMSL"),
        OPTION,
        ONLY_ACTIVE,
    ],
    behaviours=FREE,
    aliases=["state.reuse.time-wait"],
)


@TIME_WAIT.case(family=INET, set_on=SET_ON)
def test_time_wait(sockets, see, case):
    sockets.allowed("net.ipv4.tcp_max_tw_buckets", _MANY)
    listener, address, client, server = served(sockets, on(case, "first"))
    # Whoever closes first is in TIME_WAIT: the server, which has the port.
    server.close()
    sockets.wait(client, "POLLIN")
    client.shutdown("SHUT_WR")
    sockets.wait(client, "POLLHUP")
    client.close()
    listener.close()
    see(binds(sockets, address, on(case, "second")))


ESTABLISHED = rule(
    "state.port-release.established",
    "Whether a closed listener's port can be bound while a connection is open is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, ONLY_ACTIVE],
    behaviours=FREE,
    aliases=["state.reuse.established"],
)


@ESTABLISHED.case(family=INET, set_on=SET_ON)
def test_established(sockets, see, case):
    listener, address, _client, _server = served(sockets, on(case, "first"))
    listener.close()
    see(binds(sockets, address, on(case, "second")))


CLOSED = rule(
    "state.port-release.closed",
    "The address of a closed socket that had no connection can be bound at once.",
    level=MUST,
    judges=ALONE,
    sources=[
        POSIX.close("DESCRIPTION", "close() shall cause the socket to be destroyed"),
        IN_USE,
    ],
    behaviours={"bound": CONFORMS},
    aliases=["state.reuse.closed"],
)


@CLOSED.case(family=INET, type=STREAM, state=("bound", "listening"))
@CLOSED.case(family=INET, type=DGRAM, state=("bound", "connected"))
def test_closed(sockets, see, case):
    sock, address = at(sockets, "same")
    if case["state"] == "listening":
        sock.listen(1)
    elif case["state"] == "connected":
        sock.connect(sockets.bound().local_addr())
    sock.close()
    see(binds(sockets, address))


RESET = rule(
    "state.port-release.reset",
    "The port of a connection that was reset can be bound at once.",
    level=MUST,
    judges=ALONE,
    sources=[
        RFC(9293, "3.6", "are sent and the connection state is immediately discarded"),
        IN_USE,
    ],
    behaviours={"bound": CONFORMS},
    needs=["reset"],
    aliases=["state.reuse.reset"],
)


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    listener, address, client, server = served(sockets)
    server.set_linger(0.0)
    server.close()
    sockets.wait(client, "POLLIN")  # the reset has arrived
    listener.close()
    see(binds(sockets, address))
