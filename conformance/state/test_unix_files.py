"""The file behind a unix socket: when it comes, how long it stays, what it stops."""

from __future__ import annotations

import os
import stat

from sockspec.address import Unix
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    KERNEL,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    SHOULD,
    STREAM,
    UNIX,
    outcome,
    rule,
)

TYPES = (STREAM, DGRAM, SEQPACKET)


def exists(path):
    return os.path.lexists(path)


KIND = rule(
    "state.unix-files.kind",
    "Binding a unix socket makes a file of the type socket.",
    level=MUST,
    sources=[
        POSIX.header("sys/stat.h", "S_ISSOCK"),
        MAN.unix(7, "DESCRIPTION", "marked as being of type socket"),
    ],
    behaviours={
        "socket": CONFORMS,
        "other": "a file of another type",
        "nothing": "no file",
    },
    needs=["unix-files"],
)


@KIND.case(family=UNIX, type=TYPES)
def test_kind(sockets, see, case):
    path = sockets.bound().local_addr().path
    if not exists(path):
        see("nothing")
    else:
        see("socket" if stat.S_ISSOCK(os.lstat(path).st_mode) else "other")


REMAINS = rule(
    "state.unix-files.remains",
    "The file stays when the socket is closed.",
    level=MUST,
    sources=[
        MAN.unix(7, "NOTES", "must be deleted by the caller when it is no longer needed"),
        FREEBSD.unix(4, "DESCRIPTION", "This file is not removed when the socket is closed"),
    ],
    behaviours={"stays": CONFORMS, "removed": "it goes with the socket"},
    needs=["unix-files"],
)


@REMAINS.case(family=UNIX, type=TYPES)
def test_remains(sockets, see, case):
    sock = sockets.bound()
    path = sock.local_addr().path
    sock.close()
    see("stays" if exists(path) else "removed")


LISTENER_REMAINS = rule(
    "state.unix-files.listener-remains",
    "The file of a listener stays when the listener and its connections are closed.",
    level=MUST,
    sources=[MAN.unix(7, "NOTES", "must be deleted by the caller when it is no longer needed")],
    behaviours={"stays": CONFORMS, "removed": "it goes with the listener"},
    needs=["unix-files"],
)


@LISTENER_REMAINS.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_listener_remains(sockets, see, case):
    listener = sockets.listener()
    path = listener.local_addr().path
    client, server = sockets.client_of(listener)
    for each in (client, server, listener):
        each.close()
    see("stays" if exists(path) else "removed")


TAKEN = rule(
    "state.unix-files.taken",
    "Binding to a path at which something is already answers EADDRINUSE.",
    level=MUST,
    sources=[
        POSIX.bind("EADDRINUSE"),
        POSIX.bind("DESCRIPTION", "the pathname in address names a symbolic link"),
    ],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "it takes the path"},
    needs=["unix-files"],
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
            with open(path, "xb"):
                pass
        case "folder":
            os.mkdir(path)
        case "fifo":
            os.mkfifo(path)
        case "link":
            os.symlink(sockets.bound().local_addr().path, path)
        case "dangling-link":
            os.symlink(sockets.path(), path)


@TAKEN.case(
    family=UNIX,
    type=(STREAM, DGRAM),
    by=("socket", "closed-socket", "file", "folder", "fifo", "link", "dangling-link"),
)
@TAKEN.case(family=UNIX, type=STREAM, by="listener")
def test_taken(sockets, see, case):
    path = sockets.path()
    occupy(sockets, path, case["by"])
    see(outcome(sockets.new().bind, Unix(path), ok="bound"))


REUSE = rule(
    "state.unix-files.reuse-address",
    "SO_REUSEADDR does not let a unix socket bind to a file that is there.",
    level=SHOULD,
    sources=[
        POSIX.bind("EADDRINUSE"),
        MAN.unix(7, "EADDRINUSE", "the filesystem socket object already exists"),
    ],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "it takes the path"},
    needs=["unix-files"],
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
    "Once the file is removed another socket can bind to the path.",
    level=MUST,
    sources=[MAN.unix(7, "NOTES"), POSIX.bind("EADDRINUSE")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "the path stays taken"},
    needs=["unix-files"],
)


@FREED.case(family=UNIX, type=TYPES, first=("open", "closed"))
def test_removed_frees(sockets, see, case):
    first = sockets.bound()
    address = first.local_addr()
    if case["first"] == "closed":
        first.close()
    os.unlink(address.path)
    see(outcome(sockets.new().bind, address, ok="bound"))


REACHES_NEW = rule(
    "state.unix-files.newer-socket",
    "A path that was bound anew leads to the newer socket, though the older is still open.",
    level=SHOULD,
    sources=[MAN.unix(7, "NOTES"), POSIX.connect("DESCRIPTION")],
    behaviours={"newer": CONFORMS, "older": "to the older one", "ECONNREFUSED": "to neither"},
    needs=["unix-files"],
)


@REACHES_NEW.case(family=UNIX, type=STREAM)
def test_newer_socket(sockets, see, case):
    older = sockets.listener()
    address = older.local_addr()
    os.unlink(address.path)
    newer = sockets.new()
    newer.bind(address)
    newer.listen(4)
    how = outcome(sockets.new().connect, address)
    if how == "succeeds":
        how = "newer" if newer.poll("POLLIN", 0) else "older"
    see(how)


