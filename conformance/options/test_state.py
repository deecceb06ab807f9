"""Options of a socket that is shut down, reset or closed."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    SERVER,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .places import each_place, not_switched_off, own
from .table import OPTIONS

SHUT_DOWN = POSIX.setsockopt("EINVAL", "or the socket has been shut down")
ACCEPTED = "the call succeeds"

SHUT = rule(
    "options.state.both-shut",
    "Setting an option of a socket that is shut down in both directions fails with EINVAL.",
    level=MUST,
    sources=[SHUT_DOWN],
    behaviours={"EINVAL": CONFORMS, "accepted": ACCEPTED},
)

RESET = rule(
    "options.state.reset",
    "Whether setting an option of a socket whose connection was reset fails is unspecified.",
    level=UNSPECIFIED,
    sources=[SHUT_DOWN, MS.setsockopt("Remarks", "socket of any type, in any state")],
    behaviours={"EINVAL": "the call fails", "accepted": ACCEPTED},
    split_from=["options.state.both-shut"],
)


@SHUT.case(family=INET, option=("SO_KEEPALIVE", "TCP_NODELAY"), how="shut")
@RESET.case(family=INET, option=("SO_KEEPALIVE", "TCP_NODELAY"), how="reset")
def test_both_shut(sockets, see, case):
    if case["how"] == "reset":
        sock = sockets.reset()
    else:
        sock, _theirs = sockets.connected()
        sock.shutdown("SHUT_RDWR")
    level = "SOL_SOCKET" if case["option"].startswith("SO_") else "IPPROTO_TCP"
    see(outcome(sock.set_int, level, case["option"], 1, ok="accepted"))


CLOSED = rule(
    "options.state.closed",
    "Setting or reading an option of a closed socket fails with EBADF or ENOTSOCK.",
    level=MUST,
    sources=[
        POSIX.setsockopt("EBADF", "The socket argument is not a valid file descriptor"),
        POSIX.setsockopt("ENOTSOCK", "The socket argument does not refer to a socket"),
        POSIX.getsockopt("EBADF", "The socket argument is not a valid file descriptor"),
        POSIX.getsockopt("ENOTSOCK", "The socket argument does not refer to a socket"),
    ],
    behaviours={"EBADF": CONFORMS, "ENOTSOCK": CONFORMS, "accepted": ACCEPTED},
)


@CLOSED.case(family=(*INET, UNIX), call=("set", "get"))
def test_closed(sockets, see, case):
    sock = sockets.new()
    sock.close()
    if case["call"] == "set":
        see(outcome(sock.set_int, "SOL_SOCKET", "SO_KEEPALIVE", 1, ok="accepted"))
    else:
        see(outcome(sock.get_int, "SOL_SOCKET", "SO_KEEPALIVE", ok="accepted"))


# -- every option, in every state -----------------------------------------------------

STATES = {
    "fresh": "it is as on a new socket in every state",
    "bound": "it is another on a bound socket",
    "listening": "it is another on a listening socket",
    "connected": "it is another on a connected socket",
    "ended": "it is another once the peer has closed",
    "shut": "it is another once both directions are shut down",
}
IN_A_STATE = MS.setsockopt("Remarks", "socket of any type, in any state")

READ = rule(
    "options.state.read",
    "Whether the state of a socket decides how reading an option ends is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.getsockopt("EINVAL", "the socket has been shut down"), IN_A_STATE],
    behaviours=STATES,
    combined=True,
)
SET = rule(
    "options.state.set",
    "Whether the state of a socket decides how setting an option ends is unspecified.",
    level=UNSPECIFIED,
    sources=[SHUT_DOWN, IN_A_STATE],
    behaviours=STATES,
    combined=True,
)


def in_states(sockets):
    """A socket in one state after the other, with the name of each."""
    if sockets.type == DGRAM:
        yield "fresh", sockets.new()
        yield "bound", sockets.bound()
        yield "connected", sockets.connected()[0]
        return
    yield "fresh", sockets.new()
    listener = sockets.bound()
    yield "bound", listener
    listener.listen(4)
    yield "listening", listener
    client, server = sockets.client_of(listener)
    yield "connected", client
    server.close()
    sockets.wait(client, "POLLIN")
    yield "ended", client
    client.shutdown("SHUT_RDWR")
    yield "shut", client


def differing(sockets, call):
    """How the call ends in each state, and the states in which it ends as on no new socket."""
    seen = {state: outcome(call, sock) for state, sock in in_states(sockets)}
    others = [state for state, how in seen.items() if how != seen["fresh"]]
    return "-".join(others) or "fresh", seen


# Where a connection was going before it was redirected, the firewall knows if there is one.
REDIRECTED = {"SO_ORIGINAL_DST", "IP6T_SO_ORIGINAL_DST"}


@each_place(
    READ,
    (row for row in OPTIONS.values() if "r" in row.use and row.name not in REDIRECTED),
    own,
)
def test_read(sockets, see, case):
    row = OPTIONS[case["option"]]
    room = row.room
    how, seen = differing(sockets, lambda sock: sock.get_option(row.level, row.name, room))
    see(how, seen=str(seen))


# What turns a socket into another one, shuts its options, or keeps connections from it.
CHANGES_IT = {"IPV6_ADDRFORM", "SO_LOCK_FILTER", "TCP_ULP", "TCP_DEFER_ACCEPT"}


@each_place(
    SET,
    (
        row
        for row in OPTIONS.values()
        if "w" in row.use and not row.who and row.name not in CHANGES_IT
    ),
    own,
)
def test_set(sockets, see, case):
    row = OPTIONS[case["option"]]
    not_switched_off(sockets, row)
    value = row.value(sockets.backend.byte_order)
    how, seen = differing(sockets, lambda sock: sock.set_option(row.level, row.name, value))
    see(how, seen=str(seen))


# -- every option, handed on ------------------------------------------------------------

INHERITED = rule(
    "options.state.inherited",
    "Whether an accepted socket inherits an option of one system is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "with the same socket type protocol and address family"),
        MAN.tcp(7, "TCP_USER_TIMEOUT", "like many others, will be inherited by the socket"),
    ],
    behaviours={
        "inherited": "it reads as on the listener",
        "default": "it reads as on a new socket",
        "another-value": "it reads as neither",
    },
)
# What options.boolean.inherited, .integer.inherited and .buffer.inherited ask about, and what
# a listener cannot have.
NOT_HERE = {
    *("SO_KEEPALIVE", "SO_OOBINLINE", "SO_REUSEADDR", "TCP_NODELAY", "IP_TTL", "TCP_KEEPIDLE"),
    *("TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_SYNCNT", "TCP_USER_TIMEOUT", "TCP_MAXSEG"),
    *("IPV6_UNICAST_HOPS", "SO_SNDBUF", "SO_RCVBUF", "TCP_QUICKACK", "TCP_TIMESTAMP"),
    *("TCP_DEFER_ACCEPT", "IP_MINTTL", "IPV6_MINHOPCOUNT", "TCP_TX_DELAY", "SO_TXREHASH"),
}
NUMBERS = [
    row
    for row in OPTIONS.values()
    if row.is_number and row.use == "rw" and not row.who and row.name not in NOT_HERE
]


def changed(sock, row):
    """Set an option to another value than it has, and return both: None where that fails."""
    got = []
    if outcome(lambda: got.append(sock.get_int(row.level, row.name))) != "succeeds":
        return None
    wanted = 1 - got[0] if row.kind == "flag" else 1500 if row.least > row.most else row.most
    if wanted == got[0]:
        wanted = row.least
    if outcome(sock.set_int, row.level, row.name, wanted) != "succeeds":
        return None
    now = sock.get_int(row.level, row.name)
    return (got[0], now) if now != got[0] else None


@each_place(
    INHERITED,
    (row for row in NUMBERS if STREAM in {type for _, type in row.sockets}),
    lambda row: [each for each in row.sockets if each[1] == STREAM][:1],
)
def test_inherited(sockets, see, case):
    row = OPTIONS[case["option"]]
    reflected = sockets.settings.get("net.ipv4.tcp_reflect_tos", "0") != "0"
    if row.name in {"IP_TOS", "IPV6_TCLASS"} and reflected:
        raise Unsupported(row.name, "net.ipv4.tcp_reflect_tos has it follow the peer's packets")
    listener = sockets.listener()
    values = changed(listener, row)
    if values is None:
        raise Unsupported(row.name, "a listener cannot be given another value than it has")
    default, wanted = values
    _client, accepted = sockets.client_of(listener)
    got = accepted.get_int(row.level, row.name)
    see({wanted: "inherited", default: "default"}.get(got, "another-value"), got=got)


DUPLICATE = rule(
    "options.state.duplicate",
    "An option that is set through a duplicate of a descriptor is set on the socket itself.",
    level=MUST,
    sources=[
        POSIX.fcntl("F_DUPFD", "shall refer to the same open file description as the original"),
        POSIX.setsockopt("DESCRIPTION", "for the socket associated with the file descriptor"),
    ],
    behaviours={
        "shared": CONFORMS,
        "separate": "an option reads back otherwise through the original",
    },
)


@DUPLICATE.case(family=(V4, V6), type=(STREAM, DGRAM))
@DUPLICATE.case(family=UNIX, type=STREAM)
def test_duplicate(sockets, see, case):
    sock = sockets.new()
    twin = sockets.keep(sock.try_clone())
    place = (case["family"], case["type"])
    tried = []
    for row in NUMBERS:
        if place in row.sockets and row.name not in CHANGES_IT:
            values = changed(twin, row)
            if values is not None and sock.get_int(row.level, row.name) != values[1]:
                see("separate", option=row.name)
                return
            tried.append(row.name)
    if not tried:
        raise Unsupported("options", "none of them can be changed")
    see("shared", tried=len(tried))
