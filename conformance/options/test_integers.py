"""Options of IP, IPv6 and TCP that are numbers in a range."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    KERNEL,
    MAN,
    MAY,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    SOCKET2,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .reading import value_of


@dataclass(frozen=True)
class Range:
    """An option, the sockets that have it, and the values that it takes."""

    level: str
    family: str
    type: str
    least: int
    most: int


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
FLAGS = tuple(name for name in ALL if name.startswith("TCP"))
# For these -1 stands for "the default again" (RFC 3542, 6.5; Linux: do_ip_setsockopt).
RESETTABLE = tuple(name for name in ALL if name.startswith("IP"))


def fresh(sockets, option):
    """A socket that has the option, the option's level, and its range."""
    known = RANGES[option]
    return sockets.new(known.family, known.type), known


ROUND_TRIP = rule(
    "options.integer.round-trip",
    "A value in an option's range reads back as it was set.",
    level=MUST,
    sources=[
        POSIX.setsockopt("DESCRIPTION"),
        RFC(3493, "5"),
        MAN.ip(7, "Socket options"),
        MAN.tcp(7, "Socket options"),
        SOCKET2.set_ttl(2),
    ],
    behaviours={
        "same": CONFORMS,
        "smaller": "it reads back as less",
        "larger": "it reads back as more",
        "EINVAL": "it is refused",
    },
)


@ROUND_TRIP.case(option=ALL, region=("least", "in-range", "most"))
@given(share=st.floats(0, 1))
def test_round_trip(sockets, see, case, share):
    sock, known = fresh(sockets, case["option"])
    shares = {"least": 0, "in-range": share, "most": 1}
    value = known.least + round((known.most - known.least) * shares[case["region"]])
    how = outcome(sock.set_int, known.level, case["option"], value)
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = "same" if got == value else "smaller" if got < value else "larger"
    see(how, set=value)


OVER = rule(
    "options.integer.over-range",
    "A value over an option's range is refused.",
    level=MUST,
    sources=[
        POSIX.setsockopt("EINVAL"),
        RFC(3493, "5.1"),
        KERNEL("net/ipv4/tcp.c", "do_tcp_setsockopt"),
    ],
    behaviours={
        "EINVAL": CONFORMS,
        "cut-off": "its low byte is taken",
        "clamped": "the largest value is taken",
        "taken": "it is taken as it is",
        "other": "another value is taken",
    },
)


@OVER.case(
    option=tuple(name for name in ALL if RANGES[name].most < 2**31 - 1),
    region=("just-over", "far-over"),
)
@given(extra=st.integers(1, 2**30))
def test_over_range(sockets, see, case, extra):
    sock, known = fresh(sockets, case["option"])
    value = known.most + (1 if case["region"] == "just-over" else extra)
    how = outcome(sock.set_int, known.level, case["option"], value)
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        names = {known.most: "clamped", value & 0xFF: "cut-off", value: "taken"}
        how = names.get(got, "other")
    see(how, set=value)


UNDER = rule(
    "options.integer.under-range",
    "A negative value, but for -1, is refused.",
    level=MUST,
    sources=[
        POSIX.setsockopt("EINVAL"),
        RFC(3493, "5.1"),
        KERNEL("net/ipv4/tcp.c", "do_tcp_setsockopt"),
    ],
    behaviours={
        "EINVAL": CONFORMS,
        "cut-off": "its low byte is taken",
        "taken": "it is taken as it is",
        "other": "another value is taken",
    },
)


@UNDER.case(option=ALL)
@given(value=st.integers(-(2**31), -2))
def test_under_range(sockets, see, case, value):
    sock, known = fresh(sockets, case["option"])
    how = outcome(sock.set_int, known.level, case["option"], value)
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = {value & 0xFF: "cut-off", value: "taken"}.get(got, "other")
    see(how, set=value)