FOLLOWS = rule(
    "state.unix-files.reached-through",
    "A listener is reached through every path that leads to its file.",
    level=SHOULD,
    sources=[POSIX.connect("ELOOP"), KERNEL("net/unix/af_unix.c", "unix_find_bsd")],
    behaviours={"reached": CONFORMS, "ENOENT": "not found", "ECONNREFUSED": "not a listener"},
    needs=["unix-files"],
)


@FOLLOWS.case(family=UNIX, type=TYPES, way=("link", "hard-link", "renamed"))
def test_reached_through(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    path, other = there.local_addr().path, sockets.path()
    move = {"link": os.symlink, "hard-link": os.link, "renamed": os.rename}[case["way"]]
    move(path, other)
    see(outcome(sockets.new().connect, Unix(other), ok="reached"))


GONE = rule(
    "state.unix-files.removed-unreachable",
    "A listener whose file was removed or renamed is not reached by the old path.",
    level=MUST,
    sources=[POSIX.connect("ENOENT", "does not name an existing file")],
    behaviours={"ENOENT": CONFORMS, "reached": "it is reached all the same"},
    needs=["unix-files"],
)


@GONE.case(family=UNIX, type=TYPES, done=("removed", "renamed"))
def test_removed_unreachable(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    address = there.local_addr()
    if case["done"] == "removed":
        os.unlink(address.path)
    else:
        os.rename(address.path, sockets.path())
    see(outcome(sockets.new().connect, address, ok="reached"))


SURVIVES = rule(
    "state.unix-files.removed-connection",
    "A connection goes on when the file through which it was made is removed.",
    level=SHOULD,
    sources=[MAN.unix(7, "NOTES", "the socket can be unlinked at any time")],
    behaviours={"delivered": CONFORMS, "lost": "nothing arrives"},
    needs=["unix-files"],
)


@SURVIVES.case(family=UNIX, type=TYPES)
def test_removed_connection(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    client = sockets.new()
    client.connect(there.local_addr())
    os.unlink(there.local_addr().path)
    how = outcome(client.send, b"x")
    server = there if case["type"] == DGRAM else sockets.accepted(there)
    if how == "succeeds":
        how = "delivered" if server.poll("POLLIN", 1.0) and server.recv(4) else "lost"
    see(how)


PATH_ERRORS = rule(
    "state.unix-files.path-errors",
    "A path that leads nowhere is refused with the error of the file system.",
    level=MUST,
    sources=[
        POSIX.bind("ENOENT"),
        POSIX.bind("ENOTDIR"),
        POSIX.bind("ELOOP"),
        POSIX.connect("ENOENT"),
        POSIX.connect("ENOTDIR"),
        POSIX.connect("ELOOP"),
    ],
    behaviours={
        "as-file": "the error that opening such a path has",
        "other-error": "another error",
        "succeeds": "it succeeds",
    },
    conforming=["as-file"],
    needs=["unix-files"],
)


@PATH_ERRORS.case(
    family=UNIX,
    type=(STREAM, DGRAM),
    call=("bind", "connect"),
    path=("no-folder", "not-a-folder", "loop"),
)
def test_path_errors(sockets, see, case):
    base = sockets.path()
    match case["path"]:
        case "no-folder":
            expected = "ENOENT"
        case "not-a-folder":
            expected = "ENOTDIR"
            occupy(sockets, base, "file")
        case _:
            expected = "ELOOP"
            os.symlink(base, base)
    sock = sockets.new()
    how = outcome(getattr(sock, case["call"]), Unix(base + b"/socket"))
    if how != "succeeds":
        how = "as-file" if how == expected else "other-error"
    see(how)


DENIED = rule(
    "state.unix-files.not-permitted",
    "A user who may not search the folder of a socket can neither bind nor connect there.",
    level=MUST,
    sources=[
        POSIX.bind("EACCES"),
        POSIX.connect("EACCES"),
        MAN.unix(7, "Pathname socket ownership and permissions"),
    ],
    behaviours={"EACCES": CONFORMS, "succeeds": "it succeeds", "EPERM": "not permitted"},
    needs=["unix-files", "unprivileged"],
)


@DENIED.case(family=UNIX, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_not_permitted(sockets, see, case):
    folder = sockets.path()
    os.mkdir(folder)
    address = Unix(folder + b"/socket")
    if case["call"] == "connect":
        there = sockets.new()
        there.bind(address)
        if case["type"] == STREAM:
            there.listen(1)
    os.chmod(folder, 0)
    how = outcome(getattr(sockets.new(), case["call"]), address)
    os.chmod(folder, 0o700)
    see(how)


MODE = rule(
    "state.unix-files.write-permission",
    "Connecting takes write permission on the file of the socket.",
    level=SHOULD,
    sources=[
        POSIX.connect("EACCES", "write access to the named socket is denied"),
        MAN.unix(
            7,
            "Pathname socket ownership and permissions",
            "requires write permission on that socket",
        ),
    ],
    behaviours={"EACCES": CONFORMS, "succeeds": "it succeeds", "EPERM": "not permitted"},
    needs=["unix-files", "unprivileged"],
)


@MODE.case(family=UNIX, type=TYPES)
def test_write_permission(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    os.chmod(there.local_addr().path, 0o444)
    see(outcome(sockets.new().connect, there.local_addr()))
