"""Pointers to nothing: for the address, its length, the value of an option, the buffer."""

from __future__ import annotations

from sockspec.spec import INET, MAN, POSIX, STREAM, UNIX, UNSPECIFIED, V4, outcome, rule

NOTHING = POSIX.chapter(
    "2.3", "EFAULT", "reliable detection of this error cannot be guaranteed"
)
BAD = MAN.send(2, "EFAULT", "An invalid user space address was specified for an argument")
NAME = MAN.getsockname(2, "EFAULT", "points to memory not in a valid part of the process")
VALUE = MAN.getsockopt(2, "EFAULT", "is not in a valid part of the process address space")
RECEIVED = MAN.recv(2, "EFAULT", "point outside the process's address space")


def size(sockets, number):
    return number.to_bytes(4, sockets.backend.byte_order)


def kept_alive(sockets):
    return sockets.number("SOL_SOCKET"), sockets.number("SO_KEEPALIVE")


POINTERS = {
    "bind-address": lambda _s, bad: [bad, 16],
    "connect-address": lambda _s, bad: [bad, 16],
    "accept-address": lambda s, bad: [bad, size(s, 16)],
    "accept-length": lambda _s, bad: [bytes(16), bad],
    "getsockname-address": lambda s, bad: [bad, size(s, 16)],
    "getsockname-length": lambda _s, bad: [bytes(16), bad],
    "getpeername-address": lambda s, bad: [bad, size(s, 16)],
    "getpeername-length": lambda _s, bad: [bytes(16), bad],
    "getsockopt-value": lambda s, bad: [*kept_alive(s), bad, size(s, 4)],
    "getsockopt-length": lambda s, bad: [*kept_alive(s), bytes(4), bad],
    "setsockopt-value": lambda s, bad: [*kept_alive(s), bad, 4],
    "recv-buffer": lambda _s, bad: [bad, 4, 0],
    "recvfrom-buffer": lambda _s, bad: [bad, 4, 0, None, None],
    "recvfrom-address": lambda s, bad: [bytes(4), 4, 0, bad, size(s, 16)],
    "recvfrom-length": lambda _s, bad: [bytes(4), 4, 0, bytes(16), bad],
    "send-buffer": lambda _s, bad: [bad, 4, 0],
    "sendto-buffer": lambda _s, bad: [bad, 4, 0, None, 0],
    "read-buffer": lambda _s, bad: [bad, 4],
    "write-buffer": lambda _s, bad: [bad, 4],
    "readv-vector": lambda _s, bad: [bad, 1],
    "writev-vector": lambda _s, bad: [bad, 1],
    "ioctl-argument": lambda s, bad: [s.number("FIONREAD"), bad],
}
"""Which argument of which call is bad, and the arguments then."""


def bad_pointer(sockets, kind):
    return None if kind == "null" else sockets.nowhere


def arranged(sockets, call):
    """A socket on which the call would succeed, and its peer."""
    if call in {"bind", "connect"}:
        return sockets.new(), None
    if call == "accept":
        listener = sockets.listener()
        client = sockets.new()
        client.connect(listener.local_addr())
        sockets.wait(listener, "POLLIN")
        return listener, client
    ours, theirs = sockets.connected()
    theirs.send(b"data")
    sockets.wait(ours, "POLLIN")
    return ours, theirs


def called(sockets, sock, what, bad):
    """Make the call; what an accept returned is closed."""
    call = what.partition("-")[0]
    arguments = POINTERS[what](sockets, bad)
    answer, _left = sockets.backend.raw_call(sock.handle, call, arguments)
    if call == "accept":
        sockets.of(sockets.backend.adopt(answer))


REFUSED = rule(
    "state.bad-pointer.refused",
    "Whether a call refuses a pointer to nothing is unspecified.",
    level=UNSPECIFIED,
    sources=[NOTHING, BAD, NAME, VALUE, RECEIVED],
    behaviours={"accepted": "the call succeeds"},
    needs=["raw-call", "adopt"],
)


@REFUSED.case(argument=tuple(POINTERS), pointer=("null", "nowhere"), family=(V4, UNIX))
def test_refused(sockets, see, case):
    what, bad = case["argument"], bad_pointer(sockets, case["pointer"])
    sock, _peer = arranged(sockets, what.partition("-")[0])
    see(outcome(called, sockets, sock, what, bad, ok="accepted"))


DATA = rule(
    "state.bad-pointer.data-after-receive",
    "Whether data that a receive could not store stays in the queue is unspecified.",
    level=UNSPECIFIED,
    sources=[NOTHING, RECEIVED],
    behaviours={
        "still-queued": "the next call returns what this one could not",
        "lost": "the next call does not return it",
    },
    needs=["raw-call", "adopt"],
)


@DATA.case(family=(*INET, UNIX), type=STREAM, argument=("recv-buffer", "read-buffer"))
@DATA.case(family=(*INET, UNIX), type=STREAM, argument=("recvfrom-address", "recvfrom-length"))
@DATA.case(family=(*INET, UNIX), type="dgram", argument=("recv-buffer", "recvfrom-length"))
def test_data_after_receive(sockets, see, case):
    sock, _peer = arranged(sockets, "recv")
    outcome(called, sockets, sock, case["argument"], sockets.nowhere)
    sock.set_nonblocking(True)
    got = []
    outcome(lambda: got.append(sock.recv(16)))
    see("still-queued" if got == [b"data"] else "lost", got=got)


CONNECTION = rule(
    "state.bad-pointer.connection-after-accept",
    "Whether a connection whose address accept() could not store stays queued is unspecified.",
    level=UNSPECIFIED,
    sources=[NOTHING, MAN.accept(2, "EFAULT", "is not in a writable part of the user address")],
    behaviours={
        "still-queued": "the next call returns what this one could not",
        "lost": "the next call does not return it",
    },
    needs=["raw-call", "adopt"],
)


@CONNECTION.case(family=(*INET, UNIX), argument=("accept-address", "accept-length"))
def test_connection_after_accept(sockets, see, case):
    listener, _client = arranged(sockets, "accept")
    refused = outcome(called, sockets, listener, case["argument"], sockets.nowhere)
    waits = bool(listener.poll("POLLIN", 0))
    see("still-queued" if waits else "lost", accept=refused)
