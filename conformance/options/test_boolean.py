"""Options that are on or off: defaults, values, lengths."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SERVER,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .reading import TRUNCATED, TRUNCATES, set_or_skip, truncated, value_of

SOCKET = "SOL_SOCKET"
# Options that POSIX defines as on or off, with its words of what turns them on.
STANDARD = {
    "SO_REUSEADDR": "Non-zero requests reuse of local addresses in bind()",
    "SO_KEEPALIVE": "Non-zero requests periodic transmission of keepalive messages",
    "SO_BROADCAST": "Non-zero requests permission to transmit broadcast datagrams",
    "SO_OOBINLINE": "Non-zero requests that out-of-band data be placed into normal data",
    "SO_DONTROUTE": "Non-zero requests bypass of normal routing",
}
GENERIC = (*STANDARD, "SO_REUSEPORT")
NODELAY, V6ONLY = "TCP_NODELAY", "IPV6_V6ONLY"

LEVELS = {
    **dict.fromkeys(GENERIC, SOCKET),
    NODELAY: "IPPROTO_TCP",
    V6ONLY: "IPPROTO_IPV6",
    "IP_RECVTOS": "IPPROTO_IP",
    "IP_RECVTTL": "IPPROTO_IP",
    "IP_MULTICAST_LOOP": "IPPROTO_IP",
    "IPV6_RECVPKTINFO": "IPPROTO_IPV6",
    "IPV6_RECVHOPLIMIT": "IPPROTO_IPV6",
    "IPV6_RECVTCLASS": "IPPROTO_IPV6",
    "IPV6_MULTICAST_LOOP": "IPPROTO_IPV6",
}
V6_OPTIONS = tuple(name for name in LEVELS if name.startswith("IPV6_"))
V4_OPTIONS = ("IP_RECVTOS", "IP_RECVTTL", "IP_MULTICAST_LOOP")
OF_DATAGRAMS = ("SO_BROADCAST", *V4_OPTIONS, *V6_OPTIONS[1:])

OPTIONS = "Use of Options"
BOOLEAN = [POSIX.chapter("2.10.16", name, quote) for name, quote in STANDARD.items()]
V6ONLY_IS_BOOLEAN = POSIX.chapter(
    "2.10.20", V6ONLY, "a pointer to an int which is used as a Boolean value"
)
SETS = POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument")
READS = POSIX.getsockopt("DESCRIPTION", "shall retrieve the value for the option")

STATE = {"on": "the option is on", "off": "the option is off"}
REFUSED = {"EINVAL": "the length is refused", "EFAULT": "the length is refused"}


def socket_for(sockets, option):
    """A socket that has the option, of the case's family and type where it names them."""
    family = V6 if option in V6_OPTIONS else sockets.case.get("family") or V4
    type = DGRAM if option in OF_DATAGRAMS else STREAM
    return sockets.new(family, sockets.case.get("type") or type)


def state_of(sock, option):
    """Whether the option is on, or the error that reading it fails with."""
    got = []
    how = outcome(lambda: got.append(sock.get_int(LEVELS[option], option)))
    return how if not got else "on" if got[0] else "off"


OFF = rule(
    "options.boolean.default-off",
    "An option whose default is off is off on a new socket.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_REUSEADDR", "The default value for SO_REUSEADDR is off"),
        POSIX.chapter("2.10.16", "SO_KEEPALIVE", "The default value for SO_KEEPALIVE is zero"),
        POSIX.chapter(
            "2.10.16",
            "SO_BROADCAST",
            "ability to send broadcast datagrams on a socket is disabled",
        ),
        POSIX.chapter("2.10.16", "SO_OOBINLINE", "The default for SO_OOBINLINE is off"),
        RFC(9293, "3.8.4", "they MUST default to off"),
        RFC(3542, "6.3", "only if the application has enabled the IPV6_RECVHOPLIMIT"),
        RFC(3542, "6.5", "only if the application has enabled the IPV6_RECVTCLASS"),
    ],
    behaviours={"off": CONFORMS, "on": STATE["on"]},
    aliases=[
        "contracts.option.out-of-band-inline-default",
        "contracts.out-of-band-inline.default",
    ],
)


@OFF.case(
    option=("SO_REUSEADDR", "SO_KEEPALIVE", "SO_BROADCAST", "SO_OOBINLINE"),
    type=(STREAM, DGRAM),
)
@OFF.case(option=("IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS"))  # IPV6_V6ONLY: state.only-v6
def test_default_off(sockets, see, case):
    see(state_of(socket_for(sockets, case["option"]), case["option"]))


