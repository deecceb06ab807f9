"""How many datagrams a unix socket holds, how large they can be, and what a sender learns."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

NEEDS = ["unix-dgram"]

MANY = 2_000  # the longest queue that Linux is set up with by default has 512

NO_SPACE = POSIX.send("DESCRIPTION", "If space is not available at the sending socket")
"""At the sending socket: of a full queue at the receiver POSIX says nothing."""


def fill(send):
    """Send until the receiver's queue is full: how many it took, and the error then.

    By the number of datagrams, not of bytes: what is full is the receiver's queue, while the
    sender still has room.
    """
    for sent in range(MANY):
        how = outcome(send, b"x")
        if how != "succeeds":
            return sent, how
    return MANY, "unlimited"


def full(sockets):
    """A receiver with a full queue, its connected sender, and the number of datagrams in it."""
    receiver, sender = sockets.bound(), sockets.new()
    sender.connect(receiver.local_addr())
    sender.set_nonblocking(True)
    sent, how = fill(sender.send)
    if how == "unlimited":
        raise Unsupported("a full queue", f"it takes {MANY} datagrams")
    sender.set_nonblocking(False)
    return receiver, sender, sent


FULL = rule(
    "data.unix-datagram-queue.full-nonblocking",
    "Whether a non-blocking send to a full datagram queue fails with EAGAIN is unspecified.",
    level=UNSPECIFIED,
    sources=[NO_SPACE, POSIX.send("EAGAIN", "the requested operation would block")],
    behaviours={
        "EAGAIN": "it fails with EAGAIN, and nothing sent before is lost",
        "unlimited": "the queue takes 2000 datagrams",
        "lost": "fewer datagrams arrive than were sent",
    },
    needs=NEEDS,
)


@FULL.case(family=UNIX, type=DGRAM, how=("connected", "unconnected"))
def test_full_nonblocking(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.new()
    sender.set_nonblocking(True)
    address = receiver.local_addr()
    if case["how"] == "connected":
        sender.connect(address)
        sent, how = fill(sender.send)
    else:
        sent, how = fill(lambda data: sender.send_to(data, address))
    receiver.set_nonblocking(True)
    arrived = sum(outcome(receiver.recv, 4) == "succeeds" for _ in range(sent))
    see(how if arrived == sent else "lost", sent=sent, arrived=arrived)


WAITS = rule(
    "data.unix-datagram-queue.full-blocking",
    "Whether a blocking send to a full datagram queue waits for the receiver is unspecified.",
    level=UNSPECIFIED,
    sources=[NO_SPACE],
    behaviours={
        "waits": "it waits until the receiver has read",
        "stuck": "it goes on waiting",
        "sent": "it succeeds without waiting",
    },
    needs=NEEDS,
)


@WAITS.case(family=UNIX, type=DGRAM)
def test_full_blocking(sockets, see, case):
    receiver, sender, _sent = full(sockets)
    pending = sockets.start("send", sender, b"x", 0)
    if not pending.is_blocked():
        see(outcome(pending.result, 1.0, ok="sent"))
        return
    for _ in range(MANY):
        if not receiver.poll("POLLIN", 0) or pending.finished:
            break
        receiver.recv(4)
    see(outcome(pending.result, 1.0, ok="waits") if pending.wait(1.0) else "stuck")


CLOSED_WAITING = rule(
    "data.unix-datagram-queue.closed-while-waiting",
    "A send that waits at a full queue fails when the receiver closes.",
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
        "EPIPE": CONFORMS,
        "stuck": "it goes on waiting",
        "succeeds": "it succeeds",
    },
    needs=NEEDS,
    renamed={"sent": "succeeds"},
)


@CLOSED_WAITING.case(family=UNIX, type=DGRAM)
def test_closed_while_waiting(sockets, see, case):
    receiver, sender, _sent = full(sockets)
    pending = sockets.start("send", sender, b"x", 0)
    if not pending.is_blocked():
        raise Unsupported("a send that waits", "a full queue does not hold it back")
    receiver.close()
    see(outcome(pending.result, 1.0) if pending.wait(1.0) else "stuck")


WRITABLE = rule(
    "data.unix-datagram-queue.poll-full",
    "poll() reports POLLOUT only while a send to the connected receiver would not block.",
    level=MUST,
    sources=[POSIX.poll("POLLOUT", "Normal data may be written without blocking")],
    behaviours={
        "follows": "not while the queue is full, and again after it was read",
        "always": "POLLOUT is reported although a send blocks",
        "never": "POLLOUT is not reported after the queue was read",
    },
    conforming=["follows"],
    needs=NEEDS,
)


@WRITABLE.case(family=UNIX, type=DGRAM)
def test_poll_full(sockets, see, case):
    receiver, sender, sent = full(sockets)
    writable = sender.poll("POLLOUT", 0)
    pending = sockets.start("send", sender, b"x", 0)
    if not pending.is_blocked():
        raise Unsupported("a send that waits", "a full queue does not hold it back")
    if writable:
        see("always")
        return
    for _ in range(sent):
        receiver.recv(4)
    pending.result(1.0)
    see("follows" if sender.poll("POLLOUT", 1.0) else "never")


TOO_LARGE = rule(
    "data.unix-datagram-queue.too-large",
    "A datagram larger than the send buffer is sent whole or fails with EMSGSIZE.",
    level=MUST,
    sources=[
        POSIX.send("EMSGSIZE", "too large to be sent all at once, as the socket requires"),
        POSIX.send("DESCRIPTION", "send() shall fail and no data shall be transmitted"),
        MAN.unix(7, "Sockets API", "upper limit on the size of outgoing datagrams"),
    ],
    behaviours={
        "EMSGSIZE": CONFORMS,
        "sent-whole": "it arrives whole",
        "partial": "a part of it arrives",
    },
    conforming=["sent-whole"],
    needs=NEEDS,
    renamed={"sent": "sent-whole"},
)


@TOO_LARGE.case(family=UNIX, type=DGRAM)
def test_too_large(sockets, see, case):
    ours, theirs = sockets.connected()
    size = ours.send_buffer_size() + 1
    how = outcome(ours.send, bytes(size))
    if theirs.poll("POLLIN", 0):
        how = "sent-whole" if len(theirs.recv(size + 1)) == size else "partial"
    see(how, size=size)


LARGEST = rule(
    "data.unix-datagram-queue.largest",
    "Whether the largest datagram is 32 bytes less than the send buffer is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "Sockets API", "option value less 32 bytes used for overhead")],
    behaviours={
        "as-documented": "that size is sent, and one byte more fails with EMSGSIZE",
        "lower": "that size fails with EMSGSIZE",
        "higher": "one byte more is sent",
    },
    needs=NEEDS,
)


@LARGEST.case(family=UNIX, type=DGRAM, size=("smallest", "default"))
def test_largest(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["size"] == "smallest":
        ours.set_send_buffer_size(8192)
    limit = ours.send_buffer_size() - 32
    how = outcome(ours.send, bytes(limit))
    if how != "succeeds":
        see("lower" if how == "EMSGSIZE" else how, limit=limit)
        return
    theirs.recv(limit)
    how = outcome(ours.send, bytes(limit + 1), ok="higher")
    see("as-documented" if how == "EMSGSIZE" else how, limit=limit)
