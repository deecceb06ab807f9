"""Options that do not exist, or belong to other sockets."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .table import OPTIONS

UNKNOWN = 9999

INVALID_SET = POSIX.setsockopt("EINVAL", "option is invalid at the specified socket level")
INVALID_GET = POSIX.getsockopt("EINVAL", "option is invalid at the specified socket level")
UNSUPPORTED_SET = POSIX.setsockopt("ENOPROTOOPT", "The option is not supported by the protocol")
UNSUPPORTED_GET = POSIX.getsockopt("ENOPROTOOPT", "The option is not supported by the protocol")
REFUSED = {"ENOPROTOOPT": CONFORMS, "EINVAL": CONFORMS, "accepted": "the call succeeds"}


def tried(sock, call, level, option):
    """How setting an option to 1, or reading it, went."""
    if call == "set":
        return outcome(sock.set_int, level, option, 1, ok="accepted")
    return outcome(sock.get_int, level, option, ok="accepted")


UNKNOWN_NAME = rule(
    "options.unsupported.name",
    "Setting or reading an option unknown at its level fails with ENOPROTOOPT or EINVAL.",
    level=MUST,
    sources=[UNSUPPORTED_SET, INVALID_SET, UNSUPPORTED_GET, INVALID_GET],
    behaviours=REFUSED,
    aliases=["options.unknown.name"],
)


@UNKNOWN_NAME.case(
    level=("SOL_SOCKET", "IPPROTO_IP", "IPPROTO_TCP"), call=("set", "get"), type=STREAM
)
@UNKNOWN_NAME.case(level=("IPPROTO_IPV6",), call=("set", "get"), family=V6)
def test_name(sockets, see, case):
    see(tried(sockets.new(), case["call"], case["level"], UNKNOWN))


UNKNOWN_LEVEL = rule(
    "options.unsupported.level",
    "Setting or reading an option at a level that does not exist fails with EINVAL or "
    "ENOPROTOOPT.",
    level=MUST,
    sources=[INVALID_SET, UNSUPPORTED_SET, INVALID_GET, UNSUPPORTED_GET],
    behaviours=REFUSED,
    aliases=["options.unknown.level"],
)


@UNKNOWN_LEVEL.case(family=(*INET, UNIX), type=(STREAM, DGRAM), call=("set", "get"))
def test_level(sockets, see, case):
    see(tried(sockets.new(), case["call"], 777, 1))


FOREIGN = {
    "tcp-on-udp": ("IPPROTO_TCP", "TCP_NODELAY"),
    "tcp-on-unix": ("IPPROTO_TCP", "TCP_NODELAY"),
    "ipv6-on-ipv4": ("IPPROTO_IPV6", "IPV6_V6ONLY"),
    "ip-on-unix": ("IPPROTO_IP", "IP_TTL"),
}

FOREIGN_SET = rule(
    "options.unsupported.foreign-set",
    "Setting an option of a protocol that the socket does not use fails with ENOPROTOOPT or "
    "EINVAL.",
    level=MUST,
    sources=[UNSUPPORTED_SET, INVALID_SET],
    behaviours=REFUSED,
    aliases=["options.foreign.set"],
)

FOREIGN_GET = rule(
    "options.unsupported.foreign-get",
    "Reading an option of a protocol that the socket does not use fails with ENOPROTOOPT or "
    "EINVAL.",
    level=MUST,
    sources=[UNSUPPORTED_GET, INVALID_GET],
    behaviours=REFUSED,
    aliases=["options.foreign.get"],
)


@FOREIGN_SET.case(option="tcp-on-udp", family=INET, type=DGRAM)
@FOREIGN_SET.case(option="ipv6-on-ipv4", family=V4, type=(STREAM, DGRAM))
@FOREIGN_SET.case(option=("tcp-on-unix", "ip-on-unix"), family=UNIX, type=(STREAM, DGRAM))
def test_foreign_set(sockets, see, case):
    see(tried(sockets.new(), "set", *FOREIGN[case["option"]]))


@FOREIGN_GET.case(option="tcp-on-udp", family=INET, type=DGRAM)
@FOREIGN_GET.case(option="ipv6-on-ipv4", family=V4, type=(STREAM, DGRAM))
@FOREIGN_GET.case(option=("tcp-on-unix", "ip-on-unix"), family=UNIX, type=(STREAM, DGRAM))
def test_foreign_get(sockets, see, case):
    see(tried(sockets.new(), "get", *FOREIGN[case["option"]]))


IRRELEVANT = rule(
    "options.unsupported.irrelevant",
    "Whether setting a socket-level option that means nothing for the type of the socket "
    "succeeds is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.16", "SO_BROADCAST", "Support for SO_BROADCAST is protocol-specific"
        ),
        POSIX.chapter(
            "2.10.16", "SO_OOBINLINE", "valid only on protocols that support out-of-band data"
        ),
        POSIX.chapter(
            "2.10.16", "SO_KEEPALIVE", "The behavior of this option is protocol-specific"
        ),
    ],
    behaviours={"accepted": "the call succeeds", "ENOPROTOOPT": "the call fails"},
    aliases=["options.irrelevant.set"],
)


@IRRELEVANT.case(option=("SO_BROADCAST",), type=STREAM, family=INET)
@IRRELEVANT.case(option=("SO_OOBINLINE", "SO_KEEPALIVE"), type=DGRAM, family=INET)
def test_irrelevant(sockets, see, case):
    see(tried(sockets.new(), "set", "SOL_SOCKET", case["option"]))


EVERY = rule(
    "options.unsupported.every-foreign",
    "Whether all options of a protocol that the socket does not use are refused alike is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[UNSUPPORTED_SET, INVALID_SET, UNSUPPORTED_GET, INVALID_GET],
    behaviours={
        "some-accepted": "an option is set, or read",
        "refused-variously": "they are refused, and not all with the same error",
    },
)


@EVERY.case(level=("IPPROTO_TCP",), family=INET, type=DGRAM, call=("set", "get"))
@EVERY.case(level=("IPPROTO_UDP",), family=INET, type=STREAM, call=("set", "get"))
@EVERY.case(level=("IPPROTO_IPV6",), family=V4, type=(STREAM, DGRAM), call=("set", "get"))
@EVERY.case(level=("IPPROTO_IP",), family=V6, type=(STREAM, DGRAM), call=("set", "get"))
@EVERY.case(
    level=("IPPROTO_IP", "IPPROTO_IPV6", "IPPROTO_TCP", "IPPROTO_UDP"),
    family=UNIX,
    type=STREAM,
    call=("set", "get"),
)
def test_every_foreign(sockets, see, case):
    sock = sockets.new()
    seen = {}
    for row in OPTIONS.values():
        if row.level != case["level"] or row.who or row.use == "i":
            continue
        if sockets.backend.constant(row.name) is None:
            continue
        if case["call"] == "get":
            seen[row.name] = outcome(sock.get_option, row.level, row.name, row.room)
        else:
            value = row.value(sockets.backend.byte_order)
            seen[row.name] = outcome(sock.set_option, row.level, row.name, value)
    if not seen:
        raise Unsupported(case["level"], "the platform has no number of an option of it")
    answers = set(seen.values())
    if "succeeds" in answers:
        see("some-accepted", accepted=[name for name in seen if seen[name] == "succeeds"])
    else:
        see(answers.pop() if len(answers) == 1 else "refused-variously", seen=str(seen))


OF_IPV4 = rule(
    "options.unsupported.ipv4-on-ipv6",
    "Whether an IPv6 socket has options of IPv4 is unspecified.",
    level=UNSPECIFIED,
    sources=[UNSUPPORTED_SET],
    behaviours={"accepted": REFUSED["accepted"]},
)


@OF_IPV4.case(option=("IP_TTL", "IP_TOS"), family=V6, type=(STREAM, DGRAM), call=("set", "get"))
def test_ipv4_on_ipv6(sockets, see, case):
    see(tried(sockets.new(), case["call"], "IPPROTO_IP", case["option"]))
