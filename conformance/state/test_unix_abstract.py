"""Names that are no files: the abstract name space, and the names that the system gives."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Unix
from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    KERNEL,
    MAN,
    MUST,
    SEQPACKET,
    STREAM,
    UNIX,
    outcome,
    rule,
)

TYPES = (STREAM, DGRAM, SEQPACKET)
NEEDS = ["unix-abstract"]


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


REACHED = rule(
    "state.unix-abstract.reached",
    "A socket bound to an abstract name is reached by it.",
    level=MUST,
    sources=[MAN.unix(7, "abstract")],
    behaviours={"reached": CONFORMS, "ECONNREFUSED": "nothing is there"},
    needs=NEEDS,
)


@REACHED.case(family=UNIX, type=TYPES)
def test_reached(sockets, see, case):
    path = abstract(sockets)
    listening(sockets, path)
    see(outcome(sockets.new().connect, Unix(path), ok="reached"))


KEPT = rule(
    "state.unix-abstract.kept",
    "An abstract name is bytes of a length: NUL bytes in it count and read back.",
    level=MUST,
    sources=[MAN.unix(7, "abstract", "Null bytes in the name have no special significance")],
    behaviours={"same": CONFORMS, "shorter": "cut off", "longer": "with more bytes"},
    needs=NEEDS,
)


@KEPT.case(family=UNIX, type=(STREAM, DGRAM), last=("slash", "other"), examples=15)
@given(more=st.binary(max_size=40) | st.just(b"\0") | st.just(b"a\0b\0"))
def test_kept(sockets, see, case, more):
    path = abstract(sockets, more.rstrip(b"/") + b"/" * (case["last"] == "slash"))
    sock = sockets.new()
    how = outcome(sock.bind, Unix(path))
    if how != "succeeds":
        see(how, bound=path)
        return
    got = sock.local_addr().path
    if got == path:
        see("same")
    else:
        see("shorter" if len(got) < len(path) else "longer", bound=path, got=got)


DIFFERENT = rule(
    "state.unix-abstract.length-counts",
    "Two abstract names of which one goes on with NUL bytes are two names.",
    level=MUST,
    sources=[MAN.unix(7, "abstract", "covered by the specified length of the address")],
    behaviours={"two": CONFORMS, "EADDRINUSE": "they are one"},
    needs=NEEDS,
)


@DIFFERENT.case(family=UNIX, type=TYPES)
def test_length_counts(sockets, see, case):
    path = abstract(sockets)
    sockets.new().bind(Unix(path))
    see(outcome(sockets.new().bind, Unix(path + b"\0"), ok="two"))


TAKEN = rule(
    "state.unix-abstract.taken",
    "An abstract name that is in use answers EADDRINUSE, SO_REUSEADDR or not.",
    level=MUST,
    sources=[MAN.unix(7, "EADDRINUSE", "The specified local address is already in use")],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "it is bound a second time"},
    needs=NEEDS,
)


@TAKEN.case(family=UNIX, type=TYPES, reuse=("off", "on"))
def test_taken(sockets, see, case):
    path = abstract(sockets)
    for _ in range(2):
        sock = sockets.new()
        sock.set_reuse_address(case["reuse"] == "on")
        how = outcome(sock.bind, Unix(path), ok="bound")
    see(how)


PER_TYPE = rule(
    "state.unix-abstract.per-type",
    "Sockets of different types can have the same abstract name.",
    level=MUST,
    sources=[KERNEL("net/unix/af_unix.c", "unix_abstract_hash")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "the name is taken for all types"},
    needs=NEEDS,
)


@PER_TYPE.case(family=UNIX, type=STREAM, other=(DGRAM, SEQPACKET))
def test_per_type(sockets, see, case):
    address = Unix(abstract(sockets))
    sockets.new().bind(address)
    see(outcome(sockets.new(UNIX, case["other"]).bind, address, ok="bound"))


DISAPPEARS = rule(
    "state.unix-abstract.disappears",
    "An abstract name is free again when the last reference to its socket is closed.",
    level=MUST,
    sources=[
        MAN.unix(7, "Abstract sockets", "automatically disappear when all open references")
    ],
    behaviours={"free": CONFORMS, "EADDRINUSE": "it stays taken"},
    needs=NEEDS,
)


@DISAPPEARS.case(family=UNIX, type=TYPES)
def test_disappears(sockets, see, case):
    path = abstract(sockets)
    listening(sockets, path).close()
    see(outcome(sockets.new().bind, Unix(path), ok="free"))


CLONE_KEEPS = rule(
    "state.unix-abstract.clone-keeps",
    "An abstract name stays taken as long as a clone of its socket is open.",
    level=MUST,
    sources=[
        MAN.unix(7, "Abstract sockets", "automatically disappear when all open references")
    ],
    behaviours={"EADDRINUSE": CONFORMS, "free": "it is free"},
    needs=NEEDS,
)


@CLONE_KEEPS.case(family=UNIX, type=TYPES)
def test_clone_keeps(sockets, see, case):
    path = abstract(sockets)
    sock = listening(sockets, path)
    sockets.keep(sock.try_clone())
    sock.close()
    see(outcome(sockets.new().bind, Unix(path), ok="free"))


GONE = rule(
    "state.unix-abstract.nobody",
    "Connecting to an abstract name that nobody has answers ECONNREFUSED.",
    level=MUST,
    sources=[MAN.unix(7, "ECONNREFUSED")],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "ENOENT": "as for a path",
        "connected": "it connects",
    },
    needs=NEEDS,
)


@GONE.case(family=UNIX, type=TYPES)
def test_nobody(sockets, see, case):
    see(outcome(sockets.new().connect, Unix(abstract(sockets)), ok="connected"))


NO_FILE = rule(
    "state.unix-abstract.no-file",
    "An abstract name has nothing to do with the path that it spells.",
    level=MUST,
    sources=[MAN.unix(7, "abstract", "The name has no connection with filesystem pathnames")],
    behaviours={
        "apart": CONFORMS,
        "file": "there is a file",
        "EADDRINUSE": "the path is taken",
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
    "Binding to no name at all gives an abstract one of five hexadecimal digits.",
    level=MUST,
    sources=[
        MAN.unix(7, "Autobind feature", "a null byte followed by 5 bytes in the character")
    ],
    behaviours={
        "five-digits": CONFORMS,
        "abstract": "another abstract name",
        "unnamed": "no name",
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
    "A socket is reached by the name that the system gave it.",
    level=MUST,
    sources=[MAN.unix(7, "Autobind feature")],
    behaviours={"reached": CONFORMS, "ECONNREFUSED": "nothing is there"},
    needs=[*NEEDS, "unix-autobind"],
)


@AUTOBIND_REACHED.case(family=UNIX, type=TYPES)
def test_autobind_reached(sockets, see, case):
    there = listening(sockets, b"")
    see(outcome(sockets.new().connect, there.local_addr(), ok="reached"))


AUTOBIND_TWO = rule(
    "state.unix-abstract.autobind-distinct",
    "Two sockets that the system names get two names.",
    level=MUST,
    sources=[MAN.unix(7, "Autobind feature", "limit of 2^20 autobind addresses")],
    behaviours={"two": CONFORMS, "one": "both have the same"},
    needs=[*NEEDS, "unix-autobind"],
)


@AUTOBIND_TWO.case(family=UNIX, type=TYPES)
def test_autobind_distinct(sockets, see, case):
    names = {listening(sockets, b"").local_addr().path for _ in range(8)}
    see("two" if len(names) == 8 else "one")


REBIND = rule(
    "state.unix-abstract.bound-again",
    "A socket that has a name cannot be given another.",
    level=MUST,
    sources=[MAN.bind(2, "EINVAL", "The socket is already bound to an address")],
    behaviours={"EINVAL": CONFORMS, "bound": "it succeeds"},
    needs=NEEDS,
)


@REBIND.case(
    family=UNIX, type=TYPES, first=("path", "abstract", "auto"), second=("path", "abstract")
)
def test_bound_again(sockets, see, case):
    def address(kind):
        return Unix(sockets.path() if kind == "path" else abstract(sockets))

    sock = sockets.new()
    if case["first"] == "auto":
        how = outcome(sock.bind, Unix(b""))
        if how != "succeeds":
            raise Unsupported("unix-autobind", f"binding to no name answers {how}")
    else:
        sock.bind(address(case["first"]))
    see(outcome(sock.bind, address(case["second"]), ok="bound"))


LONGEST = rule(
    "state.unix-abstract.longest",
    "An abstract name can fill all 108 bytes of sun_path.",
    level=MUST,
    sources=[MAN.unix(7, "Address format", "sun_path is 108 bytes in size")],
    behaviours={
        "same": CONFORMS,
        "shorter": "it reads back cut off",
        "refused": "it is refused",
    },
    needs=NEEDS,
)


@LONGEST.case(family=UNIX, type=TYPES, length=("107", "108"))
def test_longest(sockets, see, case):
    path = abstract(sockets)
    path += b"x" * (int(case["length"]) - len(path))
    sock = sockets.new()
    if outcome(sock.bind, Unix(path)) != "succeeds":
        see("refused")
    else:
        see("same" if sock.local_addr().path == path else "shorter")
