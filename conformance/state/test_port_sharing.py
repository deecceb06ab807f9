"""Two sockets that share a port: which of them gets a connection or a datagram."""

from __future__ import annotations

from sockspec.spec import ALONE, DGRAM, INET, MAN, POSIX, UNSPECIFIED, outcome, rule

from .reuse import INDETERMINATE, OPTION, with_options

BOTH = {"both": "both sockets get it", "neither": "neither socket gets it"}
DISTRIBUTED = MAN.socket(7, "SO_REUSEPORT", "this option allows accept(2) load distribution")

LISTENERS = rule(
    "state.port-sharing.two-listeners",
    "Whether two listeners that share an address get each connection once is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, DISTRIBUTED],
    behaviours={
        "each-once": "each connection is accepted from one of them",
        "lost": "some connections reach neither",
        "twice": "some connections are accepted twice",
    },
    aliases=["state.reuse.two-listeners"],
)


def pair(sockets, option, *, first=None, second=None):
    """Two sockets with an option at one port, and how the second bind went.

    They are bound to the loopback address; `first` or `second` may name another place.
    """
    made = with_options(sockets, option), with_options(sockets, option)
    made[0].bind((first or sockets.loopback)())
    port = made[0].local_addr().port
    return (*made, port, outcome(made[1].bind, (second or sockets.loopback)(port=port)))


@LISTENERS.case(family=INET)
def test_two_listeners(sockets, see, case):
    *listeners, port, how = pair(sockets, "port")
    if how != "succeeds":
        see(how)
        return
    clients = [sockets.new() for _ in range(8)]
    sockets.allowed("net.core.somaxconn", len(clients))  # all of them may go to one
    for listener in listeners:
        listener.listen(16)
    for client in clients:
        client.connect(sockets.loopback(port=port))
    accepted = []
    for listener in listeners:
        while listener.poll("POLLIN", 0):
            accepted.append(sockets.accepted(listener).peer_addr())
    wanted = {client.local_addr() for client in clients}
    twice = len(accepted) > len(set(accepted))
    see("twice" if twice else "each-once" if set(accepted) == wanted else "lost")


def receiver(sockets, named, port, sender=None):
    """Which of two sockets, by name, gets a datagram that is sent to the loopback address."""
    (sender or sockets.bound()).send_to(b"who?", sockets.loopback(port=port))
    # A loopback datagram is queued before send returns, or it is on its way: wait for any.
    ready = sockets.backend.poll(
        [(sock.handle, sockets.number("POLLIN")) for sock in named.values()], 1.0
    )
    got = [name for name, events in zip(named, ready, strict=True) if events]
    return "both" if len(got) == 2 else got[0] if got else "neither"


RECEIVER = rule(
    "state.port-sharing.datagram-receiver",
    "Whether the first or the last bound of two sockets gets a datagram is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, INDETERMINATE],
    behaviours={
        "first": "the socket that was bound first gets it",
        "last": "the socket that was bound last gets it",
        **BOTH,
    },
    aliases=["state.reuse.datagram-receiver"],
    renamed={"none": "neither"},
)


@RECEIVER.case(family=INET, type=DGRAM)
def test_receiver(sockets, see, case):
    first, last, port, how = pair(sockets, "address")
    if how == "succeeds":
        how = receiver(sockets, {"first": first, "last": last}, port)
    see(how)


SPECIFIC = rule(
    "state.port-sharing.specific-wins",
    "Whether a datagram goes to the socket at its own address, not to the one at the wildcard "
    "address, is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, INDETERMINATE],
    behaviours={
        "specific": "the socket at the specific address gets it",
        "wildcard": "the socket at the wildcard address gets it",
        **BOTH,
    },
    aliases=["state.reuse.specific-wins"],
    renamed={"none": "neither"},
)


@SPECIFIC.case(family=INET, type=DGRAM, bound_last=("specific", "wildcard"))
def test_specific(sockets, see, case):
    if case["bound_last"] == "specific":
        wildcard, specific, port, how = pair(sockets, "address", first=sockets.wildcard)
    else:
        specific, wildcard, port, how = pair(sockets, "address", second=sockets.wildcard)
    if how == "succeeds":
        how = receiver(sockets, {"wildcard": wildcard, "specific": specific}, port)
    see(how)


CONNECTED = rule(
    "state.port-sharing.connected-wins",
    "Whether a datagram goes to the socket that is connected to its sender is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.connect("DESCRIPTION", "limits the remote sender for subsequent recv()"),
        INDETERMINATE,
    ],
    behaviours={
        "connected": "the socket connected to the sender gets it",
        "unconnected": "the socket without a peer gets it",
        **BOTH,
    },
    aliases=["state.reuse.connected-wins"],
    renamed={"none": "neither"},
)


@CONNECTED.case(family=INET, type=DGRAM, connected=("first", "last"))
def test_connected(sockets, see, case):
    first, last, port, how = pair(sockets, "address")
    if how != "succeeds":
        see(how)
        return
    sender = sockets.bound()
    connected, other = (first, last) if case["connected"] == "first" else (last, first)
    connected.connect(sender.local_addr())
    see(receiver(sockets, {"connected": connected, "unconnected": other}, port, sender))
