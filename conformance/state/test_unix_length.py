"""How long the path of a unix socket can be."""

from __future__ import annotations

import os

from sockspec.address import Unix
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MAY,
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
    path = sockets.path()
    return path + b"x" * (length - len(path))


SHORTEST = rule(
    "state.unix-length.ninety-one",
    "A path of 91 bytes fits: the shortest sun_path that is known has 92 bytes.",
    level=MUST,
    sources=[SIZES, MAN.unix(7, "Pathname sockets", "sun_path as short as 92 bytes")],
    behaviours={"bound": CONFORMS, "ENAMETOOLONG": "it is too long"},
)


@SHORTEST.case(family=UNIX, type=(STREAM, DGRAM))
def test_ninety_one(sockets, see, case):
    see(outcome(sockets.new().bind, Unix(of_length(sockets, 91)), ok="bound"))


LONGER = rule(
    "state.unix-length.beyond",
    "How many bytes beyond 91 a path may have depends on the system.",
    level=UNSPECIFIED,
    sources=[SIZES],
    behaviours={
        "bound": "it fits",
        "ENAMETOOLONG": "it is too long",
        "EINVAL": "the address is too long",
    },
)


@LONGER.case(family=UNIX, type=STREAM, length=("103", "104", "107", "108"))
def test_beyond(sockets, see, case):
    see(outcome(sockets.new().bind, Unix(of_length(sockets, int(case["length"]))), ok="bound"))


TOO_LONG = rule(
    "state.unix-length.too-long",
    "A path longer than sun_path is refused, and nothing is made in the file system.",
    level=MUST,
    sources=[POSIX.bind("EINVAL"), POSIX.bind("ENAMETOOLONG"), SIZES],
    behaviours={
        "refused": "with an error",
        "cut-off": "a socket with a shorter path is made",
        "bound": "a socket with that path is made",
    },
    conforming=["refused"],
    needs=["unix-files"],
)


@TOO_LONG.case(family=UNIX, type=(STREAM, DGRAM), length=("109", "150", "250"))
def test_too_long(sockets, see, case):
    path = of_length(sockets, int(case["length"]))
    before = os.listdir(os.path.dirname(path))
    how = outcome(sockets.new().bind, Unix(path))
    made = os.listdir(os.path.dirname(path)) != before
    if os.path.lexists(path):
        see("bound", how=how)
    else:
        see("cut-off" if made or how == "succeeds" else "refused", how=how)


WHICH = rule(
    "state.unix-length.error",
    "The error for a path longer than sun_path is EINVAL or ENAMETOOLONG.",
    level=MAY,
    sources=[POSIX.bind("EINVAL"), POSIX.bind("ENAMETOOLONG"), POSIX.connect("EINVAL")],
    behaviours={"EINVAL": CONFORMS, "ENAMETOOLONG": CONFORMS, "succeeds": "it succeeds"},
)


@WHICH.case(family=UNIX, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_error(sockets, see, case):
    address = Unix(of_length(sockets, 150))
    see(outcome(getattr(sockets.new(), case["call"]), address))


REACHABLE = rule(
    "state.unix-length.reachable",
    "A socket that was bound to a long path is reached by that path.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION"), SIZES],
    behaviours={"reached": CONFORMS, "ENOENT": "not found", "ECONNREFUSED": "refused"},
)


@REACHABLE.case(family=UNIX, type=STREAM)
def test_reachable(sockets, see, case):
    # The longest path that this system takes, found by trying.
    for length in (108, 107, 104, 103, 91):
        listener = sockets.new()
        address = Unix(of_length(sockets, length))
        if outcome(listener.bind, address) == "succeeds":
            break
    listener.listen(1)
    see(outcome(sockets.new().connect, address, ok="reached"), length=length)
