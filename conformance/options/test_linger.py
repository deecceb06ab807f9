"""SO_LINGER: its two fields, and what closing does with unsent data."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAY,
    MS,
    MUST,
    POSIX,
    SHOULD,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    WINE,
    XNU,
    outcome,
    rule,
)

from .linger import LEVEL, NAME, layout, put, told

ANY = {"family": (*INET, UNIX), "type": (STREAM, DGRAM)}
FIELDS = POSIX.header("sys/socket.h", "struct linger", "l_linger")


DEFAULT = rule(
    "options.linger.default",
    "A new socket does not linger.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_LINGER"), SOCKET2.linger(1)],
    behaviours={"off": CONFORMS, "on": "it lingers"},
)


@DEFAULT.case(**ANY)
def test_default(sockets, see, case):
    on = []
    how = outcome(lambda: on.append(told(sockets.new())[0]), ok="off")
    see("on" if on == [True] else how)


ROUND_TRIP = rule(
    "options.linger.round-trip",
    "A linger time reads back as it was set.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_LINGER"), FIELDS],
    behaviours={
        "same": CONFORMS,
        "off": "lingering is off",
        "shorter": "a shorter time",
        "longer": "a longer time",
    },
)


@ROUND_TRIP.case(region=("zero", "seconds", "hours"), family=(*INET, UNIX))
@given(share=st.floats(0, 1))
def test_round_trip(sockets, see, case, share):
    least, most = {"zero": (0, 0), "seconds": (1, 327), "hours": (328, 32767)}[case["region"]]
    wanted = least + int((most - least) * share)
    sock = sockets.new()
    put(sock, 1, wanted)
    on, got = told(sock)
    how = "same" if got == wanted else "shorter" if got < wanted else "longer"
    see(how if on else "off", set=wanted, got=got)


LARGE = rule(
    "options.linger.large",
    "A linger time of any positive int reads back as it was set, or is refused.",
    level=SHOULD,
    sources=[FIELDS, XNU("bsd/kern/uipc_socket.c", "SO_LINGER")],
    behaviours={
        "same": CONFORMS,
        "EDOM": CONFORMS,
        "EINVAL": CONFORMS,
        "cut-off": "only its low 16 bits are kept",
        "other": "another time",
        "off": "lingering is off",
    },
)


@LARGE.case(region=("over-short", "over-unsigned-short", "most"), family=V4)
@given(share=st.floats(0, 1))
def test_large(sockets, see, case, share):
    ends = {
        "over-short": (2**15, 2**16 - 1),
        "over-unsigned-short": (2**16, 2**31 - 2),
        "most": (2**31 - 1, 2**31 - 1),
    }
    least, most = ends[case["region"]]
    wanted = least + int((most - least) * share)
    sock = sockets.new()
    how = outcome(put, sock, 1, wanted)
    if how == "succeeds":
        on, got = told(sock)
        cut = got & 0xFFFF == wanted & 0xFFFF
        how = "same" if got == wanted else "cut-off" if cut else "other"
        how = how if on else "off"
    see(how, set=wanted)


NEGATIVE = rule(
    "options.linger.negative",
    "A negative linger time is refused.",
    level=SHOULD,
    sources=[POSIX.setsockopt("EINVAL"), FIELDS],
    behaviours={
        "EINVAL": CONFORMS,
        "EDOM": CONFORMS,
        "same": "it reads back as it was set",
        "other": "another time than was set",
        "off": "lingering is off",
    },
)


@NEGATIVE.case(region=("minus-one", "negative"), family=V4)
@given(seconds=st.integers(-(2**31), -2))
def test_negative(sockets, see, case, seconds):
    wanted = -1 if case["region"] == "minus-one" else seconds
    sock = sockets.new()
    how = outcome(put, sock, 1, wanted)
    if how == "succeeds":
        on, got = told(sock)
        how = "off" if not on else "same" if got == wanted else "other"
    see(how, set=wanted)


NONZERO = rule(
    "options.linger.nonzero-is-on",
    "Any value of l_onoff but zero turns lingering on.",
    level=MUST,
    sources=[FIELDS, SOCKET2.set_linger(1)],
    behaviours={"on": CONFORMS, "off": "it stays off", "EINVAL": "it is refused"},
)


@NONZERO.case(region=("negative", "over-one"), family=V4)
@given(size=st.integers(1, 2**31 - 2))
@example(size=2**16 - 1)  # with the next one, numbers whose low half is zero
@example(size=2**16)
def test_nonzero(sockets, see, case, size):
    value = -size if case["region"] == "negative" else size + 1
    sock = sockets.new()
    how = outcome(put, sock, value, 5)
    if how == "succeeds":
        how = "on" if told(sock)[0] else "off"
    see(how, set=value)


READS_AS = rule(
    "options.linger.reads-as",
    "The l_onoff of a socket that lingers reads back as a value that is not zero.",
    level=MAY,
    sources=[
        POSIX.chapter("2.10.16", "SO_LINGER"),
        XNU("bsd/kern/uipc_socket.c", "sogetoptlock"),
    ],
    behaviours={
        "one": CONFORMS,
        "as-set": CONFORMS,
        "other": CONFORMS,
        "zero": "zero",
    },
)


@READS_AS.case(family=(*INET, UNIX))
def test_reads_as(sockets, see, case):
    sock = sockets.new()
    put(sock, 7, 3)
    see({0: "zero", 1: "one", 7: "as-set"}.get(told(sock)[0], "other"))


OFF = rule(
    "options.linger.off-again",
    "Lingering that is turned off is off, whatever time is given with it.",
    level=MUST,
    sources=[FIELDS, SOCKET2.set_linger(2)],
    behaviours={"off": CONFORMS, "on": "it still lingers"},
)


@OFF.case(region=("no-time", "same-time", "other-time"), family=(*INET, UNIX))
def test_off(sockets, see, case):
    sock = sockets.new()
    put(sock, 1, 5)
    put(sock, 0, {"no-time": 0, "same-time": 5, "other-time": 9}[case["region"]])
    see("on" if told(sock)[0] else "off")


OFF_TIME = rule(
    "options.linger.time-while-off",
    "The time of a socket that does not linger is the last one that was in force, or given.",
    level=UNSPECIFIED,
    sources=[FIELDS, KERNEL("net/core/sock.c", "SO_LINGER")],
    behaviours={
        "kept": "the time that was in force before",
        "given": "the time that came with turning it off",
        "zero": "no time",
        "other": "another time",
    },
)


@OFF_TIME.case(family=(V4, UNIX))
def test_time_while_off(sockets, see, case):
    sock = sockets.new()
    put(sock, 1, 5)
    put(sock, 0, 9)
    see({5: "kept", 9: "given", 0: "zero"}.get(told(sock)[1], "other"))


SHORT = rule(
    "options.linger.short-value",
    "A value shorter than struct linger is refused and changes nothing.",
    level=SHOULD,
    sources=[POSIX.setsockopt("EINVAL"), MS.setsockopt("WSAEFAULT")],
    behaviours={
        "EINVAL": CONFORMS,
        "EFAULT": CONFORMS,
        "accepted": "it is taken",
        "changed": "it is refused, and the option changes all the same",
    },
)


@SHORT.case(length=("0", "1", "half", "one-less"), family=(V4, UNIX))
def test_short_value(sockets, see, case):
    sock = sockets.new()
    form = layout(sock)
    whole = form.pack(1, 3)
    cut = {"0": 0, "1": 1, "half": form.size // 2, "one-less": form.size - 1}
    how = outcome(sock.set_option, LEVEL, NAME, whole[: cut[case["length"]]], ok="accepted")
    see("changed" if how != "accepted" and told(sock)[0] else how)


LONG = rule(
    "options.linger.long-value",
    "Of a value longer than struct linger the first bytes count, or it is refused.",
    level=MAY,
    sources=[POSIX.setsockopt("DESCRIPTION"), XNU("bsd/kern/uipc_socket.c", "sooptcopyin")],
    behaviours={"taken": CONFORMS, "EINVAL": CONFORMS, "other": "something else is set"},
)


@LONG.case(family=(V4, UNIX))
def test_long_value(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.set_option, LEVEL, NAME, layout(sock).pack(1, 3) + b"\xff" * 8)
    if how == "succeeds":
        on, seconds = told(sock)
        how = "taken" if on and seconds == 3 else "other"
    see(how)


READ_SHORT = rule(
    "options.linger.short-buffer",
    "Reading into a buffer shorter than struct linger cuts the value off silently.",
    level=MUST,
    sources=[POSIX.getsockopt("DESCRIPTION", "silently truncated")],
    behaviours={
        "cut-off": CONFORMS,
        "other": "other bytes than the first of the value",
        "EINVAL": "it is refused",
        "EFAULT": "it is refused",
    },
)


@READ_SHORT.case(length=("1", "half", "one-less"), family=(V4, UNIX))
def test_short_buffer(sockets, see, case):
    sock = sockets.new()
    put(sock, 1, 3)
    size = layout(sock).size
    room = {"1": 1, "half": size // 2, "one-less": size - 1}[case["length"]]
    how = outcome(sock.get_option, LEVEL, NAME, room)
    if how == "succeeds":
        whole = sock.get_option(LEVEL, NAME, size)
        how = "cut-off" if sock.get_option(LEVEL, NAME, room) == whole[:room] else "other"
    see(how)


INHERITED = rule(
    "options.linger.inherited",
    "An accepted socket lingers as its listener does, or does not linger.",
    level=UNSPECIFIED,
    sources=[POSIX.accept("DESCRIPTION"), WINE("dlls/ws2_32/tests/sock.c", "SO_LINGER")],
    behaviours={"inherited": "the listener's time", "off": "off", "other": "another time"},
)


@INHERITED.case(family=(*INET, UNIX))
def test_inherited(sockets, see, case):
    listener = sockets.listener()
    put(listener, 1, 5)
    _client, accepted = sockets.client_of(listener)
    on, seconds = told(accepted)
    see("off" if not on else "inherited" if seconds == 5 else "other")
