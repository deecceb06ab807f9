"""Who is at the other end: SO_PEERCRED, and credentials as control data."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    KERNEL,
    MAN,
    MUST,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

TYPES = (STREAM, DGRAM, SEQPACKET)
SIZE = 12  # struct ucred: process, user, group
PEERCRED = MAN.unix(
    7, "SO_PEERCRED", "credentials of the peer process connected to this socket"
)
PASSCRED = MAN.unix(7, "SO_PASSCRED", "receipt of the credentials of the sending process")


def peer(sock):
    return sock.get_option("SOL_SOCKET", "SO_PEERCRED", SIZE)


def process(sockets, credentials):
    return int.from_bytes(credentials[:4], sockets.backend.byte_order, signed=True)


def brought(sockets, message):
    """The credentials of a message, empty when it has none."""
    wanted = sockets.number("SCM_CREDENTIALS")
    return next((data for _level, kind, data in message.control if kind == wanted), b"")


def of_ourselves(sockets):
    """The credentials of the process that makes the sockets."""
    return peer(sockets.connected(UNIX, STREAM)[0])


def pair(sockets, type):
    kinds = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}

    both = Socket.pair("AF_UNIX", kinds[type], backend=sockets.backend)
    return tuple(sockets.keep(each) for each in both)


PEER = rule(
    "data.unix-credentials.peer",
    "SO_PEERCRED names the process, user and group at the other end, alike at both ends here.",
    level=MUST,
    sources=[PEERCRED],
    behaviours={
        "alike": "both ends name the same process",
        "different": "the ends name different ones",
        "nobody": "no process is named",
    },
    conforming=["alike"],
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
    "What SO_PEERCRED answers on a socket without a peer is left open.",
    level=UNSPECIFIED,
    sources=[PEERCRED],
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
    "A client knows who listens before its connection was accepted.",
    level=MUST,
    sources=[PEERCRED],
    behaviours={"known": CONFORMS, "nobody": "no process is named"},
)


@BEFORE_ACCEPT.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_before_accept(sockets, see, case):
    client = sockets.new()
    client.connect(sockets.listener().local_addr())
    see("known" if process(sockets, peer(client)) > 0 else "nobody")


STAYS = rule(
    "data.unix-credentials.stays",
    "SO_PEERCRED keeps naming the peer after that has closed.",
    level=MUST,
    sources=[MAN.unix(7, "SO_PEERCRED", "those that were in effect at the time of the call")],
    behaviours={"same": CONFORMS, "changed": "it names somebody else, or nobody"},
)


@STAYS.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_stays(sockets, see, case):
    ours, theirs = sockets.connected()
    before = peer(ours)
    theirs.close()
    see("same" if peer(ours) == before else "changed")


READ_ONLY = rule(
    "data.unix-credentials.read-only",
    "SO_PEERCRED cannot be set.",
    level=MUST,
    sources=[MAN.unix(7, "SO_PEERCRED", "This read-only socket option")],
    behaviours={"refused": "with an error", "set": "it is set", "ignored": "nothing happens"},
    conforming=["refused"],
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


DEFAULT = rule(
    "data.unix-credentials.unasked",
    "Without SO_PASSCRED, which is off at first, a message brings no credentials.",
    level=MUST,
    sources=[PASSCRED],
    behaviours={"none": CONFORMS, "credentials": "it brings some", "on": "the option is on"},
    needs=["messages"],
)


@DEFAULT.case(family=UNIX, type=TYPES)
def test_unasked(sockets, see, case):
    ours, theirs = sockets.connected()
    if theirs.passcred():
        see("on")
        return
    ours.send(b"x")
    see("credentials" if brought(sockets, theirs.recvmsg([4], 64)) else "none")


ASKED = rule(
    "data.unix-credentials.asked",
    "With SO_PASSCRED every message brings the credentials of its sender.",
    level=MUST,
    sources=[PASSCRED],
    behaviours={
        "sender": "those of the process that sent it",
        "other": "others",
        "none": "none",
    },
    conforming=["sender"],
    needs=["messages"],
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
    got = brought(sockets, theirs.recvmsg([4], 64))
    see("none" if not got else "sender" if got == of_ourselves(sockets) else "other")


LATE = rule(
    "data.unix-credentials.asked-late",
    "What a message brings that was sent before SO_PASSCRED was set is left open.",
    level=UNSPECIFIED,
    sources=[PASSCRED, KERNEL("include/net/scm.h", "scm_recv")],
    behaviours={
        "sender": "the credentials of the process that sent it",
        "nobody": "credentials of no process",
        "none": "no credentials",
    },
    needs=["messages"],
)


@LATE.case(family=UNIX, type=TYPES)
def test_asked_late(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"x")
    theirs.set_passcred(True)
    got = brought(sockets, theirs.recvmsg([4], 64))
    if not got:
        see("none")
    else:
        see("sender" if got == of_ourselves(sockets) else "nobody")


EXPLICIT = rule(
    "data.unix-credentials.own-values",
    "A process can send its own credentials itself.",
    level=MUST,
    sources=[MAN.unix(7, "SCM_CREDENTIALS", "The sender must specify its own process ID")],
    behaviours={"sender": CONFORMS, "none": "none arrive", "other": "others arrive"},
    needs=["messages"],
)


def credentials(sockets, data):
    return [(sockets.number("SOL_SOCKET"), sockets.number("SCM_CREDENTIALS"), data)]


@EXPLICIT.case(family=UNIX, type=TYPES)
def test_own_values(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    own = of_ourselves(sockets)
    how = outcome(ours.sendmsg, [b"x"], credentials(sockets, own))
    if how == "succeeds":
        got = brought(sockets, theirs.recvmsg([4], 64))
        how = "none" if not got else "sender" if got == own else "other"
    see(how)


FORGED = rule(
    "data.unix-credentials.forged",
    "A process without privilege cannot send another's process, user or group.",
    level=MUST,
    sources=[MAN.unix(7, "EPERM", "The sender passed invalid credentials")],
    behaviours={"EPERM": CONFORMS, "sent": "it can"},
    needs=["messages", "unprivileged"],
)


@FORGED.case(family=UNIX, type=TYPES, field=("process", "user", "group"))
def test_forged(sockets, see, case):
    ours, _theirs = sockets.connected()
    own = bytearray(of_ourselves(sockets))
    at = {"process": 0, "user": 4, "group": 8}[case["field"]]
    # Process 1, user 0, group 0 are always there; in a container they may be ourselves.
    order = sockets.backend.byte_order
    first = 1 if at == 0 else 0
    ourselves = int.from_bytes(own[at : at + 4], order) == first
    own[at : at + 4] = (first + ourselves).to_bytes(4, order)
    see(outcome(ours.sendmsg, [b"x"], credentials(sockets, bytes(own)), ok="sent"))


LENGTH = rule(
    "data.unix-credentials.length",
    "Credentials of another length than struct ucred answer EINVAL.",
    level=MUST,
    sources=[KERNEL("net/core/scm.c", "__scm_send"), MAN.unix(7, "SCM_CREDENTIALS")],
    behaviours={"EINVAL": CONFORMS, "sent": "they are sent"},
    needs=["messages"],
)


@LENGTH.case(family=UNIX, type=TYPES, length=("shorter", "longer"))
def test_length(sockets, see, case):
    ours, _theirs = sockets.connected()
    own = of_ourselves(sockets)
    data = own[:8] if case["length"] == "shorter" else own + bytes(4)
    see(outcome(ours.sendmsg, [b"x"], credentials(sockets, data), ok="sent"))


NO_ROOM = rule(
    "data.unix-credentials.no-room",
    "Credentials for which there is no room are told by MSG_CTRUNC.",
    level=MUST,
    sources=[MAN.unix(7, "Ancillary messages", "the MSG_CTRUNC flag will be set")],
    behaviours={"told": CONFORMS, "silent": "the flag is clear"},
    needs=["messages"],
)


@NO_ROOM.case(family=UNIX, type=TYPES, room=("none", "too-little"))
def test_no_room(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_passcred(True)
    ours.send(b"x")
    message = theirs.recvmsg([4], 0 if case["room"] == "none" else 20)
    see("told" if message.flags & sockets.number("MSG_CTRUNC") else "silent")


INHERITED = rule(
    "data.unix-credentials.accepted",
    "Whether an accepted socket takes SO_PASSCRED over from its listener is left open.",
    level=UNSPECIFIED,
    sources=[PASSCRED],
    behaviours={"on": "it does", "off": "it does not"},
)


@INHERITED.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_accepted(sockets, see, case):
    listener = sockets.listener()
    listener.set_passcred(True)
    see("on" if sockets.client_of(listener)[1].passcred() else "off")
