"""EVFILT_EXCEPT: when kqueue reports urgent data, where it has a filter for it."""

from __future__ import annotations

from sockspec.spec import INET, UNSPECIFIED, XNU, rule

from .kqueue import Queue

FILTER = XNU(
    "bsd/man/man2/kqueue.2",
    "EVFILT_EXCEPT",
    "this filter can be used to monitor the arrival of out-of-band data on a socket descriptor",
)
MARKED = XNU(
    "bsd/kern/uipc_socket.c",
    "filt_soread_common",
    "if (so->so_oobmark || (so->so_state & SS_RCVATMARK))",
)
NAMES = {
    "reported": "it is, with NOTE_OOB",
    "without-note": "an event comes, and NOTE_OOB is not set",
    "not-reported": "it is not reported",
}


def _rule(id, what, sources):
    return rule(
        id,
        f"Whether EVFILT_EXCEPT reports {what} is unspecified.",
        level=UNSPECIFIED,
        sources=sources,
        behaviours=NAMES,
        needs=["kqueue", "oob"],
    )


def urgent(sockets, before):
    """A connection with urgent data behind other data."""
    ours, theirs = sockets.connected()
    theirs.set_nodelay(True)  # each send is a segment, and leaves at once
    if before:
        theirs.send(before)
    theirs.send_out_of_band(b"X")
    sockets.wait(ours, "POLLPRI")
    return ours


def excepted(sockets, sock, within=0.0):
    """Name what EVFILT_EXCEPT reports of a socket."""
    queue = Queue(sockets)
    note = queue.bits("NOTE", ("OOB",))
    queue.add(sock, "EXCEPT", notes=("OOB",))
    events = queue.kevent(within=within)
    if not events:
        return "not-reported"
    return "reported" if events[0].fflags & note else "without-note"


REPORTED = _rule("readiness.kqueue-urgent.reported", "urgent data", [FILTER, MARKED])


@REPORTED.case(family=INET, inline=("inline", "out-of-line"))
def test_reported(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(case["inline"] == "inline")
    theirs.send_out_of_band(b"!")
    see(excepted(sockets, ours, within=1.0))


UNTIL_MARK = _rule(
    "readiness.kqueue-urgent.until-mark", "urgent data that the reader comes to", [MARKED]
)


@UNTIL_MARK.case(family=INET, reader=("part-read", "at-mark"))
def test_until_mark(sockets, see, case):
    ours = urgent(sockets, b"ab")
    ours.recv(1 if case["reader"] == "part-read" else 2)
    see(excepted(sockets, ours))


AFTER_BYTE = _rule(
    "readiness.kqueue-urgent.byte-received", "urgent data that was received", [MARKED]
)


@AFTER_BYTE.case(family=INET)
def test_byte_received(sockets, see, case):
    ours = urgent(sockets, b"")
    ours.recv_out_of_band(1)
    see(excepted(sockets, ours))


NORMAL = _rule("readiness.kqueue-urgent.normal-data", "normal data", [FILTER, MARKED])


@NORMAL.case(family=INET)
def test_normal_data(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"plain")
    sockets.wait(ours, "POLLIN")
    see(excepted(sockets, ours))
