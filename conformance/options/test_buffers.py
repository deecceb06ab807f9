"""SO_RCVBUF and SO_SNDBUF over the whole range of an int."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    SHOULD,
    SOCKET2,
    STREAM,
    TOKIO,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    relation,
    rule,
)

WHICH = ("SO_RCVBUF", "SO_SNDBUF")
ANY = {"which": WHICH, "family": (*INET, UNIX), "type": (STREAM, DGRAM)}
LEVEL = "SOL_SOCKET"


def measured(sockets, option):
    """What 0 and 2**30 read back as: the floor, and the ceiling."""
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
        POSIX.chapter("2.10.16", "SO_RCVBUF"),
        SOCKET2.set_recv_buffer_size(1),
        TOKIO.send_buffer_size(3),
    ],
    behaviours={
        "same": "reads back as set",
        "doubled": "reads back twice the value, to account for bookkeeping",
        "larger": "reads back more than the value, not twice",
        "smaller": "reads back less than the value",
    },
    conforming=["same"],
    aliases=["options.recv-buffer.round-trip"],
)


@ROUND_TRIP.case(region="in-range", **ANY)
@given(share=st.floats(0, 1))
def test_round_trip(sockets, see, case, share):
    floor, ceiling = measured(sockets, case["which"])
    # Half the ceiling is allowed whether a system doubles what is set or not.
    size = int(floor + (ceiling // 2 - floor) * share)
    sock = sockets.new()
    sock.set_int(LEVEL, case["which"], size)
    got = sock.get_int(LEVEL, case["which"])
    see(relation(got, size), set=size, got=got)


FLOOR = rule(
    "options.buffer.under-floor",
    "A buffer size under the system's least one is refused or raised to it.",
    level=SHOULD,
    sources=[POSIX.chapter("2.10.16", "SO_RCVBUF"), TOKIO.send_buffer_size(4)],
    behaviours={
        "raised": "the least size is used",
        "same": "the size is taken as it is",
        "EINVAL": CONFORMS,
        "other": "another size is used",
    },
    conforming=["raised", "same"],
)


@FLOOR.case(region=("zero", "one", "under-floor"), **ANY)
@given(share=st.floats(0, 0.99))
def test_under_floor(sockets, see, case, share):
    floor, _ceiling = measured(sockets, case["which"])
    # The floor is told as accounted for, which may be twice what was set.
    sizes = {"zero": 0, "one": 1, "under-floor": int(floor / 2 * share)}
    size = sizes[case["region"]]
    sock = sockets.new()
    how = outcome(sock.set_int, LEVEL, case["which"], size)
    if how == "succeeds":
        got = sock.get_int(LEVEL, case["which"])
        how = "same" if got == size else "raised" if got == floor else "other"
    see(how, set=size, floor=floor)


CEILING = rule(
    "options.buffer.over-ceiling",
    "A buffer size over the system's largest one is refused or lowered to it.",
    level=SHOULD,
    sources=[
        POSIX.chapter("2.10.16", "SO_RCVBUF"),
        FREEBSD.getsockopt(2, "ENOBUFS"),
        TOKIO.send_buffer_size(4),
    ],
    behaviours={
        "lowered": "the largest size is used",
        "same": "the size is taken as it is: no largest is to be seen",
        "ENOBUFS": CONFORMS,
        "EINVAL": CONFORMS,
        "other": "another size is used",
    },
    conforming=["lowered", "same"],
)


@CEILING.case(region="over-ceiling", **ANY)
@given(size=st.integers(2**28, 2**31 - 1))
def test_over_ceiling(sockets, see, case, size):
    _floor, ceiling = measured(sockets, case["which"])
    sock = sockets.new()
    how = outcome(sock.set_int, LEVEL, case["which"], size)
    if how == "succeeds":
        got = sock.get_int(LEVEL, case["which"])
        how = "same" if got == size else "lowered" if got == ceiling else "other"
    see(how, set=size, ceiling=ceiling)


NEGATIVE = rule(
    "options.buffer.negative",
    "A negative buffer size is refused.",
    level=SHOULD,
    sources=[POSIX.setsockopt("EINVAL"), FREEBSD.getsockopt(2, "EINVAL")],
    behaviours={
        "EINVAL": CONFORMS,
        "largest": "the largest size is used",
        "least": "the least size is used",
        "other": "another size is used",
    },
)


@NEGATIVE.case(region="negative", **ANY)
@given(size=st.integers(-(2**31), -1))
def test_negative(sockets, see, case, size):
    floor, ceiling = measured(sockets, case["which"])
    sock = sockets.new()
    how = outcome(sock.set_int, LEVEL, case["which"], size)
    if how == "succeeds":
        got = sock.get_int(LEVEL, case["which"])
        how = {ceiling: "largest", floor: "least"}.get(got, "other")
    see(how, set=size)


SETTING = rule(
    "options.buffer.ceiling-is-setting",
    "The largest buffer size that can be set is the system's setting.",
    level=MUST,
    sources=[MAN.socket(7, "SO_RCVBUF", "rmem_max"), MAN.socket(7, "SO_SNDBUF", "wmem_max")],
    behaviours={
        "same": "it is the setting",
        "doubled": "it reads back as twice the setting",
        "other": "it is neither",
    },
    conforming=["same", "doubled"],
)


@SETTING.case(**ANY)
def test_ceiling_is_setting(sockets, see, case):
    name = "rmem_max" if case["which"] == "SO_RCVBUF" else "wmem_max"
    setting = sockets.setting(f"net.core.{name}")
    ceiling = measured(sockets, case["which"])[1]
    known = {setting: "same", 2 * setting: "doubled"}
    see(known.get(ceiling, "other"), ceiling=ceiling, setting=setting)


DEFAULT = rule(
    "options.buffer.default-is-setting",
    "A new datagram socket's buffers have the size that the system's settings name.",
    level=MUST,
    sources=[MAN.socket(7, "/proc interfaces", "rmem_default")],
    behaviours={"same": CONFORMS, "other": "another size"},
)


@DEFAULT.case(which=WHICH, family=INET, type=DGRAM)
def test_default_is_setting(sockets, see, case):
    name = "rmem_default" if case["which"] == "SO_RCVBUF" else "wmem_default"
    setting = sockets.setting(f"net.core.{name}")
    got = sockets.new().get_int(LEVEL, case["which"])
    see("same" if got == setting else "other", got=got, setting=setting)


STREAM_DEFAULT = rule(
    "options.buffer.tcp-default-is-setting",
    "A new TCP socket's buffers have the middle size of the system's settings for TCP.",
    level=MUST,
    sources=[MAN.tcp(7, "tcp_rmem"), MAN.tcp(7, "tcp_wmem")],
    behaviours={"same": CONFORMS, "other": "another size"},
)


@STREAM_DEFAULT.case(which=WHICH, family=INET, type=STREAM)
def test_tcp_default_is_setting(sockets, see, case):
    name = "tcp_rmem" if case["which"] == "SO_RCVBUF" else "tcp_wmem"
    middle = sockets.settings.get(f"net.ipv4.{name}", "").split()[1:2]
    setting = int(middle[0]) if middle else sockets.setting(f"net.ipv4.{name}")
    got = sockets.new().get_int(LEVEL, case["which"])
    see("same" if got == setting else "other", got=got, setting=setting)


MONOTONE = rule(
    "options.buffer.monotone",
    "A larger buffer size never reads back as less than a smaller one.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_RCVBUF")],
    behaviours={"ordered": CONFORMS, "disordered": "the larger reads back as less"},
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
    "What an accepted socket takes over of its listener's buffer sizes.",
    level=UNSPECIFIED,
    sources=[
        POSIX.accept("DESCRIPTION"),
        MAN.tcp(7, "DESCRIPTION", "must be set prior to the listen(2) or connect(2) calls"),
    ],
    behaviours={"inherited": "the listener's size", "own": "another size"},
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
