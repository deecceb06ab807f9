"""Blocking and non-blocking mode: setting it, and who shares it."""

from __future__ import annotations

from sockspec.spec import (
    BOTH,
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    rule,
)

ANY = (*INET, UNIX)

ROUND_TRIP = rule(
    "creation.mode.round-trip",
    "Non-blocking mode reads back as it was set.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.7", "O_NONBLOCK", "set and cleared by the use of the F_SETFL command"
        ),
        SOCKET2.set_nonblocking(1, "into or out of nonblocking mode"),
    ],
    behaviours={"same": CONFORMS, "opposite": "reads back as the opposite"},
    needs=["nonblocking-flag"],
)


@ROUND_TRIP.case(family=ANY, type=(STREAM, DGRAM), mode=BOTH)
def test_round_trip(sockets, see, case):
    sock = sockets.new()
    wanted = case["mode"] == "nonblocking"
    sock.set_nonblocking(not wanted)
    sock.set_nonblocking(wanted)
    see("same" if sock.nonblocking() is wanted else "opposite")


SHARED = rule(
    "creation.mode.shared-by-duplicates",
    "Duplicates of a socket share non-blocking mode.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.7", "O_NONBLOCK", "pertains to the open file description for the"),
        POSIX.fcntl("F_DUPFD", "shall refer to the same open file description as the original"),
    ],
    behaviours={"shared": CONFORMS, "separate": "the duplicate stays blocking"},
    needs=["nonblocking-flag"],
)


@SHARED.case(family=ANY, type=(STREAM, DGRAM))
def test_shared_by_duplicates(sockets, see, case):
    sock = sockets.new()
    clone = sockets.keep(sock.try_clone())
    sock.set_nonblocking(True)
    see("shared" if clone.nonblocking() else "separate")
