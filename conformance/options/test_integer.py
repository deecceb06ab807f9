"""Options of IP, IPv6 and TCP that are numbers in a range."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import Unsupported
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    RFC,
    SERVER,
    SOCKET2,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .ranges import DRAWN, within
from .reading import set_or_skip, value_of


@dataclass(frozen=True)
class Range:
    """An option, the sockets that have it, and its least and its largest value."""

    level: str
    family: str
    type: str
    least: int
    most: int


# A header field's own range; for TCP, which no standard gives one, Linux's.
RANGES = {
    "IP_TTL": Range("IPPROTO_IP", V4, STREAM, 1, 255),
    "IP_MULTICAST_TTL": Range("IPPROTO_IP", V4, DGRAM, 0, 255),
    "IPV6_UNICAST_HOPS": Range("IPPROTO_IPV6", V6, STREAM, 0, 255),
    "IPV6_MULTICAST_HOPS": Range("IPPROTO_IPV6", V6, DGRAM, 0, 255),
    "IPV6_TCLASS": Range("IPPROTO_IPV6", V6, DGRAM, 0, 255),
    "TCP_KEEPIDLE": Range("IPPROTO_TCP", V4, STREAM, 1, 32767),
    "TCP_KEEPINTVL": Range("IPPROTO_TCP", V4, STREAM, 1, 32767),
    "TCP_KEEPCNT": Range("IPPROTO_TCP", V4, STREAM, 1, 127),
    "TCP_SYNCNT": Range("IPPROTO_TCP", V4, STREAM, 1, 127),
    "TCP_USER_TIMEOUT": Range("IPPROTO_TCP", V4, STREAM, 0, 2**31 - 1),
    "TCP_MAXSEG": Range("IPPROTO_TCP", V4, STREAM, 88, 32767),
}
ALL = tuple(RANGES)
OF_IPV4 = ("IP_TTL", "IP_MULTICAST_TTL")
OF_IPV6 = ("IPV6_UNICAST_HOPS", "IPV6_MULTICAST_HOPS", "IPV6_TCLASS")
OF_TCP = tuple(name for name in ALL if name.startswith("TCP"))

UNICAST = "IPV6_UNICAST_HOPS"
MULTICAST_LIKE_UNICAST = POSIX.chapter(
    "2.10.20",
    "IPV6_MULTICAST_HOPS",
    "possible values are the same as those of IPV6_UNICAST_HOPS",
)
TTL_FIELD = SOCKET2.set_ttl(2, "sets the time-to-live field that is used in every packet")
PER_PROTOCOL = POSIX.chapter(
    "2.10.16", "Use of Options", "defined by the protocol level to which they apply"
)
PER_SYSTEM = SOCKET2.set_tcp_keepalive(2, "supported parameters depend on the operating system")

ACCEPTED = "it reads back as it was set"
ANOTHER = "it reads back as another value"
READ_BACK = {
    "cut-off": "it reads back as its low byte",
    "clamped": "it reads back as the largest value",
    "accepted": ACCEPTED,
    "another-value": ANOTHER,
}
RENAMED = {"taken": "accepted", "other": "another-value"}
REFUSED = "the value is refused"


def fresh(sockets, option):
    """A socket that has the option, and what is known of the option."""
    known = RANGES[option]
    return sockets.new(known.family, known.type), known


def stored(sockets, option, value, names=()):
    """Set an option: the error, or what it reads back as, by the names of special values."""
    sock, known = fresh(sockets, option)
    how = outcome(sock.set_int, known.level, option, value)
    if how != "succeeds":
        return how
    got = value_of(sock, known.level, option)
    return {**dict(names), value: "accepted"}.get(got, "another-value")


ROUND_TRIP = rule(
    "options.integer.round-trip",
    "A time to live, hop limit or traffic class that fits its header field reads back as it "
    "was set.",
    level=MUST,
    sources=[
        TTL_FIELD,
        SOCKET2.set_multicast_ttl_v4(
            2, "Indicates the time-to-live value of outgoing multicast"
        ),
        POSIX.chapter(
            "2.10.20", UNICAST, "can be set via setsockopt() and read via getsockopt()"
        ),
        MULTICAST_LIKE_UNICAST,
        RFC(3542, "6.5", "0 <= x <= 255: use x"),
    ],
    behaviours={
        "same": CONFORMS,
        "smaller": "it reads back as less",
        "larger": "it reads back as more",
    },
)

TCP_RANGE = rule(
    "options.integer.range",
    "Whether a TCP option reads back every value of Linux's range as set is unspecified.",
    level=UNSPECIFIED,
    sources=[PER_PROTOCOL, PER_SYSTEM],
    behaviours={**ROUND_TRIP.behaviours, "same": ACCEPTED, "EINVAL": REFUSED},
    split_from=["options.integer.round-trip"],
)


@ROUND_TRIP.case(option=(*OF_IPV4, *OF_IPV6), region=("least", "in-range", "most"))
@TCP_RANGE.case(option=OF_TCP, region=("least", "in-range", "most"))
@given(drawn=DRAWN)
def test_round_trip(sockets, see, case, drawn):
    sock, known = fresh(sockets, case["option"])
    ends = {"least": known.least, "most": known.most}
    value = ends.get(case["region"], within(known.least, known.most, drawn))
    how = outcome(sock.set_int, known.level, case["option"], value)
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = "same" if got == value else "smaller" if got < value else "larger"
    see(how, set=value)


OVER = rule(
    "options.integer.over-range",
    "Setting an IPv6 hop limit or traffic class above 255 fails with EINVAL.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.20", UNICAST, "or greater than 255 shall result in an [EINVAL] error"
        ),
        MULTICAST_LIKE_UNICAST,
        RFC(3542, "6.5", "x >= 256: return an error of EINVAL"),
    ],
    behaviours={"EINVAL": CONFORMS, **READ_BACK},
    renamed=RENAMED,
)

OVER_ELSEWHERE = rule(
    "options.integer.over",
    "Whether an option of IPv4 or TCP refuses a value above its range is unspecified.",
    level=UNSPECIFIED,
    sources=[PER_PROTOCOL, TTL_FIELD, PER_SYSTEM],
    behaviours={"EINVAL": REFUSED, **READ_BACK},
    renamed=RENAMED,
    split_from=["options.integer.over-range"],
)


@OVER.case(option=OF_IPV6, region=("just-over", "far-over"))
@OVER_ELSEWHERE.case(
    option=(*OF_IPV4, *(name for name in OF_TCP if RANGES[name].most < 2**31 - 1)),
    region=("just-over", "far-over"),
)
@given(extra=st.integers(1, 2**30))
def test_over_range(sockets, see, case, extra):
    most = RANGES[case["option"]].most
    value = most + (1 if case["region"] == "just-over" else extra)
    names = {most: "clamped", value & 0xFF: "cut-off"}
    see(stored(sockets, case["option"], value, names), set=value)


UNDER = rule(
    "options.integer.under-range",
    "Setting an IPv6 hop limit or traffic class below -1 fails with EINVAL.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.20", UNICAST, "Attempts to set a value less than -1"),
        MULTICAST_LIKE_UNICAST,
        RFC(3542, "6.5", "x < -1: return an error of EINVAL"),
    ],
    behaviours={"EINVAL": CONFORMS, **READ_BACK},
    renamed=RENAMED,
)

UNDER_ELSEWHERE = rule(
    "options.integer.under",
    "Whether an option of IPv4 or TCP refuses a value below -1 is unspecified.",
    level=UNSPECIFIED,
    sources=[PER_PROTOCOL, TTL_FIELD, PER_SYSTEM],
    behaviours={"EINVAL": REFUSED, **READ_BACK},
    renamed=RENAMED,
    split_from=["options.integer.under-range"],
)


@UNDER.case(option=OF_IPV6)
@UNDER_ELSEWHERE.case(option=(*OF_IPV4, *OF_TCP))
@given(value=st.integers(-(2**31), -2))
def test_under_range(sockets, see, case, value):
    see(stored(sockets, case["option"], value, {value & 0xFF: "cut-off"}), set=value)


RESETS = {"kept": "the value stays as it was", "another-value": ANOTHER}
RESET = rule(
    "options.integer.minus-one-resets",
    "Setting an IPv6 hop limit or traffic class to -1 restores its default.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.20", UNICAST, "or is set to -1, the system selects a default value"
        ),
        MULTICAST_LIKE_UNICAST,
        RFC(3542, "6.5", "x == -1: use kernel default"),
    ],
    behaviours={"default": CONFORMS, **RESETS},
    renamed={"other": "another-value"},
)

RESET_ELSEWHERE = rule(
    "options.integer.minus-one",
    "Whether setting an option of IPv4 to -1 restores its default is unspecified.",
    level=UNSPECIFIED,
    sources=[PER_PROTOCOL, TTL_FIELD],
    behaviours={"default": "it reads back as on a new socket", "EINVAL": REFUSED, **RESETS},
    renamed={"other": "another-value"},
    split_from=["options.integer.minus-one-resets"],
)


@RESET.case(option=OF_IPV6)
@RESET_ELSEWHERE.case(option=OF_IPV4)
def test_minus_one_resets(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    sockets.set_option(sock, known.level, case["option"], 77)
    default = value_of(fresh(sockets, case["option"])[0], known.level, case["option"])
    how = outcome(sock.set_int, known.level, case["option"], -1)
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = {default: "default", 77: "kept"}.get(got, "another-value")
    see(how)


ZERO = rule(
    "options.integer.zero",
    "Whether zero is refused as a time to live or as a parameter of TCP is unspecified.",
    level=UNSPECIFIED,
    sources=[TTL_FIELD, PER_SYSTEM],
    behaviours={"EINVAL": REFUSED, "accepted": ACCEPTED, "another-value": ANOTHER},
    aliases=["options.integer.zero-refused"],
    renamed=RENAMED,
)


@ZERO.case(option=("IP_TTL", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_SYNCNT"))
def test_zero(sockets, see, case):
    see(stored(sockets, case["option"], 0))


DEFAULTS = {
    "IP_TTL": "net.ipv4.ip_default_ttl",
    "TCP_KEEPIDLE": "net.ipv4.tcp_keepalive_time",
    "TCP_KEEPINTVL": "net.ipv4.tcp_keepalive_intvl",
    "TCP_KEEPCNT": "net.ipv4.tcp_keepalive_probes",
    "TCP_SYNCNT": "net.ipv4.tcp_syn_retries",
}

DEFAULT = rule(
    "options.integer.default-is-setting",
    "Whether an option that was not set has the value of the system's setting is unspecified.",
    level=UNSPECIFIED,
    sources=[
        PER_PROTOCOL,
        MAN.ip(7, "ip_default_ttl", "Set the default time-to-live value of outgoing packets"),
        MAN.tcp(7, "tcp_keepalive_time", "number of seconds a connection needs to be idle"),
    ],
    behaviours={"setting": "it has the setting's value", "another-value": ANOTHER},
    renamed={"other": "another-value"},
)


@DEFAULT.case(option=tuple(DEFAULTS))
def test_default_is_setting(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    got = value_of(sock, known.level, case["option"])
    wanted = sockets.setting(DEFAULTS[case["option"]])
    see("setting" if got == wanted else "another-value", got=got, setting=wanted)


MULTICAST_ONE = rule(
    "options.integer.multicast-default",
    "The default hop limit of multicast packets is 1.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.20", "IPV6_MULTICAST_HOPS", "is not set, a value of 1 is assumed"),
        SOCKET2.set_multicast_ttl_v4(3, "The default value is 1 which means that multicast"),
        SOCKET2.set_multicast_hops_v6(3, "The default value is 1 which means that multicast"),
    ],
    behaviours={"one": CONFORMS, "another-value": ANOTHER},
    aliases=["contracts.multicast.default-one"],
    renamed={"other": "another-value"},
)


@MULTICAST_ONE.case(option=("IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS"))
def test_multicast_default(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    got = []
    how = outcome(lambda: got.append(sock.get_int(known.level, case["option"])))
    see(how if not got else "one" if got == [1] else "another-value")


BYTE = rule(
    "options.integer.one-byte",
    "Whether an option that is an int accepts a value of one byte is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.20", UNICAST, "parameter type of this option is a pointer to an int"
        ),
        MAN.getsockopt(2, "EINVAL", "optlen invalid in setsockopt()"),
    ],
    behaviours={"accepted": ACCEPTED, "EINVAL": REFUSED, "another-value": ANOTHER},
    renamed=RENAMED,
)


@BYTE.case(option=ALL)
def test_one_byte(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    how = outcome(sock.set_option, known.level, case["option"], bytes([100]))
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = "accepted" if got == 100 else "another-value"
    see(how)


INHERITED = rule(
    "options.integer.inherited",
    "Whether an accepted socket inherits the numeric options of its listener is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "with the same socket type protocol and address family"),
        MAN.tcp(7, "TCP_USER_TIMEOUT", "like many others, will be inherited by the socket"),
    ],
    behaviours={
        "inherited": "it reads back as on the listener",
        "default": "it reads back as on a new socket",
        "another-value": ANOTHER,
    },
    renamed={"other": "another-value"},
)


@INHERITED.case(
    option=tuple(name for name in ALL if RANGES[name].type == STREAM and "MAXSEG" not in name)
)
def test_inherited(sockets, see, case):
    known = RANGES[case["option"]]
    listener = sockets.listener(family=known.family)
    before = value_of(listener, known.level, case["option"])
    set_or_skip(listener, known.level, case["option"], 99)
    _client, accepted = sockets.client_of(listener, family=known.family)
    got = value_of(accepted, known.level, case["option"])
    see({99: "inherited", before: "default"}.get(got, "another-value"), got=got)


CARRIED = rule(
    "options.integer.carried",
    "Packets carry the time to live, hop limit or traffic class that was set.",
    level=MUST,
    judges=CLIENT,
    sources=[
        RFC(1122, "4.1.4", "MUST be able to set the TTL and TOS values"),
        TTL_FIELD,
        POSIX.chapter("2.10.20", UNICAST, "is the hop limit for outgoing unicast IPv6 packets"),
        RFC(3542, "6.5", "0 <= x <= 255: use x"),
    ],
    behaviours={"carried": CONFORMS, "another-sent": "the packet carries another value"},
    needs=["messages"],
    aliases=["options.effect.arrives"],
    renamed={"other": "another-sent"},
)

# An option, the one that has it reported, and the control message that reports it.
CONTROL = {
    "IP_TTL": ("IPPROTO_IP", "IP_RECVTTL", "IP_TTL"),
    "IP_TOS": ("IPPROTO_IP", "IP_RECVTOS", "IP_TOS"),
    "IPV6_UNICAST_HOPS": ("IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT"),
    "IPV6_TCLASS": ("IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS"),
}


@CARRIED.case(option=tuple(CONTROL))
@given(value=st.integers(1, 255))
def test_carried(sockets, see, case, value):
    family = V4 if case["option"].startswith("IP_") else V6
    level, receive, kind = CONTROL[case["option"]]
    receiver, sender = sockets.receiver(family, DGRAM), sockets.udp(family)
    sockets.set_option(receiver, level, receive, 1)
    sockets.set_option(sender, level, case["option"], value)
    sender.send_to(b"x", receiver.local_addr())
    sockets.wait(receiver, "POLLIN")
    message = receiver.recvmsg([8], 64)
    # BSD gives the message the number of the option that asks for it (ip(4), IP_RECVTTL).
    kinds = {receiver.number(kind), receiver.number(receive)}
    wanted = [
        data
        for its_level, its_kind, data in message.control
        if its_level == receiver.number(level) and its_kind in kinds
    ]
    if not wanted:
        raise Unsupported(receive, "no control message comes with the packet")
    got = [int.from_bytes(data, receiver.backend.byte_order) for data in wanted]
    see("carried" if got == [value] else "another-sent", set=value, got=got)
