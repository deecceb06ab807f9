"""POLLPRI: when poll() reports urgent data, and when it does not."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MAN, MUST, POSIX, UNSPECIFIED, XNU, outcome, rule

from .stream import urgent

PRIORITY = POSIX.poll("POLLPRI", "High-priority data may be read without blocking")
IF_TRUE = POSIX.poll(
    "DESCRIPTION", "set the corresponding bit in revents if the requested condition is true"
)
EXCEPTIONAL = POSIX.pselect(
    "DESCRIPTION", "with the MSG_OOB flag set would return out-of-band data without blocking"
)
BY_MARK = POSIX.pselect(
    "DESCRIPTION", "if an out-of-band data mark is present in the receive queue"
)
EVENTS = ("POLLIN", "POLLPRI")
REPORTS = {
    "reported": "poll() reports POLLPRI",
    "not-reported": "poll() does not report POLLPRI",
}


def _priority(sock, events="POLLPRI"):
    return "reported" if "POLLPRI" in sock.poll(events, 0) else "not-reported"


REPORTED = rule(
    "urgent.poll.priority",
    "poll() reports urgent data with POLLPRI.",
    level=MUST,
    sources=[
        PRIORITY,
        EXCEPTIONAL,
        MAN.tcp(7, "DESCRIPTION", "poll (2) indicates a POLLPRI event"),
    ],
    behaviours=REPORTS,
    conforming=["reported"],
    renamed={"told": "reported", "silent": "not-reported"},
)


@REPORTED.case(family=INET, inline=("inline", "out-of-line"))
def test_priority(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(case["inline"] == "inline")
    theirs.send_out_of_band(b"!")
    events = []
    how = outcome(lambda: events.extend(ours.poll("POLLPRI", 1.0)), ok="not-reported")
    see("reported" if "POLLPRI" in events else how)


UNTIL_MARK = rule(
    "urgent.poll.until-mark",
    "poll() reports POLLPRI as long as the reader has not come to the urgent data.",
    level=MUST,
    sources=[EXCEPTIONAL, BY_MARK],
    behaviours=REPORTS,
    conforming=["reported"],
    aliases=["urgent.events.until-mark"],
    needs=["oob", "poll-priority"],
)


@UNTIL_MARK.case(
    family=INET,
    inline=("out-of-line", "inline"),
    reader=("part-read", "at-mark"),
)
def test_until_mark(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(case["inline"] == "inline")
    theirs.set_nodelay(True)
    theirs.send(b"ab")
    theirs.send_out_of_band(b"X")
    # The urgent byte is the last of the stream: what arrives later ends the wait.
    if not ours.poll("POLLPRI", 1.0):
        see("not-reported")
        return
    ours.recv(1 if case["reader"] == "part-read" else 2)
    see(_priority(ours))


# With the byte gone there is no more to be received, but its mark may still be queued.
AFTER_BYTE = rule(
    "urgent.poll.priority-gone",
    "Whether poll() reports POLLPRI after the urgent byte was received is unspecified.",
    level=UNSPECIFIED,
    sources=[
        PRIORITY,
        BY_MARK,
        XNU(
            "bsd/kern/uipc_socket.c",
            "sopoll",
            "if (so->so_oobmark || (so->so_state & SS_RCVATMARK))",
            line=6517,
        ),
    ],
    behaviours=REPORTS,
    renamed={"told": "reported", "silent": "not-reported"},
    needs=["oob", "poll-priority"],
)


@AFTER_BYTE.case(family=INET)
def test_after_byte(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    ours.recv_out_of_band(1)
    see(_priority(ours))


NORMAL_DATA = rule(
    "urgent.poll.no-priority",
    "poll() does not report normal data with POLLPRI.",
    level=MUST,
    sources=[IF_TRUE, PRIORITY],
    behaviours=REPORTS,
    conforming=["not-reported"],
    renamed={"told": "reported", "silent": "not-reported"},
    needs=["poll-priority"],
)


@NORMAL_DATA.case(family=INET)
def test_normal_data(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"plain")
    sockets.wait(ours, "POLLIN")
    see(_priority(ours, EVENTS))


ABSENT = rule(
    "urgent.poll.absent",
    "poll() does not report POLLPRI when urgent data has never come, or was passed.",
    level=MUST,
    sources=[IF_TRUE, EXCEPTIONAL, BY_MARK],
    behaviours=REPORTS,
    conforming=["not-reported"],
    aliases=["urgent.events.absent"],
    needs=["oob", "poll-priority"],
)


@ABSENT.case(family=INET, state=("fresh", "end-of-stream", "passed"))
def test_absent(sockets, see, case):
    state = case["state"]
    if state == "fresh":
        ours = sockets.new()
    elif state == "end-of-stream":
        ours = sockets.at_eof()
    else:
        ours, _theirs = urgent(sockets)
        ours.recv(2)
        ours.recv_out_of_band(1)
        sockets.wait(ours, "POLLIN")
        ours.recv(2)
    see(_priority(ours))


PERSISTS = rule(
    "urgent.poll.persists",
    "poll() reports POLLPRI each time until the urgent data is received.",
    level=MUST,
    sources=[IF_TRUE, EXCEPTIONAL],
    behaviours={
        "each-time": CONFORMS,
        "once": "only the first call reports it",
        "not-reported": REPORTS["not-reported"],
    },
    aliases=["urgent.events.persists"],
    needs=["oob", "poll-priority"],
)


@PERSISTS.case(family=INET, peeked=("unpeeked", "peeked"))
def test_persists(sockets, see, case):
    ours, _theirs = urgent(sockets)
    if case["peeked"] == "peeked":
        ours.recv_with_flags(1, ("MSG_OOB", "MSG_PEEK"))
    reported = [_priority(ours) == "reported" for _ in range(3)]
    see(
        "each-time" if all(reported) else "once" if reported[0] else "not-reported",
        reported=reported,
    )


NOT_READABLE = rule(
    "urgent.poll.alone-not-readable",
    "poll() does not report POLLIN for urgent data alone when SO_OOBINLINE is off.",
    level=MUST,
    sources=[
        POSIX.poll("POLLIN", "Data other than high-priority data may be read"),
        POSIX.pselect("DESCRIPTION", "checked if the socket option SO_OOBINLINE has been"),
    ],
    behaviours={"not-readable": CONFORMS, "readable": "poll() reports POLLIN"},
    aliases=["urgent.events.alone-not-readable"],
    needs=["oob", "poll-priority"],
)


@NOT_READABLE.case(family=INET, state=("unread", "read"))
def test_alone(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    if case["state"] == "read":
        ours.recv_out_of_band(1)
    see("readable" if "POLLIN" in ours.poll(EVENTS, 0) else "not-readable")


WITH_DATA = rule(
    "urgent.poll.with-normal-data",
    "poll() reports POLLIN and POLLPRI together when normal and urgent data is queued.",
    level=MUST,
    sources=[
        IF_TRUE,
        POSIX.poll("POLLIN", "Data other than high-priority data may be read"),
        PRIORITY,
    ],
    behaviours={"both": CONFORMS, "one": "only one of them", "neither": "neither of them"},
    aliases=["urgent.events.with-normal-data"],
    renamed={"none": "neither"},
    needs=["oob", "poll-priority"],
)


@WITH_DATA.case(family=INET, order=("urgent-last", "urgent-first"))
def test_with_data(sockets, see, case):
    last = case["order"] == "urgent-last"
    before, after = (b"ab", b"") if last else (b"", b"ab")
    ours, _theirs = urgent(sockets, before=before, after=after)
    sockets.wait(ours, "POLLIN")
    events = ours.poll(EVENTS, 0)
    see({2: "both", 1: "one"}.get(len(events), "neither"), events=events)


UNASKED = rule(
    "urgent.poll.unasked",
    "poll() does not report POLLPRI when it was not asked for it.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION", "poll() shall clear the revents member, except that where"),
        POSIX.poll("DESCRIPTION", "by setting one of the bits of events listed above"),
    ],
    behaviours=REPORTS,
    conforming=["not-reported"],
    aliases=["urgent.events.unasked"],
    renamed={"silent": "not-reported"},
    needs=["oob", "poll-priority"],
)


@UNASKED.case(family=INET, asked=("nothing", "POLLIN", "POLLOUT"))
def test_unasked(sockets, see, case):
    ours, _theirs = urgent(sockets)
    see(_priority(ours, 0 if case["asked"] == "nothing" else case["asked"]))


WAKES = rule(
    "urgent.poll.wakes",
    "A poll() that waits for POLLPRI returns when urgent data arrives, and not before.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION", "for an event to occur on any of the selected file"),
        PRIORITY,
    ],
    behaviours={
        "wakes": CONFORMS,
        "early": "it returns before",
        "late": "it returns when its time is over",
    },
    aliases=["urgent.events.wakes"],
    needs=["oob", "poll-priority"],
)


@WAKES.case(family=INET)
def test_wakes(sockets, see, case):
    ours, theirs = sockets.connected()
    wanted = [(ours.handle, sockets.number("POLLPRI"))]
    theirs.send(b"normal")
    waiting = sockets.backend.start("poll", wanted, 2.0)
    blocked = waiting.is_blocked()
    theirs.send_out_of_band(b"X")
    events = waiting.result()[0]
    see("early" if not blocked else "wakes" if events else "late")
