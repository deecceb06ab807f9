"""What a connection of yesterday, and a second socket at one address, do to the first."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    KERNEL,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    STREAM,
    UNSPECIFIED,
    outcome,
    rule,
)

from .reuse import with_options

SET_ON = ("neither", "first", "second", "both")
WINSOCK = MS.article("using-so-reuseaddr-and-so-exclusiveaddruse", "Using SO_REUSEADDR")
AGAIN = {"bound": "the port is free", "EADDRINUSE": "the port is in use"}


def served(sockets, options):
    """A listener with these options and one connection: (listener, client, server)."""
    listener = with_options(sockets, options)
    listener.bind(sockets.loopback())
    listener.listen(4)
    return (listener, *sockets.client_of(listener))


def on(case, which):
    return "address" if case["set_on"] in (which, "both") else "none"


TIME_WAIT = rule(
    "state.reuse.time-wait",
    "Whether a port is free while an old connection of it waits out its time.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.6.1"), MAN.socket(7, "SO_REUSEADDR"), WINSOCK],
    behaviours=AGAIN,
)


@TIME_WAIT.case(family=INET, set_on=SET_ON)
def test_time_wait(sockets, see, case):
    listener, client, server = served(sockets, on(case, "first"))
    address = listener.local_addr()
    # Whoever closes first waits: the server, which has the port.
    server.close()
    sockets.wait(client, "POLLIN")
    client.shutdown("SHUT_WR")
    sockets.wait(client, "POLLHUP")
    client.close()
    listener.close()
    see(outcome(with_options(sockets, on(case, "second")).bind, address, ok="bound"))


ESTABLISHED = rule(
    "state.reuse.established",
    "Whether the port of a closed listener is free while a connection of it is open.",
    level=UNSPECIFIED,
    sources=[POSIX.bind("EADDRINUSE"), MAN.socket(7, "SO_REUSEADDR"), WINSOCK],
    behaviours=AGAIN,
)


@ESTABLISHED.case(family=INET, set_on=SET_ON)
def test_established(sockets, see, case):
    listener, _client, _server = served(sockets, on(case, "first"))
    address = listener.local_addr()
    listener.close()
    see(outcome(with_options(sockets, on(case, "second")).bind, address, ok="bound"))


CLOSED = rule(
    "state.reuse.closed",
    "The address of a socket that was closed, and had no connection, is free at once.",
    level=MUST,
    sources=[POSIX.close("DESCRIPTION"), POSIX.bind("EADDRINUSE")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "it stays in use"},
)


@CLOSED.case(family=INET, type=STREAM, state=("bound", "listening"))
@CLOSED.case(family=INET, type=DGRAM, state=("bound", "connected"))
def test_closed(sockets, see, case):
    sock = sockets.bound()
    if case["state"] == "listening":
        sock.listen(1)
    elif case["state"] == "connected":
        sock.connect(sockets.bound().local_addr())
    address = sock.local_addr()
    sock.close()
    see(outcome(sockets.new().bind, address, ok="bound"))


RESET_FREES = rule(
    "state.reuse.reset",
    "A connection that was reset does not wait out its time: its port is free.",
    level=SHOULD,
    sources=[RFC(9293, "3.10.5"), MS.closesocket("Remarks")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "it stays in use"},
    needs=["reset"],
)


@RESET_FREES.case(family=INET)
def test_reset(sockets, see, case):
    listener, client, server = served(sockets, "none")
    address = listener.local_addr()
    server.set_linger(0.0)
    server.close()
    sockets.wait(client, "POLLIN")  # which every failure is told with
    listener.close()
    see(outcome(sockets.new().bind, address, ok="bound"))


BALANCED = rule(
    "state.reuse.two-listeners",
    "Of two listeners that share an address by SO_REUSEPORT each connection is given to one.",
    level=MUST,
    sources=[MAN.socket(7, "SO_REUSEPORT"), FREEBSD.setsockopt(2, "SO_REUSEPORT")],
    behaviours={
        "each-once": CONFORMS,
        "lost": "some connections reach neither",
        "twice": "some are counted twice",
        "EADDRINUSE": "they cannot share the address",
    },
)


@BALANCED.case(family=INET)
def test_two_listeners(sockets, see, case):
    first, second = with_options(sockets, "port"), with_options(sockets, "port")
    first.bind(sockets.loopback())
    how = outcome(second.bind, first.local_addr())
    if how != "succeeds":
        see(how)
        return
    clients = [sockets.new() for _ in range(8)]
    for listener in (first, second):
        listener.listen(16)
    for client in clients:
        client.connect(first.local_addr())
    accepted = []
    for listener in (first, second):
        while listener.poll("POLLIN", 0):
            accepted.append(sockets.accepted(listener).peer_addr())
    wanted = {client.local_addr() for client in clients}
    twice = len(accepted) > len(set(accepted))
    see("twice" if twice else "each-once" if set(accepted) == wanted else "lost")


RECEIVER = rule(
    "state.reuse.datagram-receiver",
    "Which of two datagram sockets with one address by SO_REUSEADDR gets a datagram.",
    level=UNSPECIFIED,
    sources=[KERNEL("net/ipv4/udp.c", "udp4_lib_lookup2"), WINSOCK],
    behaviours={
        "first": "the one that was bound first",
        "last": "the one that was bound last",
        "both": "both",
        "none": "neither",
        "EADDRINUSE": "they cannot share the address",
    },
)


def who_receives(sockets, first, second, target):
    """Send one datagram; which of two sockets it reached."""
    sender = sockets.bound()
    sender.send_to(b"who?", target)
    # A loopback datagram is queued before send returns, or it is on its way: wait for any.
    reached = sockets.backend.poll(
        [(sock.handle, sockets.number("POLLIN")) for sock in (first, second)], 1.0
    )
    return {(True, False): "first", (False, True): "last", (True, True): "both"}.get(
        (bool(reached[0]), bool(reached[1])), "none"
    )


@RECEIVER.case(family=INET, type=DGRAM)
def test_receiver(sockets, see, case):
    first, second = with_options(sockets, "address"), with_options(sockets, "address")
    first.bind(sockets.loopback())
    how = outcome(second.bind, first.local_addr())
    see(how if how != "succeeds" else who_receives(sockets, first, second, first.local_addr()))


SPECIFIC = rule(
    "state.reuse.specific-wins",
    "Of two datagram sockets with one port the one with the address itself gets the datagram.",
    level=SHOULD,
    sources=[POSIX.bind("DESCRIPTION"), KERNEL("net/ipv4/udp.c", "__udp4_lib_lookup")],
    behaviours={
        "specific": CONFORMS,
        "wildcard": "the one at the unspecified address gets it",
        "both": "both get it",
        "none": "neither",
        "EADDRINUSE": "they cannot share the port",
    },
)


@SPECIFIC.case(family=INET, type=DGRAM, bound_last=("specific", "wildcard"))
def test_specific(sockets, see, case):
    wildcard, specific = with_options(sockets, "address"), with_options(sockets, "address")
    first, last = (
        (wildcard, specific) if case["bound_last"] == "specific" else (specific, wildcard)
    )
    first.bind(sockets.wildcard() if first is wildcard else sockets.loopback())
    port = first.local_addr().port
    place = sockets.wildcard if last is wildcard else sockets.loopback
    how = outcome(last.bind, place(port=port))
    if how == "succeeds":
        got = who_receives(sockets, wildcard, specific, sockets.loopback(port=port))
        how = {"first": "wildcard", "last": "specific"}.get(got, got)
    see(how)


CONNECTED = rule(
    "state.reuse.connected-wins",
    "Of two datagram sockets with one address the one that is connected to the sender gets it.",
    level=SHOULD,
    sources=[POSIX.connect("DESCRIPTION"), KERNEL("net/ipv4/udp.c", "compute_score")],
    behaviours={
        "connected": CONFORMS,
        "unconnected": "the one without a peer gets it",
        "both": "both get it",
        "none": "neither",
        "EADDRINUSE": "they cannot share the address",
    },
)


@CONNECTED.case(family=INET, type=DGRAM, connected=("first", "last"))
def test_connected(sockets, see, case):
    first, last = with_options(sockets, "address"), with_options(sockets, "address")
    first.bind(sockets.loopback())
    how = outcome(last.bind, first.local_addr())
    if how != "succeeds":
        see(how)
        return
    sender = sockets.bound()
    (first if case["connected"] == "first" else last).connect(sender.local_addr())
    sender.send_to(b"you", first.local_addr())
    ready = sockets.backend.poll(
        [(sock.handle, sockets.number("POLLIN")) for sock in (first, last)], 1.0
    )
    names = ["connected", "unconnected"]
    if case["connected"] == "last":
        names.reverse()
    got = [name for name, events in zip(names, ready, strict=True) if events]
    see("both" if len(got) == 2 else got[0] if got else "none")
