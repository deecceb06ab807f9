"""Options that do not exist, cannot be set, or belong to other sockets."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

UNKNOWN = 9999

UNKNOWN_NAME = rule(
    "options.unknown.name",
    "An option that the level does not know is refused.",
    level=MUST,
    sources=[POSIX.setsockopt("ENOPROTOOPT"), POSIX.getsockopt("ENOPROTOOPT")],
    behaviours={"ENOPROTOOPT": CONFORMS, "accepted": "it is taken"},
)


@UNKNOWN_NAME.case(
    level=("SOL_SOCKET", "IPPROTO_IP", "IPPROTO_TCP"), call=("set", "get"), type=STREAM
)
@UNKNOWN_NAME.case(level=("IPPROTO_IPV6",), call=("set", "get"), family=V6)
def test_unknown_name(sockets, see, case):
    sock = sockets.new()
    if case["call"] == "set":
        see(outcome(sock.set_int, case["level"], UNKNOWN, 1, ok="accepted"))
    else:
        see(outcome(sock.get_int, case["level"], UNKNOWN, ok="accepted"))


UNKNOWN_LEVEL = rule(
    "options.unknown.level",
    "A level that does not exist is refused.",
    level=MUST,
    sources=[POSIX.setsockopt("EINVAL"), POSIX.setsockopt("ENOPROTOOPT")],
    behaviours={"EINVAL": CONFORMS, "ENOPROTOOPT": CONFORMS, "accepted": "it is taken"},
)


@UNKNOWN_LEVEL.case(family=(*INET, UNIX), type=(STREAM, DGRAM), call=("set", "get"))
def test_unknown_level(sockets, see, case):
    sock = sockets.new()
    if case["call"] == "set":
        see(outcome(sock.set_int, 777, 1, 1, ok="accepted"))
    else:
        see(outcome(sock.get_int, 777, 1, ok="accepted"))


READ_ONLY = rule(
    "options.read-only.set",
    "An option that only tells cannot be set.",
    level=MUST,
    sources=[POSIX.setsockopt("ENOPROTOOPT"), MAN.socket(7, "Socket options")],
    behaviours={"ENOPROTOOPT": CONFORMS, "EINVAL": CONFORMS, "accepted": "it is taken"},
)


@READ_ONLY.case(
    option=("SO_TYPE", "SO_ERROR", "SO_ACCEPTCONN", "SO_DOMAIN", "SO_PROTOCOL"),
    family=(*INET, UNIX),
)
def test_read_only(sockets, see, case):
    see(outcome(sockets.new().set_int, "SOL_SOCKET", case["option"], 1, ok="accepted"))


TYPE_TOLD = rule(
    "options.read-only.type",
    "SO_TYPE tells the type of the socket.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_TYPE"), POSIX.getsockopt("DESCRIPTION")],
    behaviours={"its-type": CONFORMS, "other": "another type"},
)


@TYPE_TOLD.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_type_told(sockets, see, case):
    wanted = sockets.number("SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM")
    see("its-type" if sockets.new().type() == wanted else "other")


DOMAIN_TOLD = rule(
    "options.read-only.domain",
    "SO_DOMAIN tells the family of the socket.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_DOMAIN"), MAN.socket(7, "SO_DOMAIN")],
    behaviours={"its-family": CONFORMS, "other": "another family"},
)


@DOMAIN_TOLD.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_domain_told(sockets, see, case):
    names = {V4: "AF_INET", V6: "AF_INET6", UNIX: "AF_UNIX"}
    wanted = sockets.number(names[case["family"]])
    see("its-family" if sockets.new().domain() == wanted else "other")


PROTOCOL_TOLD = rule(
    "options.read-only.protocol",
    "SO_PROTOCOL tells the protocol that a socket made with protocol 0 has.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_PROTOCOL"), MAN.socket(7, "SO_PROTOCOL")],
    behaviours={"its-protocol": CONFORMS, "none": "zero", "other": "another protocol"},
)


@PROTOCOL_TOLD.case(family=INET, type=(STREAM, DGRAM))
def test_protocol_told(sockets, see, case):
    wanted = sockets.number("IPPROTO_TCP" if case["type"] == STREAM else "IPPROTO_UDP")
    got = sockets.new().protocol()
    see("none" if got is None else "its-protocol" if got == wanted else "other", got=got)


LISTENING_TOLD = rule(
    "options.read-only.accept-connections",
    "SO_ACCEPTCONN tells whether the socket listens.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_ACCEPTCONN")],
    behaviours={"told": CONFORMS, "wrong": "it tells the opposite"},
)


@LISTENING_TOLD.case(
    family=(*INET, UNIX), state=("fresh", "bound", "listening", "connected", "accepted")
)
def test_listening_told(sockets, see, case):
    state = case["state"]
    if state in {"connected", "accepted"}:
        sock = sockets.connected()[state == "accepted"]
    else:
        make = {"fresh": sockets.new, "bound": sockets.bound, "listening": sockets.listener}
        sock = make[state]()
    see("told" if sock.is_listener() is (state == "listening") else "wrong")


FOREIGN_SET = rule(
    "options.foreign.set",
    "Setting an option of a protocol that the socket does not speak is refused.",
    level=MUST,
    sources=[POSIX.setsockopt("ENOPROTOOPT"), POSIX.setsockopt("EINVAL")],
    behaviours={
        "ENOPROTOOPT": CONFORMS,
        "EINVAL": CONFORMS,
        "EOPNOTSUPP": "it is refused as an operation",
        "accepted": "it is taken",
    },
)


@FOREIGN_SET.case(option="tcp-on-udp", family=INET, type=DGRAM)
@FOREIGN_SET.case(option="ipv6-on-ipv4", family=V4, type=(STREAM, DGRAM))
@FOREIGN_SET.case(option=("tcp-on-unix", "ip-on-unix"), family=UNIX, type=(STREAM, DGRAM))
def test_foreign_set(sockets, see, case):
    see(outcome(sockets.new().set_int, *_FOREIGN[case["option"]], 1, ok="accepted"))


_FOREIGN = {
    "tcp-on-udp": ("IPPROTO_TCP", "TCP_NODELAY"),
    "tcp-on-unix": ("IPPROTO_TCP", "TCP_NODELAY"),
    "ipv6-on-ipv4": ("IPPROTO_IPV6", "IPV6_V6ONLY"),
    "ip-on-unix": ("IPPROTO_IP", "IP_TTL"),
}

FOREIGN_GET = rule(
    "options.foreign.get",
    "Reading an option of a protocol that the socket does not speak is refused.",
    level=MUST,
    sources=[POSIX.getsockopt("ENOPROTOOPT"), POSIX.getsockopt("EINVAL")],
    behaviours=FOREIGN_SET.behaviours,
    conforming=["ENOPROTOOPT", "EINVAL"],
)


@FOREIGN_GET.case(option="tcp-on-udp", family=INET, type=DGRAM)
@FOREIGN_GET.case(option="ipv6-on-ipv4", family=V4, type=(STREAM, DGRAM))
@FOREIGN_GET.case(option=("tcp-on-unix", "ip-on-unix"), family=UNIX, type=(STREAM, DGRAM))
def test_foreign_get(sockets, see, case):
    see(outcome(sockets.new().get_int, *_FOREIGN[case["option"]], ok="accepted"))


IRRELEVANT = rule(
    "options.irrelevant.set",
    "A socket-level option that means nothing for the type of the socket is taken or refused.",
    level=UNSPECIFIED,
    sources=[POSIX.chapter("2.10.16", "Use of Options")],
    behaviours={"accepted": "it is taken", "ENOPROTOOPT": "it is refused"},
)


@IRRELEVANT.case(option=("SO_BROADCAST",), type=STREAM, family=INET)
@IRRELEVANT.case(option=("SO_OOBINLINE", "SO_KEEPALIVE"), type=DGRAM, family=INET)
def test_irrelevant(sockets, see, case):
    see(outcome(sockets.new().set_int, "SOL_SOCKET", case["option"], 1, ok="accepted"))


SHUT = rule(
    "options.state.both-shut",
    "Setting an option of a socket that is shut down in both directions is refused.",
    level=SHOULD,
    sources=[
        POSIX.setsockopt("EINVAL", "the socket has been shut down"),
        XNU("bsd/kern/uipc_socket.c", "sosetoptlock"),
    ],
    behaviours={"EINVAL": CONFORMS, "accepted": "it is taken"},
)


@SHUT.case(family=INET, option=("SO_KEEPALIVE", "TCP_NODELAY"), how=("shut", "reset"))
def test_both_shut(sockets, see, case):
    if case["how"] == "reset":
        sock = sockets.reset()
    else:
        sock, _theirs = sockets.connected()
        sock.shutdown("SHUT_RDWR")
    level = "SOL_SOCKET" if case["option"].startswith("SO_") else "IPPROTO_TCP"
    see(outcome(sock.set_int, level, case["option"], 1, ok="accepted"))


CLOSED = rule(
    "options.state.closed",
    "An option of a closed socket can be neither set nor read.",
    level=MUST,
    sources=[POSIX.setsockopt("EBADF"), POSIX.getsockopt("EBADF")],
    behaviours={"EBADF": CONFORMS, "ENOTSOCK": CONFORMS, "accepted": "it is taken"},
)


@CLOSED.case(family=(*INET, UNIX), call=("set", "get"))
def test_closed(sockets, see, case):
    sock = sockets.new()
    sock.close()
    if case["call"] == "set":
        see(outcome(sock.set_int, "SOL_SOCKET", "SO_KEEPALIVE", 1, ok="accepted"))
    else:
        see(outcome(sock.get_int, "SOL_SOCKET", "SO_KEEPALIVE", ok="accepted"))
