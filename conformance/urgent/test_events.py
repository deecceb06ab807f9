"""What poll() says about urgent data."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MAN, MUST, POSIX, rule

EXCEPTIONAL = POSIX.pselect("DESCRIPTION", "with the MSG_OOB flag set would return out-of-band")
BY_MARK = POSIX.pselect(
    "DESCRIPTION", "an out-of-band data mark is present in the receive queue"
)
PRI = MAN.tcp(7, "DESCRIPTION", "indicates a POLLPRI event")
BOTH = ("POLLIN", "POLLPRI")


def _urgent(sockets, before=b"ab", after=b"cd", inline=False):
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(inline)
    theirs.set_nodelay(True)
    if before:
        theirs.send(before)
    theirs.send_out_of_band(b"X")
    if after:
        theirs.send(after)
    sockets.wait(ours, "POLLPRI")
    return ours, theirs


REPORTED = rule(
    "urgent.events.until-mark",
    "poll() goes on reporting POLLPRI while the reader comes nearer to the urgent data.",
    level=MUST,
    sources=[EXCEPTIONAL, PRI],
    behaviours={"reported": CONFORMS, "not-reported": "it does not"},
    needs=["oob", "poll-priority"],
)


@REPORTED.case(
    family=INET,
    inline=("out-of-line", "inline"),
    reader=("part-read", "at-mark"),
)
def test_reported(sockets, see, case):
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
    see("reported" if "POLLPRI" in ours.poll("POLLPRI", 0) else "not-reported")


ABSENT = rule(
    "urgent.events.absent",
    "poll() does not report POLLPRI before a connection, at its end, and behind the mark.",
    level=MUST,
    sources=[EXCEPTIONAL, BY_MARK],
    behaviours={"not-reported": CONFORMS, "reported": "it does"},
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
        ours, _theirs = _urgent(sockets)
        ours.recv(2)
        ours.recv_out_of_band(1)
        sockets.wait(ours, "POLLIN")
        ours.recv(2)
    see("reported" if "POLLPRI" in ours.poll("POLLPRI", 0) else "not-reported")


PERSISTS = rule(
    "urgent.events.persists",
    "POLLPRI is reported each time until the urgent data is received.",
    level=MUST,
    sources=[EXCEPTIONAL],
    behaviours={"each-time": CONFORMS, "once": "it is reported once"},
    needs=["oob", "poll-priority"],
)


@PERSISTS.case(family=INET, peeked=("unpeeked", "peeked"))
def test_persists(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    if case["peeked"] == "peeked":
        ours.recv_with_flags(1, ("MSG_OOB", "MSG_PEEK"))
    told = ["POLLPRI" in ours.poll("POLLPRI", 0) for _ in range(3)]
    see("each-time" if all(told) else "once", told=told)


NOT_READABLE = rule(
    "urgent.events.alone-not-readable",
    "Urgent data alone does not make the socket readable when SO_OOBINLINE is off.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "checked if the socket option SO_OOBINLINE")],
    behaviours={"not-readable": CONFORMS, "readable": "poll reports POLLIN"},
    needs=["oob", "poll-priority"],
)


@NOT_READABLE.case(family=INET, state=("unread", "read"))
def test_alone(sockets, see, case):
    ours, _theirs = _urgent(sockets, b"", b"")
    if case["state"] == "read":
        ours.recv_out_of_band(1)
    see("readable" if "POLLIN" in ours.poll(BOTH, 0) else "not-readable")


WITH_DATA = rule(
    "urgent.events.with-normal-data",
    "With normal and urgent data queued, poll() reports POLLIN and POLLPRI together.",
    level=MUST,
    sources=[POSIX.poll("POLLIN"), EXCEPTIONAL],
    behaviours={"both": CONFORMS, "one": "only one of them", "none": "neither"},
    needs=["oob", "poll-priority"],
)


@WITH_DATA.case(family=INET, order=("urgent-last", "urgent-first"))
def test_with_data(sockets, see, case):
    last = case["order"] == "urgent-last"
    ours, _theirs = _urgent(sockets, b"ab" if last else b"", b"" if last else b"ab")
    sockets.wait(ours, "POLLIN")
    told = ours.poll(BOTH, 0)
    see({2: "both", 1: "one"}.get(len(told), "none"), told=told)


UNASKED = rule(
    "urgent.events.unasked",
    "poll() does not report POLLPRI to whoever does not ask for it.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION, events"),
        MAN.poll(2, "DESCRIPTION", "can include any of those specified in events"),
    ],
    behaviours={"silent": CONFORMS, "reported": "it is reported"},
    needs=["oob", "poll-priority"],
)


@UNASKED.case(family=INET, asked=("nothing", "POLLIN", "POLLOUT"))
def test_unasked(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    asked = 0 if case["asked"] == "nothing" else case["asked"]
    see("reported" if "POLLPRI" in ours.poll(asked, 0) else "silent")


WAKES = rule(
    "urgent.events.wakes",
    "A poll() that waits for POLLPRI returns when urgent data arrives, not before.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION, timeout"), PRI],
    behaviours={"wakes": CONFORMS, "early": "returns before", "late": "does not return"},
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
    told = waiting.result()[0]
    see("early" if not blocked else "wakes" if told else "late")
