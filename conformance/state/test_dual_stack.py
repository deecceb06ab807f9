"""An IPv6 socket that speaks IPv4: mapped addresses, and whom it reaches."""

from __future__ import annotations

from sockspec.address import Inet, Inet6
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
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

NEEDS = ["dual-stack"]
MAPPED_RFC = RFC(3493, "3.7", "::FFFF:<IPv4-address>")


def kind(address):
    """How an address is written: as IPv4, mapped, or as IPv6."""
    if isinstance(address, Inet):
        return "plain"
    return "mapped" if address.host.lower().startswith("::ffff:") else "v6"


def there(sockets, family, type=None):
    """A socket that takes connections or datagrams at the loopback address of a family."""
    made = sockets.bound(family, type)
    if (type or sockets.type) == STREAM:
        made.listen(4)
    return made


def everywhere(sockets, only_v6=False):
    """The same at the unspecified IPv6 address."""
    made = sockets.new(V6)
    made.set_only_v6(only_v6)
    made.bind(sockets.wildcard(V6))
    if sockets.type == STREAM:
        made.listen(4)
    return made


V4_CLIENT = rule(
    "state.dual-stack.mapped-names",
    "At an IPv6 server the connection of an IPv4 client has mapped addresses at both ends.",
    level=MUST,
    sources=[MAPPED_RFC, FREEBSD.inet6(4, "Interaction between IPv4/v6 sockets")],
    behaviours={
        "mapped": CONFORMS,
        "plain": "they are IPv4 addresses",
        "v6": "they are other IPv6 addresses",
    },
    needs=NEEDS,
)


@V4_CLIENT.case(type=STREAM, asked=("accept", "peer", "local"))
def test_mapped_names(sockets, see, case):
    listener = everywhere(sockets)
    port = listener.local_addr().port
    sockets.new(V4).connect(sockets.loopback(V4, port))
    server, address = listener.accept()
    sockets.keep(server)
    asked = {"accept": lambda: address, "peer": server.peer_addr, "local": server.local_addr}
    see(kind(asked[case["asked"]]()))


SAME_PORT = rule(
    "state.dual-stack.mapped-address",
    "A mapped address holds the IPv4 address and port that the client has.",
    level=MUST,
    sources=[MAPPED_RFC],
    behaviours={"same": CONFORMS, "other": "another address or port"},
    needs=NEEDS,
)


@SAME_PORT.case(type=(STREAM, DGRAM))
def test_mapped_address(sockets, see, case):
    server, client = everywhere(sockets), sockets.bound(V4)
    target = sockets.loopback(V4, server.local_addr().port)
    if case["type"] == STREAM:
        client.connect(target)
        accepted, got = server.accept()
        sockets.keep(accepted)
    else:
        client.send_to(b"x", target)
        got = server.recv_from(4)[1]
    own = client.local_addr()
    same = got.host.lower() == f"::ffff:{own.host}" and got.port == own.port
    see("same" if same else "other", got=got, own=own)


CLIENT_SEES = rule(
    "state.dual-stack.client-sees-ipv4",
    "An IPv4 client of an IPv6 server sees plain IPv4 addresses.",
    level=MUST,
    sources=[MAPPED_RFC],
    behaviours={"plain": CONFORMS, "mapped": "mapped ones", "v6": "IPv6 ones"},
    needs=NEEDS,
)


@CLIENT_SEES.case(type=STREAM, asked=("peer", "local"))
def test_client_sees_ipv4(sockets, see, case):
    port = everywhere(sockets).local_addr().port
    client = sockets.new(V4)
    client.connect(sockets.loopback(V4, port))
    see(kind(client.peer_addr() if case["asked"] == "peer" else client.local_addr()))


BOTH = rule(
    "state.dual-stack.both-families",
    "A socket at the unspecified IPv6 address is reached by IPv4 and by IPv6.",
    level=MUST,
    sources=[RFC(3493, "3.7"), MAN.ipv6(7, "DESCRIPTION", "v4-mapped-on-v6 address type")],
    behaviours={"reached": CONFORMS, "ECONNREFUSED": "refused", "lost": "nothing arrives"},
    needs=NEEDS,
)


@BOTH.case(type=(STREAM, DGRAM), client=(V4, V6, MAPPED))
def test_both_families(sockets, see, case):
    server = everywhere(sockets)
    address = sockets.loopback(case["client"], server.local_addr().port)
    client = sockets.new(case["client"])
    how = outcome(client.connect, address)
    if how == "succeeds" and case["type"] == DGRAM:
        how = outcome(client.send, b"x")
    if how == "succeeds":
        how = "reached" if server.poll("POLLIN", 1.0) else "lost"
    see(how)


