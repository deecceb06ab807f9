"""An IPv6 socket that speaks IPv4: mapped addresses, and whom it reaches."""

from __future__ import annotations

import ipaddress

from sockspec.address import Inet6
from sockspec.errors import Unsupported
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    FREEBSD,
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

from .dual_stack import KINDS, bind_beside, everywhere, kind, reaches, there

NEEDS = ["dual-stack"]
PLAIN = {**KINDS, "plain": CONFORMS}
AS_MAPPED = {**KINDS, "mapped": CONFORMS}
REACHED = {"reached": CONFORMS, "lost": "neither a connection nor data arrives"}


def compatibility(quote):
    return POSIX.chapter("2.10.20", "Compatibility with IPv4", quote)


PEER_MAPPED = compatibility("the system shall return the peer's address to the application")
REPRESENTED = compatibility("represented at the API by the corresponding IPv4-mapped IPv6")
ENCODED = RFC(3493, "3.7", "The IPv4 address is encoded into the low-order 32 bits")
TO_IPV4 = compatibility("by simply encoding the destination's IPv4 address as an IPv4-mapped")
ORIGINAL_API = RFC(3493, "3.6", "continue to support AF_INET sockets and the sockaddr_in")


def told(address):
    """The address that accept() returned; that it returns one at all is another rule's."""
    if address is None:
        raise Unsupported("accept", "it returns no address")
    return address


NAMES = rule(
    "state.dual-stack.mapped-names",
    "An IPv6 server sees the connection of an IPv4 client with mapped addresses at both ends.",
    level=MUST,
    judges=ALONE,
    sources=[
        PEER_MAPPED,
        REPRESENTED,
        FREEBSD.inet6(
            4,
            "Interaction between IPv4/v6 sockets",
            "IPv4 traffic should be seen as if it came from an IPv6 address",
        ),
    ],
    behaviours=AS_MAPPED,
    needs=NEEDS,
)


@NAMES.case(type=STREAM, asked=("accept", "peer", "local"))
def test_mapped_names(sockets, see, case):
    listener = everywhere(sockets)
    sockets.new(V4).connect(sockets.loopback(V4, listener.local_addr().port))
    server, address = listener.accept()
    sockets.keep(server)
    asked = {
        "accept": lambda: told(address),
        "peer": server.peer_addr,
        "local": server.local_addr,
    }
    see(kind(asked[case["asked"]]()))


ADDRESS = rule(
    "state.dual-stack.mapped-address",
    "A mapped address holds the IPv4 address and the port of the client.",
    level=MUST,
    judges=ALONE,
    sources=[PEER_MAPPED, ENCODED],
    behaviours={"same": CONFORMS, "different": "it holds another address or port"},
    needs=NEEDS,
    renamed={"other": "different"},
)


@ADDRESS.case(type=(STREAM, DGRAM))
def test_mapped_address(sockets, see, case):
    server, client = everywhere(sockets), sockets.bound(V4)
    target = sockets.loopback(V4, server.local_addr().port)
    if case["type"] == STREAM:
        client.connect(target)
        accepted, address = server.accept()
        sockets.keep(accepted)
        got = told(address)
    else:
        client.send_to(b"x", target)
        got = server.recv_from(4)[1]
    own = client.local_addr()
    host = ipaddress.ip_address(got.host)
    inside = getattr(host, "ipv4_mapped", None)
    same = inside == ipaddress.ip_address(own.host) and got.port == own.port
    see("same" if same else "different", got=got, own=own)


CLIENT_SEES = rule(
    "state.dual-stack.client-sees-ipv4",
    "An IPv4 client of an IPv6 server has IPv4 addresses at both ends.",
    level=MUST,
    judges=ALONE,
    sources=[ORIGINAL_API],
    behaviours=PLAIN,
    needs=NEEDS,
)


@CLIENT_SEES.case(type=STREAM, asked=("peer", "local"))
def test_client_sees_ipv4(sockets, see, case):
    client = sockets.new(V4)
    client.connect(sockets.loopback(V4, everywhere(sockets).local_addr().port))
    see(kind(client.peer_addr() if case["asked"] == "peer" else client.local_addr()))


SERVER_SEES = rule(
    "state.dual-stack.server-sees-ipv4",
    "An IPv4 server sees a client that came through a mapped address with its IPv4 address.",
    level=MUST,
    judges=ALONE,
    sources=[ORIGINAL_API],
    behaviours=PLAIN,
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


BOTH = rule(
    "state.dual-stack.both-families",
    "A dual-stack socket at the unspecified address is reached by IPv4 and by IPv6.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.set_only_v6(4, "receive packets from an IPv4-mapped IPv6 address"),
        RFC(3493, "5.3", "AF_INET6 sockets may be used for both IPv4 and IPv6 communications"),
    ],
    behaviours=REACHED,
    needs=NEEDS,
)


