"""Making sockets: families, types, protocols, flags, pairs, duplicates."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.spec import (
    BOTH,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ANY = (*INET, UNIX)
DOMAINS = {V4: "AF_INET", V6: "AF_INET6", UNIX: "AF_UNIX"}


def made(sockets, domain, kind, protocol=0):
    """Try to make a socket; how that went."""

    def make():
        sockets.keep(Socket(domain, kind, protocol, backend=sockets.backend))

    return outcome(make, ok="made")


KNOWN = rule(
    "creation.socket.known",
    "A socket of a family and type that the system has is made.",
    level=MUST,
    sources=[POSIX.socket("DESCRIPTION"), SOCKET2.new(1)],
    behaviours={"made": CONFORMS},
)


@KNOWN.case(family=ANY, type=(STREAM, DGRAM))
@KNOWN.case(family=UNIX, type=SEQPACKET)
def test_known(sockets, see, case):
    see(outcome(sockets.new, ok="made"))


NO_FAMILY = rule(
    "creation.socket.unknown-family",
    "A socket of a family that does not exist is refused.",
    level=MUST,
    sources=[POSIX.socket("EAFNOSUPPORT")],
    behaviours={"EAFNOSUPPORT": CONFORMS, "made": "it is made"},
)


@NO_FAMILY.case(number=("200", "9999"))
def test_no_family(sockets, see, case):
    see(made(sockets, int(case["number"]), "SOCK_STREAM"))


NO_TYPE = rule(
    "creation.socket.unknown-type",
    "A socket of a type that the family does not have is refused.",
    level=MUST,
    sources=[POSIX.socket("EPROTOTYPE"), MAN.ip(7, "ESOCKTNOSUPPORT", "unknown socket type")],
    behaviours={
        "EPROTOTYPE": CONFORMS,
        "ESOCKTNOSUPPORT": "it is told as a type that is not supported",
        "EINVAL": "it is told as invalid",
        "EPROTONOSUPPORT": "it is told as a protocol",
        "made": "it is made",
    },
)


@NO_TYPE.case(family=ANY, kind=("nine", "seqpacket-over-ip"))
def test_no_type(sockets, see, case):
    if case["kind"] == "nine":
        see(made(sockets, DOMAINS[case["family"]], 9))
    else:
        family = V4 if case["family"] == UNIX else case["family"]
        see(made(sockets, DOMAINS[family], "SOCK_SEQPACKET"))


MISMATCH = rule(
    "creation.socket.protocol-mismatch",
    "A protocol that does not go with the type is refused.",
    level=MUST,
    sources=[POSIX.socket("EPROTOTYPE", "The socket type is not supported by the protocol")],
    behaviours={
        "EPROTOTYPE": CONFORMS,
        "EPROTONOSUPPORT": "it is told as a protocol that is not supported",
        "made": "it is made",
    },
)


@MISMATCH.case(family=INET, pair=("stream-udp", "dgram-tcp"))
def test_mismatch(sockets, see, case):
    kind, protocol = {
        "stream-udp": ("SOCK_STREAM", "IPPROTO_UDP"),
        "dgram-tcp": ("SOCK_DGRAM", "IPPROTO_TCP"),
    }[case["pair"]]
    see(made(sockets, DOMAINS[case["family"]], kind, protocol))


NO_PROTOCOL = rule(
    "creation.socket.unknown-protocol",
    "A protocol that does not exist is refused.",
    level=MUST,
    sources=[POSIX.socket("EPROTONOSUPPORT")],
    behaviours={
        "EPROTONOSUPPORT": CONFORMS,
        "EINVAL": "it is told as invalid",
        "made": "it is made",
    },
)


@NO_PROTOCOL.case(family=ANY, number=("300", "-1"))
def test_no_protocol(sockets, see, case):
    see(made(sockets, DOMAINS[case["family"]], "SOCK_STREAM", int(case["number"])))


NAMED_PROTOCOL = rule(
    "creation.socket.named-protocol",
    "Naming the protocol that is the type's own is the same as naming none.",
    level=MUST,
    sources=[POSIX.socket("DESCRIPTION", "use an unspecified default protocol")],
    behaviours={"made": CONFORMS},
)


@NAMED_PROTOCOL.case(family=INET, type=(STREAM, DGRAM))
def test_named_protocol(sockets, see, case):
    kind, protocol = {
        STREAM: ("SOCK_STREAM", "IPPROTO_TCP"),
        DGRAM: ("SOCK_DGRAM", "IPPROTO_UDP"),
    }[case["type"]]
    see(made(sockets, DOMAINS[case["family"]], kind, protocol))


CLOEXEC = rule(
    "creation.socket.cloexec",
    "new sets close-on-exec.",
    level=MUST,
    sources=[SOCKET2.new(3, "the close-on-exec flag is set on the new socket")],
    behaviours={"cloexec": CONFORMS, "inheritable": "it is not set"},
)


@CLOEXEC.case(family=ANY, type=(STREAM, DGRAM))
def test_cloexec(sockets, see, case):
    see("cloexec" if sockets.new().cloexec() else "inheritable")


RAW = rule(
    "creation.socket.raw-inheritable",
    "new_raw makes a socket and does nothing else: close-on-exec is not set.",
    level=MUST,
    sources=[SOCKET2.new_raw(2, "simply creates a new socket"), POSIX.socket("DESCRIPTION")],
    behaviours={"inheritable": CONFORMS, "cloexec": "it is set"},
    needs=["new-raw"],
)


@RAW.case(family=ANY, type=(STREAM, DGRAM))
def test_raw(sockets, see, case):
    kind = "SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM"
    raw = Socket.new_raw(DOMAINS[case["family"]], kind, backend=sockets.backend)
    see("cloexec" if sockets.keep(raw).cloexec() else "inheritable")


BLOCKING = rule(
    "creation.socket.blocking",
    "A new socket is blocking.",
    level=MUST,
    sources=[POSIX.socket("DESCRIPTION"), SOCKET2.new(1)],
    behaviours={"blocking": CONFORMS, "nonblocking": "it is non-blocking"},
    needs=["nonblocking-flag"],
)


@BLOCKING.case(family=ANY, type=(STREAM, DGRAM))
def test_blocking(sockets, see, case):
    see("nonblocking" if sockets.new().nonblocking() else "blocking")


MODE = rule(
    "creation.mode.round-trip",
    "Non-blocking mode reads back as it was set.",
    level=MUST,
    sources=[POSIX.fcntl("F_SETFL"), SOCKET2.set_nonblocking(1)],
    behaviours={"same": CONFORMS, "opposite": "it reads back as the opposite"},
    needs=["nonblocking-flag"],
)


@MODE.case(family=ANY, type=(STREAM, DGRAM), mode=BOTH)
def test_mode(sockets, see, case):
    sock = sockets.new()
    wanted = case["mode"] == "nonblocking"
    sock.set_nonblocking(not wanted)
    sock.set_nonblocking(wanted)
    see("same" if sock.nonblocking() is wanted else "opposite")


MODE_SHARED = rule(
    "creation.mode.shared-by-duplicates",
    "Duplicates of a socket share their mode.",
    level=MUST,
    sources=[POSIX.fcntl("F_DUPFD", "refer to the same open file description")],
    behaviours={"shared": CONFORMS, "separate": "each has its own"},
    needs=["nonblocking-flag"],
)


@MODE_SHARED.case(family=ANY, type=(STREAM, DGRAM))
def test_mode_shared(sockets, see, case):
    sock = sockets.new()
    clone = sockets.keep(sock.try_clone())
    sock.set_nonblocking(True)
    see("shared" if clone.nonblocking() else "separate")


PAIR = rule(
    "creation.pair.connected",
    "A pair is connected: what one end sends the other receives.",
    level=MUST,
    sources=[POSIX.socketpair("DESCRIPTION", "an unbound pair of connected sockets")],
    behaviours={"connected": CONFORMS, "separate": "nothing arrives"},
    needs=["pair"],
)


@PAIR.case(type=(STREAM, DGRAM, SEQPACKET), direction=("there", "back"))
def test_pair(sockets, see, case):
    kinds = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}
    ends = Socket.pair("AF_UNIX", kinds[case["type"]], backend=sockets.backend)
    one, other = (sockets.keep(each) for each in ends)
    if case["direction"] == "back":
        one, other = other, one
    one.send(b"x")
    see("connected" if other.poll("POLLIN", 1.0) and other.recv(4) == b"x" else "separate")


PAIR_FLAGS = rule(
    "creation.pair.cloexec",
    "Both ends of a pair have close-on-exec set.",
    level=MUST,
    sources=[SOCKET2.page("Socket::pair", "sets common flags")],
    behaviours={"cloexec": CONFORMS, "inheritable": "one of them has it not"},
    needs=["pair"],
)


@PAIR_FLAGS.case(type=(STREAM, DGRAM))
def test_pair_flags(sockets, see, case):
    kind = "SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM"
    ends = Socket.pair("AF_UNIX", kind, backend=sockets.backend)
    flags = [sockets.keep(each).cloexec() for each in ends]
    see("cloexec" if all(flags) else "inheritable")


PAIR_INET = rule(
    "creation.pair.internet",
    "There are no pairs of internet sockets.",
    level=MUST,
    sources=[POSIX.socketpair("EOPNOTSUPP", "does not permit creation of socket pairs")],
    behaviours={"EOPNOTSUPP": CONFORMS, "made": "there are"},
    needs=["pair"],
)


@PAIR_INET.case(family=INET, type=(STREAM, DGRAM))
def test_pair_inet(sockets, see, case):
    kind = "SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM"

    def make():
        for each in Socket.pair(DOMAINS[case["family"]], kind, backend=sockets.backend):
            sockets.keep(each)

    see(outcome(make, ok="made"))


CLOSED = rule(
    "creation.close.again",
    "A socket that was closed cannot be closed again.",
    level=MUST,
    sources=[POSIX.close("EBADF")],
    behaviours={"EBADF": CONFORMS, "ENOTSOCK": CONFORMS, "closed": "it is taken again"},
)


@CLOSED.case(family=ANY, type=(STREAM, DGRAM))
def test_closed(sockets, see, case):
    sock = sockets.new()
    sock.close()
    see(outcome(sock.close, ok="closed"))


OWNERSHIP = rule(
    "creation.descriptor.ownership",
    "A descriptor that was given away is not closed with the socket.",
    level=MUST,
    sources=[
        SOCKET2.page("impl IntoRawFd for Socket"),
        SOCKET2.page("impl FromRawFd for Socket"),
    ],
    behaviours={"open": CONFORMS, "closed": "it is closed"},
    needs=["adopt"],
)


@OWNERSHIP.case(family=INET)
def test_ownership(sockets, see, case):
    sock = sockets.bound()
    address = sock.local_addr()
    again = Socket.from_raw_fd(sock.into_raw_fd(), backend=sockets.backend)
    see("open" if sockets.keep(again).local_addr() == address else "closed")
