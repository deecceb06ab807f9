"""IPV6_V6ONLY: what it shuts out, when it can be set, and what it lets bind beside it."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MAPPED,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .dual_stack import bind_beside, everywhere, free_port, ipv6, reaches, there

NEEDS = ["ipv6"]
ONLY = POSIX.chapter(
    "2.10.20", "IPV6_V6ONLY", "the socket can be used to send and receive IPv6 packets only"
)
SUCCEEDS = {"succeeds": "the call succeeds"}
SAME_PORT = SOCKET2.set_only_v6(3, "IPv4 and IPv6 applications can bind the same port")

DEFAULT = rule(
    "state.only-v6.default",
    "IPV6_V6ONLY is off on a new socket.",
    level=MUST,
    judges=ALONE,
    sources=[
        POSIX.chapter(
            "2.10.20", "IPV6_V6ONLY", "which is used as a Boolean value. (Default value: 0)"
        ),
        RFC(3493, "5.3", "By default this option is turned off"),
    ],
    behaviours={"off": CONFORMS, "on": "it is on"},
    needs=NEEDS,
)


@DEFAULT.case(type=(STREAM, DGRAM))
def test_default(sockets, see, case):
    see("on" if sockets.new(V6).only_v6() else "off")


ROUND_TRIP = rule(
    "state.only-v6.round-trip",
    "IPV6_V6ONLY reads back as it was set before the socket is bound.",
    level=MUST,
    judges=ALONE,
    sources=[
        RFC(3493, "5.3", "This is a boolean option"),
        SOCKET2.set_only_v6(1, "Set the value for the IPV6_V6ONLY option on this socket"),
        SOCKET2.only_v6(1, "Get the value of the IPV6_V6ONLY option"),
    ],
    behaviours={"same": CONFORMS, "opposite": "it reads back as the opposite"},
    needs=NEEDS,
    renamed={"other": "opposite"},
)


@ROUND_TRIP.case(type=(STREAM, DGRAM), value=("on", "off", "on-off", "off-on"))
def test_round_trip(sockets, see, case):
    sock = sockets.new(V6)
    for word in case["value"].split("-"):
        sock.set_only_v6(word == "on")
    see("same" if sock.only_v6() == case["value"].endswith("on") else "opposite")


REFUSES = rule(
    "state.only-v6.refuses-ipv4",
    "An IPv6-only socket is not reached by IPv4.",
    level=MUST,
    judges=ALONE,
    sources=[
        ONLY,
        SOCKET2.set_only_v6(2, "is restricted to sending and receiving IPv6 packets only"),
    ],
    behaviours={"unreached": CONFORMS, "reached": "it is reached"},
    needs=NEEDS,
)


@REFUSES.case(type=STREAM)
def test_refuses_stream(sockets, see, case):
    listener = everywhere(sockets, only_v6=True)
    # Somebody else may listen at that port of 127.0.0.1: our listener shows whether it was
    # reached.
    outcome(sockets.new(V4).connect, sockets.loopback(V4, listener.local_addr().port))
    see("reached" if listener.poll("POLLIN", 0) else "unreached")


@REFUSES.case(type=DGRAM)
def test_refuses_datagram(sockets, see, case):
    receiver = everywhere(sockets, only_v6=True)
    port = receiver.local_addr().port
    sockets.new(V4).send_to(b"ipv4", sockets.loopback(V4, port))
    # The datagram over IPv6 behind it shows that nothing is still on its way.
    sockets.new(V6).send_to(b"ipv6", sockets.loopback(V6, port))
    see("unreached" if receiver.recv(16) == b"ipv6" else "reached")


TO_MAPPED = rule(
    "state.only-v6.no-mapped",
    "An IPv6-only socket cannot connect a stream or send a datagram to a mapped address.",
    level=MUST,
    judges=ALONE,
    sources=[ONLY],
    behaviours={"refused": CONFORMS, **SUCCEEDS},
    needs=NEEDS,
    renamed={"accepted": "succeeds"},
)


def mapped_server(sockets):
    """The mapped address of a server at 127.0.0.1."""
    return sockets.loopback(MAPPED, there(sockets, V4).local_addr().port)


@TO_MAPPED.case(type=STREAM, call="connect")
@TO_MAPPED.case(type=DGRAM, call="send_to")
def test_to_mapped(sockets, see, case):
    target = mapped_server(sockets)
    sock = ipv6(sockets, only_v6=True)
    if case["call"] == "connect":
        how = outcome(sock.connect, target)
    else:
        how = outcome(sock.send_to, b"x", target)
    see("succeeds" if how == "succeeds" else "refused", error=how)


NAMED_MAPPED = rule(
    "state.only-v6.mapped-address",
    "Whether an IPv6-only socket can have a mapped address or peer is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[ONLY],
    behaviours=SUCCEEDS,
    needs=NEEDS,
    aliases=["state.only-v6.no-mapped-error"],
)


@NAMED_MAPPED.case(type=STREAM, call="bind")
@NAMED_MAPPED.case(type=DGRAM, call=("bind", "connect"))
def test_mapped_address(sockets, see, case):
    sock = ipv6(sockets, only_v6=True)
    target = mapped_server(sockets)
    address = sockets.loopback(MAPPED) if case["call"] == "bind" else target
    see(outcome(getattr(sock, case["call"]), address))


LATE = rule(
    "state.only-v6.late",
    "Whether IPV6_V6ONLY can be changed once the socket has an address is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.chapter(
            "2.10.20", "IPV6_V6ONLY", "restricts AF_INET6 sockets to IPv6 communications only"
        ),
        RFC(3493, "5.3", "This is a boolean option"),
    ],
    behaviours={"set": "it is changed", "ignored": "the call succeeds and changes nothing"},
    needs=["dual-stack"],
    aliases=["options.v6only.after-bind"],
    renamed={"taken": "set"},
)


@LATE.case(type=(STREAM, DGRAM), state=("bound", "connected"), value=("on", "off"))
@LATE.case(type=STREAM, state=("listening", "accepted"), value=("on", "off"))
def test_late(sockets, see, case):
    wanted = case["value"] == "on"
    sock = ipv6(sockets, not wanted)
    match case["state"]:
        case "bound":
            sock.bind(sockets.loopback(V6))
        case "connected":
            sock.connect(there(sockets, V6).local_addr())
        case _:
            sock.bind(sockets.loopback(V6))
            sock.listen(4)
            if case["state"] == "accepted":
                sock = sockets.client_of(sock, V6)[1]
    how = outcome(sock.set_only_v6, wanted)
    if how == "succeeds":
        how = "set" if sock.only_v6() == wanted else "ignored"
    see(how)


BESIDE = rule(
    "state.only-v6.beside-ipv4",
    "An IPv6-only socket and an IPv4 socket can be bound to one port, in either order.",
    level=MUST,
    judges=ALONE,
    sources=[
        SAME_PORT,
        RFC(3493, "5.3", "to allow two versions of the same server process to run on"),
    ],
    behaviours={"both": CONFORMS},
    needs=NEEDS,
)


@BESIDE.case(type=(STREAM, DGRAM), first=("ipv6", "ipv4"), ipv4=("unspecified", "loopback"))
def test_beside_ipv4(sockets, see, case):
    see(bind_beside(sockets, case, only_v6=True))


WHO = rule(
    "state.only-v6.who-answers",
    "Of an IPv6-only and an IPv4 server on one port each gets the clients of its own family.",
    level=MUST,
    judges=ALONE,
    sources=[ONLY, SAME_PORT],
    behaviours={
        "own": CONFORMS,
        "wrong-server": "the server of the other family gets the client",
        "unanswered": "neither server gets the client",
    },
    needs=NEEDS,
    renamed={"other": "wrong-server", "nobody": "unanswered"},
)


@WHO.case(type=STREAM, client=INET)
def test_who_answers(sockets, see, case):
    servers, port = {V6: ipv6(sockets, only_v6=True), V4: sockets.new(V4)}, free_port(sockets)
    for family, server in servers.items():
        server.bind(sockets.wildcard(family, port))
        server.listen(4)
    own = servers.pop(case["client"])
    (other,) = servers.values()
    client = sockets.new(case["client"])
    how = reaches(sockets, client, own, sockets.loopback(case["client"], port))
    if how == "reached":
        see("own")
    else:
        see("wrong-server" if other.poll("POLLIN", 0) else "unanswered", how=how)
