"""Making sockets: families, types, protocols, and the flags that a new one has."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ANY = (*INET, UNIX)
DOMAINS = {V4: "AF_INET", V6: "AF_INET6", UNIX: "AF_UNIX"}
NO_SUCH_TYPE = POSIX.socket("EPROTOTYPE", "The socket type is not supported by the protocol")


def _made(sockets, domain, kind, protocol=0):
    """How making a socket goes."""

    def make():
        sockets.keep(Socket(domain, kind, protocol, backend=sockets.backend))

    return outcome(make, ok="made")


KNOWN = rule(
    "creation.socket.known",
    "socket() makes a socket of a family and type that the system supports.",
    level=MUST,
    sources=[
        POSIX.socket("DESCRIPTION", "shall create an unbound socket in a communications"),
        SOCKET2.new(1, "Creates a new socket"),
    ],
    behaviours={"made": CONFORMS},
)


@KNOWN.case(family=ANY, type=(STREAM, DGRAM))
@KNOWN.case(family=UNIX, type=SEQPACKET)
def test_known(sockets, see, case):
    see(outcome(sockets.new, ok="made"))


UNKNOWN_FAMILY = rule(
    "creation.socket.unknown-family",
    "socket() with a family that does not exist fails with EAFNOSUPPORT.",
    level=MUST,
    sources=[
        POSIX.socket("EAFNOSUPPORT", "does not support the specified address family"),
    ],
    behaviours={"EAFNOSUPPORT": CONFORMS, "made": "makes a socket"},
)


@UNKNOWN_FAMILY.case(number=("200", "9999"))
def test_unknown_family(sockets, see, case):
    see(_made(sockets, int(case["number"]), "SOCK_STREAM"))


UNKNOWN_TYPE = rule(
    "creation.socket.unknown-type",
    "socket() with a type that does not exist fails with EPROTOTYPE.",
    level=MUST,
    sources=[NO_SUCH_TYPE, MAN.ip(7, "ESOCKTNOSUPPORT", "unknown socket type")],
    behaviours={"EPROTOTYPE": CONFORMS, "made": "makes a socket"},
)


@UNKNOWN_TYPE.case(family=ANY, kind="nine")
def test_unknown_type(sockets, see, case):
    see(_made(sockets, DOMAINS[case["family"]], 9))


SEQPACKET_OVER_IP = rule(
    "creation.socket.seqpacket-over-ip",
    "Whether socket() makes an internet socket of type SOCK_SEQPACKET is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.chapter("2.10.18", "SOCK_SEQPACKET", "SOCK_SEQPACKET Unspecified")],
    behaviours={"made": "makes a socket"},
    split_from=["creation.socket.unknown-type"],
)


@SEQPACKET_OVER_IP.case(family=INET, kind="seqpacket-over-ip")
def test_seqpacket_over_ip(sockets, see, case):
    see(_made(sockets, DOMAINS[case["family"]], "SOCK_SEQPACKET"))


MISMATCH = rule(
    "creation.socket.protocol-mismatch",
    "socket() with a protocol that does not support the type fails with EPROTOTYPE.",
    level=MUST,
    sources=[NO_SUCH_TYPE],
    behaviours={"EPROTOTYPE": CONFORMS, "made": "makes a socket"},
)


@MISMATCH.case(family=INET, pair=("stream-udp", "dgram-tcp"))
def test_protocol_mismatch(sockets, see, case):
    kind, protocol = {
        "stream-udp": ("SOCK_STREAM", "IPPROTO_UDP"),
        "dgram-tcp": ("SOCK_DGRAM", "IPPROTO_TCP"),
    }[case["pair"]]
    see(_made(sockets, DOMAINS[case["family"]], kind, protocol))


UNKNOWN_PROTOCOL = rule(
    "creation.socket.unknown-protocol",
    "socket() with a protocol that the family does not have fails with EPROTONOSUPPORT.",
    level=MUST,
    sources=[
        POSIX.socket("EPROTONOSUPPORT", "The protocol is not supported by the address family")
    ],
    behaviours={"EPROTONOSUPPORT": CONFORMS, "made": "makes a socket"},
)


@UNKNOWN_PROTOCOL.case(family=ANY, number=("300", "-1"))
def test_unknown_protocol(sockets, see, case):
    see(_made(sockets, DOMAINS[case["family"]], "SOCK_STREAM", int(case["number"])))


NAMED_PROTOCOL = rule(
    "creation.socket.named-protocol",
    "socket() makes a socket if the protocol named is the type's default.",
    level=MUST,
    sources=[
        POSIX.socket("DESCRIPTION", "it shall specify a protocol that is supported by the"),
        POSIX.chapter("2.10.18", "SOCK_STREAM", "implementation shall use the protocol listed"),
    ],
    behaviours={"made": CONFORMS},
)


@NAMED_PROTOCOL.case(family=INET, type=(STREAM, DGRAM))
def test_named_protocol(sockets, see, case):
    kind, protocol = {
        STREAM: ("SOCK_STREAM", "IPPROTO_TCP"),
        DGRAM: ("SOCK_DGRAM", "IPPROTO_UDP"),
    }[case["type"]]
    see(_made(sockets, DOMAINS[case["family"]], kind, protocol))


CLOEXEC = rule(
    "creation.socket.cloexec",
    "A socket made with new() has close-on-exec set.",
    level=MUST,
    sources=[SOCKET2.new(3, "the close-on-exec flag is set on the new socket")],
    behaviours={"cloexec": CONFORMS, "inheritable": "close-on-exec is not set"},
)


@CLOEXEC.case(family=ANY, type=(STREAM, DGRAM))
def test_cloexec(sockets, see, case):
    see("cloexec" if sockets.new().cloexec() else "inheritable")


RAW = rule(
    "creation.socket.raw-inheritable",
    "A socket made with new_raw() does not have close-on-exec set.",
    level=MUST,
    sources=[
        SOCKET2.new_raw(2, "simply creates a new socket, no other configuration is done"),
        SOCKET2.new(6, "Socket::new_raw can be used if you don't want these flags to be set"),
    ],
    behaviours={"inheritable": CONFORMS, "cloexec": "close-on-exec is set"},
    needs=["new-raw"],
)


@RAW.case(family=ANY, type=(STREAM, DGRAM))
def test_raw_inheritable(sockets, see, case):
    kind = "SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM"
    raw = Socket.new_raw(DOMAINS[case["family"]], kind, backend=sockets.backend)
    see("cloexec" if sockets.keep(raw).cloexec() else "inheritable")


BLOCKING = rule(
    "creation.socket.blocking",
    "A new socket is in blocking mode.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.7", "O_NONBLOCK", "This flag is initially off when a socket is"),
    ],
    behaviours={"blocking": CONFORMS, "nonblocking": "is in non-blocking mode"},
    needs=["nonblocking-flag"],
)


@BLOCKING.case(family=ANY, type=(STREAM, DGRAM))
def test_blocking(sockets, see, case):
    see("nonblocking" if sockets.new().nonblocking() else "blocking")


FAMILY_NUMBER = rule(
    "creation.socket.family-as-protocol",
    "Whether a unix socket can be made with its family's number as protocol is unspecified.",
    level=UNSPECIFIED,
    sources=[
        KERNEL("net/unix/af_unix.c", "unix_create", "if (protocol && protocol != PF_UNIX)"),
    ],
    behaviours={"made": "makes a socket"},
)


@FAMILY_NUMBER.case(family=UNIX, type=(STREAM, DGRAM))
def test_family_as_protocol(sockets, see, case):
    kind = "SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM"
    see(_made(sockets, "AF_UNIX", kind, sockets.number("AF_UNIX")))


RAW_UNIX = rule(
    "creation.socket.raw-unix",
    "Whether socket() makes a unix socket of type SOCK_RAW is unspecified.",
    level=UNSPECIFIED,
    sources=[
        KERNEL("net/unix/af_unix.c", "unix_create", "BSD has AF_UNIX, SOCK_RAW though"),
    ],
    behaviours={
        "datagram": "it makes one, whose type is SOCK_DGRAM",
        "raw": "it makes one, whose type is SOCK_RAW",
    },
)


@RAW_UNIX.case(family=UNIX)
def test_raw_unix(sockets, see, case):
    made = []
    how = outcome(
        lambda: made.append(
            sockets.keep(Socket("AF_UNIX", "SOCK_RAW", backend=sockets.backend))
        )
    )
    if made:
        how = "datagram" if made[0].type() == sockets.number("SOCK_DGRAM") else "raw"
    see(how)
