"""How many and how large datagrams a unix socket holds, and what a sender is told then."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import CONFORMS, DGRAM, KERNEL, MAN, MUST, POSIX, SHOULD, UNIX, outcome, rule

NEEDS = ["unix-dgram"]


MANY = 2_000  # the longest queue that Linux is set up with by default has 512


def fill(send):
    """Send until the receiver's queue takes no more; how many, and what was answered."""
    for sent in range(MANY):
        how = outcome(send, b"x")
        if how != "succeeds":
            return sent, how
    return MANY, "unlimited"


def fill_up(send):
    """The same where the queue must be full for what follows."""
    sent, how = fill(send)
    if how == "unlimited":
        raise Unsupported("a full queue", f"it takes {MANY} datagrams")
    return sent


FULL = rule(
    "data.unix-datagram-queue.full-nonblocking",
    "A non-blocking send to a receiver whose queue is full answers EAGAIN; nothing is lost.",
    level=MUST,
    sources=[POSIX.send("EAGAIN"), MAN.unix(7, "SOCK_DGRAM")],
    behaviours={
        "EAGAIN": CONFORMS,
        "ENOBUFS": "it tells of a lack of memory",
        "unlimited": "2000 are taken",
        "lost": "fewer arrive than were taken",
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
    "A blocking send to a receiver whose queue is full waits until the receiver reads.",
    level=MUST,
    sources=[POSIX.send("DESCRIPTION", "send() shall block until space is available")],
    behaviours={
        "waits": "and goes on when the receiver reads",
        "stuck": "and does not go on",
        "sent": "it does not wait",
    },
    conforming=["waits"],
    needs=NEEDS,
)


@WAITS.case(family=UNIX, type=DGRAM)
def test_full_blocking(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.new()
    sender.connect(receiver.local_addr())
    sender.set_nonblocking(True)
    fill_up(sender.send)
    sender.set_nonblocking(False)
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
    "A send that waits at a full queue ends with an error when the receiver closes.",
    level=SHOULD,
    sources=[
        POSIX.send("ECONNRESET"),
        MAN.unix(7, "ECONNRESET", "Remote socket was unexpectedly closed"),
    ],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "ECONNRESET": CONFORMS,
        "EPIPE": CONFORMS,
        "stuck": "it waits on",
        "sent": "it succeeds",
    },
    needs=NEEDS,
)


@CLOSED_WAITING.case(family=UNIX, type=DGRAM)
def test_closed_while_waiting(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.new()
    sender.connect(receiver.local_addr())
    sender.set_nonblocking(True)
    fill_up(sender.send)
    sender.set_nonblocking(False)
    pending = sockets.start("send", sender, b"x", 0)
    assert pending.is_blocked()
    receiver.close()
    see(outcome(pending.result, 1.0, ok="sent") if pending.wait(1.0) else "stuck")


WRITABLE = rule(
    "data.unix-datagram-queue.poll-full",
    "A socket connected to a receiver whose queue is full is not writable until it is read.",
    level=SHOULD,
    sources=[
        POSIX.poll("POLLOUT", "Normal data may be written without blocking"),
        KERNEL("net/unix/af_unix.c", "unix_dgram_poll"),
    ],
    behaviours={
        "follows": "not writable while it is full, writable after it was read",
        "always": "writable although a send would block",
        "never": "not writable after it was read",
    },
    conforming=["follows"],
    needs=NEEDS,
)


@WRITABLE.case(family=UNIX, type=DGRAM)
def test_poll_full(sockets, see, case):
    receiver, sender = sockets.bound(), sockets.new()
    sender.connect(receiver.local_addr())
    sender.set_nonblocking(True)
    sent = fill_up(sender.send)
    if sender.poll("POLLOUT", 0):
        see("always")
        return
    for _ in range(sent):
        receiver.recv(4)
    see("follows" if sender.poll("POLLOUT", 1.0) else "never")


TOO_LARGE = rule(
    "data.unix-datagram-queue.too-large",
    "A datagram larger than the send buffer answers EMSGSIZE, and nothing of it arrives.",
    level=MUST,
    sources=[POSIX.send("EMSGSIZE"), MAN.unix(7, "SO_SNDBUF", "upper limit on the size of")],
    behaviours={"EMSGSIZE": CONFORMS, "sent": "it is sent", "partial": "a part of it arrives"},
    needs=NEEDS,
)


@TOO_LARGE.case(family=UNIX, type=DGRAM)
def test_too_large(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(ours.send, bytes(ours.send_buffer_size() + 1), ok="sent")
    if how == "EMSGSIZE" and theirs.poll("POLLIN", 0):
        how = "partial"
    see(how)


LIMIT = rule(
    "data.unix-datagram-queue.largest",
    "A datagram of the send buffer's size less 32 bytes can be sent, one more cannot.",
    level=SHOULD,
    sources=[MAN.unix(7, "SO_SNDBUF", "option value less 32 bytes used for overhead")],
    behaviours={
        "as-documented": "the limit is where it is said to be",
        "lower": "the larger ones below it are refused",
        "higher": "larger ones are sent",
    },
    conforming=["as-documented"],
    needs=NEEDS,
)


@LIMIT.case(family=UNIX, type=DGRAM, size=("smallest", "default"))
def test_largest(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["size"] == "smallest":
        ours.set_send_buffer_size(8192)
    limit = ours.send_buffer_size() - 32
    if outcome(ours.send, bytes(limit)) != "succeeds":
        see("lower")
        return
    theirs.recv(limit)
    see("higher" if outcome(ours.send, bytes(limit + 1)) == "succeeds" else "as-documented")
