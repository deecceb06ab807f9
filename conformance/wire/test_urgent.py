"""How urgent data is seen to travel."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, POSIX, RFC, UNSPECIFIED, rule

from .segments import flags, fresh, opened, payload, shown, windows

POINTER = rule(
    "wire.urgent.pointer",
    "The urgent pointer points to the octet that follows the urgent data.",
    level=MUST,
    sources=[
        RFC(9293, "3.8.5", "The urgent pointer MUST point to the sequence number of the octet"),
        RFC(6093, "4", "the sequence number of the octet following the urgent data"),
    ],
    behaviours={
        "following": CONFORMS,
        "last": "it points to the last octet of the urgent data",
        "elsewhere": "it points to another octet",
        "not-urgent": "no segment has URG",
    },
    needs=["packets", "oob"],
)


@POINTER.case(before=("nothing", "data"), size=("one", "several"), family=INET)
def test_pointer(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    before = b"before" if case["before"] == "data" else b""
    if before:
        ours.send(before)
    urgent = b"!" if case["size"] == "one" else b"several!"
    ours.send_out_of_band(urgent)
    seen.until(lambda _packets: payload(seen.sent()) == before + urgent)
    _see_pointer(see, seen)


FLAG = rule(
    "wire.urgent.flag",
    "Segments have URG while urgent data is outstanding, and not without.",
    level=MUST,
    sources=[RFC(9293, "3.8.5", "The absence of this flag indicates that there is")],
    behaviours={
        "only-urgent": CONFORMS,
        "never": "no segment has URG",
        "always": "segments without urgent data have URG",
    },
    needs=["packets", "oob"],
)


@FLAG.case(family=INET)
def test_flag(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.send(b"plain")
    seen.until(lambda _packets: payload(seen.sent()) == b"plain")
    plain = any("URG" in each.flags for each in seen.sent())
    ours.send_out_of_band(b"!")
    seen.until(lambda _packets: payload(seen.sent()) == b"plain!")
    urgent = any("URG" in each.flags for each in seen.sent())
    see("always" if plain else "only-urgent" if urgent else "never", packets=shown(seen.all))


LONG = rule(
    "wire.urgent.long",
    "The urgent pointer of urgent data that fills many segments points behind its end.",
    level=MUST,
    sources=[
        RFC(9293, "3.8.5", "MUST support a sequence of urgent data of any length"),
        POINTER.sources[0],
    ],
    behaviours=POINTER.behaviours,
    needs=["packets", "oob", "link"],
)


@LONG.case(family=INET)
def test_long(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    size = ours.tcp_mss() * 4
    ours.send_out_of_band(bytes(size))
    theirs.set_out_of_band_inline(True)
    seen.until(lambda _packets: payload(seen.sent()) == bytes(size))
    _see_pointer(see, seen)


def _see_pointer(see, seen):
    told = [each for each in seen.sent() if "URG" in each.flags]
    end = max(each.sequence + len(each.data) for each in seen.sent())
    points = {(each.sequence + each.urgent - end) % 2**32 for each in told}
    names = {frozenset({0}): "following", frozenset({2**32 - 1}): "last"}
    how = names.get(frozenset(points), "elsewhere") if told else "not-urgent"
    see(how, packets=shown(seen.all))


SECOND = rule(
    "wire.urgent.second",
    "The urgent pointer of later urgent data points behind that.",
    level=MUST,
    sources=[POINTER.sources[0]],
    behaviours={
        "behind-later": CONFORMS,
        "behind-earlier": "it still points behind the earlier one",
        "not-urgent": POINTER.behaviours["not-urgent"],
    },
    needs=["packets", "oob"],
)


@SECOND.case(between=("nothing", "data"), family=INET)
def test_second(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nodelay(True)
    seen = sockets.conversation(ours, theirs)
    between = b"between" if case["between"] == "data" else b""
    ours.send_out_of_band(b"1")
    if between:
        ours.send(between)
    ours.send_out_of_band(b"2")
    whole = b"1" + between + b"2"
    seen.until(lambda _packets: payload(seen.sent()) == whole)
    first = min(each.sequence for each in seen.sent() if each.data)
    told = [
        (each.sequence + each.urgent - first) % 2**32
        for each in seen.sent()
        if "URG" in each.flags
    ]
    how = "behind-later" if told and told[-1] == len(whole) else "behind-earlier"
    see(how if told else "not-urgent", told=told, packets=shown(seen.all))


CLEARED = rule(
    "wire.urgent.cleared",
    "Segments behind urgent data that has been acknowledged have no URG.",
    level=MUST,
    sources=[RFC(9293, "3.8.5", "The absence of this flag indicates that there is")],
    behaviours={"cleared": CONFORMS, "still-urgent": "they have URG"},
    needs=["packets", "oob"],
)


@CLEARED.case(by=("data", "fin"), family=INET)
def test_cleared(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.send_out_of_band(b"!")
    seen.until(
        lambda _packets: [
            each
            for each in seen.received()
            if each.acknowledged == (seen.sent()[0].sequence + 1) % 2**32
        ]
    )
    sockets.wait(theirs, "POLLPRI")
    before = len(seen.sent())
    if case["by"] == "data":
        ours.send(b"plain")
    else:
        ours.shutdown("SHUT_WR")
    seen.until(lambda _packets: len(seen.sent()) > before)
    later = seen.sent()[before:]
    has = any("URG" in each.flags for each in later)
    see("still-urgent" if has else "cleared", packets=shown(seen.all))


INLINE = rule(
    "wire.urgent.inline",
    "Whether SO_OOBINLINE of the sender changes what it sends is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", "SO_OOBINLINE", "be placed in the normal data input queue as")
    ],
    behaviours={"unchanged": "it does not", "changed": "it does"},
    needs=["packets", "oob"],
)


@INLINE.case(family=INET)
def test_inline(sockets, see, case):
    told = []
    for inline in (False, True):
        ours, theirs = sockets.connected()
        ours.set_out_of_band_inline(inline)
        seen = sockets.conversation(ours, theirs)
        ours.send_out_of_band(b"several!")
        seen.until(lambda _packets, seen=seen: payload(seen.sent()) == b"several!")
        told.append(
            [(each.data, each.urgent, "URG" in each.flags) for each in fresh(seen.sent())]
        )
    see("unchanged" if told[0] == told[1] else "changed", told=str(told))


CLOSED = rule(
    "wire.urgent.window-zero",
    "Urgent data is announced while the window of the receiver is zero.",
    level=MUST,
    sources=[RFC(9293, "3.4", "A TCP receiver MUST process the RST and URG")],
    behaviours={"announced": CONFORMS, "not-announced": "no segment has URG"},
    needs=["packets", "oob"],
)
HEARD = rule(
    "wire.urgent.window-zero-heard",
    "Urgent data that is announced while the window is zero is reported by POLLPRI.",
    level=MUST,
    sources=[RFC(9293, "3.4", "A TCP receiver MUST process the RST and URG")],
    behaviours={"reported": CONFORMS, "not-reported": "POLLPRI is not set"},
    needs=["packets", "oob", "poll-priority"],
)


@CLOSED.case(end="sender", family=INET)
@HEARD.case(end="receiver", family=INET)
def test_window_zero(sockets, see, case):
    sockets.allowed("net.ipv4.tcp_rmem", 1 << 16)
    receives = "listening" if case["end"] == "sender" else "prepare"
    ours, theirs, seen = opened(
        sockets, **{receives: lambda receiver: receiver.set_recv_buffer_size(4096)}
    )
    ends = (ours, theirs, seen.sent, seen.received)
    if case["end"] == "receiver":
        ends = (theirs, ours, seen.received, seen.sent)
    sender, receiver, packets, answers = ends
    sender.set_send_buffer_size(65536)
    # Room for the urgent byte is left in the sender's queue.
    sender.set_nonblocking(True)
    sender.send(bytes(40_000))
    seen.until(lambda _packets: windows(answers())[-1][1] == 0)
    sender.send_out_of_band(b"!")
    if not seen.shows(lambda _packets: "URG" in flags(packets()), 3.0):
        see("not-announced" if case["end"] == "sender" else "not-reported")
        return
    if case["end"] == "sender":
        see("announced", packets=shown(seen.all[-4:]))
    else:
        see("reported" if receiver.poll("POLLPRI", 1.0) else "not-reported")
