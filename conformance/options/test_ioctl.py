"""Requests of ioctl() that a socket knows, by number: what they set, and what they count."""

from __future__ import annotations

from sockspec.spec import (
    DGRAM,
    INET,
    KERNEL,
    MAN,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

ALL = (*INET, UNIX)
BYTES = b"some data"
SET = {"set": "it is set", "clear": "it is not set"}


def asked(sockets, sock, request, value=0):
    """An ioctl on an int: what it left there."""
    order = sockets.backend.byte_order
    given = value.to_bytes(4, order)
    left = sockets.backend.ioctl(sock.handle, sockets.number(request), given)
    return int.from_bytes(left, order)


def counted(sockets, see, sock, request, names):
    """Name what a request counted by `names`, from number to behaviour."""
    seen = []
    how = outcome(lambda: seen.append(asked(sockets, sock, request)))
    see(names.get(seen[0], "other-number") if seen else how, got=seen)


FIONBIO = rule(
    "options.ioctl.fionbio",
    "Whether FIONBIO sets and clears O_NONBLOCK is unspecified.",
    level=UNSPECIFIED,
    sources=[KERNEL("fs/ioctl.c", "ioctl_fionbio", "filp->f_flags |= flag;")],
    behaviours=SET,
    needs=["ioctl", "nonblocking-flag"],
)


@FIONBIO.case(family=ALL, type=(STREAM, DGRAM), value=("1", "0", "1-then-0", "minus-1"))
def test_fionbio(sockets, see, case):
    sock = sockets.new()
    values = {"1": [1], "0": [0], "1-then-0": [1, 0], "minus-1": [2**32 - 1]}
    for value in values[case["value"]]:
        asked(sockets, sock, "FIONBIO", value)
    see("set" if sock.nonblocking() else "clear")


EFFECT = rule(
    "options.ioctl.fionbio-effect",
    "Whether a receive on an empty socket waits after FIONBIO is unspecified.",
    level=UNSPECIFIED,
    sources=[KERNEL("fs/ioctl.c", "ioctl_fionbio", "flag = O_NONBLOCK;")],
    behaviours={"waits": "it waits for data"},
    needs=["ioctl"],
)


@EFFECT.case(family=ALL, type=(STREAM, DGRAM))
def test_fionbio_effect(sockets, see, case):
    ours, _theirs = sockets.connected()
    asked(sockets, ours, "FIONBIO", 1)
    receive = sockets.start("recv", ours, 1, 0)
    see("waits" if receive.is_blocked() else outcome(receive.result))


FIOASYNC = rule(
    "options.ioctl.fioasync",
    "Whether FIOASYNC sets and clears O_ASYNC is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.socket(7, "FIOASYNC", "Change the O_ASYNC flag to enable or disable")],
    behaviours=SET,
    needs=["ioctl", "raw-call"],
)
_GETFL = 3  # F_GETFL, include/uapi/asm-generic/fcntl.h


@FIOASYNC.case(family=ALL, type=(STREAM, DGRAM), value=("1", "0", "1-then-0"))
def test_fioasync(sockets, see, case):
    sock = sockets.new()

    def flags():
        return sockets.backend.raw_call(sock.handle, "fcntl", [_GETFL, 0])[0]

    before = flags()
    for value in {"1": [1], "0": [0], "1-then-0": [1, 0]}[case["value"]]:
        asked(sockets, sock, "FIOASYNC", value)
    see("clear" if flags() == before else "set", before=before, after=flags())


UNREAD = rule(
    "options.ioctl.unread",
    "Whether FIONREAD counts the bytes that a receive would return is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "SIOCINQ", "Returns the amount of queued unread data in the receive buffer"),
        MAN.udp(
            7, "FIONREAD (SIOCINQ)", "Returns the size of the next pending datagram in the"
        ),
        MAN.unix(7, "SIOCINQ", "this call returns the number of unread bytes in the receive"),
    ],
    behaviours={
        "all-bytes": "counts all that are queued",
        "next-message": "counts those of the next message",
        "zero": "counts none",
        "other-number": "returns another number",
    },
    needs=["ioctl"],
)