ON = rule(
    "options.boolean.default-on",
    "IPV6_MULTICAST_LOOP is on on a new socket.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.20", "IPV6_MULTICAST_LOOP", "as a Boolean value. (Default value: 1)"
        )
    ],
    behaviours={"on": CONFORMS, "off": STATE["off"]},
)


@ON.case(option="IPV6_MULTICAST_LOOP")
def test_default_on(sockets, see, case):
    see(state_of(socket_for(sockets, case["option"]), case["option"]))


DEFAULT = rule(
    "options.boolean.default",
    "Whether an option whose default no standard names is on or off on a new socket is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", OPTIONS, "defined by the protocol level to which they apply")
    ],
    behaviours=STATE,
    split_from=["options.boolean.default-off", "options.boolean.default-on"],
)


@DEFAULT.case(option=("SO_DONTROUTE", "SO_REUSEPORT"), type=(STREAM, DGRAM))
@DEFAULT.case(option=(NODELAY, *V4_OPTIONS, "IPV6_RECVPKTINFO"))
def test_default(sockets, see, case):
    see(state_of(socket_for(sockets, case["option"]), case["option"]))


TRIP = rule(
    "options.boolean.round-trip",
    "An option that is on or off reads back as it was set.",
    level=MUST,
    sources=[SETS, READS],
    behaviours={"same": CONFORMS, "opposite": "it reads back as the opposite"},
)


@TRIP.case(option=GENERIC, type=(STREAM, DGRAM), value=("on", "off"))
@TRIP.case(option=(NODELAY, *V4_OPTIONS, *V6_OPTIONS[1:]), value=("on", "off"))
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
    "Any value but zero turns an option of POSIX on.",
    level=MUST,
    sources=[*BOOLEAN, V6ONLY_IS_BOOLEAN],
    behaviours={"on": CONFORMS, "off": STATE["off"]},
)

NONZERO_ELSEWHERE = rule(
    "options.boolean.nonzero",
    "Whether any value but zero turns an option on that POSIX does not define as a Boolean is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", OPTIONS, "Options at other protocol levels vary in format"),
        MAN.getsockopt(2, "DESCRIPTION", "should be nonzero to enable a boolean option"),
    ],
    behaviours=STATE,
    split_from=["options.boolean.nonzero-is-on"],
)


@NONZERO.case(option=(*STANDARD, V6ONLY), region=("negative", "over-one"))
@NONZERO_ELSEWHERE.case(
    option=("SO_REUSEPORT", NODELAY, "IPV6_RECVTCLASS"), region=("negative", "over-one")
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
    "Whether an option that is on reads back as one is unspecified.",
    level=UNSPECIFIED,
    sources=[
        *BOOLEAN,
        FREEBSD.getsockopt(2, "DESCRIPTION", "non-zero to enable a boolean option"),
    ],
    behaviours={
        "one": "it reads back as one",
        "as-set": "it reads back as the value that was set",
        "another-nonzero": "it reads back as another value that is not zero",
        "off": STATE["off"],
    },
    renamed={"other": "another-nonzero"},
)


@NORMAL.case(option=GENERIC)
@NORMAL.case(option=(NODELAY, V6ONLY))
def test_reads_as_one(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    sockets.set_option(sock, LEVELS[case["option"]], case["option"], 7)
    got = value_of(sock, LEVELS[case["option"]], case["option"])
    see({0: "off", 1: "one", 7: "as-set"}.get(got, "another-nonzero"), got=got)


SHORT = rule(
    "options.boolean.short-value",
    "Whether a value that is shorter than an int is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.getsockopt(2, "EINVAL", "optlen invalid in setsockopt()"),
        MS.setsockopt("Return value, WSAEFAULT", "the optlen parameter is too small"),
    ],
    behaviours={**REFUSED, "accepted": "the call succeeds"},
)


@SHORT.case(option=GENERIC, length=("0", "1", "2", "3"))
@SHORT.case(option=(NODELAY, V6ONLY), length=("0", "1", "2", "3"))
def test_short_value(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    value = b"\1\0\0"[: int(case["length"])]
    level = LEVELS[case["option"]]
    see(outcome(sock.set_option, level, case["option"], value, ok="accepted"))


LONG = rule(
    "options.boolean.long-value",
    "Whether a value that is longer than an int is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SETS,
        MAN.getsockopt(2, "DESCRIPTION", "Most socket-level options utilize an int argument"),
    ],
    behaviours={**STATE, "EINVAL": REFUSED["EINVAL"]},
    renamed={"taken": "on", "ignored": "off"},
)


