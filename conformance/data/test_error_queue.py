"""The error queue: what IP_RECVERR and MSG_ERRQUEUE report of a datagram that was refused."""

from __future__ import annotations

from dataclasses import dataclass

from sockspec.spec import (
    DGRAM,
    INET,
    KERNEL,
    MAN,
    STREAM,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

ROOM = 512
OPTIONS = {"v4": ("IPPROTO_IP", "IP_RECVERR"), "v6": ("IPPROTO_IPV6", "IPV6_RECVERR")}

RECVERR = MAN.ip(7, "IP_RECVERR", "Enable extended reliable error message passing")
QUEUED = MAN.recv(2, "MSG_ERRQUEUE", "queued errors should be received from the socket error")
TAKEN = KERNEL("net/ipv4/ip_sockglue.c", "ip_recv_error", "sock_dequeue_err_skb")


@dataclass(frozen=True)
class Told:
    """What a record of the error queue says."""

    error: int
    origin: int
    code: int


def asking(sockets):
    """A datagram socket that asks for extended errors, bound to loopback."""
    sock = sockets.bound()
    sockets.set_option(sock, *OPTIONS[sockets.family], 1)
    return sock


def refusing(sockets):
    """An address that refuses datagrams: its socket takes them from another one alone.

    A port that is merely closed could be given to somebody else.
    """
    guarded = sockets.receiver()
    guarded.connect(sockets.bound().local_addr())
    return guarded.local_addr()


def refused(sockets):
    """A connected socket with one extended error: its datagram was refused."""
    sock = asking(sockets)
    there = refusing(sockets)
    sock.connect(there)
    sock.send(b"payload")
    sockets.wait(sock, [])
    return sock, there


def records(sockets, message):
    """The extended errors of a message: struct sock_extended_err begins with errno, origin."""
    level, option = OPTIONS[sockets.family]
    wanted = (sockets.number(level), sockets.number(option))
    return [
        Told(int.from_bytes(data[:4], sockets.backend.byte_order), data[4], data[6])
        for its_level, its_type, data in message.control
        if (its_level, its_type) == wanted
    ]


def taken(sock):
    """The next message of the error queue."""
    return sock.recvmsg([64], ROOM, "MSG_ERRQUEUE")


def asks(promise, question, behaviours, *sources):
    """A rule of this file: they are all unspecified, and need messages."""
    return rule(
        f"data.error-queue.{promise}",
        f"Whether {question} is unspecified.",
        level=UNSPECIFIED,
        sources=[RECVERR, QUEUED, *(sources or [TAKEN])],
        behaviours=behaviours,
        needs=["messages"],
    )


RECORD = asks(
    "record",
    "the error queue has a record of a datagram that was refused",
    {
        "refused-by-peer": "the record says ECONNREFUSED, and that ICMP brought it",
        "another-error": "the record says something else",
        "absent": "no record comes",
    },
)


@RECORD.case(family=INET, type=DGRAM)
def test_record(sockets, see, case):
    sock, _there = refused(sockets)
    told = records(sockets, taken(sock))
    origin = "SO_EE_ORIGIN_ICMP" if case["family"] == V4 else "SO_EE_ORIGIN_ICMP6"
    right = [
        each
        for each in told
        if each.origin == sockets.number(origin)
        and sockets.backend.errno_symbol(each.error) == "ECONNREFUSED"
    ]
    see("refused-by-peer" if right else "another-error" if told else "absent", told=str(told))


PAYLOAD = asks(
    "payload",
    "a message of the error queue returns the bytes that were sent",
    {
        "as-sent": "the bytes are those of the datagram",
        "no-bytes": "no bytes come",
        "other-bytes": "other bytes come",
    },
)


@PAYLOAD.case(family=INET, type=DGRAM)
def test_payload(sockets, see, case):
    sock, _there = refused(sockets)
    got = taken(sock).data[0]
    see("as-sent" if got == b"payload" else "other-bytes" if got else "no-bytes", got=got)


FLAGS = asks(
    "flag",
    "a message of the error queue has MSG_ERRQUEUE among its flags",
    {"marked": "it has", "unmarked": "it has not"},
)


@FLAGS.case(family=INET, type=DGRAM)
def test_flag(sockets, see, case):
    sock, _there = refused(sockets)
    marked = taken(sock).flags & sockets.number("MSG_ERRQUEUE")
    see("marked" if marked else "unmarked")


ADDRESS = asks(
    "address",
    "the address of a message of the error queue is where the datagram was sent",
    {
        "destination": "it is the destination",
        "another-address": "it is another address",
        "without-address": "there is none",
    },
)


@ADDRESS.case(family=INET, type=DGRAM)
def test_address(sockets, see, case):
    sock, there = refused(sockets)
    got = taken(sock).address
    see("destination" if got == there else "another-address" if got else "without-address")


EMPTY = asks(
    "empty",
    "reading an empty error queue of a blocking socket waits",
    {"EAGAIN": "the call fails at once", "returned": "a message comes"},
)


@EMPTY.case(family=INET, type=(STREAM, DGRAM))
def test_empty(sockets, see, case):
    sock = sockets.connected()[0]
    see(outcome(taken, sock, ok="returned"))


PENDING = asks(
    "pending",
    "reading the error queue clears the pending error of the socket",
    {"cleared": "SO_ERROR has none", "kept": "SO_ERROR still has it"},
    KERNEL("net/core/skbuff.c", "sock_dequeue_err_skb", "sk->sk_err = 0"),
)


@PENDING.case(family=INET, type=DGRAM)
def test_pending(sockets, see, case):
    sock, _there = refused(sockets)
    taken(sock)
    see("kept" if sock.take_error() else "cleared")


POLLED = asks(
    "events",
    "poll() reports an error while the error queue has a message",
    {
        "until-taken": "POLLERR is reported, and not once the message was taken",
        "still-after": "POLLERR is reported after it was taken, too",
        "not-reported": "POLLERR is not reported",
    },
)


@POLLED.case(family=INET, type=DGRAM)
def test_events(sockets, see, case):
    sock, _there = refused(sockets)
    sock.take_error()  # what is left is the queue's own report
    before = bool(sock.poll([], 0))
    taken(sock)
    after = bool(sock.poll([], 0))
    see("not-reported" if not before else "still-after" if after else "until-taken")


UNCONNECTED = asks(
    "unconnected",
    "an unconnected socket learns of a datagram that was refused",
    {"reported": "poll() reports the error", "not-reported": "POLLERR is not reported"},
    MAN.udp(7, "ECONNREFUSED", "No receiver was associated with the destination address"),
)


@UNCONNECTED.case(family=INET, type=DGRAM, asked=("yes", "no"))
def test_unconnected(sockets, see, case):
    sock = asking(sockets) if case["asked"] == "yes" else sockets.bound()
    sock.send_to(b"x", refusing(sockets))
    sockets.wait_for_datagrams()  # what comes back over loopback has come by then
    see("reported" if sock.poll([], 0) else "not-reported")


OFF = asks(
    "turned-off",
    "turning the option off empties the error queue",
    {"emptied": "the queue is empty", "still-queued": "the message stays"},
    KERNEL("net/ipv4/ip_sockglue.c", "do_ip_setsockopt", "skb_errqueue_purge"),
)


@OFF.case(family=INET, type=DGRAM)
def test_turned_off(sockets, see, case):
    sock, _there = refused(sockets)
    sock.set_int(*OPTIONS[case["family"]], 0)
    how = outcome(taken, sock, ok="still-queued")
    see("emptied" if how == "EAGAIN" else how)


ZERO_COPY = asks(
    "zero-copy",
    "the error queue reports when bytes sent with MSG_ZEROCOPY are free again",
    {
        "completed": "a record of that origin comes",
        "another-origin": "a record of another origin comes",
        "absent": "no record comes",
    },
    KERNEL("Documentation/networking/msg_zerocopy.rst", "Notifications", "MSG_ERRQUEUE"),
)


@ZERO_COPY.case(family=INET, type=(STREAM, DGRAM))
def test_zero_copy(sockets, see, case):
    if case["type"] == STREAM:
        sockets.allowed("net.ipv4.tcp_rmem", 1 << 16)
    ours, theirs = sockets.connected()
    sockets.set_option(ours, "SOL_SOCKET", "SO_ZEROCOPY", 1)
    ours.send_with_flags(b"x" * 4096, sockets.number("MSG_ZEROCOPY"))
    sockets.wait(theirs, "POLLIN")
    theirs.recv(8192)
    if not ours.poll([], 2.0):
        see("absent")
        return
    told = records(sockets, taken(ours))
    origins = {each.origin for each in told}
    right = origins == {sockets.number("SO_EE_ORIGIN_ZEROCOPY")}
    see("completed" if right else "another-origin" if told else "absent", told=str(told))
