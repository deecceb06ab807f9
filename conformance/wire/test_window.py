"""What the window that segments tell says of buffers, and how the other end heeds it."""

from __future__ import annotations

import itertools

from sockspec.errors import Unsupported
from sockspec.spec import CONFORMS, INET, MAN, MUST, POSIX, RFC, SHOULD, UNSPECIFIED, rule

from .segments import beyond, choke, opened, option, payload, shown, windows

BUFFER = POSIX.chapter(
    "2.10.16", "SO_RCVBUF", "requests that the buffer space allocated for receive operations"
)
PROBED = RFC(9293, "3.8.6.1", "Probing of zero (offered) windows MUST be supported (MUST-36).")


def _filled(sockets, size=4096):
    """A connection whose receiver, ours, has no room any more: what its peer got rid of."""
    ours, theirs, seen = opened(sockets, lambda sock: sock.set_recv_buffer_size(size))
    theirs.set_nodelay(True)
    taken = choke(theirs)
    return ours, theirs, seen, taken


FIRST = rule(
    "wire.window.first",
    "Whether the window of a SYN is larger than the receive buffer is unspecified.",
    level=UNSPECIFIED,
    sources=[BUFFER],
    behaviours={"smaller": "it is smaller", "same": "it is as large", "larger": "it is larger"},
    needs=["packets"],
)


@FIRST.case(size=("4096", "16384", "65536"), family=INET)
def test_first(sockets, see, case):
    ours, _theirs, seen = opened(
        sockets, lambda sock: sock.set_recv_buffer_size(int(case["size"]))
    )
    size, told = ours.recv_buffer_size(), seen.sent()[0].window
    see(
        "same" if told == size else "larger" if told > size else "smaller", told=told, size=size
    )


GROWS = rule(
    "wire.window.follows-buffer",
    "Whether a larger receive buffer gives the SYN a larger window is unspecified.",
    level=UNSPECIFIED,
    sources=[BUFFER],
    behaviours={"larger": FIRST.behaviours["larger"], "not-larger": "it is not larger"},
    needs=["packets"],
)


@GROWS.case(family=INET)
def test_follows_buffer(sockets, see, case):
    told = []
    for size in (4096, 32768):
        *_, seen = opened(sockets, lambda sock, size=size: sock.set_recv_buffer_size(size))
        told.append(seen.sent()[0].window)
    see("larger" if told[1] > told[0] else "not-larger", told=told)


CLOSES = rule(
    "wire.window.closes",
    "Whether the window is zero when the receive buffer is full is unspecified.",
    level=UNSPECIFIED,
    sources=[BUFFER, RFC(9293, "3.8.6", "Indicating a large window encourages transmissions.")],
    behaviours={"zero": "it is", "not-zero": "it is not"},
    needs=["packets"],
)


@CLOSES.case(size=("4096", "16384"), family=INET)
def test_closes(sockets, see, case):
    sockets.allowed("net.ipv4.tcp_rmem", 1 << 16)
    ours, _theirs, seen, _taken = _filled(sockets, int(case["size"]))

    def told():
        return min(window for _, window in windows(seen.sent()))

    # The sender may have room no more before the last of it is with the receiver.
    seen.shows(lambda _packets: told() == 0, within=1.0)
    if sockets.peer is not None and 0 < told() < ours.tcp_mss():
        # The peer may keep back what would be a short segment (RFC 9293, 3.8.6.2.1).
        raise Unsupported("a full window", f"the peer leaves {told()} bytes of it")
    see("not-zero" if told() else "zero", told=told())


SHRUNK = rule(
    "wire.window.not-shrunk",
    "The right edge of the window is never moved to the left.",
    level=SHOULD,
    sources=[RFC(9293, "3.8.6", "window edge to the left (SHLD-14)")],
    behaviours={"kept": CONFORMS, "shrunk": "it is moved to the left"},
    needs=["packets"],
)


@SHRUNK.case(buffer=("as-it-was", "made-smaller"), family=INET)
def test_not_shrunk(sockets, see, case):
    ours, theirs, seen = opened(sockets, lambda sock: sock.set_recv_buffer_size(32768))
    theirs.send(bytes(1000))
    sockets.wait(ours, "POLLIN")
    if case["buffer"] == "made-smaller":
        ours.set_recv_buffer_size(4096)
    choke(theirs, at_once=65536)
    edges = [acknowledged + window for acknowledged, window in windows(seen.sent())]
    back = any(beyond(after, before) < 0 for before, after in itertools.pairwise(edges))
    see("shrunk" if back else "kept", windows=windows(seen.sent()))


OBEYED = rule(
    "wire.window.obeyed",
    "No data is sent beyond the window that the peer told, but for a probe of one octet.",
    level=MUST,
    sources=[
        RFC(9293, "3.8.6", "segments that fit the current window"),
        RFC(9293, "3.8.6.1", "must regularly transmit at least one octet"),
    ],
    behaviours={"within": CONFORMS, "beyond": "data is sent beyond it"},
    needs=["packets"],
)


@OBEYED.case(size=("4096", "16384"), family=INET)
def test_obeyed(sockets, see, case):
    ours, theirs, seen = opened(
        sockets,
        listening=lambda listener: listener.set_recv_buffer_size(int(case["size"])),
    )
    choke(ours)
    sockets.received(theirs, 1000)
    syn = next(each for each in seen.received() if "SYN" in each.flags)
    shift, edge, over = option(syn, 3) or 0, None, 0
    for each in seen.all:
        if each.source == syn.source:
            scaled = each.window << (0 if "SYN" in each.flags else shift)
            told = each.acknowledged + scaled
            edge = told if edge is None or beyond(told, edge) > 0 else edge
        elif each.data and edge is not None:
            over = max(over, beyond(each.sequence + len(each.data), edge))
    see("within" if over <= 1 else "beyond", over=over)


