"""To which unix sockets another can connect, and how it fails with the rest."""

from __future__ import annotations

from sockspec.address import Unix
from sockspec.errors import NotReached
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

CONNECTED = {"connected": "the connect succeeds"}
NOT_LISTENING = POSIX.connect(
    "ECONNREFUSED", "was not listening for connections or refused the connection request"
)

MISSING = rule(
    "state.unix-connect.missing",
    "Connecting to a path that does not exist fails with ENOENT.",
    level=MUST,
    sources=[
        POSIX.connect("ENOENT", "A component of the pathname does not name an existing file")
    ],
    behaviours={"ENOENT": CONFORMS, **CONNECTED},
    needs=["unix-files"],
)


@MISSING.case(family=UNIX, type=TYPES, how=("never-there", "dangling-link"))
def test_missing(sockets, see, case):
    path = sockets.path()
    if case["how"] == "dangling-link":
        sockets.change("symlink", sockets.path(), path)
    see(outcome(sockets.new().connect, Unix(path), ok="connected"))


EMPTY = rule(
    "state.unix-connect.empty",
    "Connecting to an address without a path fails with ENOENT or EINVAL.",
    level=MUST,
    sources=[
        POSIX.connect("ENOENT", "the pathname is an empty string"),
        POSIX.connect("EINVAL, may fail", "is not a valid length for the address family"),
    ],
    behaviours={"ENOENT": CONFORMS, "EINVAL": CONFORMS, **CONNECTED},
)


@EMPTY.case(family=UNIX, type=TYPES)
def test_empty(sockets, see, case):
    see(outcome(sockets.new().connect, Unix(b""), ok="connected"))


NOT_A_SOCKET = rule(
    "state.unix-connect.not-a-socket",
    "Whether connecting to a file that is not a socket fails with ECONNREFUSED is unspecified.",
    level=UNSPECIFIED,
    sources=[
        NOT_LISTENING,
        MAN.unix(7, "ECONNREFUSED", "can also occur if the target pathname is not a socket"),
    ],
    behaviours=CONNECTED,
    needs=["unix-files"],
)


@NOT_A_SOCKET.case(family=UNIX, type=TYPES, at=("file", "folder", "fifo"))
def test_not_a_socket(sockets, see, case):
    path = sockets.path()
    sockets.change({"file": "create", "folder": "mkdir", "fifo": "mkfifo"}[case["at"]], path)
    see(outcome(sockets.new().connect, Unix(path), ok="connected"))


WRONG_TYPE = rule(
    "state.unix-connect.wrong-type",
    "Connecting to a socket of another type fails with EPROTOTYPE.",
    level=MUST,
    sources=[
        POSIX.connect(
            "EPROTOTYPE", "different type than the socket bound to the specified peer address"
        ),
        MAN.unix(7, "EPROTOTYPE", "Remote socket does not match the local socket type"),
    ],
    behaviours={"EPROTOTYPE": CONFORMS, **CONNECTED},
)


@WRONG_TYPE.case(family=UNIX, type=STREAM, there=(DGRAM, SEQPACKET))
@WRONG_TYPE.case(family=UNIX, type=DGRAM, there=(STREAM, SEQPACKET))
@WRONG_TYPE.case(family=UNIX, type=SEQPACKET, there=(STREAM, DGRAM))
def test_wrong_type(sockets, see, case):
    there = sockets.bound(UNIX, case["there"])
    if case["there"] != DGRAM:
        there.listen(4)
    see(outcome(sockets.new().connect, there.local_addr(), ok="connected"))


REFUSED = rule(
    "state.unix-connect.not-listening",
    "Connecting to a stream or packet socket that does not listen fails with ECONNREFUSED.",
    level=MUST,
    sources=[NOT_LISTENING],
    behaviours={"ECONNREFUSED": CONFORMS, **CONNECTED},
)

CLOSED_DATAGRAM = rule(
    "state.unix-connect.closed-datagram",
    "Whether connecting to a datagram socket that has closed fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect("DESCRIPTION", "and no connection is made"),
        MAN.unix(7, "ECONNREFUSED", "was not a listening socket"),
    ],
    behaviours=CONNECTED,
    split_from=["state.unix-connect.not-listening"],
)


@REFUSED.case(
    family=UNIX, type=CONNECTING, there=("bound", "closed", "listener-closed", "connected")
)
@CLOSED_DATAGRAM.case(family=UNIX, type=DGRAM, there="closed")
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
    "Connecting a stream or packet socket to its own path fails with ECONNREFUSED.",
    level=MUST,
    sources=[NOT_LISTENING],
    behaviours={"ECONNREFUSED": CONFORMS, **CONNECTED},
)


@SELF.case(family=UNIX, type=CONNECTING)
def test_self(sockets, see, case):
    # A datagram socket can be its own peer: see state.connect-datagram.self.
    sock = sockets.bound()
    see(outcome(sock.connect, sock.local_addr(), ok="connected"))


AFTER_REFUSAL = rule(
    "state.unix-connect.after-refusal",
    "Whether a socket whose connect failed can connect elsewhere is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect(
            "APPLICATION USAGE", "If connect() fails, the state of the socket is unspecified"
        )
    ],
    behaviours=CONNECTED,
)


@AFTER_REFUSAL.case(family=UNIX, type=TYPES, first=("missing", "closed"))
def test_after_refusal(sockets, see, case):
    sock = sockets.new()
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    dead = Unix(sockets.path())
    if case["first"] == "closed":
        closed = sockets.bound()
        dead = closed.local_addr()
        closed.close()
    how = outcome(sock.connect, dead)
    if how == "succeeds":
        raise NotReached("a connect that fails")
    see(outcome(sock.connect, there.local_addr(), ok="connected"), first=how)


AGAIN = rule(
    "state.unix-connect.again",
    "Connecting a connected stream or packet socket again fails with EISCONN.",
    level=MUST,
    sources=[
        POSIX.connect("EISCONN", "socket is connection-mode and is already connected"),
    ],
    behaviours={"EISCONN": CONFORMS, **CONNECTED},
)


@AGAIN.case(family=UNIX, type=CONNECTING, whose=("client", "accepted"), to=("same", "other"))
def test_again(sockets, see, case):
    listener = sockets.listener()
    client, server = sockets.client_of(listener)
    there = listener if case["to"] == "same" else sockets.listener()
    sock = client if case["whose"] == "client" else server
    see(outcome(sock.connect, there.local_addr(), ok="connected"))
