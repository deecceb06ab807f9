"""Names that are not files: Linux's abstract names, and the names that the system gives."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Unix
from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

CONNECTING = (STREAM, SEQPACKET)
TYPES = (STREAM, DGRAM, SEQPACKET)
NEEDS = ["unix-abstract"]

ABSTRACT = MAN.unix(7, "abstract", "an abstract socket address is distinguished")
IN_USE = POSIX.bind("EADDRINUSE", "The specified address is already in use")
GONE_WITH_SOCKET = MAN.unix(
    7, "Abstract sockets", "automatically disappear when all open references to the socket"
)
AUTOBOUND = MAN.unix(7, "Autobind feature", "the socket is autobound to an abstract address")

REACHED = {"reached": "the connect succeeds"}
BOUND = {"bound": "the bind succeeds"}
READ_BACK = {
    "same": "it reads back as it was bound",
    "shorter": "fewer bytes read back",
    "longer": "more bytes read back",
    "altered": "as many other bytes read back",
}


def abstract(sockets, more=b""):
    """An abstract name that nobody else uses: that of a folder of this example."""
    return b"\0" + sockets.path() + more


def listening(sockets, path):
    """A socket bound to a name, that takes connections if its type has any."""
    sock = sockets.new()
    sock.bind(Unix(path))
    if sockets.type != DGRAM:
        sock.listen(4)
    return sock


def read_back(sock, path):
    """How the name that a socket was bound to reads back."""
    got = sock.local_addr().path
    if got == path:
        return "same"
    if len(got) == len(path):
        return "altered"
    return "shorter" if len(got) < len(path) else "longer"


BY_NAME = rule(
    "state.unix-abstract.reached",
    "Whether a socket is reached by the abstract name that it is bound to is unspecified.",
    level=UNSPECIFIED,
    sources=[ABSTRACT],
    behaviours=REACHED,
    needs=NEEDS,
)


@BY_NAME.case(family=UNIX, type=TYPES)
def test_reached(sockets, see, case):
    path = abstract(sockets)
    listening(sockets, path)
    see(outcome(sockets.new().connect, Unix(path), ok="reached"))


KEPT = rule(
    "state.unix-abstract.kept",
    "Whether an abstract name reads back byte for byte, NUL bytes included, is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "abstract", "Null bytes in the name have no special significance")],
    behaviours=READ_BACK,
    needs=NEEDS,
)


@KEPT.case(family=UNIX, type=(STREAM, DGRAM), last=("slash", "other"), examples=15)
@given(more=st.binary(max_size=40) | st.just(b"\0") | st.just(b"a\0b\0"))
def test_kept(sockets, see, case, more):
    path = abstract(sockets, more.rstrip(b"/") + b"/" * (case["last"] == "slash"))
    sock = sockets.new()
    how = outcome(sock.bind, Unix(path))
    see(read_back(sock, path) if how == "succeeds" else how, bound=path)


DIFFERENT = rule(
    "state.unix-abstract.length-counts",
    "Whether an abstract name and the same with a NUL byte behind it are two is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "abstract", "that are covered by the specified length of the address")
    ],
    behaviours={"two": "both can be bound"},
    needs=NEEDS,
)


@DIFFERENT.case(family=UNIX, type=TYPES)
def test_length_counts(sockets, see, case):
    path = abstract(sockets)
    sockets.new().bind(Unix(path))
    see(outcome(sockets.new().bind, Unix(path + b"\0"), ok="two"))


TAKEN = rule(
    "state.unix-abstract.in-use",
    "Binding to an abstract name that is in use fails with EADDRINUSE.",
    level=MUST,
    sources=[IN_USE],
    behaviours={"EADDRINUSE": CONFORMS, **BOUND},
    needs=NEEDS,
    aliases=["state.unix-abstract.taken"],
)

TAKEN_REUSED = rule(
    "state.unix-abstract.reuse-address",
    "Whether SO_REUSEADDR lets an abstract name be bound twice is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.16", "SO_REUSEADDR", "Operation of this option is protocol-specific"
        )
    ],
    behaviours=BOUND,
    needs=NEEDS,
    split_from=["state.unix-abstract.taken"],
)


@TAKEN.case(family=UNIX, type=TYPES, reuse="off")
@TAKEN_REUSED.case(family=UNIX, type=TYPES, reuse="on")
def test_in_use(sockets, see, case):
    path = abstract(sockets)
    first, second = sockets.new(), sockets.new()
    for sock in (first, second):
        sock.set_reuse_address(case["reuse"] == "on")
    first.bind(Unix(path))
    see(outcome(second.bind, Unix(path), ok="bound"))


PER_TYPE = rule(
    "state.unix-abstract.per-type",
    "Whether sockets of different types can have the same abstract name is unspecified.",
    level=UNSPECIFIED,
    sources=[ABSTRACT],
    behaviours=BOUND,
    needs=NEEDS,
)


@PER_TYPE.case(family=UNIX, type=STREAM, other=(DGRAM, SEQPACKET))
def test_per_type(sockets, see, case):
    address = Unix(abstract(sockets))
    sockets.new().bind(address)
    see(outcome(sockets.new(UNIX, case["other"]).bind, address, ok="bound"))


DISAPPEARS = rule(
    "state.unix-abstract.disappears",
    "Whether an abstract name is free when its socket has closed is unspecified.",
    level=UNSPECIFIED,
    sources=[GONE_WITH_SOCKET],
    behaviours={"free": "another socket can be bound to it"},
    needs=NEEDS,
)


@DISAPPEARS.case(family=UNIX, type=TYPES)
def test_disappears(sockets, see, case):
    path = abstract(sockets)
    listening(sockets, path).close()
    see(outcome(sockets.new().bind, Unix(path), ok="free"))


CLONE_KEEPS = rule(
    "state.unix-abstract.clone-keeps",
    "An abstract name stays in use while a clone of its socket is open.",
    level=MUST,
    sources=[IN_USE, GONE_WITH_SOCKET],
    behaviours={"EADDRINUSE": CONFORMS, "free": "another socket can be bound to it"},
    needs=NEEDS,
)


@CLONE_KEEPS.case(family=UNIX, type=TYPES)
def test_clone_keeps(sockets, see, case):
    path = abstract(sockets)
    sock = listening(sockets, path)
    sockets.keep(sock.try_clone())
    sock.close()
    see(outcome(sockets.new().bind, Unix(path), ok="free"))


NOBODY = rule(
    "state.unix-abstract.nobody",
    "Connecting to an abstract name at which nothing listens fails with ECONNREFUSED.",
    level=MUST,
    sources=[
        POSIX.connect("ECONNREFUSED", "The target address was not listening for connections")
    ],
    behaviours={"ECONNREFUSED": CONFORMS, **REACHED},
    needs=NEEDS,
    renamed={"connected": "reached"},
)

NOBODY_DATAGRAM = rule(
    "state.unix-abstract.nobody-datagram",
    "Whether a datagram socket can connect to an abstract name nobody has is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION", "and no connection is made")],
    behaviours=REACHED,
    needs=NEEDS,
    split_from=["state.unix-abstract.nobody"],
)


@NOBODY.case(family=UNIX, type=CONNECTING)
@NOBODY_DATAGRAM.case(family=UNIX, type=DGRAM)
def test_nobody(sockets, see, case):
    see(outcome(sockets.new().connect, Unix(abstract(sockets)), ok="reached"))


NO_FILE = rule(
    "state.unix-abstract.no-file",
    "Whether an abstract name occupies the path that it spells is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "abstract", "The name has no connection with filesystem pathnames")],
    behaviours={
        "apart": "no file appears, and the path can be bound",
        "file": "a file appears at the path",
    },
    needs=NEEDS,
)


@NO_FILE.case(family=UNIX, type=TYPES)
def test_no_file(sockets, see, case):
    path = abstract(sockets)
    sockets.new().bind(Unix(path))
    if os.path.lexists(path[1:]):
        see("file")
    else:
        see(outcome(sockets.new().bind, Unix(path[1:]), ok="apart"))


AUTOBIND = rule(
    "state.unix-abstract.autobind",
    "Whether a socket without a name is given an abstract one is unspecified.",
    level=UNSPECIFIED,
    sources=[
        AUTOBOUND,
        MAN.unix(7, "SO_PASSCRED", "in the abstract namespace will be generated automatically"),
    ],
    behaviours={
        "five-digits": "an abstract name of five hexadecimal digits",
        "abstract": "another abstract name",
        "unnamed": "it stays without a name",
        "path": "a path",
    },
    needs=NEEDS,
)


@AUTOBIND.case(family=UNIX, type=TYPES, how=("bind", "passcred-connect", "passcred-send"))
def test_autobind(sockets, see, case):
    sock = sockets.new()
    if case["how"] == "bind":
        how = outcome(sock.bind, Unix(b""))
        if how != "succeeds":
            see(how)
            return
    else:
        sock.set_passcred(True)
        there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
        if case["how"] == "passcred-send" and case["type"] == DGRAM:
            sock.send_to(b"x", there.local_addr())
        else:
            sock.connect(there.local_addr())
    got = sock.local_addr().path
    if not got.startswith(b"\0"):
        see("path" if got else "unnamed")
        return
    digits = set(got[1:]) <= set(b"0123456789abcdef") and len(got) == 6
    see("five-digits" if digits else "abstract")


AUTOBIND_REACHED = rule(
    "state.unix-abstract.autobind-reached",
    "Whether a socket is reached by the name that the system gave it is unspecified.",
    level=UNSPECIFIED,
    sources=[AUTOBOUND],
    behaviours=REACHED,
    needs=[*NEEDS, "unix-autobind"],
)


@AUTOBIND_REACHED.case(family=UNIX, type=TYPES)
def test_autobind_reached(sockets, see, case):
    there = listening(sockets, b"")
    see(outcome(sockets.new().connect, there.local_addr(), ok="reached"))


AUTOBIND_TWO = rule(
    "state.unix-abstract.autobind-distinct",
    "Whether the names that the system gives to several sockets differ is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SO_PASSCRED", "a unique name in the abstract namespace")],
    behaviours={"all-differ": "each has its own", "shared": "some have the same"},
    needs=[*NEEDS, "unix-autobind"],
    renamed={"two": "all-differ", "one": "shared"},
)


@AUTOBIND_TWO.case(family=UNIX, type=TYPES)
def test_autobind_distinct(sockets, see, case):
    socks = [listening(sockets, b"") for _ in range(8)]
    see("all-differ" if len({sock.local_addr().path for sock in socks}) == 8 else "shared")


REBIND = rule(
    "state.unix-abstract.bound-again",
    "Binding a socket that has a name to another one fails with EINVAL.",
    level=MUST,
    sources=[POSIX.bind("EINVAL", "The socket is already bound to an address")],
    behaviours={"EINVAL": CONFORMS, **BOUND},
    needs=NEEDS,
)


# From one path to another: state.bind.bound.
@REBIND.case(family=UNIX, type=TYPES, first="path", second="abstract")
@REBIND.case(family=UNIX, type=TYPES, first=("abstract", "auto"), second=("path", "abstract"))
def test_bound_again(sockets, see, case):
    def address(kind):
        return Unix(sockets.path() if kind == "path" else abstract(sockets))

    sock = sockets.new()
    if case["first"] == "auto":
        how = outcome(sock.bind, Unix(b""))
        if how != "succeeds":
            raise Unsupported("unix-autobind", f"binding to no name fails with {how}")
    else:
        sock.bind(address(case["first"]))
    see(outcome(sock.bind, address(case["second"]), ok="bound"))


LONGEST = rule(
    "state.unix-abstract.longest",
    "Whether an abstract name can fill all 108 bytes of sun_path is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "Address format", "sun_path is 108 bytes in size")],
    behaviours={**READ_BACK, "refused": "the bind fails"},
    needs=NEEDS,
)


@LONGEST.case(family=UNIX, type=TYPES, length=("107", "108"))
def test_longest(sockets, see, case):
    path = abstract(sockets)
    path += b"x" * (int(case["length"]) - len(path))
    sock = sockets.new()
    how = outcome(sock.bind, Unix(path))
    see(read_back(sock, path) if how == "succeeds" else "refused", how=how)
