"""How a connection is seen to end: FIN or RST."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNSPECIFIED,
    rule,
)

from .segments import SEEN, ended, ending, flags, payload, shown

FINAL = RFC(9293, "3.10.4", "form a FIN segment and send it. In any case, enter FIN-WAIT-1")
LOST = RFC(9293, "3.6.1", "SHOULD send a RST to show that data was lost (SHLD-3)")

CLOSE = rule(
    "wire.ending.close",
    "Closing a connection on which nothing is unread, or shutting down its sending, sends FIN.",
    level=MUST,
    sources=[
        FINAL,
        POSIX.shutdown("DESCRIPTION, SHUT_WR", "Disables further send operations."),
    ],
    behaviours={**SEEN, "fin": CONFORMS},
    needs=["packets"],
)


@CLOSE.case(by=("close", "shut-write", "shut-both"), family=INET)
def test_close(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    if case["by"] == "close":
        ours.close()
    else:
        ours.shutdown("SHUT_WR" if case["by"] == "shut-write" else "SHUT_RDWR")
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


SHUT_READ = rule(
    "wire.ending.shut-read",
    "Whether shutting down the receiving of a connection sends anything is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.shutdown("DESCRIPTION, SHUT_RD", "Disables further receive operations.")],
    behaviours=SEEN,
    needs=["packets"],
)


@SHUT_READ.case(family=INET)
def test_shut_read(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.shutdown("SHUT_RD")
    # What the call itself sends comes before what is sent after it.
    ours.send(b"x")
    seen.until(lambda _packets: payload(seen.sent()) == b"x")
    see(ending(seen.sent()), packets=shown(seen.all))


UNREAD = rule(
    "wire.ending.unread",
    "Closing a connection on which received data is unread sends RST.",
    level=SHOULD,
    sources=[LOST],
    behaviours={**SEEN, "rst": CONFORMS},
    needs=["packets"],
)


@UNREAD.case(read=("none", "some"), family=INET)
def test_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"never read")
    sockets.wait(ours, "POLLIN")
    if case["read"] == "some":
        ours.recv(5)
    seen = sockets.conversation(ours, theirs)
    ours.close()
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


LATE = rule(
    "wire.ending.late-data",
    "Data that arrives after a connection was closed causes a RST.",
    level=SHOULD,
    sources=[LOST, RFC(9293, "3.6.1", "or if new data is received after CLOSE is called")],
    behaviours={**SEEN, "rst": CONFORMS},
    needs=["packets"],
)


@LATE.case(family=INET)
def test_late_data(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.close()
    sockets.wait_for_end(theirs)
    before = len(seen.sent())
    theirs.send(b"late")
    seen.until(lambda _packets: len(seen.sent()) > before)
    see(ending(seen.sent()[before:]), packets=shown(seen.all))


ZERO = rule(
    "wire.ending.linger-zero",
    "Whether closing with a linger time of zero sends RST is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.close("DESCRIPTION", "option is set for the socket with non-zero linger time"),
        MS.closesocket(
            "Remarks", "returns immediately and the connection is reset or terminated"
        ),
    ],
    behaviours=SEEN,
    needs=["packets"],
)


@ZERO.case(family=INET)
def test_linger_zero(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_linger(0.0)
    seen = sockets.conversation(ours, theirs)
    ours.close()
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


LAST = rule(
    "wire.ending.data-first",
    "What was sent before a close is sent before the FIN.",
    level=MUST,
    sources=[
        RFC(9293, "3.6.1", "The normal TCP close sequence delivers buffered data reliably in"),
        FINAL,
    ],
    behaviours={
        "data-first": CONFORMS,
        "data-lost": "the FIN does not follow all the data",
        "rst": SEEN["rst"],
    },
    needs=["packets"],
)


@LAST.case(size=("one", "many"), family=INET)
def test_data_first(sockets, see, case):
    if case["size"] == "many":
        sockets.allowed("net.ipv4.tcp_wmem", 1 << 16)
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    data = bytes(1) if case["size"] == "one" else bytes(40_000)
    ours.send(data)
    ours.close()
    sockets.received(theirs, len(data))  # its window may be smaller
    seen.until(ended)
    sent = seen.sent()
    final = [each for each in sent if "FIN" in each.flags]
    if "RST" in flags(sent) or not final:
        see("rst", packets=shown(seen.all))
        return
    first = min(each.sequence for each in sent)
    follows = (final[0].sequence + len(final[0].data) - first) % 2**32 == len(data)
    whole = payload(sent) == data
    see("data-first" if whole and follows else "data-lost", packets=shown(seen.all))
