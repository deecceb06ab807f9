"""How large a datagram can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNSPECIFIED,
    V4,
    XNU,
    outcome,
    rule,
)

# The length fields are 16 bits. UDP counts its own header of 8 bytes (RFC 768); IPv4 counts
# that and its own of 20 as well (RFC 791, 3.1), IPv6 only what follows its own (RFC 8200, 3).
LARGEST = {"v4": 65535 - 20 - 8, "v6": 65535 - 8}
TOO_LARGE = POSIX.send("EMSGSIZE", "too large to be sent all at once, as the socket requires")


def _pair(sockets):
    """Two connected datagram sockets, the receiver with room for the largest datagram."""
    ours, theirs = sockets.connected()
    ours.set_recv_buffer_size(1 << 18)
    return ours, theirs


LARGEST_SENT = rule(
    "data.datagram-size.largest",
    "A datagram as large as the protocol's length field allows is sent, and received whole.",
    level=SHOULD,
    sources=[
        RFC(768, "Fields", "Length is the length in octets"),
        RFC(791, "3.1", "Total Length is the length of the datagram"),
        XNU("bsd/netinet/udp_usrreq.c", "udp_sendspace, net.inet.udp.maxdgram"),
        FREEBSD.udp(4, "net.inet.udp.maxdgram"),
    ],
    behaviours={"whole": CONFORMS, "altered": "something else arrives", "part": "sent in part"},
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
    "A datagram larger than the protocol's length field allows fails with EMSGSIZE.",
    level=MUST,
    sources=[TOO_LARGE, RFC(768, "Fields", "Length is the length in octets")],
    behaviours={"EMSGSIZE": CONFORMS, "succeeds": "succeeds"},
)


@OVER.case(family=INET, type=DGRAM, by=("send", "sendto", "sendmsg"))
@given(over=st.integers(1, 70_000))
def test_too_large(sockets, see, case, over):
    sock, there = sockets.bound(), sockets.bound().local_addr()
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


NOTHING_SENT = rule(
    "data.datagram-size.too-large-sends-nothing",
    "A datagram that was too large leaves nothing behind: not a part of it, no pending error.",
    level=MUST,
    sources=[TOO_LARGE, POSIX.send("DESCRIPTION", "no data shall be transmitted")],
    behaviours={
        "nothing": CONFORMS,
        "part": "a part of it arrives",
        "pending-error": "the error is reported a second time",
        "sent": "it is sent",
    },
)


@NOTHING_SENT.case(family=INET, type=DGRAM)
def test_sends_nothing(sockets, see, case):
    ours, theirs = _pair(sockets)
    how = outcome(theirs.send, bytes(LARGEST[case["family"]] + 1), ok="sent")
    if how == "EMSGSIZE":
        how = "pending-error" if theirs.take_error() else "nothing"
    theirs.send(b"marker")
    sockets.wait(ours, "POLLIN")
    see(how if ours.recv(16) == b"marker" else "part")


ANY = rule(
    "data.datagram-size.any",
    "A datagram of any length up to nine thousand bytes arrives whole.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation"),
        FREEBSD.udp(4, "net.inet.udp.maxdgram"),
    ],
    behaviours={"whole": CONFORMS, "altered": "something else arrives"},
)


@ANY.case(family=("v4", "v6"), type=DGRAM)
@given(length=st.integers(0, 9000), seed=st.integers(0, 255))
def test_any(sockets, see, case, length, seed):
    ours, theirs = _pair(sockets)
    data = bytes((seed + place) % 251 for place in range(length))
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    see("whole" if ours.recv(1 << 16) == data else "altered", length=length)


OVER_BUFFER = rule(
    "data.datagram-size.over-send-buffer",
    "A datagram larger than the send buffer is sent, or fails with EMSGSIZE.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", "SO_SNDBUF"),
        XNU("bsd/kern/uipc_socket.c", "sosendcheck, EMSGSIZE"),
        MAN.unix(7, "SO_SNDBUF", "an upper limit on the size of outgoing datagrams"),
    ],
    behaviours={"sent": "it arrives whole", "part": "a part of it arrives"},
)


@OVER_BUFFER.case(family=("v4", "v6", "unix"), type=DGRAM)
def test_over_send_buffer(sockets, see, case):
    ours, theirs = _pair(sockets)
    theirs.set_nonblocking(True)
    theirs.set_send_buffer_size(2048)
    length = theirs.send_buffer_size() + 2000
    how = outcome(theirs.send, bytes(length), ok="sent")
    if how == "sent":
        sockets.wait(ours, "POLLIN")
        how = "sent" if len(ours.recv(1 << 16)) == length else "part"
    see(how, length=length)


OVERFLOW = rule(
    "data.datagram-size.overflow",
    "Datagrams that a full receive buffer has no room for are dropped whole, without an error.",
    level=SHOULD,
    sources=[
        POSIX.send("DESCRIPTION", "does not guarantee delivery of the message"),
        RFC(768, "Introduction", "delivery and duplicate protection are not guaranteed"),
    ],
    behaviours={
        "dropped-whole": CONFORMS,
        "cut": "a datagram arrives in part",
        "reordered": "those that arrive are out of order",
        "all-kept": "none is dropped",
    },
)


@OVERFLOW.case(family=INET, type=DGRAM, examples=5)
@given(length=st.integers(100, 1400))
def test_overflow(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.set_recv_buffer_size(1)
    ours.set_nonblocking(True)
    sent = 2 * ours.recv_buffer_size() // length + 100
    how = "dropped-whole"
    for number in range(sent):
        how = outcome(theirs.send, number.to_bytes(length, "big"), ok=how)
    got = []
    while ours.poll("POLLIN", 0):
        got.append(ours.recv(4096))
    numbers = [int.from_bytes(each, "big") for each in got]
    if any(len(each) != length for each in got):
        how = "cut"
    elif numbers != sorted(set(numbers)):
        how = "reordered"
    see("all-kept" if len(got) == sent else how, length=length, sent=sent, got=len(got))


GOES_ON = rule(
    "data.datagram-size.too-large-goes-on",
    "After a datagram that was too large the socket goes on sending and receiving.",
    level=MUST,
    sources=[TOO_LARGE],
    behaviours={"goes-on": CONFORMS, "stops": "nothing is received any more"},
)


@GOES_ON.case(family=INET, type=DGRAM)
def test_goes_on(sockets, see, case):
    ours, theirs = _pair(sockets)
    outcome(theirs.send, bytes(200_000))
    ours.send(b"there")
    theirs.send(b"back")
    sockets.wait(ours, "POLLIN")
    sockets.wait(theirs, "POLLIN")
    see("goes-on" if (ours.recv(16), theirs.recv(16)) == (b"back", b"there") else "stops")


AVAILABLE = rule(
    "data.datagram-size.available",
    "FIONREAD on a datagram socket tells the length of the next datagram.",
    level=UNSPECIFIED,
    sources=[MAN.udp(7, "Ioctls, FIONREAD (SIOCINQ)"), FREEBSD.ioctl(2, "FIONREAD")],
    behaviours={
        "next": "the length of the first datagram",
        "all": "the length of all datagrams in the queue",
        "more": "more than the bytes of the datagrams",
    },
    needs=["ioctl"],
)


@AVAILABLE.case(family=(V4, "v6", "unix"), type=DGRAM)
@given(lengths=st.lists(st.integers(1, 900), min_size=2, max_size=4))
def test_available(sockets, see, case, lengths):
    ours, theirs = sockets.connected()
    for length in lengths:
        theirs.send(bytes(length))
    sockets.wait_for_datagrams()
    got = ours.available()
    how = "next" if got == lengths[0] else "all" if got == sum(lengths) else "more"
    see(how, lengths=lengths, got=got)
