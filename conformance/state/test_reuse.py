"""Two sockets at one address: what SO_REUSEADDR and SO_REUSEPORT let happen at bind."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    STREAM,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .reuse import IN_USE, INDETERMINATE, OPTION, OPTIONS, PLACES, at, binds, with_options

BOUND = {"bound": "both sockets are bound"}
SET = OPTIONS[1:]

FORCED = MS.article(
    "using-so-reuseaddr-and-so-exclusiveaddruse",
    "Using SO_REUSEADDR",
    "allows a socket to forcibly bind to a port in use by another socket",
)
NOT_LISTENING = MAN.socket(
    7, "SO_REUSEADDR", "except when there is an active listening socket bound to the address"
)
IDENTICAL = MAN.socket(7, "SO_REUSEPORT", "to be bound to an identical socket address")
DUPLICATE = FREEBSD.setsockopt(2, "SO_REUSEPORT", "allows completely duplicate bindings")
BOTH_PROGRAMS = MAN.socket(
    7, "NOTES", "when this option was set both in the previous program that performed a bind(2)"
)

WITHOUT = rule(
    "state.reuse.neither-option",
    "Without a reuse option, binding to the address of another socket fails with EADDRINUSE.",
    level=MUST,
    judges=ALONE,
    sources=[
        IN_USE,
        POSIX.chapter(
            "2.10.16", "SO_REUSEADDR", "off; that is, reuse of local addresses is not permitted"
        ),
    ],
    behaviours={"EADDRINUSE": CONFORMS, **BOUND},
)


@WITHOUT.case(family=INET, type=(STREAM, DGRAM), holder="bound", place="same")
@WITHOUT.case(family=INET, type=STREAM, holder=("listening", "connected"), place="same")
@WITHOUT.case(family=INET, type=(STREAM, DGRAM), holder="bound", place="same", first=SET)
@WITHOUT.case(family=INET, type=STREAM, holder="listening", place="same", first=SET)
def test_without(sockets, see, case):
    holder, address = at(sockets, case["place"], case.get("first", "none"))
    if case["holder"] == "listening":
        holder.listen(1)
    elif case["holder"] == "connected":
        holder.connect(sockets.listener().local_addr())
    see(binds(sockets, address))


BOTH_BOUND = rule(
    "state.reuse.bound",
    "Whether reuse options let two stream sockets share an address is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, NOT_LISTENING, FORCED],
    behaviours=BOUND,
)

LISTENING = rule(
    "state.reuse.listening",
    "Whether reuse options let a stream socket be bound where another listens is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        OPTION,
        SOCKET2.set_reuse_address(3, "may bind even when there's a socket already listening"),
        NOT_LISTENING,
        DUPLICATE,
        FORCED,
    ],
    behaviours=BOUND,
    aliases=["contracts.option.reuse-address-listening", "contracts.reuse-address.listening"],
)

DATAGRAM = rule(
    "state.reuse.datagram",
    "Whether reuse options let two datagram sockets share an address is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, IDENTICAL, DUPLICATE, FORCED],
    behaviours=BOUND,
)


# A second socket without an option at the same address: state.reuse.neither-option.
@BOTH_BOUND.case(family=INET, first=OPTIONS, second=OPTIONS, place=PLACES[1:])
@BOTH_BOUND.case(family=INET, first=OPTIONS, second=SET, place="same")
def test_both_bound(sockets, see, case):
    _holder, address = at(sockets, case["place"], case["first"])
    see(binds(sockets, address, case["second"]))


@LISTENING.case(family=INET, first=OPTIONS, second=OPTIONS, place=PLACES[1:])
@LISTENING.case(family=INET, first=OPTIONS, second=SET, place="same")
def test_listening(sockets, see, case):
    holder, address = at(sockets, case["place"], case["first"])
    holder.listen(1)
    see(binds(sockets, address, case["second"]))


@DATAGRAM.case(family=INET, type=DGRAM, first=OPTIONS, second=OPTIONS, place=PLACES[1:])
@DATAGRAM.case(family=INET, type=DGRAM, first=OPTIONS, second=SET, place="same")
def test_datagram(sockets, see, case):
    _holder, address = at(sockets, case["place"], case["first"])
    see(binds(sockets, address, case["second"]))


SECOND_LISTENER = rule(
    "state.reuse.second-listener",
    "Whether two sockets that share an address by SO_REUSEADDR can both listen is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, NOT_LISTENING, INDETERMINATE],
    behaviours={
        "listens": "both sockets listen",
        "not-bound": "the second socket cannot be bound",
    },
)


@SECOND_LISTENER.case(family=INET)
def test_second_listener(sockets, see, case):
    first, address = at(sockets, "same", "address")
    second = with_options(sockets, "address")
    if outcome(second.bind, address) != "succeeds":
        see("not-bound")
        return
    first.listen(1)
    see(outcome(second.listen, 1, ok="listens"))


LATE = rule(
    "state.reuse.set-late",
    "Whether SO_REUSEADDR counts when it is set after the first socket's bind is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, BOTH_PROGRAMS],
    behaviours=BOUND,
)

CLEARED = rule(
    "state.reuse.cleared-late",
    "Whether SO_REUSEADDR counts when it is cleared after the first bind is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[OPTION, BOTH_PROGRAMS],
    behaviours=BOUND,
)


@LATE.case(family=INET, type=(STREAM, DGRAM))
def test_set_late(sockets, see, case):
    first, address = at(sockets, "same")
    first.set_reuse_address(True)
    see(binds(sockets, address, "address"))


@CLEARED.case(family=INET, type=(STREAM, DGRAM))
def test_cleared_late(sockets, see, case):
    first, address = at(sockets, "same", "address")
    first.set_reuse_address(False)
    see(binds(sockets, address, "address"))


APART = rule(
    "state.reuse.protocols-apart",
    "A stream and a datagram socket can be bound to one address and port number.",
    level=MUST,
    judges=ALONE,
    sources=[
        IN_USE,
        RFC(9293, "2.2", "TCP uses port numbers to identify application services"),
        MAN.ip(7, "Address format", "they are implemented by higher level protocols"),
    ],
    behaviours={"bound": CONFORMS},
)


def one_binds(sockets, type, another):
    """Bind a socket of a type to the other address of a bound one; how the best try went.

    Somebody else may hold the port there: a few ports are tried.
    """
    for _ in range(5):
        how = outcome(sockets.new(type=type).bind, another(), ok="bound")
        if how == "bound":
            break
    return how


@APART.case(family=INET, first=(STREAM, DGRAM))
def test_protocols_apart(sockets, see, case):
    other = DGRAM if case["first"] == STREAM else STREAM
    see(one_binds(sockets, other, lambda: sockets.bound(type=case["first"]).local_addr()))


OTHER_ADDRESS = rule(
    "state.reuse.other-address",
    "Two sockets can be bound to one port at two addresses of the host.",
    level=MUST,
    judges=ALONE,
    sources=[IN_USE],
    behaviours={"bound": CONFORMS},
    needs=["other-loopback"],
)


@OTHER_ADDRESS.case(family=V4, type=(STREAM, DGRAM))
def test_other_address(sockets, see, case):
    def another():
        first = sockets.bound().local_addr()
        return type(first)("127.0.0.2", first.port)

    see(one_binds(sockets, case["type"], another))


PORT_ZERO = rule(
    "state.reuse.port-zero",
    "Whether port 0 gives each of several sockets a port of its own is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.bind("DESCRIPTION", "shall assign a local socket address"),
        MAN.bind(2, "EADDRINUSE", "upon attempting to bind to an ephemeral port"),
    ],
    behaviours={
        "all-different": "each socket has a port of its own",
        "shared": "two sockets have the same port",
    },
)


# A datagram socket with a reuse option may be given a port that another such socket has, by
# chance (Linux: udp_lib_get_port does not count those as in use): nothing to see here.
@PORT_ZERO.case(family=INET, type=STREAM, options=OPTIONS)
@PORT_ZERO.case(family=INET, type=DGRAM, options="none")
def test_port_zero(sockets, see, case):
    ports = []
    for _ in range(12):
        sock = with_options(sockets, case["options"])
        sock.bind(sockets.loopback())
        ports.append(sock.local_addr().port)
    see("all-different" if len(set(ports)) == len(ports) else "shared", ports=ports)