RESET = rule(
    "options.integer.minus-one-resets",
    "The value -1 gives an option of IP its default again.",
    level=SHOULD,
    sources=[
        RFC(3493, "5.1", "-1"),
        RFC(3542, "6.5"),
        KERNEL("net/ipv4/ip_sockglue.c", "do_ip_setsockopt"),
    ],
    behaviours={
        "default": CONFORMS,
        "EINVAL": "it is refused",
        "kept": "the value stays as it was",
        "other": "another value is taken",
    },
)


@RESET.case(option=RESETTABLE)
def test_minus_one_resets(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    sockets.set_option(sock, known.level, case["option"], 77)
    default = value_of(fresh(sockets, case["option"])[0], known.level, case["option"])
    how = outcome(sock.set_int, known.level, case["option"], -1)
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = {default: "default", 77: "kept"}.get(got, "other")
    see(how)


ZERO = rule(
    "options.integer.zero-refused",
    "Zero is refused where it makes no sense: a time to live, a keepalive parameter.",
    level=MUST,
    sources=[
        KERNEL("net/ipv4/ip_sockglue.c", "do_ip_setsockopt"),
        KERNEL("net/ipv4/tcp.c", "do_tcp_setsockopt"),
    ],
    behaviours={"EINVAL": CONFORMS, "taken": "it is taken"},
)


@ZERO.case(option=("IP_TTL", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_SYNCNT"))
def test_zero_refused(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    see(outcome(sock.set_int, known.level, case["option"], 0, ok="taken"))


DEFAULTS = {
    "IP_TTL": "net.ipv4.ip_default_ttl",
    "TCP_KEEPIDLE": "net.ipv4.tcp_keepalive_time",
    "TCP_KEEPINTVL": "net.ipv4.tcp_keepalive_intvl",
    "TCP_KEEPCNT": "net.ipv4.tcp_keepalive_probes",
    "TCP_SYNCNT": "net.ipv4.tcp_syn_retries",
}

DEFAULT = rule(
    "options.integer.default-is-setting",
    "An option that was not set has the value of the system's setting.",
    level=MUST,
    sources=[MAN.tcp(7, "/proc interfaces"), MAN.ip(7, "ip_default_ttl")],
    behaviours={"setting": CONFORMS, "other": "another value"},
)


@DEFAULT.case(option=tuple(DEFAULTS))
def test_default_is_setting(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    got = value_of(sock, known.level, case["option"])
    wanted = sockets.setting(DEFAULTS[case["option"]])
    see("setting" if got == wanted else "other", got=got, setting=wanted)


MULTICAST_ONE = rule(
    "options.integer.multicast-default",
    "Multicast reaches one hop by default.",
    level=MUST,
    sources=[
        RFC(3493, "5.2", "the default is 1"),
        MAN.ip(7, "IP_MULTICAST_TTL"),
    ],
    behaviours={"one": CONFORMS, "other": "another number"},
)


@MULTICAST_ONE.case(option=("IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS"))
def test_multicast_default(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    got = []
    how = outcome(lambda: got.append(sock.get_int(known.level, case["option"])))
    see(how if not got else "one" if got == [1] else "other")


BYTE = rule(
    "options.integer.one-byte",
    "A value of one byte is taken by options of IP, refused by options of TCP.",
    level=MAY,
    sources=[
        KERNEL("net/ipv4/ip_sockglue.c", "do_ip_setsockopt"),
        POSIX.setsockopt("EINVAL"),
    ],
    behaviours={"taken": CONFORMS, "EINVAL": CONFORMS, "other": "another value is taken"},
)


@BYTE.case(option=ALL)
def test_one_byte(sockets, see, case):
    sock, known = fresh(sockets, case["option"])
    how = outcome(sock.set_option, known.level, case["option"], bytes([100]))
    if how == "succeeds":
        got = value_of(sock, known.level, case["option"])
        how = "taken" if got == 100 else "other"
    see(how)


INHERITED = rule(
    "options.integer.inherited",
    "What an accepted socket takes over of its listener's numbers.",
    level=UNSPECIFIED,
    sources=[
        POSIX.accept("DESCRIPTION"),
        MAN.tcp(7, "TCP_USER_TIMEOUT", "like many others, will be inherited by the socket"),
    ],
    behaviours={
        "inherited": "the listener's number",
        "default": "the default",
        "other": "neither",
    },
)


@INHERITED.case(
    option=tuple(name for name in ALL if RANGES[name].type == STREAM and "MAXSEG" not in name)
)
def test_inherited(sockets, see, case):
    known = RANGES[case["option"]]
    listener = sockets.listener(family=known.family)
    before = []
    how = outcome(lambda: before.append(value_of(listener, known.level, case["option"])))
    if how == "succeeds":
        how = outcome(listener.set_int, known.level, case["option"], 99)
    if how != "succeeds":
        see(how)
        return
    _client, accepted = sockets.client_of(listener, family=known.family)
    got = value_of(accepted, known.level, case["option"])
    see({99: "inherited", before[0]: "default"}.get(got, "other"), got=got)


TOS = rule(
    "options.tos.round-trip",
    "The type of service reads back as it was set.",
    level=MUST,
    sources=[MAN.ip(7, "IP_TOS"), RFC(3542, "6.5")],
    behaviours={
        "same": CONFORMS,
        "ecn-masked": "without the two bits of explicit congestion notification",
        "other": "another value",
    },
)


@TOS.case(family=(V4, V6), type=(STREAM, DGRAM), region=("ecn-clear", "ecn-set"))
@given(dscp=st.integers(0, 63), ecn=st.integers(1, 3))
def test_tos(sockets, see, case, dscp, ecn):
    sock = sockets.new()
    value = dscp << 2 | (ecn if case["region"] == "ecn-set" else 0)
    level, name = (
        ("IPPROTO_IP", "IP_TOS") if case["family"] == V4 else ("IPPROTO_IPV6", "IPV6_TCLASS")
    )
    sockets.set_option(sock, level, name, value)
    got = value_of(sock, level, name)
    see("same" if got == value else "ecn-masked" if got == value & ~3 else "other", set=value)


ARRIVES = rule(
    "options.effect.arrives",
    "The number that was set is the one that packets carry.",
    level=MUST,
    sources=[
        SOCKET2.set_ttl(2, "used in every packet sent from this socket"),
        RFC(3493, "5.1"),
    ],
    behaviours={"carried": CONFORMS, "other": "packets carry another number"},
    needs=["messages"],
)

_EFFECTS = {
    "IP_TTL": ("IPPROTO_IP", "IP_RECVTTL", "IP_TTL"),
    "IP_TOS": ("IPPROTO_IP", "IP_RECVTOS", "IP_TOS"),
    "IPV6_UNICAST_HOPS": ("IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT"),
    "IPV6_TCLASS": ("IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS"),
}


@ARRIVES.case(option=tuple(_EFFECTS))
@given(value=st.integers(1, 255))
def test_arrives(sockets, see, case, value):
    family = V4 if case["option"].startswith("IP_") else V6
    level, receive, kind = _EFFECTS[case["option"]]
    receiver, sender = sockets.udp(family), sockets.udp(family)
    receiver.set_int(level, receive, 1)
    sockets.set_option(sender, level, case["option"], value)
    sender.send_to(b"x", receiver.local_addr())
    sockets.wait(receiver, "POLLIN")
    message = receiver.recvmsg([8], 64)
    wanted = (receiver.number(level), receiver.number(kind))
    carried = [data for lvl, what, data in message.control if (lvl, what) == wanted]
    got = [int.from_bytes(data, receiver.backend.byte_order) for data in carried]
    see("carried" if got == [value] else "other", set=value, got=got)


V6ONLY_LATE = rule(
    "options.v6only.after-bind",
    "IPV6_V6ONLY cannot be changed once the socket is bound.",
    level=SHOULD,
    sources=[KERNEL("net/ipv6/ipv6_sockglue.c", "IPV6_V6ONLY")],
    behaviours={"EINVAL": CONFORMS, "taken": "it is changed"},
)


@V6ONLY_LATE.case(family=V6, type=(STREAM, DGRAM), value=("on", "off"))
def test_v6only_late(sockets, see, case):
    see(outcome(sockets.bound().set_only_v6, case["value"] == "on", ok="taken"))
