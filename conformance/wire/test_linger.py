"""What a linger time is seen to do to a connection that ends."""

from __future__ import annotations

from sockspec.spec import ALONE, CONFORMS, INET, MS, MUST, POSIX, RFC, UNSPECIFIED, rule

from .segments import SEEN, choke, ended, ending, flags, payload, shown

FINAL = RFC(9293, "3.10.4", "form a FIN segment and send it. In any case, enter FIN-WAIT-1")
ONLY_CLOSE = POSIX.chapter(
    "2.10.16", "SO_LINGER", "queued on a socket and a close() is performed"
)
NON_ZERO = POSIX.close("DESCRIPTION", "option is set for the socket with non-zero linger time")
HARD = MS.closesocket(
    "Remarks", "returns immediately and the connection is reset or terminated"
)

POSITIVE = rule(
    "wire.linger.positive",
    "Closing a connection that has no data unsent sends FIN with a linger time, and without.",
    level=MUST,
    sources=[FINAL, ONLY_CLOSE],
    behaviours={**SEEN, "fin": CONFORMS},
    needs=["packets"],
)


@POSITIVE.case(linger=("off", "one", "many"), family=INET)
def test_positive(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_linger({"off": None, "one": 1.0, "many": 60.0}[case["linger"]])
    seen = sockets.conversation(ours, theirs)
    # It may return only when the peer has closed too.
    sockets.start("close", ours)
    see(ending(seen.sent()) if seen.shows(ended) else "not-ended", packets=shown(seen.all))


SHUTDOWN = rule(
    "wire.linger.shutdown",
    "Shutting down the sending of a connection sends FIN though its linger time is zero.",
    level=MUST,
    sources=[FINAL, ONLY_CLOSE],
    behaviours={**SEEN, "fin": CONFORMS},
    needs=["packets"],
)


@SHUTDOWN.case(by=("shut-write", "shut-both"), family=INET)
def test_shutdown(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_linger(0.0)
    seen = sockets.conversation(ours, theirs)
    ours.shutdown("SHUT_WR" if case["by"] == "shut-write" else "SHUT_RDWR")
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


STATE = rule(
    "wire.linger.zero-in-state",
    "Whether closing with a linger time of zero sends RST after one side has sent its FIN is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[NON_ZERO, HARD],
    behaviours=SEEN,
    needs=["packets"],
)


@STATE.case(first=("ours", "theirs", "both"), family=INET)
def test_zero_in_state(sockets, see, case):
    ours, theirs = sockets.connected()
    there = theirs.local_addr()  # which lwIP has forgotten once both have shut down
    ours.set_linger(0.0)
    if case["first"] != "theirs":
        ours.shutdown("SHUT_WR")
        sockets.wait_for_end(theirs)
    if case["first"] != "ours":
        theirs.shutdown("SHUT_WR")
        sockets.wait_for_end(ours)
    marker = sockets.udp()
    seen, later = sockets.conversation(ours, there), sockets.conversation(marker, there)
    ours.close()
    marker.send_to(b"later", there)
    later.until(lambda _packets: later.sent())
    see(ending(seen.sent()), packets=shown(seen.all))


UNSENT = rule(
    "wire.linger.zero-unsent",
    "Whether closing with a linger time of zero discards unsent data is unspecified.",
    level=UNSPECIFIED,
    sources=[NON_ZERO, HARD],
    behaviours={
        "discarded": "a RST is sent, and less than was written",
        "all-sent": "all that was written is sent",
        "cut-off": "a FIN is sent, and less than was written",
    },
    needs=["packets"],
)


@UNSENT.case(family=INET)
def test_zero_unsent(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.set_send_buffer_size(65536)
    theirs.set_recv_buffer_size(8192)
    taken = choke(ours)
    ours.set_linger(0.0)
    ours.close()
    seen.until(ended)
    whole = len(payload(seen.sent())) == taken
    how = "discarded" if "RST" in flags(seen.sent()) else "cut-off"
    see("all-sent" if whole else how, taken=taken)


UNREAD = rule(
    "wire.linger.unread",
    "Whether a linger time changes that closing with unread data sends RST is unspecified.",
    level=UNSPECIFIED,
    sources=[NON_ZERO, RFC(9293, "3.6.1", "SHOULD send a RST to show that data was lost")],
    behaviours=SEEN,
    needs=["packets"],
)


@UNREAD.case(linger=("zero", "one"), family=INET)
def test_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_linger(0.0 if case["linger"] == "zero" else 1.0)
    theirs.send(b"never read")
    sockets.wait(ours, "POLLIN")
    seen = sockets.conversation(ours, theirs)
    ours.close()
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


INHERITED = rule(
    "wire.linger.inherited",
    "Whether a linger time of zero on a listener has its connections end with RST is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[NON_ZERO, POSIX.accept("DESCRIPTION", "create a new socket with the same socket")],
    behaviours=SEEN,
    needs=["packets"],
)


@INHERITED.case(family=INET)
def test_inherited(sockets, see, case):
    server, client = sockets.serving_of(lambda listener: listener.set_linger(0.0))
    seen = sockets.conversation(server, client)
    server.close()
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


PROCESS = rule(
    "wire.linger.process-end",
    "Whether the end of a process sends RST for a connection with a linger time of zero is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[NON_ZERO, POSIX.fork("DESCRIPTION", "refer to the same open file description")],
    behaviours=SEEN,
    judges=ALONE,
    needs=["own-packets", "fork"],
)

KILLED = rule(
    "wire.linger.process-end-without",
    "The end of the process that holds a connection, with no data unread, sends FIN.",
    level=MUST,
    sources=[
        POSIX.close("DESCRIPTION", "When all file descriptors associated with an open file"),
        FINAL,
    ],
    behaviours={**SEEN, "fin": CONFORMS},
    judges=ALONE,
    needs=["own-packets", "fork"],
)

LOST = rule(
    "wire.linger.process-end-unread",
    "Whether the end of a process sends RST for a connection with unread data is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.6.1", "SHOULD send a RST to show that data was lost")],
    behaviours=SEEN,
    judges=ALONE,
    needs=["own-packets", "fork"],
)


# The child has both ends, so that they are of one system.
@PROCESS.case(linger="zero", data="none", family=INET)
@KILLED.case(linger=("off", "one"), data="none", family=INET)
@LOST.case(linger=("off", "one"), data="unread", family=INET)
def test_process_end(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["linger"] != "off":
        ours.set_linger(0.0 if case["linger"] == "zero" else 1.0)
    if case["data"] == "unread":
        theirs.send(b"never read")
        sockets.wait(ours, "POLLIN")
    seen = sockets.conversation(ours, theirs)
    child = sockets.backend.fork()
    ours.close()
    sockets.backend.end_child(child)
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))