@BOTH.case(type=(STREAM, DGRAM), client=(V4, V6, MAPPED))
def test_both_families(sockets, see, case):
    server = everywhere(sockets)
    address = sockets.loopback(case["client"], server.local_addr().port)
    see(reaches(sockets, sockets.new(case["client"]), server, address))


OUT = rule(
    "state.dual-stack.connects-mapped",
    "An IPv6 socket reaches an IPv4 server through the mapped address.",
    level=MUST,
    judges=ALONE,
    sources=[TO_IPV4, RFC(3493, "3.7", "to open TCP connections to IPv4 nodes")],
    behaviours=REACHED,
    needs=NEEDS,
)


@OUT.case(type=(STREAM, DGRAM))
def test_connects_mapped(sockets, see, case):
    server = there(sockets, V4)
    address = sockets.loopback(MAPPED, server.local_addr().port)
    see(reaches(sockets, sockets.new(MAPPED), server, address))


REPLY = rule(
    "state.dual-stack.reply",
    "A datagram sent back to the mapped address that it came from arrives.",
    level=MUST,
    judges=ALONE,
    sources=[PEER_MAPPED, TO_IPV4],
    behaviours={"arrives": CONFORMS, "lost": REACHED["lost"]},
    needs=NEEDS,
)


@REPLY.case(type=DGRAM)
def test_reply(sockets, see, case):
    server, client = everywhere(sockets), sockets.bound(V4)
    client.send_to(b"question", sockets.loopback(V4, server.local_addr().port))
    _data, sender = server.recv_from(16)
    how = outcome(server.send_to, b"answer", sender)
    if how == "succeeds":
        arrived = client.poll("POLLIN", 1.0) and client.recv(16) == b"answer"
        how = "arrives" if arrived else "lost"
    see(how)


LOCAL = rule(
    "state.dual-stack.local-after-connect",
    "A stream socket connected to a mapped address has a mapped address itself.",
    level=MUST,
    judges=ALONE,
    sources=[
        REPRESENTED,
        POSIX.connect("DESCRIPTION", "connect() shall bind it to an address"),
    ],
    behaviours=AS_MAPPED,
    needs=NEEDS,
)

LOCAL_DATAGRAM = rule(
    "state.dual-stack.local-after-datagram-connect",
    "Whether a datagram socket connected to a mapped address has a mapped one is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[REPRESENTED],
    behaviours=KINDS,
    needs=NEEDS,
    split_from=["state.dual-stack.local-after-connect"],
)


@LOCAL.case(type=STREAM, bound=("unbound", "unspecified"))
@LOCAL_DATAGRAM.case(type=DGRAM, bound=("unbound", "unspecified"))
def test_local_after_connect(sockets, see, case):
    client = sockets.new(MAPPED)
    if case["bound"] == "unspecified":
        client.bind(sockets.wildcard(V6))
    client.connect(sockets.loopback(MAPPED, there(sockets, V4).local_addr().port))
    see(kind(client.local_addr()))


BOUND_MAPPED = rule(
    "state.dual-stack.bound-mapped",
    "A listener bound to ::ffff:127.0.0.1 is reached at 127.0.0.1 and not at ::1.",
    level=MUST,
    judges=ALONE,
    sources=[
        compatibility("bind to a node's IPv4 address by specifying the address as an"),
        POSIX.connect("ECONNREFUSED", "The target address was not listening for connections"),
    ],
    behaviours={
        "ipv4-only": CONFORMS,
        "ipv6-too": "it is reached at ::1 as well",
        "not-reached": "it is not reached at 127.0.0.1",
    },
    needs=NEEDS,
    renamed={"nobody": "not-reached"},
)


@BOUND_MAPPED.case(type=STREAM)
def test_bound_mapped(sockets, see, case):
    listener = there(sockets, MAPPED)
    port = listener.local_addr().port
    how = reaches(sockets, sockets.new(V4), listener, sockets.loopback(V4, port))
    if how != "reached":
        see("not-reached", how=how)
        return
    sockets.accepted(listener)
    # Somebody else may listen at that port of ::1: our listener shows whether it was reached.
    outcome(sockets.new(V6).connect, sockets.loopback(V6, port))
    see("ipv6-too" if listener.poll("POLLIN", 0) else "ipv4-only")


BOUND_NAME = rule(
    "state.dual-stack.bound-mapped-name",
    "getsockname() returns a mapped address for a socket bound to a mapped address.",
    level=MUST,
    judges=ALONE,
    sources=[compatibility("the system shall return the address in the getsockname()")],
    behaviours=AS_MAPPED,
    needs=NEEDS,
)


@BOUND_NAME.case(type=(STREAM, DGRAM))
def test_bound_mapped_name(sockets, see, case):
    see(kind(sockets.bound(MAPPED).local_addr()))


