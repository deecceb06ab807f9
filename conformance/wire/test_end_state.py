"""With what a connection ends, and is answered, in each of its states."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    POSIX,
    RFC,
    SERVER,
    UNSPECIFIED,
    outcome,
    rule,
)

from .segments import SEEN, acknowledges, choked, ended, ending, flags, payload, shown

SHARED = POSIX.close("DESCRIPTION", "When all file descriptors associated with an open file")

WAITING = rule(
    "wire.end-state.close-wait",
    "Closing a connection that its peer has ended, or shutting down its sending, sends FIN.",
    level=MUST,
    sources=[RFC(9293, "3.10.4", "then send a FIN segment, enter LAST-ACK state")],
    behaviours={**SEEN, "fin": CONFORMS},
    needs=["packets"],
)


@WAITING.case(by=("close", "shut-write", "shut-both"), family=INET)
def test_close_wait(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.shutdown("SHUT_WR")
    sockets.wait_for_end(ours)
    seen = sockets.conversation(ours, theirs)
    _end(ours, case["by"])
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


def _end(sock, by):
    if by == "close":
        sock.close()
    else:
        sock.shutdown("SHUT_WR" if by == "shut-write" else "SHUT_RDWR")


AGAIN = rule(
    "wire.end-state.second-fin",
    "A connection whose sending has been shut down sends no second FIN when it is closed.",
    level=MUST,
    sources=[RFC(9293, "3.10.4", "as long as a second FIN is not emitted")],
    behaviours={
        "not-again": CONFORMS,
        "again": "another FIN is sent, behind the first",
        "rst": SEEN["rst"],
    },
    needs=["packets"],
)


@AGAIN.case(by=("close", "shut-write", "shut-both"), family=INET)
def test_second_fin(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.shutdown("SHUT_WR")
    sockets.wait_for_end(theirs)
    outcome(_end, ours, case["by"])
    theirs.shutdown("SHUT_WR")  # what comes after all that a second one would come in
    seen.until(lambda _packets: acknowledges(seen.sent(), seen.received()))
    ends = {each.sequence + len(each.data) for each in seen.sent() if "FIN" in each.flags}
    how = "not-again" if len(ends) == 1 else "again"
    see("rst" if "RST" in flags(seen.sent()) else how, packets=shown(seen.all))


ACKNOWLEDGED = rule(
    "wire.end-state.fin-acknowledged",
    "A FIN is acknowledged.",
    level=MUST,
    sources=[RFC(9293, "3.10.7.4", "send an acknowledgment for the FIN")],
    behaviours={"acknowledged": CONFORMS, "rst": SEEN["rst"]},
    needs=["packets"],
)


@ACKNOWLEDGED.case(state=("established", "fin-wait", "closed"), family=INET)
def test_fin_acknowledged(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    if case["state"] != "established":
        if case["state"] == "closed":
            ours.close()
        else:
            ours.shutdown("SHUT_WR")
        sockets.wait_for_end(theirs)
    theirs.shutdown("SHUT_WR")
    seen.until(
        lambda _packets: (
            acknowledges(seen.sent(), seen.received()) or "RST" in flags(seen.sent())
        )
    )
    see("rst" if "RST" in flags(seen.sent()) else "acknowledged", packets=shown(seen.all))


STILL = rule(
    "wire.end-state.half-closed-receives",
    "A connection that has sent its FIN acknowledges data that it receives.",
    level=MUST,
    sources=[RFC(9293, "3.6", "may continue to RECEIVE until")],
    behaviours={"acknowledged": CONFORMS, "rst": SEEN["rst"]},
    needs=["packets"],
)


@STILL.case(family=INET)
def test_half_closed_receives(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    sockets.wait_for_end(theirs)
    seen = sockets.conversation(ours, theirs)
    theirs.send(b"data")
    seen.until(lambda _packets: seen.received() and seen.sent())
    see("rst" if "RST" in flags(seen.sent()) else "acknowledged", packets=shown(seen.all))


GOES_ON = rule(
    "wire.end-state.half-closed-sends",
    "A connection whose peer has sent its FIN still sends data.",
    level=MUST,
    sources=[RFC(9293, "3.6.1", "is permitted to continue sending data in the open direction")],
    behaviours={"sent": CONFORMS, "not-sent": "the data is not in what is sent"},
    needs=["packets"],
)


@GOES_ON.case(family=INET)
def test_half_closed_sends(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.shutdown("SHUT_WR")
    sockets.wait_for_end(ours)
    seen = sockets.conversation(ours, theirs)
    ours.send(b"data")
    ours.shutdown("SHUT_WR")
    seen.until(ended)
    see("sent" if payload(seen.sent()) == b"data" else "not-sent", packets=shown(seen.all))


RESET = rule(
    "wire.end-state.after-reset",
    "Closing a connection that its peer has reset sends nothing.",
    level=MUST,
    sources=[RFC(9293, "3.10.7.1", "An incoming segment containing a RST is discarded")],
    behaviours={**SEEN, "not-ended": CONFORMS},
    needs=["packets", "reset"],
)


@RESET.case(by=("close", "shut-both", "send"), family=INET)
def test_after_reset(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    there = theirs.local_addr()
    theirs.set_linger(0.0)
    theirs.close()
    sockets.wait(ours, "POLLIN")
    marker = sockets.udp()
    later = sockets.conversation(marker, there)
    if case["by"] == "send":
        outcome(ours.send_with_flags, b"x", "MSG_NOSIGNAL")
    else:
        outcome(_end, ours, case["by"])
    marker.send_to(b"later", there)  # what the call sends comes before it
    later.until(lambda _packets: later.sent())
    see(ending(seen.sent()), packets=shown(seen.all))


DUPLICATE = rule(
    "wire.end-state.duplicate",
    "Closing one of two descriptors of a connection sends nothing.",
    level=MUST,
    sources=[SHARED],
    behaviours={**SEEN, "not-ended": CONFORMS},
    needs=["packets"],
)


@DUPLICATE.case(linger=("off", "zero"), closes=("first", "second"), family=INET)
def test_duplicate(sockets, see, case):
    ours, theirs = sockets.connected()
    other = sockets.keep(ours.try_clone())
    if case["linger"] == "zero":
        ours.set_linger(0.0)
    seen = sockets.conversation(ours, theirs)
    closed, kept = (ours, other) if case["closes"] == "first" else (other, ours)
    closed.close()
    kept.send(b"x")
    seen.until(lambda _packets: payload(seen.sent()) == b"x")
    see(ending(seen.sent()), packets=shown(seen.all))


THROUGH = rule(
    "wire.end-state.duplicate-shutdown",
    "Shutting down sending through one of two descriptors of a connection sends FIN.",
    level=MUST,
    sources=[
        POSIX.shutdown("DESCRIPTION", "connection on the socket associated with the file"),
        RFC(9293, "3.10.4", "form a FIN segment and send it. In any case, enter FIN-WAIT-1"),
    ],
    behaviours={**SEEN, "fin": CONFORMS},
    needs=["packets"],
)


@THROUGH.case(family=INET)
def test_duplicate_shutdown(sockets, see, case):
    ours, theirs = sockets.connected()
    other = sockets.keep(ours.try_clone())
    seen = sockets.conversation(ours, theirs)
    other.shutdown("SHUT_WR")
    seen.until(ended)
    see(ending(seen.sent()), packets=shown(seen.all))


QUEUED = rule(
    "wire.end-state.listener-queue",
    "Whether closing a listener resets connections that wait to be accepted is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.chapter("2.10.13", "Connection Indication Queue", "that are awaiting acceptance"),
        RFC(9293, "3.10.4", "Delete TCB, enter CLOSED state, and return"),
    ],
    behaviours=SEEN,
    needs=["packets"],
)


@QUEUED.case(linger=("off", "zero"), family=INET)
def test_listener_queue(sockets, see, case):
    listener, client = sockets.listener(), sockets.bound()
    if case["linger"] == "zero":
        listener.set_linger(0.0)
    seen = sockets.conversation(listener, client)
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    listener.close()
    seen.until(lambda _packets: ended(seen.sent()))
    see(ending(seen.sent()), packets=shown(seen.all))


GONE = rule(
    "wire.end-state.listener-gone",
    "A SYN to a port whose listener has been closed causes a RST.",
    level=MUST,
    judges=SERVER,
    sources=[RFC(9293, "3.10.7.1", "containing a RST causes a RST to be sent in response")],
    behaviours={"rst": CONFORMS, "accepted": "the connection is established"},
    needs=["packets"],
)


@GONE.case(family=INET)
def test_listener_gone(sockets, see, case):
    listener, client = sockets.listener(), sockets.bound()
    seen = sockets.conversation(listener, client)
    there = listener.local_addr()
    listener.close()
    how = outcome(client.connect, there, ok="accepted")
    told = flags(seen.sent())
    see("rst" if "RST" in told else how, packets=shown(seen.all))


NUMBERS = rule(
    "wire.end-state.refused-numbers",
    "The RST that refuses a SYN has the sequence number zero and acknowledges the SYN.",
    level=MUST,
    judges=SERVER,
    sources=[RFC(9293, "3.10.7.1", "If the ACK bit is off, sequence number zero is used")],
    behaviours={
        "zero-and-acknowledged": CONFORMS,
        "another-sequence": "its sequence number is not zero",
        "another-acknowledgement": "it does not acknowledge the SYN",
    },
    needs=["packets"],
)


@NUMBERS.case(family=INET)
def test_refused_numbers(sockets, see, case):
    bound, client = sockets.listener(), sockets.bound()
    seen = sockets.conversation(bound, client)
    there = bound.local_addr()
    bound.close()
    outcome(client.connect, there)
    seen.until(lambda _packets: "RST" in flags(seen.sent()))
    syn = next(each for each in seen.received() if "SYN" in each.flags)
    rst = next(each for each in seen.sent() if "RST" in each.flags)
    if rst.sequence:
        how = "another-sequence"
    elif rst.acknowledged != (syn.sequence + 1) % 2**32:
        how = "another-acknowledgement"
    else:
        how = "zero-and-acknowledged"
    see(how, packets=shown(seen.all))


LATE_NUMBERS = rule(
    "wire.end-state.late-numbers",
    "The RST for data after a close has the sequence number that the data acknowledges.",
    level=MUST,
    sources=[RFC(9293, "3.5.2", "the reset takes its sequence number from the ACK field")],
    behaviours={
        "acknowledged-number": CONFORMS,
        "another-number": "it has another one",
        "no-rst": "none is sent",
    },
    needs=["packets"],
)


@LATE_NUMBERS.case(family=INET)
def test_late_numbers(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.close()
    sockets.wait_for_end(theirs)
    theirs.send(b"late")
    if not seen.shows(lambda _packets: "RST" in flags(seen.sent())):
        see("no-rst", packets=shown(seen.all))
        return
    data = next(each for each in seen.received() if each.data)
    rst = next(each for each in seen.sent() if "RST" in each.flags)
    same = rst.sequence == data.acknowledged
    see("acknowledged-number" if same else "another-number", packets=shown(seen.all))


UNSENT = rule(
    "wire.end-state.unsent",
    "What a full queue holds when its connection is closed is sent before the FIN.",
    level=MUST,
    sources=[
        RFC(9293, "3.6", "will reliably deliver all buffers SENT before the connection"),
    ],
    behaviours={
        "data-first": CONFORMS,
        "data-lost": "the FIN does not follow all the data",
        "rst": SEEN["rst"],
    },
    needs=["packets"],
)


@UNSENT.case(by=("close", "shut-write", "shut-both"), family=INET)
def test_unsent(sockets, see, case):
    ours, theirs, taken = choked(sockets)
    seen = sockets.conversation(ours, theirs)
    _end(ours, case["by"])
    got = sockets.received(theirs, taken + 1)
    seen.until(lambda _packets: ended(seen.sent()))
    whole = len(got) == taken
    how = "data-first" if whole else "data-lost"
    see("rst" if "RST" in flags(seen.sent()) else how, got=len(got), taken=taken)
