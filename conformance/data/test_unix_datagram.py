"""Datagrams between unix sockets: reliable, in order, and held back when nobody reads."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Unix
from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    KERNEL,
    MAN,
    MUST,
    POSIX,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

NEEDS = ["unix-dgram"]
RELIABLE = MAN.unix(7, "SOCK_DGRAM", "always reliable and don't reorder datagrams")

BOUNDARIES = rule(
    "data.unix-datagram.reliable",
    "Datagrams arrive all, whole, and in the order in which they were sent.",
    level=MUST,
    sources=[RELIABLE],
    behaviours={
        "all-in-order": CONFORMS,
        "mixed": "in another order",
        "lost": "some are missing or cut off",
    },
    needs=NEEDS,
)


@BOUNDARIES.case(family=UNIX, type=DGRAM)
@given(messages=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_reliable(sockets, see, case, messages):
    ours, theirs = sockets.connected()
    for message in messages:
        ours.send(message)
    got = [theirs.recv(4096) for _ in messages]
    if got == messages:
        see("all-in-order")
    else:
        see("mixed" if sorted(got) == sorted(messages) else "lost", sent=messages, got=got)


SENDERS = rule(
    "data.unix-datagram.several-senders",
    "Datagrams of several senders arrive in the order in which they were sent.",
    level=SHOULD,
    sources=[RELIABLE],
    behaviours={"in-order": CONFORMS, "mixed": "in another order"},
    needs=NEEDS,
)


@SENDERS.case(family=UNIX, type=DGRAM)
def test_several_senders(sockets, see, case):
    receiver = sockets.bound()
    senders = [sockets.new() for _ in range(3)]
    order = [0, 2, 1, 1, 0, 2]
    for number in order:
        senders[number].send_to(bytes([number]), receiver.local_addr())
    see("in-order" if [receiver.recv(1)[0] for _ in order] == order else "mixed")


FILTER = rule(
    "data.unix-datagram.only-peer",
    "A socket that is connected to a peer takes datagrams of no other sender.",
    level=MUST,
    sources=[
        POSIX.connect("DESCRIPTION", "limits the remote sender for subsequent recv()"),
        KERNEL("net/unix/af_unix.c", "unix_may_send"),
    ],
    behaviours={
        "refused": "the other sender is told with an error",
        "dropped": "they are dropped without a word",
        "delivered": "they are delivered",
    },
    conforming=["refused", "dropped"],
    needs=NEEDS,
)

FILTER_ERROR = rule(
    "data.unix-datagram.only-peer-error",
    "What a sender is told whose datagram the receiver does not take is left open.",
    level=UNSPECIFIED,
    sources=[KERNEL("net/unix/af_unix.c", "unix_may_send")],
    behaviours={"EPERM": "it is not permitted", "ECONNREFUSED": "refused", "sent": "nothing"},
    needs=NEEDS,
)


@FILTER.case(family=UNIX, type=DGRAM, stranger=("bound", "unbound"))
def test_only_peer(sockets, see, case):
    ours, _theirs = sockets.connected()
    stranger = sockets.bound() if case["stranger"] == "bound" else sockets.new()
    how = outcome(stranger.send_to, b"x", ours.local_addr())
    if ours.poll("POLLIN", 0):
        see("delivered", how=how)
    else:
        see("dropped" if how == "succeeds" else "refused", how=how)


@FILTER_ERROR.case(family=UNIX, type=DGRAM, call=("send_to", "connect"))
def test_only_peer_error(sockets, see, case):
    ours, _theirs = sockets.connected()
    stranger = sockets.bound()
    if case["call"] == "connect":
        see(outcome(stranger.connect, ours.local_addr(), ok="sent"))
    else:
        see(outcome(stranger.send_to, b"x", ours.local_addr(), ok="sent"))


QUEUED = rule(
    "data.unix-datagram.queued-before-connect",
    "Whether datagrams of others stay that were queued before a socket connected is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION")],
    behaviours={"stay": "they stay", "dropped": "they are dropped"},
    needs=NEEDS,
)


@QUEUED.case(family=UNIX, type=DGRAM, then=("connects", "reconnects"))
def test_queued_before_connect(sockets, see, case):
    sock, stranger, peer = sockets.bound(), sockets.bound(), sockets.bound()
    if case["then"] == "reconnects":
        sock.connect(stranger.local_addr())
    stranger.send_to(b"x", sock.local_addr())
    sock.connect(peer.local_addr())
    see("stay" if sock.poll("POLLIN", 0) else "dropped")


ELSEWHERE = rule(
    "data.unix-datagram.send-elsewhere",
    "A connected socket can send a datagram to another address, or is told EISCONN.",
    level=UNSPECIFIED,
    sources=[POSIX.sendto("EISCONN"), POSIX.sendto("DESCRIPTION")],
    behaviours={
        "elsewhere": "it is delivered at the other address",
        "peer": "it is delivered to the peer",
        "EISCONN": "it is refused",
    },
    needs=NEEDS,
)


@ELSEWHERE.case(family=UNIX, type=DGRAM)
def test_send_elsewhere(sockets, see, case):
    ours, _theirs = sockets.connected()
    other = sockets.bound()
    how = outcome(ours.send_to, b"x", other.local_addr())
    if how == "succeeds":
        how = "elsewhere" if other.poll("POLLIN", 0) else "peer"
    see(how)


NO_DESTINATION = rule(
    "data.unix-datagram.no-destination",
    "Sending without a peer and without an address answers EDESTADDRREQ.",
    level=MUST,
    sources=[
        POSIX.send("EDESTADDRREQ", "no peer address is set"),
        POSIX.sendmsg("EDESTADDRREQ"),
    ],
    behaviours={"EDESTADDRREQ": CONFORMS, "sent": "it succeeds"},
    needs=NEEDS,
)


@NO_DESTINATION.case(family=UNIX, type=DGRAM, call=("send", "sendmsg"))
def test_no_destination(sockets, see, case):
    sock = sockets.bound()
    call, data = (sock.send, b"x") if case["call"] == "send" else (sock.sendmsg, [b"x"])
    see(outcome(call, data, ok="sent"))


NO_RECEIVER = rule(
    "data.unix-datagram.no-receiver",
    "A datagram to a path without a receiver is refused, and the error says why.",
    level=MUST,
    sources=[
        POSIX.sendto("ENOENT", "does not name an existing file"),
        MAN.unix(7, "ECONNREFUSED"),
        MAN.unix(7, "EPROTOTYPE"),
    ],
    behaviours={
        "as-connect": "the error that connecting there has",
        "other-error": "another error",
        "sent": "it succeeds",
    },
    conforming=["as-connect"],
    needs=NEEDS,
)


@NO_RECEIVER.case(family=UNIX, type=DGRAM, at=("nothing", "closed", "stream", "file"))
def test_no_receiver(sockets, see, case):
    address = Unix(sockets.path())
    if case["at"] == "closed":
        there = sockets.bound()
        address = there.local_addr()
        there.close()
    elif case["at"] == "stream":
        address = sockets.listener(4, UNIX, STREAM).local_addr()
    elif case["at"] == "file":
        if not os.path.isdir(os.path.dirname(address.path)):
            raise Unsupported("unix-files", "the files of the sockets are not seen from here")
        os.close(os.open(address.path, os.O_CREAT | os.O_EXCL))
    expected = outcome(sockets.new().connect, address)
    how = outcome(sockets.new().send_to, b"x", address)
    if how == "succeeds":
        see("sent")
    else:
        see("as-connect" if how == expected else "other-error", how=how, connect=expected)


PEER_CLOSED = rule(
    "data.unix-datagram.peer-closed",
    "Sending to a connected peer that has closed is refused.",
    level=MUST,
    sources=[
        POSIX.send("ECONNRESET"),
        MAN.unix(7, "ECONNRESET", "Remote socket was unexpectedly closed"),
        POSIX.send("ENOTCONN"),
    ],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "ECONNRESET": CONFORMS,
        "ENOTCONN": CONFORMS,
        "sent": "it succeeds",
    },
    needs=NEEDS,
)


@PEER_CLOSED.case(family=UNIX, type=DGRAM, send=("first", "second"))
def test_peer_closed(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    if case["send"] == "second":
        assert outcome(ours.send, b"x") != "succeeds"
    see(outcome(ours.send, b"x", ok="sent"))


RECEIVER_WAITS = rule(
    "data.unix-datagram.no-end",
    "Receiving from a connected peer that has closed is not the end of anything: it waits.",
    level=MUST,
    sources=[POSIX.recv("EAGAIN")],
    behaviours={
        "EAGAIN": CONFORMS,
        "end": "zero bytes are received",
        "ECONNRESET": "it is told that the peer has closed",
    },
    needs=NEEDS,
)


@RECEIVER_WAITS.case(family=UNIX, type=DGRAM, peer=("silent", "left-unread"))
def test_no_end(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["peer"] == "left-unread":
        ours.send(b"unread")
    theirs.close()
    ours.set_nonblocking(True)
    see(outcome(ours.recv, 4, ok="end"))


TO_SELF = rule(
    "data.unix-datagram.to-itself",
    "A socket can send a datagram to itself.",
    level=SHOULD,
    sources=[POSIX.sendto("DESCRIPTION")],
    behaviours={"received": CONFORMS, "lost": "it does not arrive"},
    needs=NEEDS,
)


@TO_SELF.case(family=UNIX, type=DGRAM, how=("send-to", "connected"))
def test_to_itself(sockets, see, case):
    sock = sockets.bound()
    if case["how"] == "connected":
        sock.connect(sock.local_addr())
        how = outcome(sock.send, b"x")
    else:
        how = outcome(sock.send_to, b"x", sock.local_addr())
    if how == "succeeds":
        how = "received" if sock.poll("POLLIN", 0) else "lost"
    see(how)
