"""Who is at the other end: SO_PEERCRED, and credentials as control data.

Both are Linux's. What POSIX decides is how recvmsg() reports control data that it cut.
"""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .rights import received, rights

TYPES = (STREAM, DGRAM, SEQPACKET)
SIZE = 12  # struct ucred: process, user, group

PEERCRED = MAN.unix(
    7, "SO_PEERCRED", "returns the credentials of the peer process connected to this socket"
)
PASSCRED = MAN.unix(
    7, "SO_PASSCRED", "causes receipt of the credentials of the sending process"
)

BROUGHT = {
    "sender": "the credentials of the process that sent it",
    "nobody": "no process is named",
    "another-process": "the credentials of another process",
    "no-credentials": "no credentials come with the message",
}
"""Whose credentials a message brings."""


def peer(sock):
    return sock.get_option("SOL_SOCKET", "SO_PEERCRED", SIZE)


def process(sockets, credentials):
    return int.from_bytes(credentials[:4], sockets.backend.byte_order, signed=True)


def own(sockets):
    """The credentials of the process that makes the sockets."""
    return peer(sockets.connected(UNIX, STREAM)[0])


def whose(sockets, credentials):
    if process(sockets, credentials) <= 0:
        return "nobody"
    return "sender" if credentials == own(sockets) else "another-process"


def brought(sockets, sock):
    """Receive a message, and name whose credentials came with it."""
    wanted = sockets.number("SCM_CREDENTIALS")
    for _level, kind, data in sock.recvmsg([4], 64).control:
        if kind == wanted:
            return whose(sockets, data)
    return "no-credentials"


def control(sockets, credentials):
    """The control data that sends these credentials."""
    return [(sockets.number("SOL_SOCKET"), sockets.number("SCM_CREDENTIALS"), credentials)]


def pair(sockets, type):
    kinds = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}
    both = Socket.pair("AF_UNIX", kinds[type], backend=sockets.backend)
    return tuple(sockets.keep(each) for each in both)


PEER = rule(
    "data.unix-credentials.peer",
    "Whether SO_PEERCRED returns the same process, user and group at both ends is unspecified.",
    level=UNSPECIFIED,
    sources=[PEERCRED],
    behaviours={
        "alike": "both ends name the same process, user and group",
        "different": "the ends name different ones",
        "nobody": "no process is named",
    },
)


@PEER.case(family=UNIX, type=(STREAM, SEQPACKET), made="connected")
@PEER.case(family=UNIX, type=TYPES, made="pair")
def test_peer(sockets, see, case):
    if case["made"] == "pair":
        ours, theirs = pair(sockets, case["type"])
    else:
        ours, theirs = sockets.connected()
    if process(sockets, peer(ours)) <= 0:
        see("nobody")
    else:
        see("alike" if peer(ours) == peer(theirs) else "different")


UNCONNECTED = rule(
    "data.unix-credentials.unconnected",
    "Whether SO_PEERCRED names a process on a socket without a unix connection is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "SO_PEERCRED", "is possible only for connected AF_UNIX stream sockets")
    ],
    behaviours={"nobody": "no process is named", "someone": "a process is named"},
)


@UNCONNECTED.case(family=UNIX, type=TYPES, state=("fresh", "bound"))
@UNCONNECTED.case(family=UNIX, type=(STREAM, SEQPACKET), state="listening")
@UNCONNECTED.case(family=UNIX, type=DGRAM, state="connected")
@UNCONNECTED.case(family=("v4", "v6"), type=STREAM, state="connected")
def test_unconnected(sockets, see, case):
    make = {
        "fresh": sockets.new,
        "bound": sockets.bound,
        "listening": sockets.listener,
        "connected": lambda: sockets.connected()[0],
    }
    sock, got = make[case["state"]](), []
    how = outcome(lambda: got.append(process(sockets, peer(sock))))
    see(how if not got else "someone" if got[0] > 0 else "nobody")


BEFORE_ACCEPT = rule(
    "data.unix-credentials.before-accept",
    "Whether SO_PEERCRED names the listening process before the accept is unspecified.",
    level=UNSPECIFIED,
    sources=[PEERCRED],
    behaviours={
        "known": "it names the process that listens",
        "nobody": "no process is named",
        "another-process": "the credentials of another process",
    },
)


@BEFORE_ACCEPT.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_before_accept(sockets, see, case):
    client = sockets.new()
    client.connect(sockets.listener().local_addr())
    listening = whose(sockets, peer(client))  # this process listens, too
    see("known" if listening == "sender" else listening)


