"""SO_RCVBUF and SO_SNDBUF over the whole range of an int."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    ALONE,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    POSIX,
    SERVER,
    SHOULD,
    STREAM,
    TOKIO,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    relation,
    rule,
)

from .ranges import DRAWN, within

WHICH = ("SO_RCVBUF", "SO_SNDBUF")
ANY = {"which": WHICH, "family": (*INET, UNIX), "type": (STREAM, DGRAM)}
LEVEL = "SOL_SOCKET"

RECEIVE = POSIX.chapter(
    "2.10.16", "SO_RCVBUF", "requests that the buffer space allocated for receive operations"
)
SEND = POSIX.chapter(
    "2.10.16", "SO_SNDBUF", "requests that the buffer space allocated for send operations"
)
DEFAULT_RECEIVE = POSIX.chapter(
    "2.10.16",
    "SO_RCVBUF",
    "The default value for the SO_RCVBUF option value is implementation-defined",
)
DEFAULT_SEND = POSIX.chapter(
    "2.10.16",
    "SO_SNDBUF",
    "The default value for the SO_SNDBUF option value is implementation-defined",
)
CLAMPS = TOKIO.send_buffer_size(
    5, "Most operating systems have minimum and maximum allowed sizes"
)

SAME = "reads back as it was set"
ANOTHER = "reads back as another size"


def measured(sockets, option):
    """What 0 and 2**30 read back as: the least size, and the largest."""
    sock = sockets.new()
    ends = []
    for value in (0, 2**30):
        outcome(sock.set_int, LEVEL, option, value)
        ends.append(sock.get_int(LEVEL, option))
    return ends


ROUND_TRIP = rule(
    "options.buffer.round-trip",
    "A buffer size that the system allows reads back as it was set.",
    level=SHOULD,
    sources=[
        RECEIVE,
        SEND,
        TOKIO.send_buffer_size(7, "Linux will double the buffer size to account for internal"),
    ],
    behaviours={
        "same": SAME,
        "doubled": "reads back as twice the size, to account for bookkeeping",
        "larger": "reads back as more than the size, not twice",
        "smaller": "reads back as less than the size",
    },
    conforming=["same"],
    aliases=["options.recv-buffer.round-trip"],
)


@ROUND_TRIP.case(region="in-range", **ANY)
@given(drawn=DRAWN)
def test_round_trip(sockets, see, case, drawn):
    floor, ceiling = measured(sockets, case["which"])
    # Half the ceiling is allowed whether a system doubles what is set or not.
    size = within(floor, ceiling // 2, drawn)
    sock = sockets.new()
    sock.set_int(LEVEL, case["which"], size)
    got = sock.get_int(LEVEL, case["which"])
    see(relation(got, size), set=size, got=got)


FLOOR = rule(
    "options.buffer.under-floor",
    "Whether a buffer size below the system's minimum is raised to it is unspecified.",
    level=UNSPECIFIED,
    sources=[CLAMPS, MAN.socket(7, "SO_SNDBUF", "value for this option is 2048")],
    behaviours={
        "raised": "reads back as the least size",
        "same": SAME,
        "EINVAL": "the size is refused",
        "another-size": ANOTHER,
    },
    renamed={"other": "another-size"},
)


@FLOOR.case(region=("zero", "one", "under-floor"), **ANY)
@given(drawn=DRAWN)
def test_under_floor(sockets, see, case, drawn):
    floor, _ceiling = measured(sockets, case["which"])
    # The floor may read back as twice what was set.
    sizes = {"zero": 0, "one": 1, "under-floor": within(0, floor // 2 - 1, drawn)}
    size = sizes[case["region"]]
    sock = sockets.new()
    how = outcome(sock.set_int, LEVEL, case["which"], size)
    if how == "succeeds":
        got = sock.get_int(LEVEL, case["which"])
        how = "same" if got == size else "raised" if got == floor else "another-size"
    see(how, set=size, floor=floor)


CEILING = rule(
    "options.buffer.over-ceiling",
    "Whether a buffer size above the system's maximum is lowered to it is unspecified.",
    level=UNSPECIFIED,
    sources=[
        CLAMPS,
        FREEBSD.getsockopt(
            2, "SO_RCVBUF", "The system places an absolute maximum on these values"
        ),
    ],
    behaviours={
        "lowered": "reads back as the largest size",
        "same": SAME,
        "ENOBUFS": "the size is refused",
        "EINVAL": "the size is refused",
        "another-size": ANOTHER,
    },
    renamed={"other": "another-size"},
)


@CEILING.case(region="over-ceiling", **ANY)
@given(size=st.integers(2**28, 2**31 - 1))
def test_over_ceiling(sockets, see, case, size):
    _floor, ceiling = measured(sockets, case["which"])
    sock = sockets.new()
    how = outcome(sock.set_int, LEVEL, case["which"], size)
    if how == "succeeds":
        got = sock.get_int(LEVEL, case["which"])
        how = "same" if got == size else "lowered" if got == ceiling else "another-size"
    see(how, set=size, ceiling=ceiling)


NEGATIVE = rule(
    "options.buffer.negative",
    "Whether a negative buffer size is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RECEIVE,
        SEND,
        MAN.getsockopt(2, "EINVAL", "this error can also occur for an invalid value in optval"),
    ],
    behaviours={
        "EINVAL": "the size is refused",
        "largest": "reads back as the largest size",
        "least": "reads back as the least size",
        "another-size": ANOTHER,
    },
    renamed={"other": "another-size"},
)


@NEGATIVE.case(region="negative", **ANY)
@given(size=st.integers(-(2**31), -1))
def test_negative(sockets, see, case, size):
    floor, ceiling = measured(sockets, case["which"])
    sock = sockets.new()
    how = outcome(sock.set_int, LEVEL, case["which"], size)
    if how == "succeeds":
        got = sock.get_int(LEVEL, case["which"])
        how = {ceiling: "largest", floor: "least"}.get(got, "another-size")
    see(how, set=size)


SETTING = rule(
    "options.buffer.ceiling-is-setting",
    "Whether the largest buffer size is the system's setting is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.socket(7, "SO_RCVBUF", "value is set by the /proc/sys/net/core/rmem_max file"),
        MAN.socket(7, "SO_SNDBUF", "value is set by the /proc/sys/net/core/wmem_max file"),
    ],
    behaviours={
        "setting": "it is the setting",
        "twice-the-setting": "it reads back as twice the setting",
        "another-size": ANOTHER,
    },
    renamed={"same": "setting", "doubled": "twice-the-setting", "other": "another-size"},
)


@SETTING.case(**ANY)
def test_ceiling_is_setting(sockets, see, case):
    name = "rmem_max" if case["which"] == "SO_RCVBUF" else "wmem_max"
    setting = sockets.setting(f"net.core.{name}")
    ceiling = measured(sockets, case["which"])[1]
    known = {setting: "setting", 2 * setting: "twice-the-setting"}
    see(known.get(ceiling, "another-size"), ceiling=ceiling, setting=setting)


DEFAULT = rule(
    "options.buffer.default-is-setting",
    "Whether a new socket's buffers have the size that the system's settings name is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        DEFAULT_RECEIVE,
        DEFAULT_SEND,
        MAN.socket(7, "SO_RCVBUF", "value is set by the /proc/sys/net/core/rmem_default file"),
        MAN.tcp(7, "tcp_rmem", "a vector of 3 integers: [min, default, max]"),
    ],
    behaviours={"setting": "it is the setting", "another-size": ANOTHER},
    renamed={"same": "setting", "other": "another-size"},
    aliases=["options.buffer.tcp-default-is-setting"],
)


@DEFAULT.case(which=WHICH, family=INET, type=(STREAM, DGRAM))
def test_default_is_setting(sockets, see, case):
    letter = "r" if case["which"] == "SO_RCVBUF" else "w"
    if case["type"] == DGRAM:
        setting = sockets.setting(f"net.core.{letter}mem_default")
    else:
        # The least, the usual and the largest size of TCP.
        name = f"net.ipv4.tcp_{letter}mem"
        usual = sockets.settings.get(name, "").split()[1:2]
        setting = int(usual[0]) if usual else sockets.setting(name)
    got = sockets.new().get_int(LEVEL, case["which"])
    see("setting" if got == setting else "another-size", got=got, setting=setting)


MONOTONE = rule(
    "options.buffer.monotone",
    "Whether a larger buffer size always reads back as no less than a smaller one is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[RECEIVE, SEND],
    behaviours={
        "ordered": "the larger size reads back as no less",
        "disordered": "the larger size reads back as less",
    },
)


@MONOTONE.case(which=WHICH, family=V4, type=(STREAM, DGRAM))
@given(sizes=st.lists(st.integers(1, 2**31 - 1), min_size=2, max_size=2).map(sorted))
def test_monotone(sockets, see, case, sizes):
    got = []
    for size in sizes:
        sock = sockets.new()
        outcome(sock.set_int, LEVEL, case["which"], size)
        got.append(sock.get_int(LEVEL, case["which"]))
    see("ordered" if got[0] <= got[1] else "disordered", set=sizes, got=got)


INHERITED = rule(
    "options.buffer.inherited",
    "Whether an accepted socket inherits the buffer sizes of its listener is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "with the same socket type protocol and address family"),
        MAN.tcp(7, "DESCRIPTION", "must be set prior to the listen(2) or connect(2) calls"),
    ],
    behaviours={"inherited": "it has the listener's size", "own": "it has another size"},
)


@INHERITED.case(which=WHICH, family=(*INET, UNIX))
def test_inherited(sockets, see, case):
    listener = sockets.bound()
    listener.set_int(LEVEL, case["which"], 40000)
    wanted = listener.get_int(LEVEL, case["which"])
    listener.listen(4)
    _client, accepted = sockets.client_of(listener)
    got = accepted.get_int(LEVEL, case["which"])
    see("inherited" if got == wanted else "own", got=got, listener=wanted)


HOLDS = rule(
    "options.buffer.holds",
    "Whether more bytes of a stream can wait where a buffer is larger is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.chapter("2.10.16", "SO_SNDBUF", "total buffer space allocated for send"),
        MAN.unix(7, "Sockets API", "socket option does have an effect for UNIX domain sockets"),
    ],
    behaviours={
        "more": "more bytes wait than with a small buffer",
        "as-many": "as many bytes wait as with a small buffer",
        "fewer": "fewer bytes wait than with a small buffer",
    },
)


_FIXED = 1 << 14  # bytes
_NO_LIMIT = 1 << 30  # bytes


def _steady(sockets, ours, other, which):
    """Nothing but the buffer of that option decides how much waits.

    What has been set does not grow by itself, and settings can limit what is not yet sent.
    """
    outcome(other.set_int, LEVEL, "SO_SNDBUF" if which == "SO_RCVBUF" else "SO_RCVBUF", _FIXED)
    limit = "TCP_NOTSENT_LOWAT"
    if sockets.family != UNIX and sockets.backend.constant(limit) is not None:
        outcome(ours.set_int, "IPPROTO_TCP", limit, _NO_LIMIT)


@HOLDS.case(which=WHICH, family=(*INET, UNIX))
def test_holds(sockets, see, case):
    counts = []
    for size in (8192, 1 << 17):
        listener, ours = sockets.listener(), sockets.new()
        ends = (listener, ours) if case["which"] == "SO_RCVBUF" else (ours, listener)
        ends[0].set_int(LEVEL, case["which"], size)
        _steady(sockets, ours, ends[1], case["which"])
        ours.connect(listener.local_addr())
        sockets.accepted(listener)
        counts.append(sockets.fill(ours))
    small, large = counts
    how = "as-many" if small == large else "more" if large > small else "fewer"
    see(how, small=small, large=large)
