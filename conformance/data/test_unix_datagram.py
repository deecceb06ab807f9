"""Datagrams between unix sockets: whose arrive, in which order, and what a sender learns."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Unix
from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
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
RELIABLE = MAN.unix(
    7, "DESCRIPTION", "datagram sockets are always reliable and don't reorder datagrams"
)
UNRELIABLE = POSIX.chapter(
    "2.10.6", "SOCK_DGRAM", "data transfer which is not necessarily acknowledged or reliable"
)
ONLY_PEER = POSIX.chapter(
    "2.10.6", "SOCK_DGRAM", "only datagrams from that peer shall be received"
)

RELIABLY = rule(
    "data.unix-datagram.reliable",
    "Whether unix datagrams all arrive, in the order in which they were sent, is unspecified.",
    level=UNSPECIFIED,
    sources=[UNRELIABLE, RELIABLE],
    behaviours={
        "all-in-order": "all arrive unaltered, in order",
        "mixed": "all arrive, in another order",
        "lost": "some are missing or altered",
    },
    needs=NEEDS,
)


@RELIABLY.case(family=UNIX, type=DGRAM)
@given(messages=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_reliable(sockets, see, case, messages):
    ours, theirs = sockets.connected()
    for message in messages:
        ours.send(message)
    got = []
    while len(got) < len(messages) and theirs.poll("POLLIN", 1.0):
        got.append(theirs.recv(4096))
    if got == messages:
        see("all-in-order")
    else:
        see("mixed" if sorted(got) == sorted(messages) else "lost", sent=messages, got=got)


SENDERS = rule(
    "data.unix-datagram.several-senders",
    "Whether datagrams of several senders arrive in the order of the sends is unspecified.",
    level=UNSPECIFIED,
    sources=[UNRELIABLE, RELIABLE],
    behaviours={"in-order": "in that order", "mixed": "all arrive, in another order"},
    needs=NEEDS,
)


@SENDERS.case(family=UNIX, type=DGRAM)
def test_several_senders(sockets, see, case):
    order = [0, 2, 1, 1, 0, 2]
    sockets.allowed("net.unix.max_dgram_qlen", len(order))
    receiver = sockets.bound()
    senders = [sockets.new() for _ in range(3)]
    for number in order:
        senders[number].send_to(bytes([number]), receiver.local_addr())
    see("in-order" if [receiver.recv(1)[0] for _ in order] == order else "mixed")


FILTER = rule(
    "data.unix-datagram.only-peer",
    "A connected unix datagram socket receives no datagrams of other senders.",
    level=MUST,
    sources=[
        ONLY_PEER,
        POSIX.connect(
            "DESCRIPTION", "limits the remote sender for subsequent recv() functions"
        ),
    ],
    behaviours={
        "refused": "the send fails",
        "dropped": "the send succeeds and the datagram is dropped",
        "delivered": "the datagram is delivered",
    },
    conforming=["refused", "dropped"],
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


FILTER_ERROR = rule(
    "data.unix-datagram.only-peer-error",
    "Whether sending or connecting to a socket that has another peer fails is unspecified.",
    level=UNSPECIFIED,
    sources=[ONLY_PEER],
    behaviours={"succeeds": "the call succeeds"},
    needs=NEEDS,
    renamed={"sent": "succeeds"},
)


@FILTER_ERROR.case(family=UNIX, type=DGRAM, call=("send_to", "connect"))
def test_only_peer_error(sockets, see, case):
    ours, _theirs = sockets.connected()
    stranger = sockets.bound()
    if case["call"] == "connect":
        see(outcome(stranger.connect, ours.local_addr()))
    else:
        see(outcome(stranger.send_to, b"x", ours.local_addr()))


NO_DESTINATION_MESSAGE = rule(
    "data.unix-datagram.no-destination-message",
    "Whether sendmsg() without a peer or an address fails with EDESTADDRREQ is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.sendmsg("EDESTADDRREQ, may fail", "no destination address was specified")],
    behaviours={"sent": "the send succeeds"},
    needs=NEEDS,
    split_from=["data.unix-datagram.no-destination"],
)


# send() without a peer: state.send.datagram-nowhere.
@NO_DESTINATION_MESSAGE.case(family=UNIX, type=DGRAM, call="sendmsg")
def test_no_destination_message(sockets, see, case):
    see(outcome(sockets.bound().sendmsg, [b"x"], ok="sent"))


MISSING_PATH = rule(
    "data.unix-datagram.missing-path",
    "Sending a datagram to a path that does not exist fails with ENOENT.",
    level=MUST,
    sources=[
        POSIX.sendto("ENOENT", "A component of the pathname does not name an existing file")
    ],
    behaviours={"ENOENT": CONFORMS, "sent": "the send succeeds"},
    needs=NEEDS,
)


@MISSING_PATH.case(family=UNIX, type=DGRAM)
def test_missing_path(sockets, see, case):
    see(outcome(sockets.new().send_to, b"x", Unix(sockets.path()), ok="sent"))


NO_RECEIVER = rule(
    "data.unix-datagram.no-receiver",
    "Whether sending where nobody receives datagrams fails as connect() does is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "ECONNREFUSED", "if the target pathname is not a socket"),
        MAN.unix(7, "EPROTOTYPE", "Remote socket does not match the local socket type"),
    ],
    behaviours={
        "as-connect": "the send fails with the error that connect() has there",
        "other-error": "the send fails with another error",
        "sent": "the send succeeds",
    },
    needs=NEEDS,
)


@NO_RECEIVER.case(family=UNIX, type=DGRAM, at=("closed", "stream", "file"))
def test_no_receiver(sockets, see, case):
    address = Unix(sockets.path())
    if case["at"] == "closed":
        there = sockets.bound()
        address = there.local_addr()
        there.close()
    elif case["at"] == "stream":
        address = sockets.listener(4, UNIX, STREAM).local_addr()
    else:
        if not os.path.isdir(os.path.dirname(address.path)):
            raise Unsupported("unix-files", "the files of the sockets are not seen from here")
        sockets.change("create", address.path)
    expected = outcome(sockets.new().connect, address)
    how = outcome(sockets.new().send_to, b"x", address)
    if how == "succeeds":
        see("sent")
    else:
        see("as-connect" if how == expected else "other-error", how=how, connect=expected)


PEER_CLOSED = rule(
    "data.unix-datagram.peer-closed",
    "Sending to a connected datagram peer that has closed fails.",
    level=SHOULD,
    sources=[
        POSIX.chapter(
            "2.10.6",
            "SOCK_DGRAM",
            "implementations should attempt to detect any errors possible before the return",
        ),
        MAN.unix(7, "ECONNRESET", "Remote socket was unexpectedly closed"),
    ],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "ECONNRESET": CONFORMS,
        "EDESTADDRREQ": CONFORMS,
        "ENOTCONN": CONFORMS,
        "EPIPE": CONFORMS,
        "sent": "the send succeeds",
    },
    needs=NEEDS,
)


@PEER_CLOSED.case(family=UNIX, type=DGRAM, send=("first", "second"))
def test_peer_closed(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    if case["send"] == "second":
        outcome(ours.send, b"x")
    see(outcome(ours.send, b"x", ok="sent"))


NO_END = rule(
    "data.unix-datagram.no-end",
    "A non-blocking receive on a datagram socket whose peer has closed fails with EAGAIN.",
    level=MUST,
    sources=[
        POSIX.recv(
            "DESCRIPTION", "If no messages are available at the socket and O_NONBLOCK is set"
        )
    ],
    behaviours={"EAGAIN": CONFORMS, "returns-zero": "it returns zero bytes, as at an end"},
    needs=NEEDS,
    renamed={"end": "returns-zero"},
)


@NO_END.case(family=UNIX, type=DGRAM, peer=("silent", "left-unread"))
def test_no_end(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["peer"] == "left-unread":
        ours.send(b"unread")
    theirs.close()
    ours.set_nonblocking(True)
    see(outcome(ours.recv, 4, ok="returns-zero"))


TO_SELF = rule(
    "data.unix-datagram.to-itself",
    "A datagram socket receives what it sends to its own address.",
    level=MUST,
    sources=[
        POSIX.sendto(
            "DESCRIPTION", "the message shall be sent to the address specified by dest_addr"
        )
    ],
    behaviours={"received": CONFORMS, "not-received": "nothing arrives"},
    needs=NEEDS,
    renamed={"lost": "not-received"},
)


@TO_SELF.case(family=UNIX, type=DGRAM, how="send-to")
def test_to_itself(sockets, see, case):
    # That a socket can be its own peer is asked by state.connect-datagram.self.
    sock = sockets.bound()
    how = outcome(sock.send_to, b"x", sock.local_addr())
    if how == "succeeds":
        arrived = sock.poll("POLLIN", 1.0) and sock.recv(4) == b"x"
        how = "received" if arrived else "not-received"
    see(how)