STAYS = rule(
    "data.unix-credentials.stays",
    "Whether SO_PEERCRED still returns the same after the peer has closed is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SO_PEERCRED", "those that were in effect at the time of the call")],
    behaviours={"same": "the same credentials", "changed": "others, or nobody's"},
)


@STAYS.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_stays(sockets, see, case):
    ours, theirs = sockets.connected()
    before = peer(ours)
    theirs.close()
    see("same" if peer(ours) == before else "changed")


READ_ONLY = rule(
    "data.unix-credentials.read-only",
    "Whether setting SO_PEERCRED fails is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SO_PEERCRED", "This read-only socket option")],
    behaviours={
        "refused": "setsockopt() fails",
        "ignored": "setsockopt() succeeds and changes nothing",
        "set": "setsockopt() succeeds and changes the credentials",
    },
)


@READ_ONLY.case(family=UNIX, type=TYPES)
def test_read_only(sockets, see, case):
    ours, _theirs = pair(sockets, case["type"])
    before = peer(ours)
    how = outcome(ours.set_option, "SOL_SOCKET", "SO_PEERCRED", bytes(SIZE))
    if how != "succeeds":
        see("refused", how=how)
    else:
        see("ignored" if peer(ours) == before else "set")


UNASKED = rule(
    "data.unix-credentials.unasked",
    "Whether a message brings credentials when SO_PASSCRED was never set is unspecified.",
    level=UNSPECIFIED,
    sources=[PASSCRED],
    behaviours={**BROUGHT, "on-by-default": "a new socket has SO_PASSCRED on"},
    needs=["messages"],
    renamed={"none": "no-credentials", "credentials": "sender", "on": "on-by-default"},
)


@UNASKED.case(family=UNIX, type=TYPES)
def test_unasked(sockets, see, case):
    ours, theirs = sockets.connected()
    if theirs.passcred():
        see("on-by-default")
        return
    ours.send(b"x")
    see(brought(sockets, theirs))


ASKED = rule(
    "data.unix-credentials.asked",
    "Whether a message brings its sender's credentials when SO_PASSCRED is set is unspecified.",
    level=UNSPECIFIED,
    sources=[PASSCRED],
    behaviours=BROUGHT,
    needs=["messages"],
    renamed={"none": "no-credentials", "other": "another-process"},
)


@ASKED.case(family=UNIX, type=TYPES, message=("first", "second", "empty"))
def test_asked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    if case["message"] == "second":
        ours.send(b"x")
        theirs.recv(4)
    # An empty message exists for datagrams and packets; a stream gets a byte behind it.
    ours.send(b"" if case["message"] == "empty" else b"x")
    if case["message"] == "empty":
        if case["type"] == STREAM:
            ours.send(b"x")
        elif not theirs.poll("POLLIN", 1.0):
            raise Unsupported("empty messages", "none arrives")
    see(brought(sockets, theirs))


LATE = rule(
    "data.unix-credentials.asked-late",
    "Whether a message sent before SO_PASSCRED was set brings credentials is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SO_PASSCRED", "in each subsequently received message")],
    behaviours=BROUGHT,
    needs=["messages"],
    renamed={"none": "no-credentials"},
)


@LATE.case(family=UNIX, type=TYPES)
def test_asked_late(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"x")
    theirs.set_passcred(True)
    see(brought(sockets, theirs))


OWN = rule(
    "data.unix-credentials.own-values",
    "Whether a process can send its own credentials as control data is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SCM_CREDENTIALS", "The sender must specify its own process ID")],
    behaviours=BROUGHT,
    needs=["messages"],
    renamed={"none": "no-credentials", "other": "another-process"},
)


@OWN.case(family=UNIX, type=TYPES)
def test_own_values(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    how = outcome(ours.sendmsg, [b"x"], control(sockets, own(sockets)))
    see(brought(sockets, theirs) if how == "succeeds" else how)


FORGED = rule(
    "data.unix-credentials.forged",
    "Whether a process without privilege can send another's credentials is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "EPERM", "The sender passed invalid credentials")],
    behaviours={"sent": "the send succeeds"},
    needs=["messages", "unprivileged"],
)


@FORGED.case(family=UNIX, type=TYPES, field=("process", "user", "group"))
def test_forged(sockets, see, case):
    ours, _theirs = sockets.connected()
    forged = bytearray(own(sockets))
    at = {"process": 0, "user": 4, "group": 8}[case["field"]]
    # Process 1, user 0 and group 0 are always there; in a container they may be ours.
    order = sockets.backend.byte_order
    first = 1 if at == 0 else 0
    is_ours = int.from_bytes(forged[at : at + 4], order) == first
    forged[at : at + 4] = (first + is_ours).to_bytes(4, order)
    how = outcome(ours.sendmsg, [b"x"], control(sockets, bytes(forged)), ok="sent")
    if is_ours and how == "EINVAL":
        raise Unsupported("another's credentials", "a namespace may have no user but ours")
    see(how)


LENGTH = rule(
    "data.unix-credentials.length",
    "Whether credentials of another length than struct ucred can be sent is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "SCM_CREDENTIALS", "passed as a struct ucred ancillary message"),
    ],
    behaviours={"sent": "the send succeeds"},
    needs=["messages"],
)


