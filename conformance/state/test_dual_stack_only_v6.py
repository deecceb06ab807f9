"""IPV6_V6ONLY: what it shuts out, when it can be set, and what it lets bind beside it."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    KERNEL,
    MAN,
    MAPPED,
    MUST,
    RFC,
    SHOULD,
    SOCKET2,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

NEEDS = ["dual-stack"]
ONLY = RFC(3493, "5.3", "the socket can be used to send and receive IPv6 packets only")


def socket(sockets, only_v6):
    made = sockets.new(V6)
    made.set_only_v6(only_v6)
    return made


DEFAULT = rule(
    "state.only-v6.default",
    "IPV6_V6ONLY is off on a new socket.",
    level=MUST,
    sources=[
        RFC(3493, "5.3", "By default this option is turned off"),
        FREEBSD.ip6(4, "IPV6_V6ONLY"),
    ],
    behaviours={"off": CONFORMS, "on": "it is on"},
    needs=["ipv6"],
)


@DEFAULT.case(type=(STREAM, DGRAM))
def test_default(sockets, see, case):
    see("on" if sockets.new(V6).only_v6() else "off")


ROUND_TRIP = rule(
    "state.only-v6.round-trip",
    "IPV6_V6ONLY reads back as it was set, before the socket is bound.",
    level=MUST,
    sources=[RFC(3493, "5.3", "This is a boolean option")],
    behaviours={"same": CONFORMS, "other": "the opposite"},
    needs=["ipv6"],
)


@ROUND_TRIP.case(type=(STREAM, DGRAM), value=("on", "off", "on-off", "off-on"))
def test_round_trip(sockets, see, case):
    sock = sockets.new(V6)
    for word in case["value"].split("-"):
        sock.set_only_v6(word == "on")
    see("same" if sock.only_v6() == case["value"].endswith("on") else "other")


REFUSES = rule(
    "state.only-v6.refuses-ipv4",
    "A socket that is IPv6 only is not reached by IPv4.",
    level=MUST,
    sources=[ONLY, SOCKET2.set_only_v6(1)],
    behaviours={"unreached": CONFORMS, "reached": "it is reached"},
    needs=["ipv6"],
)


@REFUSES.case(type=STREAM)
def test_refuses_stream(sockets, see, case):
    listener = socket(sockets, only_v6=True)
    listener.bind(sockets.wildcard(V6))
    listener.listen(4)
    target = sockets.loopback(V4, listener.local_addr().port)
    # Somebody else may listen at that port of 127.0.0.1: it is our listener that tells.
    outcome(sockets.new(V4).connect, target)
    see("reached" if listener.poll("POLLIN", 0) else "unreached")


@REFUSES.case(type=DGRAM)
def test_refuses_datagram(sockets, see, case):
    receiver = socket(sockets, only_v6=True)
    receiver.bind(sockets.wildcard(V6))
    port = receiver.local_addr().port
    sender = sockets.new(V4)
    sender.connect(sockets.loopback(V4, port))
    sender.send(b"ipv4")
    # A datagram over IPv6 behind it shows that nothing is still on its way.
    sockets.new(V6).send_to(b"ipv6", sockets.loopback(V6, port))
    see("unreached" if receiver.recv(16) == b"ipv6" else "reached")


REFUSED = rule(
    "state.only-v6.no-mapped",
    "A socket that is IPv6 only cannot bind, connect or send to a mapped address.",
    level=MUST,
    sources=[ONLY],
    behaviours={"refused": CONFORMS, "accepted": "it can"},
    needs=["ipv6"],
)

WHICH = rule(
    "state.only-v6.no-mapped-error",
    "Which error a socket that is IPv6 only answers for a mapped address is left open.",
    level=UNSPECIFIED,
    sources=[ONLY, XNU("bsd/netinet6/in6_pcb.c", "in6_pcbladdr")],
    behaviours={
        "ENETUNREACH": "there is no way there",
        "EAFNOSUPPORT": "the family does not suit",
        "EADDRNOTAVAIL": "there is no such address here",
        "EINVAL": "the address is not valid",
        "succeeds": "none",
    },
    needs=["ipv6"],
)


def mapped(sockets, case):
    sock = socket(sockets, only_v6=True)
    if case["call"] == "bind":
        return outcome(sock.bind, sockets.loopback(MAPPED))
    there = sockets.bound(V4)
    if case["type"] == STREAM:
        there.listen(4)
    target = sockets.loopback(MAPPED, there.local_addr().port)
    if case["call"] == "connect":
        return outcome(sock.connect, target)
    return outcome(sock.send_to, b"x", target)


@REFUSED.case(type=(STREAM, DGRAM), call=("bind", "connect"))
@REFUSED.case(type=DGRAM, call="send_to")
def test_no_mapped(sockets, see, case):
    see("accepted" if mapped(sockets, case) == "succeeds" else "refused")


@WHICH.case(type=(STREAM, DGRAM), call=("bind", "connect"))
@WHICH.case(type=DGRAM, call="send_to")
def test_no_mapped_error(sockets, see, case):
    see(mapped(sockets, case))


LATE = rule(
    "state.only-v6.late",
    "Whether IPV6_V6ONLY can be changed once the socket has an address is left open.",
    level=UNSPECIFIED,
    sources=[RFC(3493, "5.3"), MAN.ipv6(7, "IPV6_V6ONLY")],
    behaviours={"EINVAL": "it cannot", "set": "it can", "ignored": "nothing happens"},
    needs=NEEDS,
)


@LATE.case(type=(STREAM, DGRAM), state=("bound", "connected"), value=("on", "off"))
@LATE.case(type=STREAM, state=("listening", "accepted"), value=("on", "off"))
def test_late(sockets, see, case):
    wanted = case["value"] == "on"
    sock = socket(sockets, not wanted)
    match case["state"]:
        case "bound":
            sock.bind(sockets.loopback(V6))
        case "connected":
            there = sockets.bound(V6)
            if case["type"] == STREAM:
                there.listen(4)
            sock.connect(there.local_addr())
        case _:
            sock.bind(sockets.loopback(V6))
            sock.listen(4)
            if case["state"] == "accepted":
                sock = sockets.client_of(sock, V6)[1]
    how = outcome(sock.set_only_v6, wanted)
    if how == "succeeds":
        how = "set" if sock.only_v6() == wanted else "ignored"
    see(how)


TWO_SERVERS = rule(
    "state.only-v6.beside-ipv4",
    "An IPv6-only socket and an IPv4 socket can have the same port, in either order.",
    level=MUST,
    sources=[
        RFC(3493, "5.3", "two versions of the same server process to run on the same port")
    ],
    behaviours={"both": CONFORMS, "EADDRINUSE": "only one can"},
    needs=["ipv6"],
)

ONE_SERVER = rule(
    "state.dual-stack.beside-ipv4",
    "A dual-stack socket at the unspecified address keeps IPv4 sockets from its port.",
    level=SHOULD,
    sources=[KERNEL("net/ipv4/inet_connection_sock.c", "inet_csk_bind_conflict")],
    behaviours={"EADDRINUSE": CONFORMS, "both": "both have the port"},
    needs=NEEDS,
)


def free_port(sockets):
    """A port that nobody has in either family at this moment."""
    probe = socket(sockets, only_v6=False)
    probe.bind(sockets.wildcard(V6))
    port = probe.local_addr().port
    probe.close()
    return port


def bind_both(sockets, only_v6, first, ipv4):
    """Bind both to one port; how the second bind went."""
    for _ in range(4):
        port = free_port(sockets)
        six, four = socket(sockets, only_v6), sockets.new(V4)
        address = sockets.wildcard if ipv4 == "unspecified" else sockets.loopback
        binds = [(six, sockets.wildcard(V6, port)), (four, address(V4, port))]
        if first == "ipv4":
            binds.reverse()
        if outcome(binds[0][0].bind, binds[0][1]) != "succeeds":
            continue  # taken in the meantime
        how = outcome(binds[1][0].bind, binds[1][1], ok="both")
        if how != "EADDRINUSE":
            break
    return how


@TWO_SERVERS.case(
    type=(STREAM, DGRAM), first=("ipv6", "ipv4"), ipv4=("unspecified", "loopback")
)
def test_two_servers(sockets, see, case):
    see(bind_both(sockets, only_v6=True, first=case["first"], ipv4=case["ipv4"]))


@ONE_SERVER.case(type=(STREAM, DGRAM), first=("ipv6", "ipv4"), ipv4=("unspecified", "loopback"))
def test_one_server(sockets, see, case):
    see(bind_both(sockets, only_v6=False, first=case["first"], ipv4=case["ipv4"]))


WHOM = rule(
    "state.only-v6.who-answers",
    "Of an IPv6-only and an IPv4 server on one port each gets the clients of its family.",
    level=MUST,
    sources=[
        RFC(3493, "5.3", "two versions of the same server process to run on the same port"),
        SOCKET2.set_only_v6(2),
    ],
    behaviours={"own": CONFORMS, "other": "the other one answers", "nobody": "neither does"},
    needs=["ipv6"],
)


@WHOM.case(type=STREAM, client=(V4, V6))
def test_who_answers(sockets, see, case):
    six, four, port = socket(sockets, only_v6=True), sockets.new(V4), free_port(sockets)
    six.bind(sockets.wildcard(V6, port))
    four.bind(sockets.wildcard(V4, port))
    for listener in (six, four):
        listener.listen(4)
    sockets.new(case["client"]).connect(sockets.loopback(case["client"], port))
    own, other = (four, six) if case["client"] == V4 else (six, four)
    if own.poll("POLLIN", 1.0):
        see("own")
    else:
        see("other" if other.poll("POLLIN", 0) else "nobody")
