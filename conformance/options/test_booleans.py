"""Options that are on or off: defaults, values, lengths."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    KERNEL,
    MAN,
    MAY,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    STREAM,
    V4,
    V6,
    outcome,
    rule,
)

from .reading import value_of

SOCKET = "SOL_SOCKET"
GENERIC = (
    *("SO_REUSEADDR", "SO_KEEPALIVE", "SO_BROADCAST", "SO_OOBINLINE", "SO_DONTROUTE"),
    "SO_REUSEPORT",
)

# Options that are on or off, with their level and the sockets that have them.
LEVELS = {
    **dict.fromkeys(GENERIC, SOCKET),
    "TCP_NODELAY": "IPPROTO_TCP",
    "IPV6_V6ONLY": "IPPROTO_IPV6",
    "IP_RECVTOS": "IPPROTO_IP",
    "IP_RECVTTL": "IPPROTO_IP",
    "IP_MULTICAST_LOOP": "IPPROTO_IP",
    "IPV6_RECVPKTINFO": "IPPROTO_IPV6",
    "IPV6_RECVHOPLIMIT": "IPPROTO_IPV6",
    "IPV6_RECVTCLASS": "IPPROTO_IPV6",
    "IPV6_MULTICAST_LOOP": "IPPROTO_IPV6",
}
ON_BY_DEFAULT = ("IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP")
TCP_OPTIONS = ("TCP_NODELAY",)
V6_OPTIONS = tuple(name for name in LEVELS if name.startswith("IPV6_"))
V4_OPTIONS = ("IP_RECVTOS", "IP_RECVTTL", "IP_MULTICAST_LOOP")


def socket_for(sockets, option):
    """A socket that has the option."""
    family = V6 if option in V6_OPTIONS else sockets.case.get("family") or V4
    datagram = option.startswith(("IP_", "IPV6_RECV", "IPV6_MULTI"))
    return sockets.new(family, DGRAM if datagram else sockets.case.get("type") or STREAM)


OFF = rule(
    "options.boolean.default-off",
    "An option that is on or off is off on a new socket.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "Use of Options"), RFC(9293, "3.8.4")],
    behaviours={"off": CONFORMS, "on": "it is on"},
)


@OFF.case(option=GENERIC, type=(STREAM, DGRAM))
@OFF.case(option=(*TCP_OPTIONS, "IP_RECVTOS", "IP_RECVTTL"))
@OFF.case(option=("IPV6_V6ONLY", "IPV6_RECVPKTINFO", "IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS"))
def test_default_off(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    got = []
    how = outcome(lambda: got.append(sock.get_int(LEVELS[case["option"]], case["option"])))
    see(how if not got else "on" if got[0] else "off")


ON = rule(
    "options.boolean.default-on",
    "Multicast is looped back to its sender's host unless that is turned off.",
    level=MUST,
    sources=[
        RFC(3493, "5.2"),
        KERNEL("net/ipv4/af_inet.c", "inet_create"),
    ],
    behaviours={"on": CONFORMS, "off": "it is off"},
)


@ON.case(option=ON_BY_DEFAULT)
def test_default_on(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    got = []
    how = outcome(lambda: got.append(sock.get_int(LEVELS[case["option"]], case["option"])))
    see(how if not got else "on" if got[0] else "off")


TRIP = rule(
    "options.boolean.round-trip",
    "An option that is on or off reads back as it was set.",
    level=MUST,
    sources=[POSIX.setsockopt("DESCRIPTION"), POSIX.getsockopt("DESCRIPTION")],
    behaviours={"same": CONFORMS, "opposite": "it reads back as the opposite"},
)


@TRIP.case(option=GENERIC, type=(STREAM, DGRAM), value=("on", "off"))
@TRIP.case(option=(*TCP_OPTIONS, *V4_OPTIONS, *V6_OPTIONS), value=("on", "off"))
def test_round_trip(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    level, wanted = LEVELS[case["option"]], case["value"] == "on"
    # By way of the opposite, so that a setter that does nothing shows.
    sockets.set_option(sock, level, case["option"], int(not wanted))
    sockets.set_option(sock, level, case["option"], int(wanted))
    got = value_of(sock, level, case["option"])
    see("same" if bool(got) is wanted else "opposite", got=got)


NONZERO = rule(
    "options.boolean.nonzero-is-on",
    "Any value but zero turns an option on.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "Use of Options"), POSIX.setsockopt("DESCRIPTION")],
    behaviours={
        "on": CONFORMS,
        "off": "the option stays off",
        "EINVAL": "the value is refused",
    },
)


@NONZERO.case(option=GENERIC, region=("negative", "over-one"))
@NONZERO.case(
    option=("TCP_NODELAY", "IPV6_V6ONLY", "IPV6_RECVTCLASS"), region=("negative", "over-one")
)
@given(magnitude=st.integers(1, 2**31 - 2))
@example(magnitude=255)  # with the next one, numbers whose lowest byte is zero
@example(magnitude=256)
def test_nonzero(sockets, see, case, magnitude):
    sock = socket_for(sockets, case["option"])
    value = -magnitude if case["region"] == "negative" else magnitude + 1
    level = LEVELS[case["option"]]
    how = outcome(sock.set_int, level, case["option"], value)
    if how == "succeeds":
        how = "on" if value_of(sock, level, case["option"]) else "off"
    see(how, set=value)


NORMAL = rule(
    "options.boolean.reads-as-one",
    "An option that is on reads back as a value that is not zero, which may be one.",
    level=MAY,
    sources=[POSIX.getsockopt("DESCRIPTION"), FREEBSD.getsockopt(2, "DESCRIPTION")],
    behaviours={
        "one": CONFORMS,
        "as-set": "the value that was set",
        "other": "another value that is not zero",
        "off": "zero",
    },
    conforming=["other", "as-set"],
)


@NORMAL.case(option=GENERIC)
@NORMAL.case(option=("TCP_NODELAY", "IPV6_V6ONLY"))
def test_reads_as_one(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    sockets.set_option(sock, LEVELS[case["option"]], case["option"], 7)
    got = value_of(sock, LEVELS[case["option"]], case["option"])
    see({0: "off", 1: "one", 7: "as-set"}.get(got, "other"), got=got)


SHORT = rule(
    "options.boolean.short-value",
    "A value that is shorter than an int is refused.",
    level=SHOULD,
    sources=[POSIX.setsockopt("EINVAL", "option is invalid"), MS.setsockopt("WSAEFAULT")],
    behaviours={"EINVAL": CONFORMS, "EFAULT": CONFORMS, "accepted": "the value is taken"},
)


@SHORT.case(option=GENERIC, length=("0", "1", "2", "3"))
@SHORT.case(option=("TCP_NODELAY", "IPV6_V6ONLY"), length=("0", "1", "2", "3"))
def test_short_value(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    value = b"\1\0\0"[: int(case["length"])]
    level = LEVELS[case["option"]]
    see(outcome(sock.set_option, level, case["option"], value, ok="accepted"))


LONG = rule(
    "options.boolean.long-value",
    "Of a value that is longer than an int the first bytes count.",
    level=SHOULD,
    sources=[POSIX.setsockopt("DESCRIPTION")],
    behaviours={
        "taken": "the option is on",
        "ignored": "the option stays off",
        "EINVAL": "the value is refused",
    },
    conforming=["taken", "EINVAL"],
)


@LONG.case(option=GENERIC, length=("5", "8", "64"))
def test_long_value(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    value = (1).to_bytes(4, sock.backend.byte_order) + bytes(int(case["length"]) - 4)
    how = outcome(sock.set_option, SOCKET, case["option"], value)
    if how == "succeeds":
        how = "taken" if value_of(sock, SOCKET, case["option"]) else "ignored"
    see(how)


READ_SHORT = rule(
    "options.boolean.short-buffer",
    "Reading into a buffer shorter than the value cuts the value off silently.",
    level=MUST,
    sources=[POSIX.getsockopt("DESCRIPTION", "the value stored in the object pointed to by")],
    behaviours={
        "cut-off": "as many bytes as there is room for",
        "longer": "more bytes than there is room for",
        "shorter": "fewer bytes than there is room for",
        "empty": "no bytes",
        "EINVAL": "it is refused",
        "EFAULT": "it is refused",
    },
    conforming=["cut-off"],
)


@READ_SHORT.case(option=GENERIC, length=("1", "2", "3"))
def test_short_buffer(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    room = int(case["length"])
    how = outcome(sock.get_option, SOCKET, case["option"], room)
    if how == "succeeds":
        got = len(sock.get_option(SOCKET, case["option"], room))
        how = "cut-off" if got == room else "longer" if got > room else "shorter"
        how = how if got else "empty"
    see(how)


READ_LONG = rule(
    "options.boolean.long-buffer",
    "Reading into a longer buffer answers an int.",
    level=SHOULD,
    sources=[POSIX.getsockopt("DESCRIPTION"), POSIX.chapter("2.10.16", "Use of Options")],
    behaviours={"int": "four bytes", "byte": "one byte", "other": "another length"},
    conforming=["int"],
)


@READ_LONG.case(option=GENERIC)
@READ_LONG.case(option=("TCP_NODELAY", "IPV6_V6ONLY", "IP_RECVTOS", "IP_MULTICAST_LOOP"))
def test_long_buffer(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    value_of(sock, LEVELS[case["option"]], case["option"])
    got = len(sock.get_option(LEVELS[case["option"]], case["option"], 64))
    see({4: "int", 1: "byte"}.get(got, "other"), got=got)


INHERITED = rule(
    "options.boolean.inherited",
    "What an accepted socket takes over from its listener.",
    level=MAY,
    sources=[
        POSIX.accept("DESCRIPTION"),
        MAN.tcp(7, "TCP_USER_TIMEOUT", "like many others, will be inherited by the socket"),
    ],
    behaviours={"inherited": CONFORMS, "default": CONFORMS},
)


@INHERITED.case(
    option=("SO_KEEPALIVE", "SO_OOBINLINE", "SO_REUSEADDR", "TCP_NODELAY"), family=INET
)
def test_inherited(sockets, see, case):
    listener = sockets.listener()
    level = LEVELS[case["option"]]
    how = outcome(listener.set_int, level, case["option"], 1)
    if how != "succeeds":
        see(how)
        return
    _client, accepted = sockets.client_of(listener)
    see("inherited" if value_of(accepted, level, case["option"]) else "default")


SHARED = rule(
    "options.boolean.not-shared",
    "Setting an option of one socket leaves every other socket as it was.",
    level=MUST,
    sources=[POSIX.setsockopt("DESCRIPTION", "the socket associated with the file descriptor")],
    behaviours={"untouched": CONFORMS, "changed": "the other socket's option changed"},
)


@SHARED.case(option=GENERIC)
@SHARED.case(option=("TCP_NODELAY",))
def test_not_shared(sockets, see, case):
    one, other = (socket_for(sockets, case["option"]) for _ in range(2))
    sockets.set_option(one, LEVELS[case["option"]], case["option"], 1)
    see("changed" if value_of(other, LEVELS[case["option"]], case["option"]) else "untouched")