OTHER_FAMILY_BOUND = rule(
    "state.dual-stack.other-family-bound",
    "Whether a socket bound to one family's address can connect to the other is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[TO_IPV4],
    behaviours={"connected": "the connect succeeds"},
    needs=NEEDS,
)


@OTHER_FAMILY_BOUND.case(type=(STREAM, DGRAM), bound=(V6, MAPPED))
def test_other_family_bound(sockets, see, case):
    sock = sockets.new(MAPPED)
    sock.bind(sockets.loopback(case["bound"]))
    server, way = (V4, MAPPED) if case["bound"] == V6 else (V6, V6)
    target = sockets.loopback(way, there(sockets, server).local_addr().port)
    see(outcome(sock.connect, target, ok="connected"))


SWITCH = rule(
    "state.dual-stack.switch-family",
    "Whether a connected datagram socket can be connected to the other family is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[POSIX.connect("DESCRIPTION", "connect() shall set the socket's peer address")],
    behaviours={"connected": "the connect succeeds"},
    needs=NEEDS,
)


@SWITCH.case(type=DGRAM, first=(V6, MAPPED))
def test_switch_family(sockets, see, case):
    sock = sockets.new(MAPPED)
    peers = [
        sockets.loopback(V6, there(sockets, V6).local_addr().port),
        sockets.loopback(MAPPED, there(sockets, V4).local_addr().port),
    ]
    if case["first"] == MAPPED:
        peers.reverse()
    sock.connect(peers[0])
    see(outcome(sock.connect, peers[1], ok="connected"))


UNSPECIFIED_ADDRESS = rule(
    "state.dual-stack.connect-unspecified",
    "Whether a connect to ::ffff:0.0.0.0 reaches the loopback address is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[POSIX.connect("EADDRNOTAVAIL", "is not available from the local machine")],
    behaviours={"loopback": "it reaches a server at 127.0.0.1", "lost": REACHED["lost"]},
    needs=NEEDS,
)


@UNSPECIFIED_ADDRESS.case(type=(STREAM, DGRAM), address=MAPPED)
def test_connect_unspecified(sockets, see, case):
    server = there(sockets, V4)
    target = Inet6("::ffff:0.0.0.0", server.local_addr().port)
    how = reaches(sockets, sockets.new(MAPPED), server, target)
    see("loopback" if how == "reached" else how)


IP_OPTIONS = rule(
    "state.dual-stack.ip-options",
    "Whether an IPv6 socket has the IPv4 options of its IPv4 connection is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[POSIX.setsockopt("ENOPROTOOPT", "The option is not supported by the protocol")],
    behaviours={
        "kept": "the option reads back as it was set",
        "reads-back-different": "another value reads back",
    },
    needs=NEEDS,
    renamed={"other": "reads-back-different"},
)


@IP_OPTIONS.case(type=STREAM, option=("ttl", "tos_v4"))
def test_ip_options(sockets, see, case):
    listener = everywhere(sockets)
    client = sockets.new(V4)
    client.connect(sockets.loopback(V4, listener.local_addr().port))
    server = sockets.accepted(listener)
    how = outcome(getattr(server, f"set_{case['option']}"), 32)
    if how == "succeeds":
        got = getattr(server, case["option"])()
        how = "kept" if got == 32 else "reads-back-different"
    see(how)


BESIDE = rule(
    "state.dual-stack.beside-ipv4",
    "Whether a dual-stack socket and an IPv4 socket can have one port is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.bind("EADDRINUSE", "The specified address is already in use"),
        FREEBSD.inet6(
            4,
            "Interaction between IPv4/v6 sockets",
            "nor how IPv4 TCP/UDP port numbers and IPv6 TCP/UDP port numbers relate",
        ),
    ],
    behaviours={"both": "both are bound"},
    needs=NEEDS,
)


@BESIDE.case(type=(STREAM, DGRAM), first=("ipv6", "ipv4"), ipv4=("unspecified", "loopback"))
def test_beside_ipv4(sockets, see, case):
    see(bind_beside(sockets, case, only_v6=False))


OPTIONS_APART = rule(
    "state.dual-stack.options-apart",
    "Whether the IPv4 options of an IPv6 socket change its IPv6 ones is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.setsockopt("ENOPROTOOPT", "The option is not supported by the protocol"),
    ],
    behaviours={"apart": "the IPv6 option is as before", "together": "it has changed"},
    needs=NEEDS,
)


@OPTIONS_APART.case(family=V6, type=(STREAM, DGRAM), option=("ttl", "tos"))
def test_options_apart(sockets, see, case):
    theirs = {"ttl": "unicast_hops_v6", "tos": "tclass_v6"}[case["option"]]
    ours = {"ttl": "ttl", "tos": "tos_v4"}[case["option"]]
    sock = sockets.new()
    before = getattr(sock, theirs)()
    how = outcome(getattr(sock, f"set_{ours}"), 32, ok="apart")
    see(how if getattr(sock, theirs)() == before else "together")
