"""Several calls that wait on one socket at once."""

from __future__ import annotations

from sockspec.errors import SocketError
from sockspec.spec import CONFORMS, DGRAM, INET, MUST, POSIX, STREAM, UNIX, UNSPECIFIED, rule

ALL = (*INET, UNIX)
CALLS = ("recv", "poll", "accept")
DATA = POSIX.recv("DESCRIPTION", "recv() shall block until a message arrives")
CONNECTION = POSIX.accept("DESCRIPTION", "shall block until a connection is present")
EVENT = POSIX.poll("DESCRIPTION, timeout", "for an event to occur on any of the selected file")
END = POSIX.recv(
    "RETURN VALUE", "the peer has performed an orderly shutdown, recv() shall return"
)
RETURNED = {0: "neither", 1: "one", 2: "both"}
WITHIN = 0.2  # seconds in which a call returns that an event ends


def waiting(sockets, call):
    """Two calls that wait on one socket, and what makes the event that they wait for."""
    if call == "accept":
        sock = sockets.listener()
        address = sock.local_addr()

        def event():
            sockets.new().connect(address)
    else:
        sock, theirs = sockets.connected()

        def event():
            theirs.send(b"x")

    asked = [(sock.handle, sockets.number("POLLIN"))]

    def begin():
        if call == "poll":
            return sockets.backend.start("poll", asked, 1.0)
        return sockets.start(call, sock, *((1, 0) if call == "recv" else ()))

    pending = [begin(), begin()]
    for each in pending:
        each.is_blocked()
    return sock, pending, event


def ended(call, pending, within):
    """Whether the event ended a call: a poll() whose time is over was ended by none.

    What it answered is collected, so that the witness tells which of several returned.
    """
    if not pending.wait(within):
        return False
    try:
        answer = pending.result()
    except SocketError:
        return True
    return call != "poll" or any(answer)


def taken(sockets, call, pending):
    """Close what an accept that has returned made."""
    for each in pending:
        if call == "accept" and each.finished:
            sockets.of(each.result()[0])


ONE_EVENT = rule(
    "readiness.together.one-event",
    "Whether one event ends one or both of two calls that wait for it is unspecified.",
    level=UNSPECIFIED,
    sources=[DATA, CONNECTION, EVENT],
    behaviours={"one": "one of two returns", "both": "both return", "neither": "both wait on"},
)


@ONE_EVENT.case(family=ALL, type=STREAM, call=CALLS)
@ONE_EVENT.case(family=ALL, type=DGRAM, call=("recv", "poll"))
def test_one_event(sockets, see, case):
    _sock, pending, event = waiting(sockets, case["call"])
    event()
    returned = sum(ended(case["call"], each, WITHIN) for each in pending)
    taken(sockets, case["call"], pending)
    see(RETURNED[returned])


TWO_EVENTS = rule(
    "readiness.together.two-events",
    "Two calls that wait on one socket both return once there are two events.",
    level=MUST,
    sources=[DATA, EVENT],
    behaviours={
        "both": CONFORMS,
        "one": "one of two returns",
        "neither": "both wait on",
    },
)


# Of accept() it is another rule's: state.accept.one-each.
@TWO_EVENTS.case(family=ALL, type=(STREAM, DGRAM), call=("recv", "poll"))
def test_two_events(sockets, see, case):
    _sock, pending, event = waiting(sockets, case["call"])
    event()
    event()
    returned = sum(ended(case["call"], each, 2.0) for each in pending)
    taken(sockets, case["call"], pending)
    see(RETURNED[returned])


AT_END = rule(
    "readiness.together.end-of-stream",
    "The end of a stream ends every recv() that waits on it.",
    level=MUST,
    sources=[END],
    behaviours={
        "both": CONFORMS,
        "one": "one of two returns",
        "neither": "both wait on",
    },
)


@AT_END.case(family=ALL, type=STREAM)
def test_end_of_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    pending = [sockets.start("recv", ours, 1, 0) for _ in range(2)]
    for each in pending:
        each.is_blocked()
    theirs.shutdown("SHUT_WR")
    see(RETURNED[sum(ended("recv", each, 2.0) for each in pending)])


OWN_SHUTDOWN = rule(
    "readiness.together.own-shutdown",
    "Whether a shutdown of reading ends the calls that wait on the socket is unspecified.",
    level=UNSPECIFIED,
    sources=[DATA, CONNECTION, EVENT],
    behaviours={"one": "one of two returns", "both": "both return", "neither": "both wait on"},
)


@OWN_SHUTDOWN.case(family=ALL, type=STREAM, call=CALLS)
def test_own_shutdown(sockets, see, case):
    sock, pending, _event = waiting(sockets, case["call"])
    sock.shutdown("SHUT_RD")
    see(RETURNED[sum(ended(case["call"], each, WITHIN) for each in pending)])
