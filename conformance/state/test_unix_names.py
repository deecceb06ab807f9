"""What a unix socket is called: before bind, after it, and as its peer sees it."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Unix
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    KERNEL,
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


def called(address):
    """What an address says: nothing at all, no name, a name of the system's, a path."""
    if address is None:
        return "no-address"
    if not address.path:
        return "unnamed"
    return "abstract" if address.path.startswith(b"\0") else "path"


def named(call):
    """The kind of address that a call answers, or its error."""
    how = outcome(call)
    return called(call()) if how == "succeeds" else how


KEPT = rule(
    "state.unix-names.kept",
    "The path that a unix socket was bound to reads back as it was given, byte by byte.",
    level=MUST,
    sources=[POSIX.getsockname("DESCRIPTION"), MAN.unix(7, "pathname")],
    behaviours={
        "same": CONFORMS,
        "longer": "more bytes than were given, the given ones first",
        "other": "another path",
    },
)


def kept(got, path):
    if got == path:
        return "same"
    return "longer" if got.startswith(path) else "other"


@KEPT.case(family=UNIX, type=TYPES, length=("short", "91"))
def test_kept(sockets, see, case):
    path = sockets.path()
    if case["length"] == "91":
        path += b"x" * (91 - len(path))
    sock = sockets.new()
    sock.bind(Unix(path))
    got = sock.local_addr().path
    see(kept(got, path), bound=path, got=got)


@KEPT.case(family=UNIX, bytes="any", examples=15)
@given(name=st.binary(min_size=1, max_size=30).filter(lambda name: not set(name) & {0, 47}))
def test_kept_bytes(sockets, see, case, name):
    path = sockets.path() + b"-" + name
    sock = sockets.new()
    sock.bind(Unix(path))
    got = sock.local_addr().path
    see(kept(got, path), bound=path, got=got)


RELATIVE = rule(
    "state.unix-names.not-resolved",
    "A path with superfluous parts is kept as it was given, not made canonical.",
    level=SHOULD,
    sources=[MAN.unix(7, "pathname", "sun_path contains the null-terminated pathname")],
    behaviours={
        "same": CONFORMS,
        "longer": "more bytes than were given",
        "other": "another path",
    },
)


@RELATIVE.case(family=UNIX, part=("dot", "slashes", "dot-dot"))
def test_not_resolved(sockets, see, case):
    folder, slash, last = sockets.path().rpartition(b"/")
    middle = {"dot": b"./", "slashes": b"//", "dot-dot": b"../"}[case["part"]]
    if case["part"] == "dot-dot":
        middle += folder.rpartition(b"/")[2] + b"/"
    path = folder + slash + middle + last
    sock = sockets.new()
    sock.bind(Unix(path))
    see(kept(sock.local_addr().path, path), bound=path)


UNBOUND = rule(
    "state.unix-names.unbound",
    "What the local address of a unix socket without a name is, is left open.",
    level=UNSPECIFIED,
    sources=[
        POSIX.getsockname(
            "DESCRIPTION", "the value stored in the object pointed to by address"
        ),
        MAN.unix(7, "unnamed"),
    ],
    behaviours={
        "unnamed": "an address without a path",
        "no-address": "no address",
        "abstract": "a name that the system chose",
        "path": "a path",
    },
)


@UNBOUND.case(family=UNIX, type=TYPES, state=("fresh", "connected"))
def test_unbound(sockets, see, case):
    sock = sockets.new()
    if case["state"] == "connected":
        there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
        sock.connect(there.local_addr())
    see(named(sock.local_addr))


PAIR = rule(
    "state.unix-names.pair",
    "Both sockets of a pair are unnamed, to themselves and to each other.",
    level=SHOULD,
    sources=[
        MAN.unix(7, "unnamed", "the two sockets created by socketpair(2) are unnamed"),
        POSIX.socketpair("DESCRIPTION", "an unbound pair of connected sockets"),
    ],
    behaviours={
        "unnamed": CONFORMS,
        "no-address": "no address",
        "abstract": "a name that the system chose",
        "path": "a path",
    },
    needs=["pair"],
)


@PAIR.case(family=UNIX, type=TYPES, asked=("local", "peer"))
def test_pair(sockets, see, case):
    kinds = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}
    one, other = type(sockets.new()).pair(
        "AF_UNIX", kinds[case["type"]], backend=sockets.backend
    )
    sockets.keep(one)
    sockets.keep(other)
    see(named(one.local_addr if case["asked"] == "local" else one.peer_addr))


PEER = rule(
    "state.unix-names.peer",
    "The peer's address of a connected client is the path that it connected to.",
    level=MUST,
    sources=[POSIX.getpeername("DESCRIPTION", "shall retrieve the peer address")],
    behaviours={"same": CONFORMS, "other": "another path", "unnamed": "no path"},
)


