"""Flags of a send or a receive that a system does not have."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    MS,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

# No header of the platforms here gives this bit a meaning in a receive or a send.
NO_FLAG = 0x0100_0000

UNKNOWN = rule(
    "data.flags.unknown",
    "A flag that the system does not know makes a send or a receive fail with EOPNOTSUPP.",
    level=MUST,
    sources=[
        POSIX.recv("EOPNOTSUPP", "The specified flags are not supported for this socket type"),
        POSIX.send("EOPNOTSUPP", "not support one or more of the values set in flags"),
        MS.recv("WSAEINVAL", "an unknown flag was specified"),
    ],
    behaviours={"EOPNOTSUPP": CONFORMS, "ignored": "the call does what it does without it"},
)


@UNKNOWN.case(family=(V4, V6, UNIX), type=(STREAM, DGRAM), call=("recv", "send"))
def test_unknown(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["call"] == "send":
        see(outcome(ours.send_with_flags, b"x", NO_FLAG, ok="ignored"))
        return
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(outcome(ours.recv_with_flags, 8, NO_FLAG, ok="ignored"))


# -- every flag, in every call --------------------------------------------------------

# Those of Linux's <linux/socket.h>; what other systems have beside them is unsupported here.
FLAGS = (
    *("MSG_OOB", "MSG_PEEK", "MSG_DONTROUTE", "MSG_CTRUNC", "MSG_PROXY", "MSG_TRUNC"),
    *("MSG_DONTWAIT", "MSG_EOR", "MSG_WAITALL", "MSG_FIN", "MSG_SYN", "MSG_CONFIRM", "MSG_RST"),
    *("MSG_ERRQUEUE", "MSG_NOSIGNAL", "MSG_MORE", "MSG_WAITFORONE", "MSG_BATCH"),
    *("MSG_ZEROCOPY", "MSG_FASTOPEN", "MSG_CMSG_CLOEXEC"),
)
NOT_OF_STREAMS = ("MSG_TRUNC",)  # data.truncation: what a stream does with it
KINDS = ((V4, STREAM), (V4, DGRAM), (UNIX, STREAM), (UNIX, DGRAM), (UNIX, SEQPACKET))

SYSTEMS = KERNEL("include/linux/socket.h", "MSG_PROXY", "Supply or ask second address")
RECEIVED = rule(
    "data.flags.on-receive",
    "Whether a flag changes what a receive does with a message that is there is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("EOPNOTSUPP", "The specified flags are not supported for this socket type"),
        MAN.recv(2, "MSG_ERRQUEUE", "should be received from the socket error queue"),
        SYSTEMS,
    ],
    behaviours={
        "ignored": "the call does what it does without it",
        "kept": "the call returns the message and leaves it queued",
        "other-bytes": "the call returns other bytes than were sent",
        "by-call": "not all calls do the same with it",
    },
)


def on_every_kind(rule, flags):
    """A case of the rule for each flag on each kind of socket."""

    def decorate(test):
        for family, type in KINDS:
            left_out = NOT_OF_STREAMS if type == STREAM else ()
            names = tuple(flag for flag in flags if flag not in left_out)
            test = rule.case(flag=names, family=family, type=type)(test)
        return test

    return decorate


def alike(seen):
    """The one answer of several calls, or that there is no such answer."""
    answers = set(seen.values())
    return answers.pop() if len(answers) == 1 else "by-call"


def drained(sock):
    """What is still queued on a non-blocking socket, in pieces."""
    pieces = []
    while outcome(lambda: pieces.append(sock.recv(8))) == "succeeds" and pieces[-1]:
        pass
    return [piece for piece in pieces if piece]


@on_every_kind(RECEIVED, FLAGS)
def test_on_receive(sockets, see, case):
    flag = sockets.number(case["flag"])
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    calls = {
        "recv": lambda: ours.recv_with_flags(2, flag),
        "recvfrom": lambda: ours.recv_from_with_flags(2, flag)[0],
        "recvmsg": lambda: ours.recvmsg([2], 0, flag).data[0],
    }
    seen = {}
    for name, call in calls.items():
        theirs.send(b"ab")
        sockets.wait(ours, "POLLIN")
        got = []
        seen[name] = outcome(lambda call=call, got=got: got.append(call()), ok="ignored")
        queued = drained(ours)
        if got and got != [b"ab"]:
            seen[name] = "other-bytes"
        elif got and queued:
            seen[name] = "kept"
    see(alike(seen), seen=str(seen))


SENT = rule(
    "data.flags.on-send",
    "Whether a flag changes what a send does on a connected socket is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.send("EOPNOTSUPP", "not support one or more of the values set in flags"),
        MAN.send(2, "MSG_MORE", "The caller has more data to send"),
        SYSTEMS,
    ],
    behaviours={
        "ignored": "the call does what it does without it",
        "joined": "the next message is sent as one with this one",
        "not-sent": "the call succeeds and no bytes arrive",
        "taken-out": "the bytes are not received with the others",
        "by-call": "not all calls do the same with it",
    },
)


@on_every_kind(SENT, FLAGS)
def test_on_send(sockets, see, case):
    fast_open = int(sockets.settings.get("net.ipv4.tcp_fastopen", "1")) & 1
    if (case["flag"], case["type"]) == ("MSG_FASTOPEN", STREAM) and not fast_open:
        raise Unsupported(case["flag"], "net.ipv4.tcp_fastopen switches it off")
    if case["flag"] == "MSG_OOB":
        sockets.unless("net.ipv4.tcp_stdurg", "1", "a mark behind the byte")
    flag = sockets.number(case["flag"])
    ours, theirs = sockets.connected()
    theirs.set_nonblocking(True)
    calls = {
        "send": lambda: ours.send_with_flags(b"a", flag),
        "sendmsg": lambda: ours.sendmsg([b"a"], (), flag),
    }
    if case["type"] == DGRAM:
        there = theirs.local_addr()
        calls["sendto"] = lambda: ours.send_to_with_flags(b"a", there, flag)
    seen = {}
    for name, call in calls.items():
        seen[name] = outcome(call, ok="ignored")
        # A plain message behind it says that all there is to come has come.
        ours.send(b"b")
        got = b""
        while not got.endswith(b"b"):
            sockets.wait(theirs, "POLLIN")
            piece = theirs.recv(2)
            if piece == b"ab" and case["type"] != STREAM:
                seen[name] = "joined"
            got += piece
        if seen[name] == "ignored" and got != b"ab":
            seen[name] = "taken-out" if flag == sockets.number("MSG_OOB") else "not-sent"
    see(alike(seen), seen=str(seen))


RETURNED = rule(
    "data.flags.returned",
    "Whether recvmsg() returns a flag that it was called with among those of the message is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recvmsg("DESCRIPTION", "In the msghdr structure, the msg_flags member"),
        KERNEL("net/socket.c", "____sys_recvmsg", "flags & (MSG_CMSG_CLOEXEC|MSG_CMSG_COMPAT)"),
    ],
    behaviours={
        "clear": "no flag is set",
        "returned": "that flag is set, and no other",
        "another-flag": "another flag is set",
    },
    needs=["messages"],
)


@on_every_kind(RETURNED, ("MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_NOSIGNAL"))
@on_every_kind(RETURNED, ("MSG_CMSG_CLOEXEC", "MSG_DONTROUTE", "MSG_CONFIRM", "MSG_MORE"))
def test_returned(sockets, see, case):
    flag = sockets.number(case["flag"])
    ours, theirs = sockets.connected()
    theirs.send(b"ab")
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recvmsg([2], 0, flag).flags))
    if got:
        # A record of SOCK_SEQPACKET ends with MSG_EOR on some systems: that is no answer here.
        told = got[0] & ~sockets.number("MSG_EOR")
        how = {0: "clear", flag: "returned"}.get(told, "another-flag")
    see(how, flags=str(got))


ELSEWHERE = rule(
    "data.flags.more-elsewhere",
    "Whether what MSG_MORE holds back goes to the first address or the last is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.send(2, "MSG_MORE", "The caller has more data to send")],
    behaviours={
        "to-the-first": "all of it goes to the address that the first part was sent to",
        "to-the-last": "all of it goes to the address that the last part was sent to",
        "to-each": "each part goes to its own address",
        "to-nobody": "nothing is received",
    },
)


@ELSEWHERE.case(family=INET, type=DGRAM)
def test_more_elsewhere(sockets, see, case):
    ours, first, last = sockets.bound(), sockets.bound(), sockets.bound()
    ours.send_to_with_flags(b"a", first.local_addr(), "MSG_MORE")
    ours.send_to_with_flags(b"b", last.local_addr(), 0)
    got = tuple(each.recv(4) if each.poll("POLLIN", 0.2) else b"" for each in (first, last))
    names = {
        (b"ab", b""): "to-the-first",
        (b"", b"ab"): "to-the-last",
        (b"a", b"b"): "to-each",
    }
    see(names.get(got, "to-nobody"), got=got)
