"""What the socket2 document says of options, on the face that implements it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.api import TcpKeepalive
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    SOCKET2,
    STREAM,
    TOKIO,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

LINGER_SECONDS = rule(
    "contracts.linger.whole-seconds",
    "A linger time of whole seconds reads back as it was set.",
    level=MUST,
    sources=[SOCKET2.set_linger(4, "most OSs the duration only has a precision of seconds")],
    behaviours={"same": CONFORMS, "other": "another time", "off": "lingering is off"},
)


@LINGER_SECONDS.case(family=INET, type=STREAM)
@given(seconds=st.integers(0, 32767))
def test_linger_seconds(sockets, see, case, seconds):
    sock = sockets.new()
    sock.set_linger(float(seconds))
    got = sock.linger()
    see("off" if got is None else "same" if got == seconds else "other", set=seconds, got=got)


LINGER_FRACTION = rule(
    "contracts.linger.fraction",
    "A fraction of a second in a linger time is cut off.",
    level=MUST,
    sources=[SOCKET2.set_linger(4, "will be silently truncated")],
    behaviours={
        "cut-off": "the whole seconds remain",
        "rounded-up": "the next whole second",
        "kept": "the fraction is kept",
        "off": "lingering is off",
    },
    conforming=["cut-off"],
)


@LINGER_FRACTION.case(family=INET, region=("under-a-second", "over-a-second"))
@given(whole=st.integers(1, 1000), fraction=st.sampled_from([0.25, 0.5, 0.75]))
def test_linger_fraction(sockets, see, case, whole, fraction):
    sock = sockets.new()
    base = 0 if case["region"] == "under-a-second" else whole
    sock.set_linger(base + fraction)
    names = {base: "cut-off", base + 1: "rounded-up", base + fraction: "kept", None: "off"}
    see(names[sock.linger()], set=base + fraction)


LINGER_ABORTS = rule(
    "contracts.linger.fraction-keeps-lingering",
    "A linger time under a second lingers: the peer reads everything and the end.",
    level=MUST,
    sources=[SOCKET2.set_linger(1, "will not return until all queued messages")],
    behaviours={
        "delivered": "the data and the end",
        "aborted": "the connection is reset",
    },
    conforming=["delivered"],
)


@LINGER_ABORTS.case(family=INET)
def test_linger_aborts(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_linger(0.5)
    ours.send(b"last words")
    ours.close()
    sockets.wait_for_end(theirs)
    first = outcome(theirs.recv, 64)
    last = outcome(theirs.recv, 64)
    see(
        "delivered" if (first, last) == ("succeeds", "succeeds") else "aborted",
        first=first,
        last=last,
    )


LINGER_NONE = rule(
    "contracts.linger.none",
    "Without a linger time lingering is off.",
    level=MUST,
    sources=[SOCKET2.set_linger(2, "Otherwise, the call returns immediately")],
    behaviours={"off": CONFORMS, "on": "lingering is on"},
)


@LINGER_NONE.case(family=(*INET, UNIX), before=("fresh", "set"))
def test_linger_none(sockets, see, case):
    sock = sockets.new()
    if case["before"] == "set":
        sock.set_linger(3.0)
        sock.set_linger(None)
    see("off" if sock.linger() is None else "on")


LINGER_HUGE = rule(
    "contracts.linger.huge",
    "A linger time that the system's field cannot hold is not taken for another one.",
    level=UNSPECIFIED,
    sources=[SOCKET2.set_linger(4)],
    behaviours={
        "same": "it reads back as it was set",
        "clamped": "the longest time that the field holds",
        "wrapped": "a time that was never meant",
        "zero": "no time at all: closing aborts",
        "off": "lingering is off",
    },
)


@LINGER_HUGE.case(family=V4, seconds=("65536", "2147483648", "4294967296"))
def test_linger_huge(sockets, see, case):
    sock = sockets.new()
    wanted = float(case["seconds"])
    how = outcome(sock.set_linger, wanted)
    if how != "succeeds":
        see(how)
        return
    got = sock.linger()
    if got is None or got == wanted:
        see("off" if got is None else "same")
    else:
        # What the field of a short or an int, signed or not, holds at the most.
        most = got in {2.0**bits - 1 for bits in (15, 16, 31, 32)}
        see("zero" if got == 0 else "clamped" if most else "wrapped", got=got)


TIMEOUT_NONE = rule(
    "contracts.timeout.none",
    "Without a time limit reading and writing may block for ever.",
    level=MUST,
    sources=[SOCKET2.set_read_timeout(2), SOCKET2.set_write_timeout(2)],
    behaviours={"none": CONFORMS, "limited": "there is a limit"},
)


@TIMEOUT_NONE.case(family=(*INET, UNIX), which=("read", "write"), before=("fresh", "set"))
def test_timeout_none(sockets, see, case):
    sock = sockets.new()
    setter = getattr(sock, f"set_{case['which']}_timeout")
    if case["before"] == "set":
        setter(3.0)
        setter(None)
    see("none" if getattr(sock, f"{case['which']}_timeout")() is None else "limited")


TIMEOUT_ZERO = rule(
    "contracts.timeout.zero",
    "A time limit of zero is none.",
    level=UNSPECIFIED,
    sources=[SOCKET2.set_read_timeout(2), SOCKET2.set_write_timeout(2)],
    behaviours={"none": "no limit", "limited": "there is a limit", "EINVAL": "it is refused"},
)


@TIMEOUT_ZERO.case(family=V4, which=("read", "write"))
def test_timeout_zero(sockets, see, case):
    sock = sockets.new()
    how = outcome(getattr(sock, f"set_{case['which']}_timeout"), 0.0)
    if how == "succeeds":
        how = "none" if getattr(sock, f"{case['which']}_timeout")() is None else "limited"
    see(how)


TIMEOUT_TINY = rule(
    "contracts.timeout.tiny",
    "A time limit that is not zero is a limit, however short.",
    level=MUST,
    sources=[SOCKET2.set_read_timeout(1), SOCKET2.set_write_timeout(1)],
    behaviours={"limited": CONFORMS, "none": "there is no limit: it blocks for ever"},
)


@TIMEOUT_TINY.case(family=V4, which=("read", "write"), region=("under-1-us", "from-1-us"))
@given(nanoseconds=st.integers(1, 999))
def test_timeout_tiny(sockets, see, case, nanoseconds):
    sock = sockets.new()
    unit = 1e-9 if case["region"] == "under-1-us" else 1e-6
    getattr(sock, f"set_{case['which']}_timeout")(nanoseconds * unit)
    got = getattr(sock, f"{case['which']}_timeout")()
    see("none" if got is None else "limited", set=nanoseconds * unit, got=got)


SIZE_WRAPS = rule(
    "contracts.buffer-size.wide",
    "A buffer size that does not fit a C int is not taken for a smaller one.",
    level=MUST,
    sources=[SOCKET2.set_recv_buffer_size(1), SOCKET2.set_send_buffer_size(1)],
    behaviours={
        "not-smaller": "the buffer is as large as the system allows",
        "wrapped": "only the low 32 bits are used",
        "EINVAL": "it is refused",
    },
    conforming=["not-smaller", "EINVAL"],
)


@SIZE_WRAPS.case(family=V4, which=("recv", "send"))
def test_size_wraps(sockets, see, case):
    sock = sockets.new()
    setter = getattr(sock, f"set_{case['which']}_buffer_size")
    getter = getattr(sock, f"{case['which']}_buffer_size")
    setter(2**30)
    largest = getter()
    how = outcome(setter, 2**32 + 8192)
    if how == "succeeds":
        how = "not-smaller" if getter() >= largest else "wrapped"
    see(how, got=getter())


ERROR_TAKEN = rule(
    "contracts.take-error.clears",
    "Taking the pending error clears it.",
    level=MUST,
    sources=[SOCKET2.take_error(2, "clearing the field in the process")],
    behaviours={
        "cleared": "the first answers an error, the second none",
        "kept": "the second answers it again",
        "none": "there is no error at all",
    },
    conforming=["cleared"],
)


@ERROR_TAKEN.case(family=INET)
def test_error_taken(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, sockets.dead_address())
    sockets.wait(sock, "POLLOUT")
    first, second = sock.take_error(), sock.take_error()
    if first is None:
        see("none")
    else:
        see("cleared" if second is None else "kept", first=first)


NO_ERROR = rule(
    "contracts.take-error.none",
    "A socket without trouble has no pending error.",
    level=MUST,
    sources=[SOCKET2.take_error(1), TOKIO.take_error(1)],
    behaviours={"none": CONFORMS, "some": "there is an error"},
)


@NO_ERROR.case(family=(*INET, UNIX), type=(STREAM, DGRAM), state=("fresh", "connected"))
def test_no_error(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.connected()[0]
    see("none" if sock.take_error() is None else "some")


KEEPALIVE_ENABLES = rule(
    "contracts.tcp-keepalive.enables",
    "Setting keepalive parameters enables keepalive.",
    level=MUST,
    sources=[SOCKET2.set_tcp_keepalive(3, "This will enable SO_KEEPALIVE on this socket")],
    behaviours={"enabled": CONFORMS, "disabled": "SO_KEEPALIVE stays off"},
)


@KEEPALIVE_ENABLES.case(family=INET, parameters=("none", "time", "all"))
def test_keepalive_enables(sockets, see, case):
    sock = sockets.new()
    chosen = {
        "none": TcpKeepalive(),
        "time": TcpKeepalive(time=60),
        "all": TcpKeepalive(time=60, interval=5, retries=4),
    }
    how = outcome(sock.set_tcp_keepalive, chosen[case["parameters"]])
    see(how if how != "succeeds" else "enabled" if sock.keepalive() else "disabled")


KEEPALIVE_KEPT = rule(
    "contracts.tcp-keepalive.others-kept",
    "Keepalive parameters that are not given may keep their values.",
    level=UNSPECIFIED,
    sources=[SOCKET2.set_tcp_keepalive(4, "may be overwritten with their default values")],
    behaviours={"kept": "they are as before", "overwritten": "they have other values"},
)


@KEEPALIVE_KEPT.case(family=INET)
def test_keepalive_kept(sockets, see, case):
    sock = sockets.new()
    first = TcpKeepalive(time=60, interval=5, retries=4)
    refused = {outcome(sock.set_tcp_keepalive, each) for each in (first, TcpKeepalive(time=90))}
    if refused != {"succeeds"}:
        see(*refused - {"succeeds"})
        return
    got = (sock.tcp_keepalive_interval(), sock.tcp_keepalive_retries())
    see("kept" if got == (5.0, 4) else "overwritten", got=got)


KEEPALIVE_PARTIAL = rule(
    "contracts.tcp-keepalive.refused-leaves-enabled",
    "When the keepalive time is refused SO_KEEPALIVE is as it was.",
    level=UNSPECIFIED,
    sources=[SOCKET2.set_tcp_keepalive(3)],
    behaviours={
        "as-before": "it stays off",
        "enabled": "it is on although the call failed",
        "accepted": "the time is not refused",
    },
)


@KEEPALIVE_PARTIAL.case(family=INET, time=("zero", "under-a-second"))
def test_keepalive_partial(sockets, see, case):
    sock = sockets.new()
    time = 0.0 if case["time"] == "zero" else 0.5
    how = outcome(sock.set_tcp_keepalive, TcpKeepalive(time=time))
    if how == "succeeds":
        see("accepted")
    else:
        see("enabled" if sock.keepalive() else "as-before", error=how)


MULTICAST_DEFAULT = rule(
    "contracts.multicast.default-one",
    "Multicast does not leave the local network unless asked to: its default reach is 1.",
    level=MUST,
    sources=[
        SOCKET2.set_multicast_ttl_v4(2, "The default value is 1"),
        SOCKET2.set_multicast_hops_v6(2, "The default value is 1"),
    ],
    behaviours={"one": CONFORMS, "other": "another value"},
)


@MULTICAST_DEFAULT.case(family=(V4, V6), type=DGRAM)
def test_multicast_default(sockets, see, case):
    sock = sockets.new()
    read = sock.multicast_hops_v6 if case["family"] == V6 else sock.multicast_ttl_v4
    got = []
    how = outcome(lambda: got.append(read()))
    see(how if not got else "one" if got == [1] else "other")


OOB_FLAG = rule(
    "contracts.out-of-band-inline.default",
    "Out-of-band data is not in the stream unless asked for.",
    level=MUST,
    sources=[SOCKET2.set_out_of_band_inline(2, "passed only when the MSG_OOB flag is set")],
    behaviours={"off": CONFORMS, "on": "SO_OOBINLINE is on"},
)


@OOB_FLAG.case(family=INET)
def test_oob_default(sockets, see, case):
    see("on" if sockets.new().out_of_band_inline() else "off")


BROADCAST = rule(
    "contracts.broadcast.allows",
    "With SO_BROADCAST datagrams may be sent to a broadcast address.",
    level=MUST,
    sources=[SOCKET2.set_broadcast(2, "is allowed to send packets to a broadcast address")],
    behaviours={"sent": CONFORMS, "EACCES": "it is refused"},
)


@BROADCAST.case(family=V4, type=DGRAM)
def test_broadcast(sockets, see, case):
    receiver = sockets.new()
    receiver.bind(sockets.wildcard())
    sock = sockets.new()
    sock.set_broadcast(True)
    address = ("127.255.255.255", receiver.local_addr().port)
    see(outcome(sock.send_to, b"to all", address, ok="sent"))


REUSE_LISTENING = rule(
    "contracts.reuse-address.listening",
    "With SO_REUSEADDR an IPv4 socket may bind where another one listens.",
    level=MUST,
    sources=[SOCKET2.set_reuse_address(3, "even when there's a socket already listening")],
    behaviours={"bound": CONFORMS, "EADDRINUSE": "it is refused", "EACCES": "it is forbidden"},
)


@REUSE_LISTENING.case(family=V4, set_on=("second", "both"))
def test_reuse_listening(sockets, see, case):
    first = sockets.new()
    first.set_reuse_address(case["set_on"] == "both")
    first.bind(sockets.loopback())
    first.listen(4)
    second = sockets.new()
    second.set_reuse_address(True)
    see(outcome(second.bind, first.local_addr(), ok="bound"))


NEVER_UNINITIALISED = rule(
    "contracts.recv.never-beyond",
    "Receiving writes no byte of the buffer beyond those that it counts.",
    level=MUST,
    sources=[SOCKET2.recv(3, "promises to not write uninitialised bytes to the buffer")],
    behaviours={"exact": "as many bytes come back as were sent", "beyond": "more come back"},
    conforming=["exact"],
)


@NEVER_UNINITIALISED.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
@given(sent=st.binary(min_size=1, max_size=64), room=st.integers(65, 4096))
def test_never_beyond(sockets, see, case, sent, room):
    ours, theirs = sockets.connected()
    theirs.send(sent)
    sockets.wait(ours, "POLLIN")
    got = ours.recv(room)
    see("exact" if got == sent else "beyond", sent=sent, got=got, room=room)
