"""What a unix socket is called: before bind, after it, and as its peer sees it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Unix
from sockspec.api import Socket
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

LOCALLY_BOUND = POSIX.getsockname(
    "DESCRIPTION", "shall retrieve the locally-bound name of the specified socket"
)

KINDS = {
    "unnamed": "an address without a path",
    "no-address": "no address",
    "abstract": "a name that the system chose",
    "path": "a path",
}
"""What an address can be."""

THE_SAME = {
    "same": CONFORMS,
    "another-path": "another path",
    "unnamed": KINDS["unnamed"],
    "no-address": KINDS["no-address"],
    "abstract": KINDS["abstract"],
}
RENAMED_OTHER = {"other": "another-path"}


def kind(address):
    """What kind of address it is."""
    if address is None:
        return "no-address"
    if not address.path:
        return "unnamed"
    return "abstract" if address.path.startswith(b"\0") else "path"


def kind_of(call):
    """What kind of address a call returns, or its error."""
    got = []
    how = outcome(lambda: got.append(call()))
    return kind(got[0]) if got else how


def compared(got, expected):
    """Whether an address is the expected path; what kind it is where it is no path."""
    if kind(got) != "path":
        return kind(got)
    return "same" if got == expected else "another-path"


KEPT = rule(
    "state.unix-names.kept",
    "The path that a unix socket was bound to reads back byte for byte.",
    level=MUST,
    sources=[LOCALLY_BOUND],
    behaviours={
        **THE_SAME,
        "longer": "the bytes of the path, and more",
    },
    aliases=["state.unix-names.not-resolved"],
    renamed=RENAMED_OTHER,
)


def bound_and_read(sockets, see, path):
    sock = sockets.new()
    sock.bind(Unix(path))
    got = sock.local_addr()
    how = compared(got, Unix(path))
    if how == "another-path" and got.path.startswith(path):
        how = "longer"
    see(how, bound=path, got=got.path if got else None)


@KEPT.case(family=UNIX, type=TYPES, length=("short", "91"))
def test_kept(sockets, see, case):
    path = sockets.path()
    if case["length"] == "91":
        path += b"x" * (91 - len(path))
    bound_and_read(sockets, see, path)


@KEPT.case(family=UNIX, bytes="any", examples=15)
@given(name=st.binary(min_size=1, max_size=30).filter(lambda name: not set(name) & {0, 47}))
def test_kept_bytes(sockets, see, case, name):
    bound_and_read(sockets, see, sockets.path() + b"-" + name)


@KEPT.case(family=UNIX, part=("dot", "slashes", "dot-dot"))
def test_kept_unresolved(sockets, see, case):
    folder, slash, last = sockets.path().rpartition(b"/")
    middle = {"dot": b"./", "slashes": b"//", "dot-dot": b"../"}[case["part"]]
    if case["part"] == "dot-dot":
        middle += folder.rpartition(b"/")[2] + b"/"
    bound_and_read(sockets, see, folder + slash + middle + last)


RENAMED = rule(
    "state.unix-names.renamed",
    "A socket keeps the name that it was bound to when its file is renamed or removed.",
    level=MUST,
    sources=[LOCALLY_BOUND],
    behaviours=THE_SAME,
    needs=["unix-files"],
    renamed=RENAMED_OTHER,
)


@RENAMED.case(family=UNIX, type=TYPES, done=("renamed", "removed"))
def test_renamed(sockets, see, case):
    sock = sockets.bound()
    before = sock.local_addr()
    if case["done"] == "renamed":
        sockets.change("rename", before.path, sockets.path())
    else:
        sockets.change("unlink", before.path)
    see(compared(sock.local_addr(), before))


UNBOUND = rule(
    "state.unix-names.unbound",
    "Whether getsockname() on an unbound unix socket returns an address is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.getsockname(
            "DESCRIPTION", "If the socket has not been bound to a local name, the value stored"
        ),
        MAN.unix(
            7, "unnamed", "that has not been bound to a pathname using bind(2) has no name"
        ),
    ],
    behaviours=KINDS,
)


@UNBOUND.case(family=UNIX, type=TYPES, state=("fresh", "connected"))
def test_unbound(sockets, see, case):
    sock = sockets.new()
    if case["state"] == "connected":
        there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
        sock.connect(there.local_addr())
    see(kind_of(sock.local_addr))


PAIR = rule(
    "state.unix-names.pair",
    "Whether the sockets of a pair have addresses is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.socketpair("DESCRIPTION", "shall create an unbound pair of connected sockets"),
        MAN.unix(7, "unnamed", "the two sockets created by socketpair(2) are unnamed"),
    ],
    behaviours=KINDS,
    needs=["pair"],
)


@PAIR.case(family=UNIX, type=TYPES, asked=("local", "peer"))
def test_pair(sockets, see, case):
    kinds = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}
    one, other = Socket.pair("AF_UNIX", kinds[case["type"]], backend=sockets.backend)
    sockets.keep(one)
    sockets.keep(other)
    see(kind_of(one.local_addr if case["asked"] == "local" else one.peer_addr))


PEER = rule(
    "state.unix-names.peer",
    "getpeername() returns the path that a client connected to.",
    level=MUST,
    sources=[
        POSIX.getpeername(
            "DESCRIPTION", "shall retrieve the peer address of the specified socket"
        )
    ],
    behaviours=THE_SAME,
    renamed=RENAMED_OTHER,
)


@PEER.case(family=UNIX, type=TYPES)
def test_peer(sockets, see, case):
    there = sockets.bound() if case["type"] == DGRAM else sockets.listener()
    client = sockets.new()
    client.connect(there.local_addr())
    see(compared(client.peer_addr(), there.local_addr()))


ACCEPTED_NAME = rule(
    "state.unix-names.accepted-local",
    "Whether an accepted socket has the listener's path as its local address is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.accept(
            "DESCRIPTION",
            "create a new socket with the same socket type protocol and address family",
        )
    ],
    behaviours={**THE_SAME, "same": "it has the listener's path"},
    renamed=RENAMED_OTHER,
)


@ACCEPTED_NAME.case(family=UNIX, type=CONNECTING)
def test_accepted_local(sockets, see, case):
    listener = sockets.listener()
    server = sockets.client_of(listener)[1]
    see(compared(server.local_addr(), listener.local_addr()))


BOUND_CLIENT = rule(
    "state.unix-names.bound-client",
    "accept() and getpeername() return the path of a client that is bound.",
    level=MUST,
    sources=[
        POSIX.accept("DESCRIPTION", "the address of the peer for the accepted connection"),
        POSIX.getpeername(
            "DESCRIPTION", "shall retrieve the peer address of the specified socket"
        ),
    ],
    behaviours=THE_SAME,
    renamed=RENAMED_OTHER,
)


@BOUND_CLIENT.case(family=UNIX, type=CONNECTING, asked=("accept", "getpeername"))
def test_bound_client(sockets, see, case):
    listener, client = sockets.listener(), sockets.bound()
    client.connect(listener.local_addr())
    server, address = listener.accept()
    sockets.keep(server)
    got = address if case["asked"] == "accept" else server.peer_addr()
    see(compared(got, client.local_addr()))


UNBOUND_CLIENT = rule(
    "state.unix-names.unbound-client",
    "Whether accept() returns an address for an unbound client is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.accept(
            "DESCRIPTION",
            "If the protocol permits connections by unbound clients, and the peer",
        )
    ],
    behaviours=KINDS,
)


@UNBOUND_CLIENT.case(family=UNIX, type=CONNECTING)
def test_unbound_client(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    server, address = listener.accept()
    sockets.keep(server)
    see(kind(address))


SENDER = rule(
    "state.unix-names.sender",
    "A datagram comes with the path of its sender.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.6",
            "SOCK_DGRAM",
            "source address of each datagram is available when receiving the datagram",
        ),
        POSIX.recvfrom("DESCRIPTION", "source address of the received message shall be stored"),
    ],
    behaviours=THE_SAME,
    needs=["unix-dgram"],
    renamed=RENAMED_OTHER,
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
    see(compared(got, sender.local_addr()))


UNNAMED_SENDER = rule(
    "state.unix-names.unnamed-sender",
    "Whether a datagram of an unbound sender comes with an address is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recvfrom(
            "DESCRIPTION", "the protocol does not provide the source address of messages"
        ),
        MAN.unix(7, "unnamed", "When the address of an unnamed socket is returned, its length"),
    ],
    behaviours=KINDS,
    needs=["unix-dgram"],
)


@UNNAMED_SENDER.case(family=UNIX, type=DGRAM)
def test_unnamed_sender(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.new()
    sender.send_to(b"x", receiver.local_addr())
    see(kind(receiver.recv_from(4)[1]))


LENGTH = rule(
    "state.unix-names.length",
    "Whether the length of a path that getsockname() returns counts a NUL byte is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "Address format", "sun_path contains the null-terminated pathname")],
    behaviours={
        "with-nul": "it counts one",
        "without-nul": "it counts none",
        "another-length": "it is another length",
    },
    needs=["raw-call"],
)


@LENGTH.case(family=UNIX, type=TYPES)
def test_length(sockets, see, case):
    sock = sockets.bound()
    path = sock.local_addr().path
    order = sockets.backend.byte_order
    given = [bytes(200), (200).to_bytes(4, order)]
    _answer, (_buffer, length) = sockets.backend.raw_call(sock.handle, "getsockname", given)
    over = int.from_bytes(length, order) - 2 - len(path)
    see({1: "with-nul", 0: "without-nul"}.get(over, "another-length"))