@UNREAD.case(
    family=ALL, type=(STREAM, DGRAM), queued=("nothing", "one-send", "two-sends", "end")
)
@UNREAD.case(family=ALL, type=STREAM, queued="then-closed")
def test_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    sends = {"nothing": 0, "end": 0, "two-sends": 2}.get(case["queued"], 1)
    for _ in range(sends):
        theirs.send(BYTES)
    if case["queued"] == "end" and case["type"] == STREAM:
        theirs.shutdown("SHUT_WR")
    if case["queued"] == "then-closed":
        theirs.close()
    if sends or (case["queued"] == "end" and case["type"] == STREAM):
        sockets.wait(ours, "POLLIN")
    if case["type"] == STREAM and case["family"] != UNIX:
        # A unix socket has it already, and a peek may end with the first send.
        sockets.wait_for_bytes(ours, sends * len(BYTES))
    one = len(BYTES)
    names = {0: "zero", one: "next-message" if sends == 2 else "all-bytes"}
    counted(sockets, see, ours, "FIONREAD", {**names, 2 * one: "all-bytes"})


LISTENING = rule(
    "options.ioctl.of-listener",
    "Whether FIONREAD and SIOCOUTQ of a listening socket fail is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "SIOCINQ", "must not be in LISTEN state, otherwise an error (EINVAL) is"),
        MAN.tcp(7, "SIOCOUTQ", "must not be in LISTEN state, otherwise an error (EINVAL) is"),
    ],
    behaviours={"zero": "counts none", "other-number": "returns another number"},
    needs=["ioctl"],
)


@LISTENING.case(family=ALL, request=("FIONREAD", "SIOCOUTQ"))
def test_of_listener(sockets, see, case):
    counted(sockets, see, sockets.listener(), case["request"], {0: "zero"})


UNSENT = rule(
    "options.ioctl.unsent",
    "Whether SIOCOUTQ counts bytes that the peer has not read is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "SIOCOUTQ", "Returns the amount of unsent data in the socket send queue"),
        MAN.udp(7, "TIOCOUTQ (SIOCOUTQ)", "Returns the number of data bytes in the local send"),
    ],
    behaviours={
        "zero": "counts none",
        "unread-bytes": "counts those that the peer has not read",
        "other-number": "returns another number",
    },
    needs=["ioctl"],
)


@UNSENT.case(family=ALL, type=(STREAM, DGRAM), peer=("has-read", "has-not-read"))
def test_unsent(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(BYTES)
    sockets.wait(theirs, "POLLIN")
    if case["peer"] == "has-read":
        theirs.recv(100)
    counted(sockets, see, ours, "SIOCOUTQ", {0: "zero", len(BYTES): "unread-bytes"})


MARK = rule(
    "options.ioctl.siocatmark",
    "Whether SIOCATMARK and sockatmark() return the same is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "SIOCATMARK", "if the inbound data stream is at the urgent mark")],
    behaviours={
        "same": "both return the same",
        "different": "one is true and the other is not",
    },
    needs=["ioctl", "oob", "sockatmark", "poll-priority"],
)


@MARK.case(family=INET, at=("before", "mark", "behind"))
def test_siocatmark(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"ab")
    theirs.send_out_of_band(b"!")
    theirs.send(b"c")
    sockets.wait(ours, "POLLPRI")
    reads = {"before": 1, "mark": 2, "behind": 3}[case["at"]]
    for _ in range(reads):
        ours.recv(1)
    request, call = bool(asked(sockets, ours, "SIOCATMARK")), ours.at_mark()
    see("same" if request == call else "different", ioctl=request, sockatmark=call)


UNKNOWN = rule(
    "options.ioctl.unknown-request",
    "Whether an ioctl() request that no socket knows fails with ENOTTY is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ioctl(2, "ERRORS, ENOTTY", "The specified request does not apply to the kind")
    ],
    behaviours={"accepted": "the call succeeds"},
    needs=["ioctl"],
)


@UNKNOWN.case(family=ALL, type=(STREAM, DGRAM))
def test_unknown_request(sockets, see, case):
    sock = sockets.new()
    see(outcome(sockets.backend.ioctl, sock.handle, 0x7FFE, bytes(4), ok="accepted"))
