"""To whom a unix socket can connect, and how the others are refused."""

from __future__ import annotations

import os

from sockspec.address import Unix
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

CONNECTING = (STREAM, SEQPACKET)
TYPES = (STREAM, DGRAM, SEQPACKET)

MISSING = rule(
    "state.unix-connect.missing",
    "Connecting to a path at which nothing is answers ENOENT.",
    level=MUST,
    sources=[POSIX.connect("ENOENT", "does not name an existing file")],
    behaviours={"ENOENT": CONFORMS, "connected": "it connects"},
    needs=["unix-files"],
)


@MISSING.case(family=UNIX, type=TYPES, how=("never-there", "dangling-link"))
def test_missing(sockets, see, case):
    path = sockets.path()
    if case["how"] == "dangling-link":
        os.symlink(sockets.path(), path)
    see(outcome(sockets.new().connect, Unix(path), ok="connected"))


EMPTY = rule(
    "state.unix-connect.empty",
    "Connecting to the empty path answers ENOENT.",
    level=MUST,
    sources=[POSIX.connect("ENOENT", "the pathname is an empty string")],
    behaviours={"ENOENT": CONFORMS, "connected": "it connects"},
)


@EMPTY.case(family=UNIX, type=TYPES)
def test_empty(sockets, see, case):
    see(outcome(sockets.new().connect, Unix(b""), ok="connected"))


NOT_A_SOCKET = rule(
    "state.unix-connect.not-a-socket",
    "Connecting to the path of a file that is no socket is refused.",
    level=SHOULD,
    sources=[
        MAN.unix(7, "ECONNREFUSED", "if the target pathname is not a socket"),
        POSIX.connect("ECONNREFUSED"),
    ],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "ENOTSOCK": "told as what it is",
        "connected": "it connects",
    },
    needs=["unix-files"],
)


@NOT_A_SOCKET.case(family=UNIX, type=TYPES, at=("file", "folder", "fifo"))
def test_not_a_socket(sockets, see, case):
    path = sockets.path()
    if case["at"] == "file":
        with open(path, "xb"):
            pass
    else:
        (os.mkdir if case["at"] == "folder" else os.mkfifo)(path)
    see(outcome(sockets.new().connect, Unix(path), ok="connected"))


WRONG_TYPE = rule(
    "state.unix-connect.wrong-type",
    "Connecting to a socket of another type answers EPROTOTYPE.",
    level=MUST,
    sources=[
        POSIX.connect(
            "EPROTOTYPE", "different type than the socket bound to the specified peer"
        ),
        MAN.unix(7, "EPROTOTYPE"),
    ],
    behaviours={"EPROTOTYPE": CONFORMS, "connected": "it connects"},
)


@WRONG_TYPE.case(family=UNIX, type=STREAM, there=(DGRAM, SEQPACKET))
@WRONG_TYPE.case(family=UNIX, type=DGRAM, there=(STREAM, SEQPACKET))
@WRONG_TYPE.case(family=UNIX, type=SEQPACKET, there=(STREAM, DGRAM))
def test_wrong_type(sockets, see, case):
    there = sockets.bound(UNIX, case["there"])
    if case["there"] != DGRAM:
        there.listen(4)
    see(outcome(sockets.new().connect, there.local_addr(), ok="connected"))


NOT_LISTENING = rule(
    "state.unix-connect.not-listening",
    "Connecting to a socket that does not listen, or is closed, answers ECONNREFUSED.",
    level=MUST,
    sources=[
        POSIX.connect(
            "ECONNREFUSED", "not listening for connections or refused the connection"
        ),
        MAN.unix(7, "ECONNREFUSED"),
    ],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": "it connects", "ENOENT": "not found"},
)


@NOT_LISTENING.case(
    family=UNIX, type=CONNECTING, there=("bound", "closed", "listener-closed", "connected")
)
@NOT_LISTENING.case(family=UNIX, type=DGRAM, there="closed")
def test_not_listening(sockets, see, case):
    there = sockets.bound()
    address = there.local_addr()
    if case["there"] == "listener-closed":
        there.listen(4)
    if case["there"] == "connected":
        there.connect(sockets.listener().local_addr())
    if "closed" in case["there"]:
        there.close()
    see(outcome(sockets.new().connect, address, ok="connected"))


SELF = rule(
    "state.unix-connect.self",
    "Whether a socket can connect to its own path depends on its type.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION")],
    behaviours={"connected": "it is connected to itself", "ECONNREFUSED": "it does not listen"},
)


@SELF.case(family=UNIX, type=TYPES)
def test_self(sockets, see, case):
    sock = sockets.bound()
    see(outcome(sock.connect, sock.local_addr(), ok="connected"))


AFTER_REFUSAL = rule(
    "state.unix-connect.after-refusal",
    "What connecting again after a refusal does is left open: the socket's state is.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")],
    behaviours={"connected": "it connects", "EINVAL": "the socket is spent"},
)


@AFTER_REFUSAL.case(family=UNIX, type=TYPES, first=("missing", "closed"))
def test_after_refusal(sockets, see, case):
    sock, there = sockets.new(), sockets.bound()
    if case["type"] != DGRAM:
        there.listen(4)
    dead = Unix(sockets.path())
    if case["first"] == "closed":
        closed = sockets.bound()
        dead = closed.local_addr()
        closed.close()
    assert outcome(sock.connect, dead) != "succeeds"
    see(outcome(sock.connect, there.local_addr(), ok="connected"))


AGAIN = rule(
    "state.unix-connect.again",
    "Connecting a connected stream or packet socket again answers EISCONN.",
    level=MUST,
    sources=[POSIX.connect("EISCONN", "connection-mode and is already connected")],
    behaviours={"EISCONN": CONFORMS, "connected": "it connects again"},
)


@AGAIN.case(family=UNIX, type=CONNECTING, whose=("client", "accepted"), to=("same", "other"))
def test_again(sockets, see, case):
    listener = sockets.listener()
    client, server = sockets.client_of(listener)
    there = listener if case["to"] == "same" else sockets.listener()
    sock = client if case["whose"] == "client" else server
    see(outcome(sock.connect, there.local_addr(), ok="connected"))