@LONG.case(option=GENERIC, length=("5", "8", "64"))
def test_long_value(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    value = (1).to_bytes(4, sock.backend.byte_order) + bytes(int(case["length"]) - 4)
    how = outcome(sock.set_option, SOCKET, case["option"], value)
    if how == "succeeds":
        how = "on" if value_of(sock, SOCKET, case["option"]) else "off"
    see(how)


READ_SHORT = rule(
    "options.boolean.short-buffer",
    "Reading an option into a buffer shorter than its value truncates the value silently.",
    level=MUST,
    sources=[TRUNCATES],
    behaviours=TRUNCATED,
)


@READ_SHORT.case(option=GENERIC, length=("1", "2", "3"))
def test_short_buffer(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    outcome(sock.set_int, SOCKET, case["option"], 1)  # a value whose bytes differ
    see(truncated(sock, SOCKET, case["option"], int(case["length"])))


LENGTHS = {4: "int", 1: "byte"}
READ_LONG = rule(
    "options.boolean.long-buffer",
    "Reading an option of POSIX into a longer buffer returns the length of an int.",
    level=MUST,
    sources=[
        POSIX.getsockopt("DESCRIPTION", "modified to indicate the actual length of the value"),
        POSIX.chapter(
            "2.10.16", OPTIONS, "the types of the option value parameters associated with each"
        ),
        V6ONLY_IS_BOOLEAN,
    ],
    behaviours={
        "int": CONFORMS,
        "byte": "one byte",
        "another-length": "neither one byte nor four",
    },
    renamed={"other": "another-length"},
)

READ_LONG_ELSEWHERE = rule(
    "options.boolean.length",
    "Whether an option that POSIX does not define has the length of an int is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", OPTIONS, "Options at other protocol levels vary in format")
    ],
    behaviours={**READ_LONG.behaviours, "int": "four bytes"},
    split_from=["options.boolean.long-buffer"],
    renamed={"other": "another-length"},
)


@READ_LONG.case(option=(*STANDARD, V6ONLY))
@READ_LONG_ELSEWHERE.case(option=("SO_REUSEPORT", NODELAY, "IP_RECVTOS", "IP_MULTICAST_LOOP"))
def test_long_buffer(sockets, see, case):
    sock = socket_for(sockets, case["option"])
    value_of(sock, LEVELS[case["option"]], case["option"])
    got = len(sock.get_option(LEVELS[case["option"]], case["option"], 64))
    see(LENGTHS.get(got, "another-length"), got=got)


INHERITED = rule(
    "options.boolean.inherited",
    "Whether an accepted socket inherits the boolean options of its listener is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "with the same socket type protocol and address family"),
        MAN.tcp(7, "TCP_USER_TIMEOUT", "like many others, will be inherited by the socket"),
    ],
    behaviours={
        "inherited": "the option is on as on the listener",
        "default": "the option is off as on a new socket",
    },
)


@INHERITED.case(
    option=("SO_KEEPALIVE", "SO_OOBINLINE", "SO_REUSEADDR", "TCP_NODELAY"), family=INET
)
def test_inherited(sockets, see, case):
    listener = sockets.listener()
    level = LEVELS[case["option"]]
    set_or_skip(listener, level, case["option"], 1)
    _client, accepted = sockets.client_of(listener)
    see("inherited" if value_of(accepted, level, case["option"]) else "default")


SHARED = rule(
    "options.boolean.not-shared",
    "Setting an option of one socket leaves every other socket as it was.",
    level=MUST,
    sources=[
        POSIX.setsockopt("DESCRIPTION", "for the socket associated with the file descriptor")
    ],
    behaviours={"untouched": CONFORMS, "changed": "the other socket's option changed"},
)


@SHARED.case(option=GENERIC)
@SHARED.case(option=(NODELAY,))
def test_not_shared(sockets, see, case):
    one, other = (socket_for(sockets, case["option"]) for _ in range(2))
    level, option = LEVELS[case["option"]], case["option"]
    before = value_of(other, level, option)
    sockets.set_option(one, level, option, int(not before))
    see("untouched" if value_of(other, level, option) == before else "changed")