OUT = rule(
    "state.dual-stack.connects-mapped",
    "An IPv6 socket reaches an IPv4 server by the mapped address.",
    level=MUST,
    sources=[RFC(3493, "3.7"), MAPPED_RFC],
    behaviours={"reached": CONFORMS, "lost": "nothing arrives", "ECONNREFUSED": "refused"},
    needs=NEEDS,
)


@OUT.case(type=(STREAM, DGRAM))
def test_connects_mapped(sockets, see, case):
    server = there(sockets, V4)
    client = sockets.new(MAPPED)
    target = sockets.loopback(MAPPED, server.local_addr().port)
    how = outcome(client.connect, target)
    if how == "succeeds" and case["type"] == DGRAM:
        how = outcome(client.send, b"x")
    if how == "succeeds":
        how = "reached" if server.poll("POLLIN", 1.0) else "lost"
    see(how)


SERVER_SEES = rule(
    "state.dual-stack.server-sees-ipv4",
    "An IPv4 server sees an IPv6 client that came by a mapped address as an IPv4 client.",
    level=MUST,
    sources=[RFC(3493, "3.7")],
    behaviours={"plain": CONFORMS, "mapped": "mapped", "v6": "IPv6"},
    needs=NEEDS,
)


@SERVER_SEES.case(type=(STREAM, DGRAM))
def test_server_sees_ipv4(sockets, see, case):
    server = there(sockets, V4)
    client = sockets.new(MAPPED)
    client.connect(sockets.loopback(MAPPED, server.local_addr().port))
    if case["type"] == STREAM:
        see(kind(sockets.accepted(server).peer_addr()))
    else:
        client.send(b"x")
        see(kind(server.recv_from(4)[1]))


LOCAL = rule(
    "state.dual-stack.local-after-connect",
    "Connecting an IPv6 socket to a mapped address makes its own address a mapped one.",
    level=MUST,
    sources=[RFC(3493, "3.7"), KERNEL("net/ipv6/tcp_ipv6.c", "tcp_v6_connect")],
    behaviours={"mapped": CONFORMS, "v6": "it stays an IPv6 one", "plain": "an IPv4 one"},
    needs=NEEDS,
)


@LOCAL.case(type=(STREAM, DGRAM), bound=("unbound", "unspecified"))
def test_local_after_connect(sockets, see, case):
    client = sockets.new(MAPPED)
    if case["bound"] == "unspecified":
        client.bind(sockets.wildcard(V6))
    client.connect(sockets.loopback(MAPPED, there(sockets, V4).local_addr().port))
    see(kind(client.local_addr()))


REPLY = rule(
    "state.dual-stack.reply",
    "A datagram that is sent back to the mapped address it came from arrives.",
    level=MUST,
    sources=[RFC(3493, "3.7")],
    behaviours={"arrives": CONFORMS, "lost": "it does not"},
    needs=NEEDS,
)


@REPLY.case(type=DGRAM)
def test_reply(sockets, see, case):
    server, client = everywhere(sockets), sockets.bound(V4)
    client.send_to(b"question", sockets.loopback(V4, server.local_addr().port))
    _data, sender = server.recv_from(16)
    server.send_to(b"answer", sender)
    arrived = client.poll("POLLIN", 1.0) and client.recv(16) == b"answer"
    see("arrives" if arrived else "lost")


BOUND_MAPPED = rule(
    "state.dual-stack.bound-mapped",
    "A socket that is bound to a mapped address is reached by IPv4 alone.",
    level=MUST,
    sources=[RFC(3493, "3.7"), KERNEL("net/ipv6/af_inet6.c", "__inet6_bind")],
    behaviours={
        "ipv4-only": CONFORMS,
        "ipv6-too": "it is reached by ::1 too",
        "nobody": "it is not reached by 127.0.0.1",
    },
    needs=NEEDS,
)


@BOUND_MAPPED.case(type=STREAM)
def test_bound_mapped(sockets, see, case):
    listener = there(sockets, MAPPED)
    port = listener.local_addr().port
    sockets.new(V4).connect(sockets.loopback(V4, port))
    if not listener.poll("POLLIN", 1.0):
        see("nobody")
        return
    sockets.accepted(listener)
    # Somebody else may listen at that port of ::1: it is our listener that tells.
    outcome(sockets.new(V6).connect, sockets.loopback(V6, port))
    see("ipv6-too" if listener.poll("POLLIN", 0) else "ipv4-only")


