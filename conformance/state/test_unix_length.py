"""How long the path of a unix socket can be."""

from __future__ import annotations

import os

from sockspec.address import Unix
from sockspec.errors import NotReached
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

SIZES = POSIX.header("sys/un.h", "APPLICATION USAGE", "typically in the range 92 to 108")


def of_length(sockets, length):
    """An address with a path of so many bytes."""
    path = sockets.path()
    return Unix(path + b"x" * (length - len(path)))


SHORTEST = rule(
    "state.unix-length.ninety-one",
    "Whether a path of 91 bytes, for the shortest known sun_path, fits is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.header(
            "sys/un.h",
            "APPLICATION USAGE",
            "should not assume a particular length for sun_path",
        ),
        MAN.unix(
            7, "Pathname sockets", "some implementations have sun_path as short as 92 bytes"
        ),
    ],
    behaviours={"fits": "the bind succeeds"},
    renamed={"bound": "fits"},
)


@SHORTEST.case(family=UNIX, type=(STREAM, DGRAM))
def test_ninety_one(sockets, see, case):
    see(outcome(sockets.new().bind, of_length(sockets, 91), ok="fits"))


LONGER = rule(
    "state.unix-length.beyond",
    "Whether a path of more than 91 bytes fits is unspecified.",
    level=UNSPECIFIED,
    sources=[SIZES],
    behaviours={"fits": "the bind succeeds"},
    renamed={"bound": "fits"},
)


@LONGER.case(family=UNIX, type=STREAM, length=("103", "104", "107", "108"))
def test_beyond(sockets, see, case):
    see(outcome(sockets.new().bind, of_length(sockets, int(case["length"])), ok="fits"))


TOO_LONG = rule(
    "state.unix-length.too-long",
    "A path longer than sun_path is bound whole or refused, never cut off.",
    level=MUST,
    sources=[POSIX.bind("DESCRIPTION", "bind() function shall assign a local socket address")],
    behaviours={
        "refused": "the bind fails, and no file appears",
        "bound-whole": "a socket with that path appears",
        "cut-off": "a socket with a shorter path appears",
    },
    conforming=["refused", "bound-whole"],
    needs=["unix-files"],
    renamed={"bound": "bound-whole"},
)


@TOO_LONG.case(family=UNIX, type=(STREAM, DGRAM), length=("109", "150", "250"))
def test_too_long(sockets, see, case):
    address = of_length(sockets, int(case["length"]))
    folder = os.path.dirname(address.path)
    before = os.listdir(folder)
    how = outcome(sockets.new().bind, address)
    if os.path.lexists(address.path):
        see("bound-whole", how=how)
    else:
        made = os.listdir(folder) != before
        see("cut-off" if made or how == "succeeds" else "refused", how=how)


WHICH = rule(
    "state.unix-length.error",
    "Whether a path longer than sun_path fails with EINVAL or ENAMETOOLONG is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.bind("EINVAL, may fail", "is not a valid length for the address family"),
        POSIX.bind("ENAMETOOLONG, may fail", "The length of a pathname exceeds {PATH_MAX}"),
        POSIX.connect("EINVAL, may fail", "is not a valid length for the address family"),
    ],
    behaviours={"succeeds": "the call succeeds"},
)


@WHICH.case(family=UNIX, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_error(sockets, see, case):
    see(outcome(getattr(sockets.new(), case["call"]), of_length(sockets, 150)))


REACHABLE = rule(
    "state.unix-length.reachable",
    "A listener is reached by its path, however long it may be.",
    level=MUST,
    sources=[
        POSIX.connect(
            "DESCRIPTION", "attempt to establish a connection to the address specified"
        )
    ],
    behaviours={"reached": CONFORMS},
)


@REACHABLE.case(family=UNIX, type=STREAM)
def test_reachable(sockets, see, case):
    # The longest path that this system takes, found by trying.
    for length in (108, 107, 104, 103, 91):
        listener, address = sockets.new(), of_length(sockets, length)
        if outcome(listener.bind, address) == "succeeds":
            break
    else:
        raise NotReached("a socket bound to a path of 91 bytes")
    listener.listen(1)
    see(outcome(sockets.new().connect, address, ok="reached"), length=length)
