"""The file behind a unix socket: when it appears, how long it stays, what it stops."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from sockspec.address import Unix
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
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

TYPES = (STREAM, DGRAM, SEQPACKET)
NEEDS = ["unix-files"]

IN_USE = POSIX.bind("EADDRINUSE", "The specified address is already in use")
NO_FILE = POSIX.connect("ENOENT", "A component of the pathname does not name an existing file")
DELETED_BY_CALLER = MAN.unix(
    7, "NOTES", "must be deleted by the caller when it is no longer needed"
)

BOUND = {"bound": "the bind succeeds"}
REACHED = {"reached": "the connect succeeds"}
STAYS = {"stays": "the file stays", "removed": "the file is gone"}


def exists(path):
    return os.path.lexists(path)


def reachable(sockets):
    """A socket to which one of the same type can connect."""
    return sockets.bound() if sockets.type == DGRAM else sockets.listener()


KIND = rule(
    "state.unix-files.kind",
    "Whether binding a unix socket makes a file of the type socket is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "DESCRIPTION", "marked as being of type socket"),
        FREEBSD.unix(4, "ADDRESSING", "causes a socket file to be created in the file system"),
    ],
    behaviours={
        "socket": "a file of the type socket",
        "another-type": "a file of another type",
        "no-file": "no file appears",
    },
    needs=NEEDS,
    renamed={"other": "another-type", "nothing": "no-file"},
)


@KIND.case(family=UNIX, type=TYPES)
def test_kind(sockets, see, case):
    path = sockets.bound().local_addr().path
    if not exists(path):
        see("no-file")
    else:
        see("socket" if stat.S_ISSOCK(os.lstat(path).st_mode) else "another-type")


REMAINS = rule(
    "state.unix-files.remains",
    "Whether the file of a unix socket stays when the socket is closed is unspecified.",
    level=UNSPECIFIED,
    sources=[
        DELETED_BY_CALLER,
        FREEBSD.unix(4, "ADDRESSING", "This file is not removed when the socket is closed"),
    ],
    behaviours=STAYS,
    needs=NEEDS,
)


@REMAINS.case(family=UNIX, type=TYPES)
def test_remains(sockets, see, case):
    sock = sockets.bound()
    path = sock.local_addr().path
    sock.close()
    see("stays" if exists(path) else "removed")


LISTENER_REMAINS = rule(
    "state.unix-files.listener-remains",
    "Whether a listener's file stays when it and its connections are closed is unspecified.",
    level=UNSPECIFIED,
    sources=[DELETED_BY_CALLER],
    behaviours=STAYS,
    needs=NEEDS,
)


@LISTENER_REMAINS.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_listener_remains(sockets, see, case):
    listener = sockets.listener()
    path = listener.local_addr().path
    for each in (*sockets.client_of(listener), listener):
        each.close()
    see("stays" if exists(path) else "removed")


IN_USE_PATH = rule(
    "state.unix-files.in-use",
    "Binding to the path of an open socket or of a symbolic link fails with EADDRINUSE.",
    level=MUST,
    sources=[
        IN_USE,
        POSIX.bind(
            "DESCRIPTION", "the pathname in address names a symbolic link, bind() shall fail"
        ),
    ],
    behaviours={"EADDRINUSE": CONFORMS, **BOUND},
    needs=NEEDS,
    aliases=["state.unix-files.taken"],
)

OCCUPIED = rule(
    "state.unix-files.occupied",
    "Whether binding to the path of a file that is no open socket fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        IN_USE,
        MAN.unix(7, "EADDRINUSE", "or the filesystem socket object already exists"),
    ],
    behaviours=BOUND,
    needs=NEEDS,
    split_from=["state.unix-files.taken"],
)


def occupy(sockets, path, by):
    """Put something at a path."""
    match by:
        case "socket" | "listener" | "closed-socket":
            other = sockets.new()
            other.bind(Unix(path))
            if by == "listener":
                other.listen(1)
            if by == "closed-socket":
                other.close()
        case "file":
            sockets.change("create", path)
        case "folder":
            sockets.change("mkdir", path)
        case "fifo":
            sockets.change("mkfifo", path)
        case "link":
            sockets.change("symlink", sockets.bound().local_addr().path, path)
        case "dangling-link":
            sockets.change("symlink", sockets.path(), path)


@IN_USE_PATH.case(family=UNIX, type=(STREAM, DGRAM), by=("socket", "link", "dangling-link"))
@IN_USE_PATH.case(family=UNIX, type=STREAM, by="listener")
@OCCUPIED.case(
    family=UNIX, type=(STREAM, DGRAM), by=("closed-socket", "file", "folder", "fifo")
)
def test_in_use(sockets, see, case):
    path = sockets.path()
    occupy(sockets, path, case["by"])
    see(outcome(sockets.new().bind, Unix(path), ok="bound"))


REUSE = rule(
    "state.unix-files.reuse-address",
    "Whether SO_REUSEADDR lets a unix socket bind to a path that exists is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.16", "SO_REUSEADDR", "Operation of this option is protocol-specific"
        ),
        MAN.unix(7, "EADDRINUSE", "or the filesystem socket object already exists"),
    ],
    behaviours=BOUND,
    needs=NEEDS,
)


@REUSE.case(family=UNIX, type=TYPES, by=("socket", "closed-socket"))
def test_reuse_address(sockets, see, case):
    path = sockets.path()
    occupy(sockets, path, case["by"])
    sock = sockets.new()
    sock.set_reuse_address(True)
    see(outcome(sock.bind, Unix(path), ok="bound"))


FREED = rule(
    "state.unix-files.removed-frees",
    "A path is free for another socket once its socket is closed and its file removed.",
    level=MUST,
    sources=[POSIX.bind("DESCRIPTION", "bind() function shall assign a local socket address")],
    behaviours=BOUND,
    conforming=["bound"],
    needs=NEEDS,
)

FREED_WHILE_OPEN = rule(
    "state.unix-files.removed-while-open",
    "Whether removing its file frees the path of a socket that is still open is unspecified.",
    level=UNSPECIFIED,
    sources=[IN_USE, MAN.unix(7, "NOTES", "the socket can be unlinked at any time")],
    behaviours=BOUND,
    needs=NEEDS,
    split_from=["state.unix-files.removed-frees"],
)


@FREED.case(family=UNIX, type=TYPES, first="closed")
@FREED_WHILE_OPEN.case(family=UNIX, type=TYPES, first="open")
def test_removed_frees(sockets, see, case):
    first = sockets.bound()
    address = first.local_addr()
    if case["first"] == "closed":
        first.close()
    with suppress(FileNotFoundError):  # a runtime may remove it with the socket
        sockets.change("unlink", address.path)
    see(outcome(sockets.new().bind, address, ok="bound"))


REACHES_NEW = rule(
    "state.unix-files.newer-socket",
    "Whether a path bound anew leads to the newer of two open listeners is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "NOTES", "The usual UNIX close-behind semantics apply")],
    behaviours={"newer": "to the newer one", "older": "to the older one"},
    needs=NEEDS,
)


@REACHES_NEW.case(family=UNIX, type=STREAM)
def test_newer_socket(sockets, see, case):
    older = sockets.listener()
    address = older.local_addr()
    sockets.change("unlink", address.path)
    newer = sockets.new()
    newer.bind(address)
    newer.listen(4)
    how = outcome(sockets.new().connect, address)
    if how == "succeeds":
        how = "newer" if newer.poll("POLLIN", 0) else "older"
    see(how)


LINK = rule(
    "state.unix-files.link-followed",
    "connect() follows a symbolic link to the file of a socket.",
    level=MUST,
    sources=[
        POSIX.connect("ELOOP", "encountered during resolution of the pathname in address"),
        POSIX.connect("DESCRIPTION", "establish a connection to the address specified"),
    ],
    behaviours=REACHED,
    conforming=["reached"],
    needs=NEEDS,
    split_from=["state.unix-files.reached-through"],
)

FOLLOWS = rule(
    "state.unix-files.reached-through",
    "Whether a socket is reached through another name of its file is unspecified.",
    level=UNSPECIFIED,
    sources=[NO_FILE],
    behaviours=REACHED,
    needs=NEEDS,
)


@LINK.case(family=UNIX, type=TYPES, way="link")
@FOLLOWS.case(family=UNIX, type=TYPES, way=("hard-link", "renamed"))
def test_reached_through(sockets, see, case):
    path, other = reachable(sockets).local_addr().path, sockets.path()
    move = {"link": "symlink", "hard-link": "link", "renamed": "rename"}[case["way"]]
    sockets.change(move, path, other)
    see(outcome(sockets.new().connect, Unix(other), ok="reached"))


GONE = rule(
    "state.unix-files.removed-unreachable",
    "Connecting to a path whose file was removed or renamed fails with ENOENT.",
    level=MUST,
    sources=[NO_FILE],
    behaviours={"ENOENT": CONFORMS, **REACHED},
    needs=NEEDS,
)


@GONE.case(family=UNIX, type=TYPES, done=("removed", "renamed"))
def test_removed_unreachable(sockets, see, case):
    address = reachable(sockets).local_addr()
    if case["done"] == "removed":
        sockets.change("unlink", address.path)
    else:
        sockets.change("rename", address.path, sockets.path())
    see(outcome(sockets.new().connect, address, ok="reached"))


SURVIVES = rule(
    "state.unix-files.removed-connection",
    "Whether a connection goes on when the file it was made through is removed is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "NOTES", "the socket can be unlinked at any time")],
    behaviours={
        "delivered": "data still arrives",
        "lost": "the send succeeds, nothing arrives",
    },
    needs=NEEDS,
)


@SURVIVES.case(family=UNIX, type=TYPES)
def test_removed_connection(sockets, see, case):
    there, client = reachable(sockets), sockets.new()
    client.connect(there.local_addr())
    sockets.change("unlink", there.local_addr().path)
    how = outcome(client.send, b"x")
    server = there if case["type"] == DGRAM else sockets.accepted(there)
    if how == "succeeds":
        how = "delivered" if server.poll("POLLIN", 1.0) and server.recv(4) == b"x" else "lost"
    see(how)