OPENS = rule(
    "wire.window.update",
    "Reading from a full receive buffer has a window told that is not zero.",
    level=MUST,
    sources=[RFC(9293, "3.8.6.1", "has a zero window the reopening of the window will be")],
    behaviours={"told-again": CONFORMS, "still-zero": "the window stays zero"},
    needs=["packets"],
)


@OPENS.case(family=INET)
def test_update(sockets, see, case):
    ours, _theirs, seen, _taken = _filled(sockets)
    closed = len(windows(seen.sent()))
    while ours.poll("POLLIN", 0.05):
        ours.recv(65536)

    def open_again():
        return [window for _, window in windows(seen.sent())[closed:] if window]

    if not seen.shows(lambda _packets: open_again(), 2.0):
        see("still-zero", packets=shown(seen.all))
        return
    see("told-again", packets=shown(seen.sent()))


SILLY = rule(
    "wire.window.silly",
    "Reading one byte of a full receive buffer does not open the window.",
    level=MUST,
    sources=[RFC(9293, "3.8.6.2.2", "include a SWS avoidance algorithm in the")],
    behaviours={
        "stays-closed": CONFORMS,
        "opened": "its right edge moves by less than a segment",
    },
    needs=["packets"],
)


@SILLY.case(family=INET)
def test_silly(sockets, see, case):
    ours, _theirs, seen, _taken = _filled(sockets)
    closed = len(windows(seen.sent()))
    ours.recv(1)
    ours.send(b"x")  # which tells the window, too
    seen.until(lambda _packets: payload(seen.sent()) == b"x")
    edges = [acknowledged + window for acknowledged, window in windows(seen.sent())]
    moved = max(beyond(edge, edges[closed - 1]) for edge in edges[closed:])
    least = min(ours.recv_buffer_size() // 2, 1200)
    see("opened" if 0 < moved < least else "stays-closed", moved=moved)


PROBE = rule(
    "wire.window.probed",
    "A window of zero is probed while there is data to send.",
    level=MUST,
    sources=[PROBED],
    behaviours={"probed": CONFORMS, "not-probed": "nothing is sent"},
    needs=["packets"],
)


@PROBE.case(family=INET)
def test_probed(sockets, see, case):
    ours, _theirs, seen = opened(
        sockets, listening=lambda listener: listener.set_recv_buffer_size(4096)
    )
    choke(ours)
    closed = len(seen.sent())
    if not seen.shows(lambda _packets: len(seen.sent()) > closed):
        see("not-probed", packets=shown(seen.all))
        return
    see("probed", packets=shown(seen.all[-4:]))


ANSWERED = rule(
    "wire.window.probe-acknowledged",
    "A probe of a window of zero is acknowledged, with the window.",
    level=MUST,
    sources=[
        RFC(9293, "3.8.6.1", "an acknowledgment showing its next expected sequence number")
    ],
    behaviours={"acknowledged": CONFORMS, "unacknowledged": "nothing is sent"},
    needs=["packets"],
)


@ANSWERED.case(family=INET)
def test_probe_acknowledged(sockets, see, case):
    _ours, _theirs, seen, _taken = _filled(sockets)
    probes, answers = len(seen.received()), len(seen.sent())
    seen.until(lambda _packets: len(seen.received()) > probes)
    if not seen.shows(lambda _packets: len(seen.sent()) > answers, 1.0):
        see("unacknowledged", packets=shown(seen.all))
        return
    see("acknowledged", packets=shown(seen.all[-4:]))


RESUMES = rule(
    "wire.window.resumes",
    "What waited for a window of zero is sent when it opens.",
    level=MUST,
    sources=[
        PROBED,
        RFC(9293, "2.2", "TCP provides a reliable, in-order, byte-stream service to"),
    ],
    behaviours={"all-sent": CONFORMS, "part-lost": "not all of it arrives"},
    needs=["packets"],
)


@RESUMES.case(family=INET)
def test_resumes(sockets, see, case):
    ours, theirs, seen = opened(
        sockets, listening=lambda listener: listener.set_recv_buffer_size(4096)
    )
    taken = choke(ours)
    ours.shutdown("SHUT_WR")
    got = len(sockets.received(theirs, taken + 1))
    see(
        "all-sent" if got == taken else "part-lost", got=got, taken=taken, seen=len(seen.look())
    )


CLAMP = rule(
    "wire.window.clamp",
    "Whether TCP_WINDOW_CLAMP bounds the window is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_WINDOW_CLAMP", "Bound the size of the advertised window")],
    behaviours={"bounded": "no window is larger", "exceeded": "a window is larger"},
    needs=["packets"],
)


@CLAMP.case(set=("before", "after"), family=INET)
def test_clamp(sockets, see, case):
    sockets.allowed("net.ipv4.tcp_rmem", 1 << 16)

    def clamp(sock):
        sockets.set_option(sock, "IPPROTO_TCP", "TCP_WINDOW_CLAMP", 4096)

    before = case["set"] == "before"
    ours, theirs, seen = opened(sockets, clamp if before else lambda _sock: None)
    theirs.send(b"x")
    sockets.received(ours, 1)
    first = 0
    if not before:
        seen.until(lambda _packets: len(seen.sent()) > 1)
        clamp(ours)
        first = len(windows(seen.sent()))
    for _ in range(2):
        theirs.send(b"y")
        sockets.received(ours, 1)
        ours.send(b"z")
        sockets.received(theirs, 1)
    seen.until(lambda _packets: payload(seen.sent()) == b"zz")
    told = max(window for _, window in windows(seen.sent())[first:])
    see("bounded" if told <= 4096 else "exceeded", told=told)
