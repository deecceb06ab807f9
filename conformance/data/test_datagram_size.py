"""How large a datagram can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import Unsupported
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

# The length fields are 16 bits. UDP counts its own header of 8 bytes (RFC 768); IPv4 counts
# that and its own of 20 as well (RFC 791, 3.1), IPv6 only what follows its own (RFC 8200, 3).
LARGEST = {"v4": 65535 - 20 - 8, "v6": 65535 - 8}
LENGTH = RFC(768, "Fields", "Length is the length in octets of this user datagram")
TOO_LARGE = POSIX.send("EMSGSIZE", "too large to be sent all at once, as the socket requires")
ENTIRE = POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation")
PART = "only a part of it is sent"


def _pair(sockets):
    """Two connected datagram sockets, the receiver with room for the largest datagram."""
    ours, theirs = sockets.connected()
    ours.set_recv_buffer_size(1 << 18)
    return ours, theirs


LARGEST_SENT = rule(
    "data.datagram-size.largest",
    "Whether a datagram as large as the length field allows is sent is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.6", "Socket Types, SOCK_DGRAM", "The maximum size of a datagram is protocol-"
        ),
        RFC(791, "3.1", "Such long datagrams are impractical for most hosts and networks"),
        XNU("bsd/netinet/udp_usrreq.c", "udp_sendspace", "really max datagram size", line=2243),
    ],
    behaviours={
        "whole": "it arrives whole",
        "altered": "something else arrives",
        "part": PART,
    },
)


@LARGEST_SENT.case(family=INET, type=DGRAM, buffer=("default", "raised"))
def test_largest(sockets, see, case):
    ours, theirs = _pair(sockets)
    if case["buffer"] == "raised":
        theirs.set_send_buffer_size(1 << 17)
    data = bytes(range(256)) * 256
    data = data[: LARGEST[case["family"]]]
    sent = []
    how = outcome(lambda: sent.append(theirs.send(data)), ok="whole")
    if sent and sent != [len(data)]:
        how = "part"
    elif sent:
        sockets.wait(ours, "POLLIN")
        how = how if ours.recv(1 << 17) == data else "altered"
    see(how, length=len(data))


OVER = rule(
    "data.datagram-size.too-large",
    "A send of a datagram larger than the length field allows fails with EMSGSIZE.",
    level=MUST,
    judges=CLIENT,
    sources=[TOO_LARGE, LENGTH],
    behaviours={"EMSGSIZE": CONFORMS, "succeeds": "it returns without an error"},
)


@OVER.case(family=INET, type=DGRAM, by=("send", "sendto", "sendmsg"))
@given(over=st.integers(1, 70_000))
def test_too_large(sockets, see, case, over):
    sock, there = sockets.bound(), sockets.receiver().local_addr()
    sock.set_send_buffer_size(1 << 18)
    data = bytes(LARGEST[case["family"]] + over)
    if case["by"] == "send":
        sock.connect(there)
        how = outcome(sock.send, data)
    elif case["by"] == "sendto":
        how = outcome(sock.send_to, data, there)
    else:
        how = outcome(sock.send_to_vectored, [data[:9], data[9:]], there)
    see(how, over=over)


SENDS_NOTHING = rule(
    "data.datagram-size.too-large-sends-nothing",
    "No part of a datagram that was too large is sent.",
    level=MUST,
    sources=[POSIX.send("DESCRIPTION", "send() shall fail and no data shall be transmitted")],
    behaviours={
        "nothing-sent": CONFORMS,
        "part": PART,
        "succeeds": "it returns without an error",
    },
    renamed={"nothing": "nothing-sent", "sent": "succeeds"},
)


@SENDS_NOTHING.case(family=INET, type=DGRAM)
def test_sends_nothing(sockets, see, case):
    ours, theirs = _pair(sockets)
    how = outcome(theirs.send, bytes(LARGEST[case["family"]] + 1))
    if how == "EMSGSIZE":
        outcome(theirs.take_error)
        theirs.send(b"marker")
        sockets.wait(ours, "POLLIN")
        how = "nothing-sent" if ours.recv(16) == b"marker" else "part"
    see(how)


GOES_ON = rule(
    "data.datagram-size.too-large-goes-on",
    "After a datagram that was too large the socket sends and receives as before.",
    level=MUST,
    sources=[
        POSIX.send(
            "DESCRIPTION", "shall initiate transmission of a message from the specified"
        ),
        POSIX.recv("DESCRIPTION", "shall receive a message from a connection-mode or"),
    ],
    behaviours={"goes-on": CONFORMS, "stops": "something else is received"},
)


@GOES_ON.case(family=INET, type=DGRAM)
def test_goes_on(sockets, see, case):
    ours, theirs = _pair(sockets)
    outcome(theirs.send, bytes(200_000))
    ours.send(b"there")
    sockets.wait(theirs, "POLLIN")
    got = []

    def both_ways():
        theirs.send(b"back")
        got.append(theirs.recv(16))
        got.append(ours.recv(16))

    how = outcome(both_ways, ok="goes-on")
    see(how if how != "goes-on" or got == [b"there", b"back"] else "stops", got=got)


ANY = rule(
    "data.datagram-size.any",
    "A datagram of any length up to nine thousand bytes is received whole.",
    level=MUST,
    sources=[
        ENTIRE,
        XNU("bsd/netinet/udp_usrreq.c", "udp_sendspace", "really max datagram size", line=2243),
    ],
    behaviours={"whole": CONFORMS, "altered": "something else arrives"},
)


@ANY.case(family=INET, type=DGRAM)
@given(length=st.integers(0, 9000), seed=st.integers(0, 255))
def test_any(sockets, see, case, length, seed):
    ours, theirs = _pair(sockets)
    data = bytes((seed + place) % 251 for place in range(length))
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    see("whole" if ours.recv(1 << 16) == data else "altered", length=length)


OVER_BUFFER = rule(
    "data.datagram-size.over-send-buffer",
    "Whether a datagram larger than the send buffer is sent is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", "SO_SNDBUF", "the buffer space allocated for send operations"),
        XNU(
            "bsd/kern/uipc_socket.c",
            "sosendcheck",
            "(atomic && resid > so->so_snd.sb_hiwat)",
            line=2071,
        ),
    ],
    behaviours={"whole": "it arrives whole", "altered": "something else arrives"},
    renamed={"sent": "whole", "part": "altered"},
)


@OVER_BUFFER.case(family=INET, type=DGRAM)
def test_over_send_buffer(sockets, see, case):
    ours, theirs = _pair(sockets)
    theirs.set_nonblocking(True)
    theirs.set_send_buffer_size(2048)
    data = b"\5" * (theirs.send_buffer_size() + 2000)
    mtu = int(sockets.settings.get("net.ipv6.conf.lo.mtu", len(data)))
    if sockets.peer is None and mtu < len(data):
        raise Unsupported("one packet for it", f"net.ipv6.conf.lo.mtu is {mtu}")
    how = outcome(theirs.send, data, ok="whole")
    if how == "whole":
        sockets.wait(ours, "POLLIN")
        how = "whole" if ours.recv(1 << 16) == data else "altered"
    see(how, length=len(data))


OVERFLOW = rule(
    "data.datagram-size.overflow",
    "A datagram for which the receive buffer has no room is received whole or not at all.",
    level=MUST,
    sources=[ENTIRE, RFC(768, "Introduction", "protection are not guaranteed")],
    behaviours={
        "dropped-whole": CONFORMS,
        "all-kept": CONFORMS,
        "cut": "a datagram is received in part, or altered",
    },
)


@OVERFLOW.case(family=INET, type=DGRAM, examples=5)
@given(length=st.integers(100, 1400))
def test_overflow(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.set_recv_buffer_size(1)
    ours.set_nonblocking(True)
    turns = 2 * ours.recv_buffer_size() // length + 100
    all_of_them = [number.to_bytes(length, "big") for number in range(turns)]
    # A send may fail for want of buffers (POSIX, send(), ENOBUFS): then it was not sent.
    sent = [each for each in all_of_them if outcome(theirs.send, each) == "succeeds"]
    got = []
    while ours.poll("POLLIN", 0):
        got.append(ours.recv(4096))
    how = "all-kept" if len(got) == len(sent) else "dropped-whole"
    see(how if set(got) <= set(sent) else "cut", length=length, sent=len(sent), got=len(got))


AVAILABLE = rule(
    "data.datagram-size.available",
    "Whether FIONREAD on a datagram socket returns the length of one datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.udp(7, "Ioctls, FIONREAD", "Returns the size of the next pending datagram"),
        FREEBSD.ioctl(
            2, "FIONREAD", "number of bytes that are immediately available for reading"
        ),
        MS.article(
            "winsock-ioctls", "FIONREAD", "not the size of the first datagram (message)"
        ),
    ],
    behaviours={
        "next": "the length of the first datagram",
        "all": "the length of all datagrams in the queue",
        "more": "more than the bytes of the datagrams",
        "another-number": "another number, less than that",
    },
    needs=["ioctl"],
)


@AVAILABLE.case(family=(V4, V6, UNIX), type=DGRAM)
@given(lengths=st.lists(st.integers(1, 900), min_size=2, max_size=4))
def test_available(sockets, see, case, lengths):
    ours, theirs = sockets.connected()
    for length in lengths:
        theirs.send(bytes(length))
    sockets.wait_for_datagrams()
    got = ours.available()
    names = {lengths[0]: "next", sum(lengths): "all"}
    how = "more" if got > sum(lengths) else "another-number"
    see(names.get(got, how), lengths=lengths, got=got)
