"""Two sockets at one address: what SO_REUSEADDR and SO_REUSEPORT let happen at bind."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    STREAM,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .reuse import OPTIONS, PLACES, at, with_options

BOUND = {"bound": "both are bound", "EADDRINUSE": "refused", "EACCES": "refused as forbidden"}
WINSOCK = MS.article("using-so-reuseaddr-and-so-exclusiveaddruse", "Using SO_REUSEADDR")

EXCLUSIVE = rule(
    "state.reuse.neither-option",
    "Without a reuse option an address in use is not given to a second socket.",
    level=MUST,
    sources=[POSIX.bind("EADDRINUSE", "The specified address is already in use")],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "both are bound"},
)


@EXCLUSIVE.case(family=INET, type=(STREAM, DGRAM), holder="bound", place=PLACES)
@EXCLUSIVE.case(family=INET, type=STREAM, holder=("listening", "connected"), place="same")
def test_neither(sockets, see, case):
    holder, address = at(sockets, case["place"])
    if case["holder"] == "listening":
        holder.listen(1)
    elif case["holder"] == "connected":
        holder.connect(sockets.listener().local_addr())
    see(outcome(with_options(sockets, "none").bind, address, ok="bound"))


BOTH_BOUND = rule(
    "state.reuse.bound",
    "Which reuse options let two stream sockets that do not listen have one address.",
    level=UNSPECIFIED,
    sources=[POSIX.chapter("2.10.16", "SO_REUSEADDR"), MAN.socket(7, "SO_REUSEADDR"), WINSOCK],
    behaviours=BOUND,
)


@BOTH_BOUND.case(family=INET, first=OPTIONS, second=OPTIONS, place=PLACES)
def test_both_bound(sockets, see, case):
    _holder, address = at(sockets, case["place"], case["first"])
    see(outcome(with_options(sockets, case["second"]).bind, address, ok="bound"))


LISTENING = rule(
    "state.reuse.listening",
    "Which reuse options let a socket be bound to an address where another listens.",
    level=UNSPECIFIED,
    sources=[MAN.socket(7, "SO_REUSEADDR"), FREEBSD.setsockopt(2, "SO_REUSEPORT"), WINSOCK],
    behaviours=BOUND,
)


@LISTENING.case(family=INET, first=OPTIONS, second=OPTIONS, place=PLACES)
def test_listening(sockets, see, case):
    holder, address = at(sockets, case["place"], case["first"])
    holder.listen(1)
    see(outcome(with_options(sockets, case["second"]).bind, address, ok="bound"))


DATAGRAM = rule(
    "state.reuse.datagram",
    "Which reuse options let two datagram sockets have one address.",
    level=UNSPECIFIED,
    sources=[MAN.socket(7, "SO_REUSEPORT"), FREEBSD.setsockopt(2, "SO_REUSEPORT"), WINSOCK],
    behaviours=BOUND,
)


@DATAGRAM.case(family=INET, type=DGRAM, first=OPTIONS, second=OPTIONS, place=PLACES)
def test_datagram(sockets, see, case):
    _holder, address = at(sockets, case["place"], case["first"])
    see(outcome(with_options(sockets, case["second"]).bind, address, ok="bound"))


SECOND_LISTENER = rule(
    "state.reuse.second-listener",
    "Whether the second of two sockets that share an address by SO_REUSEADDR can listen too.",
    level=UNSPECIFIED,
    sources=[MAN.socket(7, "SO_REUSEADDR"), POSIX.chapter("2.10.16", "SO_REUSEADDR"), WINSOCK],
    behaviours={
        "listens": "both listen",
        "EADDRINUSE": "the second is refused",
        "not-bound": "the second was not even bound",
    },
)


@SECOND_LISTENER.case(family=INET)
def test_second_listener(sockets, see, case):
    first = with_options(sockets, "address")
    first.bind(sockets.loopback())
    second = with_options(sockets, "address")
    if outcome(second.bind, first.local_addr()) != "succeeds":
        see("not-bound")
        return
    first.listen(1)
    see(outcome(second.listen, 1, ok="listens"))


LATE = rule(
    "state.reuse.set-late",
    "Whether SO_REUSEADDR counts on a first socket that was bound before it was set.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", "SO_REUSEADDR"),
        MAN.socket(7, "NOTES", "when this option was set both in the previous program"),
    ],
    behaviours=BOUND,
)


@LATE.case(family=INET, type=(STREAM, DGRAM))
def test_set_late(sockets, see, case):
    first = sockets.bound()
    first.set_reuse_address(True)
    see(outcome(with_options(sockets, "address").bind, first.local_addr(), ok="bound"))


CLEARED = rule(
    "state.reuse.cleared-late",
    "Whether a first socket keeps sharing its address when SO_REUSEADDR is taken from it.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", "SO_REUSEADDR"),
        MAN.socket(7, "NOTES", "when this option was set both in the previous program"),
    ],
    behaviours=BOUND,
)


@CLEARED.case(family=INET, type=(STREAM, DGRAM))
def test_cleared_late(sockets, see, case):
    first = with_options(sockets, "address")
    first.bind(sockets.loopback())
    first.set_reuse_address(False)
    see(outcome(with_options(sockets, "address").bind, first.local_addr(), ok="bound"))


APART = rule(
    "state.reuse.protocols-apart",
    "A stream and a datagram socket have ports of their own: the same number is free in both.",
    level=MUST,
    sources=[POSIX.bind("EADDRINUSE"), MAN.ip(7, "Address format")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "the other protocol's port is in the way"},
)


@APART.case(family=INET, first=(STREAM, DGRAM))
def test_protocols_apart(sockets, see, case):
    # Someone else may hold the other protocol's port of that number: try a few of them.
    other = DGRAM if case["first"] == STREAM else STREAM
    tried = [
        outcome(
            sockets.new(type=other).bind,
            sockets.bound(type=case["first"]).local_addr(),
            ok="bound",
        )
        for _ in range(5)
    ]
    see("bound" if "bound" in tried else tried[0])


OTHER_ADDRESS = rule(
    "state.reuse.other-address",
    "One port at two different addresses of a host is two addresses.",
    level=MUST,
    sources=[POSIX.bind("EADDRINUSE", "The specified address is already in use")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "the port is in use at every address"},
    needs=["other-loopback"],
)


@OTHER_ADDRESS.case(family=V4, type=(STREAM, DGRAM))
def test_other_address(sockets, see, case):
    first = sockets.bound()
    second = first.local_addr()
    # As for protocols-apart: the port may be someone else's at that address.
    for _ in range(5):
        how = outcome(
            sockets.new().bind, type(second)("127.0.0.2", first.local_addr().port), ok="bound"
        )
        if how == "bound":
            break
        first = sockets.bound()
    see(how)


EPHEMERAL = rule(
    "state.reuse.port-zero",
    "Port 0 gives each socket a port of its own.",
    level=MUST,
    sources=[
        POSIX.bind("DESCRIPTION"),
        MAN.bind(2, "EADDRINUSE", "The port number was specified as zero"),
    ],
    behaviours={"all-different": CONFORMS, "shared": "two sockets are given the same port"},
)


# A datagram socket with a reuse option may be given a port that another such socket has, by
# chance (Linux: udp_lib_get_port does not count those as in use): nothing to see here.
@EPHEMERAL.case(family=INET, type=STREAM, options=OPTIONS)
@EPHEMERAL.case(family=INET, type=DGRAM, options="none")
def test_port_zero(sockets, see, case):
    ports = []
    for _ in range(12):
        sock = with_options(sockets, case["options"])
        sock.bind(sockets.loopback())
        ports.append(sock.local_addr().port)
    see("all-different" if len(set(ports)) == len(ports) else "shared", ports=ports)
