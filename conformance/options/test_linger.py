"""SO_LINGER: the two fields of its value."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    SERVER,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .linger import LEVEL, NAME, layout, most, put, value
from .ranges import DRAWN, within
from .reading import TRUNCATED, TRUNCATES, truncated

ANY = {"family": (*INET, UNIX), "type": (STREAM, DGRAM)}
ON_OFF = POSIX.header(
    "sys/socket.h", "struct linger", "l_onoff Indicates whether linger option is enabled"
)
SECONDS = POSIX.header("sys/socket.h", "struct linger", "int l_linger Linger time, in seconds")
ZERO_IS_OFF = POSIX.chapter("2.10.16", "SO_LINGER", "zero, or off, for the l_onoff element")
SETS = POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument")

OFF_MEANS = "the socket does not linger"
REFUSED = "the value is refused"


DEFAULT = rule(
    "options.linger.default",
    "A new socket does not linger.",
    level=MUST,
    sources=[ZERO_IS_OFF],
    behaviours={"off": CONFORMS, "on": "the socket lingers"},
)


@DEFAULT.case(**ANY)
def test_default(sockets, see, case):
    got = []
    how = outcome(lambda: got.append(value(sockets.new())))
    see(how if not got else "on" if got[0][0] else "off")


ROUND_TRIP = rule(
    "options.linger.round-trip",
    "A linger time reads back as it was set.",
    level=MUST,
    sources=[SETS, SECONDS],
    behaviours={
        "same": CONFORMS,
        "off": OFF_MEANS,
        "shorter-time": "it reads back as a shorter time",
        "longer-time": "it reads back as a longer time",
    },
    renamed={"shorter": "shorter-time", "longer": "longer-time"},
)


@ROUND_TRIP.case(region=("zero", "seconds", "hours"), family=(*INET, UNIX))
@given(drawn=DRAWN)
def test_round_trip(sockets, see, case, drawn):
    # The longest time that a short holds is 327 s where it counts hundredths of a second.
    ends = {"zero": (0, 0), "seconds": (1, 327), "hours": (328, 32767)}
    wanted = within(*ends[case["region"]], drawn)
    sock = sockets.new()
    put(sock, 1, wanted)
    on, got = value(sock)
    how = "same" if got == wanted else "shorter-time" if got < wanted else "longer-time"
    see(how if on else "off", set=wanted, got=got)


LARGE = rule(
    "options.linger.large",
    "A linger time that exceeds 15 bits reads back as it was set, or setting it fails.",
    level=MUST,
    sources=[SETS, SECONDS],
    behaviours={
        "same": CONFORMS,
        "EDOM": CONFORMS,
        "EINVAL": CONFORMS,
        "cut-off": "it reads back as its low 16 bits",
        "another-time": "it reads back as another time",
        "off": OFF_MEANS,
    },
    renamed={"other": "another-time"},
)


@LARGE.case(region=("over-short", "over-unsigned-short", "most"), family=V4)
@given(drawn=DRAWN)
def test_large(sockets, see, case, drawn):
    ends = {
        "over-short": (2**15, 2**16 - 1),
        "over-unsigned-short": (2**16, 2**31 - 2),
        "most": (2**31 - 1, 2**31 - 1),
    }
    wanted = within(*ends[case["region"]], drawn)
    sock = sockets.new()
    how = outcome(put, sock, 1, wanted)
    if how == "succeeds":
        on, got = value(sock)
        cut = got & 0xFFFF == wanted & 0xFFFF
        how = "same" if got == wanted else "cut-off" if cut else "another-time"
        how = how if on else "off"
    see(how, set=wanted)


NEGATIVE = rule(
    "options.linger.negative",
    "Whether a negative linger time is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SECONDS,
        MAN.getsockopt(2, "EINVAL", "this error can also occur for an invalid value in optval"),
    ],
    behaviours={
        "EINVAL": REFUSED,
        "EDOM": REFUSED,
        "same": "it reads back as it was set",
        "another-time": "it reads back as another time",
        "off": OFF_MEANS,
    },
    renamed={"other": "another-time"},
)


@NEGATIVE.case(region=("minus-one", "negative"), family=V4)
@given(seconds=st.integers(-(2**31), -2))
def test_negative(sockets, see, case, seconds):
    wanted = -1 if case["region"] == "minus-one" else seconds
    sock = sockets.new()
    how = outcome(put, sock, 1, wanted)
    if how == "succeeds":
        on, got = value(sock)
        how = "off" if not on else "same" if got == wanted else "another-time"
    see(how, set=wanted)


NONZERO = rule(
    "options.linger.nonzero-is-on",
    "Any value of l_onoff but zero turns lingering on.",
    level=MUST,
    sources=[ON_OFF, ZERO_IS_OFF],
    behaviours={"on": CONFORMS, "off": OFF_MEANS},
)


@NONZERO.case(region=("negative", "over-one"), family=V4)
@given(size=st.integers(1, 2**31 - 2))
@example(size=2**16 - 1)  # with the next one, numbers whose low half is zero
@example(size=2**16)
def test_nonzero(sockets, see, case, size):
    sock = sockets.new()
    wanted = -size if case["region"] == "negative" else within(2, most(sock), size - 1)
    how = outcome(put, sock, wanted, 5)
    if how == "succeeds":
        how = "on" if value(sock)[0] else "off"
    see(how, set=wanted)


READS_AS = rule(
    "options.linger.reads-as",
    "Whether the l_onoff of a socket that lingers reads back as one is unspecified.",
    level=UNSPECIFIED,
    sources=[ON_OFF],
    behaviours={
        "one": "it reads back as one",
        "as-set": "it reads back as it was set",
        "another-nonzero": "it reads back as another value that is not zero",
        "off": OFF_MEANS,
    },
    renamed={"other": "another-nonzero", "zero": "off"},
)


@READS_AS.case(family=(*INET, UNIX))
def test_reads_as(sockets, see, case):
    sock = sockets.new()
    put(sock, 7, 3)
    got = value(sock)[0]
    see({0: "off", 1: "one", 7: "as-set"}.get(got, "another-nonzero"), got=got)


OFF = rule(
    "options.linger.off-again",
    "A zero l_onoff turns lingering off, whatever the linger time.",
    level=MUST,
    sources=[ON_OFF, ZERO_IS_OFF],
    behaviours={"off": CONFORMS, "on": "the socket lingers"},
)


@OFF.case(region=("no-time", "same-time", "other-time"), family=(*INET, UNIX))
def test_off(sockets, see, case):
    sock = sockets.new()
    put(sock, 1, 5)
    put(sock, 0, {"no-time": 0, "same-time": 5, "other-time": 9}[case["region"]])
    see("on" if value(sock)[0] else "off")


OFF_TIME = rule(
    "options.linger.time-while-off",
    "Whether a socket that does not linger keeps its last linger time is unspecified.",
    level=UNSPECIFIED,
    sources=[ON_OFF, SECONDS],
    behaviours={
        "kept": "it has the time that was in force before",
        "given": "it has the time that came with turning lingering off",
        "zero": "it has no time",
        "another-time": "it reads back as another time",
    },
    renamed={"other": "another-time"},
)


@OFF_TIME.case(family=(V4, UNIX))
def test_time_while_off(sockets, see, case):
    sock = sockets.new()
    put(sock, 1, 5)
    put(sock, 0, 9)
    see({5: "kept", 9: "given", 0: "zero"}.get(value(sock)[1], "another-time"))


SHORT = rule(
    "options.linger.short-value",
    "Whether a value that is shorter than struct linger is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.getsockopt(2, "EINVAL", "optlen invalid in setsockopt()"),
        MS.setsockopt("Return value, WSAEFAULT", "the optlen parameter is too small"),
    ],
    behaviours={
        "EINVAL": REFUSED,
        "EFAULT": REFUSED,
        "accepted": "the call succeeds",
        "changed": "the call fails, and the option changes all the same",
    },
)


@SHORT.case(length=("0", "1", "half", "one-less"), family=(V4, UNIX))
def test_short_value(sockets, see, case):
    sock = sockets.new()
    form = layout(sock)
    whole = form.pack(1, 3)
    cut = {"0": 0, "1": 1, "half": form.size // 2, "one-less": form.size - 1}
    how = outcome(sock.set_option, LEVEL, NAME, whole[: cut[case["length"]]], ok="accepted")
    see("changed" if how != "accepted" and value(sock)[0] else how)


LONG = rule(
    "options.linger.long-value",
    "Whether a value that is longer than struct linger is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SETS,
        MAN.socket(7, "SO_LINGER", "The argument is a linger structure"),
    ],
    behaviours={
        "first-bytes": "it reads back as the first bytes of the value",
        "EINVAL": REFUSED,
        "altered": "other bytes than the first of the value",
    },
    renamed={"taken": "first-bytes", "other": "altered"},
)


@LONG.case(family=(V4, UNIX))
def test_long_value(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.set_option, LEVEL, NAME, layout(sock).pack(1, 3) + b"\xff" * 8)
    if how == "succeeds":
        on, seconds = value(sock)
        how = "first-bytes" if on and seconds == 3 else "altered"
    see(how)


READ_SHORT = rule(
    "options.linger.short-buffer",
    "Reading SO_LINGER into a buffer shorter than struct linger truncates it silently.",
    level=MUST,
    sources=[TRUNCATES],
    behaviours=TRUNCATED,
    renamed={"other": "altered"},
)


@READ_SHORT.case(length=("1", "half", "one-less"), family=(V4, UNIX))
def test_short_buffer(sockets, see, case):
    sock = sockets.new()
    put(sock, 1, 3)
    size = layout(sock).size
    room = {"1": 1, "half": size // 2, "one-less": size - 1}[case["length"]]
    see(truncated(sock, LEVEL, NAME, room))


INHERITED = rule(
    "options.linger.inherited",
    "Whether an accepted socket inherits the linger time of its listener is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "with the same socket type protocol and address family")
    ],
    behaviours={
        "inherited": "it lingers for the listener's time",
        "off": OFF_MEANS,
        "another-time": "it reads back as another time",
    },
    renamed={"other": "another-time"},
)


@INHERITED.case(family=(*INET, UNIX))
def test_inherited(sockets, see, case):
    listener = sockets.listener()
    put(listener, 1, 5)
    _client, accepted = sockets.client_of(listener)
    on, seconds = value(accepted)
    see("off" if not on else "inherited" if seconds == 5 else "another-time")


AFTER_RESET = rule(
    "options.linger.after-end",
    "Whether SO_LINGER can be set once the connection has ended is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.setsockopt("EINVAL", "or the socket has been shut down")],
    behaviours={"accepted": "the call succeeds"},
)


@AFTER_RESET.case(family=INET, end=("reset", "shut-both"))
def test_after_end(sockets, see, case):
    sock = sockets.reset() if case["end"] == "reset" else sockets.connected()[0]
    if case["end"] == "shut-both":
        sock.shutdown("SHUT_RDWR")
    see(outcome(put, sock, 1, 3, ok="accepted"))
