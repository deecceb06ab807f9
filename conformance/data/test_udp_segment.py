"""Several datagrams in one call: UDP_SEGMENT, UDP_GRO and UDP_CORK."""

from __future__ import annotations

from sockspec.spec import DGRAM, INET, KERNEL, MAN, UNSPECIFIED, outcome, rule

UDP = "IPPROTO_UDP"
LETTERS = b"abcdefghij"

SEGMENTS = KERNEL("net/ipv4/udp.c", "udp_send_skb", "if (cork->gso_size)")
CORKED = MAN.udp(7, "UDP_CORK", "If this option is enabled, then all data output on this")


def asks(promise, question, behaviours, *sources):
    """A rule of this file: they are all unspecified."""
    return rule(
        f"data.udp-segment.{promise}",
        f"Whether {question} is unspecified.",
        level=UNSPECIFIED,
        sources=sources or [SEGMENTS],
        behaviours=behaviours,
    )


def arrived(sock):
    """The datagrams that have come to a socket."""
    sock.set_nonblocking(True)
    got = []
    while outcome(lambda: got.append(sock.recv(4096))) == "succeeds":
        pass
    return got


def segments(data, size):
    """The data in pieces of that size, the last one shorter."""
    return [data[at : at + size] for at in range(0, len(data), size)]


SPLIT = {
    "segmented": "it arrives as datagrams of that size, the last one shorter",
    "whole": "it arrives as one datagram",
    "otherwise": "it arrives in other pieces",
}


def named(got, data, size):
    """How data arrived that was to be split, by the words of `SPLIT`."""
    if got == [data] and size < len(data):
        return "whole"
    return "segmented" if got == segments(data, size) else "otherwise"


OPTION = asks("option", "UDP_SEGMENT splits what is sent into datagrams", SPLIT)


@OPTION.case(family=INET, type=DGRAM, size=("1", "4", "5"))
def test_option(sockets, see, case):
    ours, theirs = sockets.connected()
    size = int(case["size"])
    sockets.set_option(ours, UDP, "UDP_SEGMENT", size)
    how = outcome(ours.send, LETTERS)
    if how == "succeeds":
        sockets.wait(theirs, "POLLIN")
        how = named(arrived(theirs), LETTERS, size)
    see(how)


MESSAGE = asks("message", "control data splits one send into datagrams, and no other", SPLIT)


@MESSAGE.case(family=INET, type=DGRAM)
def test_message(sockets, see, case):
    ours, theirs = sockets.connected()
    size = (4).to_bytes(2, sockets.backend.byte_order)
    record = (sockets.number(UDP), sockets.number("UDP_SEGMENT"), size)
    how = outcome(ours.sendmsg, [LETTERS], [record])
    if how == "succeeds":
        ours.send(LETTERS)
        sockets.wait(theirs, "POLLIN")
        got = arrived(theirs)
        how = named(got[:-1], LETTERS, 4) if got[-1:] == [LETTERS] else "otherwise"
    see(how)


LIMIT = asks(
    "limit",
    "a send that would be split into a thousand datagrams fails",
    {"succeeds": "the call succeeds"},
    KERNEL("include/linux/udp.h", "UDP_MAX_SEGMENTS", "define UDP_MAX_SEGMENTS"),
)


@LIMIT.case(family=INET, type=DGRAM)
def test_limit(sockets, see, case):
    ours, _theirs = sockets.connected()
    sockets.set_option(ours, UDP, "UDP_SEGMENT", 1)
    see(outcome(ours.send, bytes(1000)))


LARGER = asks("larger", "a datagram that fits into one segment is sent", SPLIT)


@LARGER.case(family=INET, type=DGRAM, size=("10", "11", "1000"))
def test_larger(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, UDP, "UDP_SEGMENT", int(case["size"]))
    how = outcome(ours.send, LETTERS)
    if how == "succeeds":
        sockets.wait(theirs, "POLLIN")
        how = "whole" if arrived(theirs) == [LETTERS] else "otherwise"
    see(how)


COALESCED = asks(
    "coalesced",
    "a socket with UDP_GRO receives the datagrams of one send as one",
    {
        "with-size": "they come as one, and control data has their size",
        "without-size": "they come as one, and nothing has their size",
        "separate": "they come one by one",
    },
    KERNEL("net/ipv4/udp.c", "udp_cmsg_recv", "UDP_GRO"),
)


@COALESCED.case(family=INET, type=DGRAM)
def test_coalesced(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(theirs, UDP, "UDP_GRO", 1)
    sockets.set_option(ours, UDP, "UDP_SEGMENT", 4)
    ours.send(LETTERS)
    sockets.wait(theirs, "POLLIN")
    message = theirs.recvmsg([64], 64)
    if message.data[0] != LETTERS:
        see("separate", got=message.data[0])
        return
    order = sockets.backend.byte_order
    wanted = (sockets.number(UDP), sockets.number("UDP_GRO"))
    sizes = [
        int.from_bytes(data, order)
        for its_level, its_type, data in message.control
        if (its_level, its_type) == wanted
    ]
    see("with-size" if sizes == [4] else "without-size", sizes=sizes)


CORK = asks(
    "cork",
    "UDP_CORK joins what is sent until it is turned off",
    {
        "joined": "one datagram arrives, when it is turned off",
        "at-once": "a datagram arrives before that",
        "lost": "none arrives",
    },
    CORKED,
)


@CORK.case(family=INET, type=DGRAM)
def test_cork(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, UDP, "UDP_CORK", 1)
    ours.send(b"ab")
    ours.send(b"cd")
    sockets.wait_for_datagrams()
    early = theirs.poll("POLLIN", 0)
    ours.set_int(UDP, "UDP_CORK", 0)
    sockets.wait_for_datagrams()
    got = arrived(theirs)
    see("at-once" if early else "joined" if got == [b"abcd"] else "lost", got=got)
