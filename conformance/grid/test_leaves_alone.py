"""What a call leaves alone: options, names, mode and flags, descriptors, and files."""

from __future__ import annotations

import os
from pathlib import Path

from sockspec.address import Unix
from sockspec.errors import NotReached
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    outcome,
    rule,
)

from .calls import ABOUT, CALLS
from .states import in_state

SETTINGS = {
    "linger": ("set_linger", "linger", 1.0),
    "reuse-address": ("set_reuse_address", "reuse_address", True),
    "keepalive": ("set_keepalive", "keepalive", True),
    "receive-limit": ("set_read_timeout", "read_timeout", 3.0),
    "send-limit": ("set_write_timeout", "write_timeout", 5.0),
    "receive-buffer": ("set_recv_buffer_size", "recv_buffer_size", 20480),
    "send-buffer": ("set_send_buffer_size", "send_buffer_size", 24576),
}
"""Options that are set to something of their own, so that a mix-up of two shows."""

LOOKS = {
    "mode": "nonblocking",
    "close-on-exec": "cloexec",
    **{name: read for name, (_set, read, _value) in SETTINGS.items()},
    "urgent-inline": "out_of_band_inline",
    "local-name": "local_addr",
    "peer-name": "peer_addr",
}
"""What is read, in this order: the mode before a call that may change it."""

CHANGED = {f"{name}-changed": f"another {name} is read than before" for name in LOOKS}
AS_SET = [
    POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument"),
    POSIX.getsockopt("DESCRIPTION", "shall retrieve the value for the option"),
    POSIX.getsockname("DESCRIPTION", "shall retrieve the locally-bound name"),
]

OWN = rule(
    "grid.leaves-alone.socket",
    "A call leaves options, names, mode and flags of its socket as they are, but for what it "
    "is about.",
    level=MUST,
    sources=AS_SET,
    behaviours={"unchanged": CONFORMS, **CHANGED},
)

NEIGHBOUR = rule(
    "grid.leaves-alone.neighbour",
    "A call leaves options, names, mode and flags of another connection as they are.",
    level=MUST,
    sources=AS_SET,
    behaviours={"unchanged": CONFORMS, **CHANGED},
)


def settle(sock):
    """Set what can be set: not every system has every option for every socket."""
    for name, _read, value in SETTINGS.values():
        outcome(getattr(sock, name), value)


def look(sock):
    """What is to be read of a socket; of what cannot be read how it fails."""
    return {name: _told(getattr(sock, read)) for name, read in LOOKS.items()}


def _told(call):
    got = []
    how = outcome(lambda: got.append(call()))
    return got[0] if got else how


def change(before, after, about=()):
    """The first thing that changed and was not to; `unchanged` without one."""
    changed = (name for name in before if name not in about and before[name] != after[name])
    name = next(changed, "")
    return f"{name}-changed" if name else "unchanged"


@OWN.case(
    call=tuple(CALLS),
    family=(V4, UNIX),
    type=STREAM,
    after=("bound", "listening", "connected", "data-waits"),
)
@OWN.case(call=tuple(CALLS), family=(V4, UNIX), type=DGRAM, after=("bound", "connected"))
def test_socket(sockets, see, case):
    sock, _peer = in_state(sockets, case["after"])
    settle(sock)
    before = look(sock)
    outcome(lambda: CALLS[case["call"]](sockets, sock))
    after = look(sock)
    how = change(before, after, ABOUT.get(case["call"], ()))
    name = how.removesuffix("-changed")
    see(how, before=str(before.get(name)), after=str(after.get(name)))


@NEIGHBOUR.case(
    call=(*CALLS, "close"), family=(V4, UNIX), type=(STREAM, DGRAM), after="connected"
)
def test_neighbour(sockets, see, case):
    sock, _peer = in_state(sockets, case["after"])
    other, _its_peer = in_state(sockets, "connected")
    settle(other)
    before = look(other)
    if case["call"] == "close":
        outcome(sock.close)
    else:
        outcome(lambda: CALLS[case["call"]](sockets, sock))
    after = look(other)
    how = change(before, after)
    name = how.removesuffix("-changed")
    see(how, before=str(before.get(name)), after=str(after.get(name)))


DESCRIPTORS = rule(
    "grid.leaves-alone.descriptors",
    "A connect or accept that fails leaves no descriptor open.",
    level=MUST,
    sources=[
        POSIX.accept(
            "RETURN VALUE",
            "shall return the non-negative file descriptor of the accepted socket",
        ),
        POSIX.fcntl("F_DUPFD", "shall refer to the same open file description"),
    ],
    behaviours={"unchanged": CONFORMS, "left-open": "the next socket has a higher number"},
)


@DESCRIPTORS.case(call="accept", family=(V4, UNIX), type=STREAM, after=("bound", "listening"))
@DESCRIPTORS.case(
    call="connect-nobody", family=(V4, UNIX), type=STREAM, after=("fresh", "bound")
)
def test_descriptors(sockets, see, case):
    sock, _peer = in_state(sockets, case["after"])
    nobody = sockets.dead_address()
    before = lowest_free(sockets)
    for _ in range(3):
        if case["call"] == "accept":
            how = outcome(lambda: sockets.accepted(sock))
        else:
            how = outcome(sock.connect, nobody)
        if how == "succeeds":
            raise NotReached("a call that fails")
    # A lower number is one that somebody else in the process has given back.
    see("unchanged" if lowest_free(sockets) <= before else "left-open")


def lowest_free(sockets):
    """The number that the next socket gets."""
    probe = sockets.new()
    number = sockets.backend.fileno(probe.handle)
    probe.close()
    return number


FILE = rule(
    "grid.leaves-alone.file",
    "A bind that is refused leaves what is at its path as it is.",
    level=MUST,
    sources=[POSIX.bind("EADDRINUSE", "The specified address is already in use")],
    behaviours={
        "unchanged": CONFORMS,
        "gone": "nothing is at the path any more",
        "replaced": "something else is at the path",
        "emptied": "the file has lost what was in it",
        "bound": "bind() succeeds",
    },
    needs=["unix-files"],
)


@FILE.case(family=UNIX, type=(STREAM, DGRAM, SEQPACKET), what=("file", "folder", "socket"))
def test_file(sockets, see, case):
    path = sockets.path()
    place = Path(os.fsdecode(path))
    if case["what"] == "file":
        place.write_bytes(b"what was there")
    elif case["what"] == "folder":
        place.mkdir()
    else:
        sockets.new().bind(Unix(path))
    before = place.lstat()
    if outcome(sockets.new().bind, Unix(path)) == "succeeds":
        see("bound")
        return
    if not os.path.lexists(place):
        see("gone")
        return
    after = place.lstat()
    if (before.st_ino, before.st_mode) != (after.st_ino, after.st_mode):
        see("replaced")
    else:
        kept = case["what"] == "folder" or after.st_size == before.st_size
        see("unchanged" if kept else "emptied")