NAME = rule(
    "state.dual-stack.bound-mapped-name",
    "The local address of a socket that is bound to a mapped address is that address.",
    level=MUST,
    sources=[RFC(3493, "3.7")],
    behaviours={"mapped": CONFORMS, "plain": "an IPv4 address", "v6": "another IPv6 address"},
    needs=NEEDS,
)


@NAME.case(type=(STREAM, DGRAM))
def test_bound_mapped_name(sockets, see, case):
    see(kind(sockets.bound(MAPPED).local_addr()))


MIXED = rule(
    "state.dual-stack.other-family-bound",
    "What a socket bound to an address of one family answers for the other is left open.",
    level=UNSPECIFIED,
    sources=[RFC(3493, "3.7"), XNU("bsd/netinet6/in6_pcb.c", "in6_pcbladdr")],
    behaviours={
        "EAFNOSUPPORT": "the family does not suit",
        "ENETUNREACH": "there is no way",
        "EINVAL": "it is refused",
        "connected": "it connects",
    },
    needs=NEEDS,
)


@MIXED.case(type=(STREAM, DGRAM), bound=(V6, MAPPED))
def test_other_family_bound(sockets, see, case):
    sock = sockets.new(MAPPED)
    sock.bind(sockets.loopback(case["bound"]))
    other = V4 if case["bound"] == V6 else V6
    port = there(sockets, other).local_addr().port
    target = sockets.loopback(MAPPED if other == V4 else V6, port)
    see(outcome(sock.connect, target, ok="connected"))


SWITCH = rule(
    "state.dual-stack.switch-family",
    "Whether a connected datagram socket can be connected to the other family is left open.",
    level=UNSPECIFIED,
    sources=[KERNEL("net/ipv6/datagram.c", "__ip6_datagram_connect"), RFC(3493, "3.7")],
    behaviours={
        "connected": "it can",
        "EAFNOSUPPORT": "the family does not suit",
        "ENETUNREACH": "there is no way",
        "EINVAL": "it is refused",
    },
    needs=NEEDS,
)


@SWITCH.case(type=DGRAM, first=(V6, MAPPED))
def test_switch_family(sockets, see, case):
    sock = sockets.new(MAPPED)
    ports = {
        family: there(sockets, V4 if family == MAPPED else V6).local_addr().port
        for family in (V6, MAPPED)
    }
    second = MAPPED if case["first"] == V6 else V6
    sock.connect(sockets.loopback(case["first"], ports[case["first"]]))
    see(outcome(sock.connect, sockets.loopback(second, ports[second]), ok="connected"))


ANY = rule(
    "state.dual-stack.connect-unspecified",
    "Connecting to the unspecified address leads to the host itself, or is refused.",
    level=UNSPECIFIED,
    sources=[KERNEL("net/ipv6/tcp_ipv6.c", "connect() to INADDR_ANY means loopback")],
    behaviours={
        "loopback": "to the loopback address",
        "EADDRNOTAVAIL": "it is no address to connect to",
        "ECONNREFUSED": "it is refused",
    },
    needs=["ipv6"],
)


@ANY.case(type=(STREAM, DGRAM), address=("v6", "mapped"))
def test_connect_unspecified(sockets, see, case):
    mapped = case["address"] == "mapped"
    port = there(sockets, V4 if mapped else V6).local_addr().port
    sock = sockets.new(MAPPED)
    target = Inet6("::ffff:0.0.0.0" if mapped else "::", port)
    see(outcome(sock.connect, target, ok="loopback"))


IP_OPTIONS = rule(
    "state.dual-stack.ip-options",
    "IPv4 options can be set on the IPv6 socket of an IPv4 connection, and read back.",
    level=SHOULD,
    sources=[KERNEL("net/ipv6/ipv6_sockglue.c", "ipv6_setsockopt")],
    behaviours={
        "kept": CONFORMS,
        "other": "another value reads back",
        "ENOPROTOOPT": "there is no such option",
        "EINVAL": "it is refused",
    },
    needs=NEEDS,
)


@IP_OPTIONS.case(type=STREAM, option=("ttl", "tos_v4"))
def test_ip_options(sockets, see, case):
    listener = everywhere(sockets)
    client = sockets.new(V4)
    client.connect(sockets.loopback(V4, listener.local_addr().port))
    server = sockets.accepted(listener)
    how = outcome(getattr(server, f"set_{case['option']}"), 32)
    if how == "succeeds":
        how = "kept" if getattr(server, case["option"])() == 32 else "other"
    see(how)
