"""Paths of unix sockets that cannot be resolved, or that permissions close."""

from __future__ import annotations

from sockspec.address import Unix
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

TYPES = (STREAM, DGRAM, SEQPACKET)
SUCCEEDS = {"succeeds": "the call succeeds"}

ERRORS = rule(
    "state.unix-paths.errors",
    "bind() and connect() fail with the error of the path: ENOENT, ENOTDIR or ELOOP.",
    level=MUST,
    sources=[
        POSIX.bind(
            "ENOENT", "A component of the path prefix of the pathname in address does not"
        ),
        POSIX.bind(
            "ENOTDIR", "an existing file that is neither a directory nor a symbolic link"
        ),
        POSIX.bind("ELOOP", "A loop exists in symbolic links encountered during resolution"),
        POSIX.connect("ENOENT", "A component of the pathname does not name an existing file"),
        POSIX.connect("ENOTDIR", "an existing file that is neither a directory nor a symbolic"),
        POSIX.connect("ELOOP", "A loop exists in symbolic links encountered during resolution"),
    ],
    behaviours={
        "as-file": "it fails with the error that open() has there",
        "other-error": "it fails with another error",
        **SUCCEEDS,
    },
    conforming=["as-file"],
    needs=["unix-files"],
    aliases=["state.unix-files.path-errors"],
)


@ERRORS.case(
    family=UNIX,
    type=(STREAM, DGRAM),
    call=("bind", "connect"),
    path=("no-folder", "not-a-folder", "loop"),
)
def test_errors(sockets, see, case):
    base = sockets.path()
    match case["path"]:
        case "no-folder":
            expected = "ENOENT"
        case "not-a-folder":
            expected = "ENOTDIR"
            sockets.change("create", base)
        case _:
            expected = "ELOOP"
            sockets.change("symlink", base, base)
    how = outcome(getattr(sockets.new(), case["call"]), Unix(base + b"/socket"))
    if how == "succeeds":
        see("succeeds")
    else:
        see("as-file" if how == expected else "other-error", how=how)


BIND_DENIED = rule(
    "state.unix-paths.bind-not-permitted",
    "Binding in a folder that the user may not search fails with EACCES.",
    level=MUST,
    sources=[
        POSIX.bind("EACCES", "A component of the path prefix denies search permission"),
        MAN.unix(
            7,
            "Pathname socket ownership and permissions",
            "write and search (execute) permission on the directory",
        ),
    ],
    behaviours={"EACCES": CONFORMS, **SUCCEEDS},
    needs=["unix-files", "unprivileged"],
    aliases=["state.unix-files.not-permitted"],
)

CONNECT_DENIED = rule(
    "state.unix-paths.connect-not-permitted",
    "Whether connecting in a folder that the user may not search fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect(
            "EACCES, may fail", "Search permission is denied for a component of the path"
        )
    ],
    behaviours=SUCCEEDS,
    needs=["unix-files", "unprivileged"],
    split_from=["state.unix-files.not-permitted"],
)


@BIND_DENIED.case(family=UNIX, type=(STREAM, DGRAM), call="bind")
@CONNECT_DENIED.case(family=UNIX, type=(STREAM, DGRAM), call="connect")
def test_not_permitted(sockets, see, case):
    folder = sockets.path()
    sockets.change("mkdir", folder)
    address = Unix(folder + b"/socket")
    if case["call"] == "connect":
        there = sockets.new()
        there.bind(address)
        if case["type"] == STREAM:
            there.listen(1)
    sockets.change("chmod", folder, 0)
    how = outcome(getattr(sockets.new(), case["call"]), address)
    sockets.change("chmod", folder, 0o700)
    see(how)


WRITE = rule(
    "state.unix-paths.write-permission",
    "Whether connecting to a socket file that may not be written fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect("EACCES, may fail", "write access to the named socket is denied"),
        MAN.unix(
            7,
            "Pathname socket ownership and permissions",
            "connecting to a stream socket object requires write permission on that socket",
        ),
    ],
    behaviours=SUCCEEDS,
    needs=["unix-files", "unprivileged"],
    aliases=["state.unix-files.write-permission"],
)


@WRITE.case(family=UNIX, type=TYPES)
def test_write_permission(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    sockets.change("chmod", there.local_addr().path, 0o444)
    see(outcome(sockets.new().connect, there.local_addr()))