@LENGTH.case(family=UNIX, type=TYPES, length=("shorter", "longer"))
def test_length(sockets, see, case):
    ours, _theirs = sockets.connected()
    ucred = own(sockets)
    data = ucred[:8] if case["length"] == "shorter" else ucred + bytes(4)
    see(outcome(ours.sendmsg, [b"x"], control(sockets, data), ok="sent"))


NO_ROOM = rule(
    "data.unix-credentials.no-room",
    "recvmsg() sets MSG_CTRUNC when credentials do not fit into the control buffer.",
    level=MUST,
    sources=[
        POSIX.recvmsg("MSG_CTRUNC", "Control data was truncated"),
        MAN.unix(7, "Ancillary messages", "the MSG_CTRUNC flag will be set"),
    ],
    behaviours={"flag-set": CONFORMS, "flag-clear": "the flag is clear"},
    needs=["messages"],
    renamed={"told": "flag-set", "silent": "flag-clear"},
)


@NO_ROOM.case(family=UNIX, type=TYPES, room=("none", "too-little"))
def test_no_room(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    ours.send(b"x")
    message = theirs.recvmsg([4], 0 if case["room"] == "none" else 20)
    see("flag-set" if message.flags & sockets.number("MSG_CTRUNC") else "flag-clear")


ACCEPTED = rule(
    "data.unix-credentials.accepted",
    "Whether an accepted socket inherits SO_PASSCRED from its listener is unspecified.",
    level=UNSPECIFIED,
    sources=[PASSCRED],
    behaviours={
        "inherited": "the option is on",
        "not-inherited": "the option is off",
    },
    renamed={"on": "inherited", "off": "not-inherited"},
)


@ACCEPTED.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_accepted(sockets, see, case):
    listener = sockets.listener()
    listener.set_passcred(True)
    accepted = sockets.client_of(listener)[1]
    see("inherited" if accepted.passcred() else "not-inherited")


WITH_RIGHTS = rule(
    "data.unix-credentials.with-rights",
    "Whether one message brings both credentials and a descriptor is unspecified.",
    level=UNSPECIFIED,
    sources=[PASSCRED],
    behaviours={
        "both": "both come",
        "descriptor-alone": "no credentials come",
        "credentials-alone": "no descriptor comes",
        "neither": "neither comes",
    },
    needs=["messages", "adopt"],
)


@WITH_RIGHTS.case(family=UNIX, type=TYPES)
def test_with_rights(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    ours.sendmsg([b"x"], rights(sockets, sockets.new()))
    message = theirs.recvmsg([4], 128)
    kinds = {kind for _level, kind, _data in message.control}
    passed = bool(received(sockets, message))
    told = sockets.number("SCM_CREDENTIALS") in kinds
    names = {(True, True): "both", (True, False): "descriptor-alone"}
    see(names.get((passed, told), "credentials-alone" if told else "neither"))


PEEKED = rule(
    "data.unix-credentials.peeked",
    "Whether a peek leaves the credentials of a message for the next receive is unspecified.",
    level=UNSPECIFIED,
    sources=[
        PASSCRED,
        POSIX.chapter("2.10.11", quote="Ancillary data is received as if it were queued along"),
    ],
    behaviours={
        "same-again": "both the peek and the receive return them",
        "taken-out": "only the peek returns them",
        "not-peeked": "only the receive returns them",
        "in-neither": "neither returns them",
    },
    needs=["messages"],
)


@PEEKED.case(family=UNIX, type=TYPES)
def test_peeked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    ours.send(b"x")
    wanted = sockets.number("SCM_CREDENTIALS")
    peeked, received = (
        any(kind == wanted for _level, kind, _data in theirs.recvmsg([4], 64, flags).control)
        for flags in ("MSG_PEEK", 0)
    )
    names = {
        (True, True): "same-again",
        (True, False): "taken-out",
        (False, True): "not-peeked",
    }
    see(names.get((peeked, received), "in-neither"))