@PEER.case(family=UNIX, type=TYPES)
def test_peer(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    client = sockets.new()
    client.connect(there.local_addr())
    got = client.peer_addr()
    if called(got) != "path":
        see(called(got))
    else:
        see("same" if got == there.local_addr() else "other")


ACCEPTED_NAME = rule(
    "state.unix-names.accepted-local",
    "An accepted socket has the listener's path as its local address.",
    level=SHOULD,
    sources=[
        POSIX.accept("DESCRIPTION"),
        KERNEL("net/unix/af_unix.c", "unix_stream_connect"),
    ],
    behaviours={"same": CONFORMS, "other": "another path", "unnamed": "no path"},
)


@ACCEPTED_NAME.case(family=UNIX, type=CONNECTING)
def test_accepted_local(sockets, see, case):
    listener = sockets.listener()
    _client, server = sockets.client_of(listener)
    got = server.local_addr()
    if called(got) != "path":
        see(called(got))
    else:
        see("same" if got == listener.local_addr() else "other")


BOUND_CLIENT = rule(
    "state.unix-names.bound-client",
    "accept and getpeername answer the path of a client that was bound before it connected.",
    level=MUST,
    sources=[
        POSIX.accept("DESCRIPTION", "the address of the peer for the accepted connection")
    ],
    behaviours={
        "same": CONFORMS,
        "other": "another path",
        "unnamed": "no path",
        "no-address": "no address",
    },
)


@BOUND_CLIENT.case(family=UNIX, type=CONNECTING, asked=("accept", "getpeername"))
def test_bound_client(sockets, see, case):
    listener, client = sockets.listener(), sockets.bound()
    client.connect(listener.local_addr())
    server, address = listener.accept()
    sockets.keep(server)
    got = address if case["asked"] == "accept" else server.peer_addr()
    if called(got) != "path":
        see(called(got))
    else:
        see("same" if got == client.local_addr() else "other")


UNBOUND_CLIENT = rule(
    "state.unix-names.unbound-client",
    "Which address accept answers for a client without a name is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.accept("DESCRIPTION", "permits connections by unbound clients")],
    behaviours={
        "unnamed": "an address without a path",
        "no-address": "no address",
        "abstract": "a name that the system chose",
        "path": "a path",
    },
)


@UNBOUND_CLIENT.case(family=UNIX, type=CONNECTING)
def test_unbound_client(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    server, address = listener.accept()
    sockets.keep(server)
    see(called(address))


SENDER = rule(
    "state.unix-names.sender",
    "A datagram brings the path of its sender, when that has one.",
    level=MUST,
    sources=[POSIX.recvfrom("DESCRIPTION", "the source address of the received message")],
    behaviours={
        "same": CONFORMS,
        "other": "another path",
        "unnamed": "no path",
        "no-address": "no address",
    },
    needs=["unix-dgram"],
)


@SENDER.case(family=UNIX, type=DGRAM, sender=("connected", "unconnected", "vectored"))
def test_sender(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.bound()
    if case["sender"] == "connected":
        sender.connect(receiver.local_addr())
        sender.send(b"x")
    else:
        sender.send_to(b"x", receiver.local_addr())
    vectored = case["sender"] == "vectored"
    got = receiver.recv_from_vectored([4])[2] if vectored else receiver.recv_from(4)[1]
    if called(got) != "path":
        see(called(got))
    else:
        see("same" if got == sender.local_addr() else "other")


UNNAMED_SENDER = rule(
    "state.unix-names.unnamed-sender",
    "Which address a datagram of a sender without a name brings is left open.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recvfrom("DESCRIPTION", "does not provide the source address"),
        MAN.unix(7, "unnamed"),
    ],
    behaviours={
        "unnamed": "an address without a path",
        "no-address": "no address",
        "abstract": "a name that the system chose",
        "path": "a path",
    },
    needs=["unix-dgram"],
)


@UNNAMED_SENDER.case(family=UNIX, type=DGRAM)
def test_unnamed_sender(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.new()
    sender.send_to(b"x", receiver.local_addr())
    see(called(receiver.recv_from(4)[1]))


RENAMED = rule(
    "state.unix-names.renamed",
    "A socket keeps the name that it was bound to after its file was renamed.",
    level=SHOULD,
    sources=[POSIX.getsockname("DESCRIPTION")],
    behaviours={"same": CONFORMS, "other": "another path", "unnamed": "no path"},
    needs=["unix-files"],
)


@RENAMED.case(family=UNIX, type=TYPES, done=("renamed", "removed"))
def test_renamed(sockets, see, case):
    sock = sockets.bound()
    before = sock.local_addr()
    if case["done"] == "renamed":
        os.rename(before.path, sockets.path())
    else:
        os.unlink(before.path)
    got = sock.local_addr()
    if called(got) != "path":
        see(called(got))
    else:
        see("same" if got == before else "other")
