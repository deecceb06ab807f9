"""What becomes of a connection whose peer vanishes without a word."""

from __future__ import annotations

import itertools

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNSPECIFIED,
    outcome,
    rule,
)

from .segments import SEEN, choked, ending, shown

ENDED = {
    "ETIMEDOUT": "the connection ends, and the receive fails with ETIMEDOUT",
    "ended": "the connection ends, and the receive returns the end of the stream",
    "goes-on": "the connection goes on",
}


def _end(sockets, ours, within):
    """How a connection has ended that had to end within some seconds."""
    if not ours.poll("POLLIN", within):
        return "goes-on"
    return outcome(ours.recv, 1, ok="ended")


TIMEOUT = rule(
    "wire.vanished.user-timeout",
    "Whether data that stays unacknowledged ends a connection after TCP_USER_TIMEOUT is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_USER_TIMEOUT", "in milliseconds that transmitted data may remain"),
        RFC(5482, "1", "unacknowledged before TCP will forcefully close the corresponding"),
    ],
    behaviours=ENDED,
    needs=["link"],
)


@TIMEOUT.case(family=INET)
def test_user_timeout(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 300)
    vanish()
    ours.send(b"x")
    see(_end(sockets, ours, 4.0))


KEPT = rule(
    "wire.vanished.keepalive",
    "Whether unanswered probes end a connection is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_KEEPCNT", "The maximum number of keepalive probes TCP should send"),
    ],
    behaviours=ENDED,
    needs=["link"],
)


@KEPT.case(family=INET)
def test_keepalive(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        sockets.set_option(ours, "IPPROTO_TCP", name, 1)
    ours.set_keepalive(True)
    vanish()
    see(_end(sockets, ours, 4.5))


AGAIN = rule(
    "wire.vanished.sent-again",
    "Whether data that nobody acknowledges is sent again is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.8.1", "the retransmission timeout (RTO) must be dynamically")],
    behaviours={
        "same-data": "the same bytes are sent again",
        "other-data": "other bytes are sent",
    },
    needs=["link", "packets"],
)


@AGAIN.case(family=INET)
def test_sent_again(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    seen = sockets.conversation(ours, theirs)
    vanish()
    ours.send(b"lost")
    seen.until(lambda _packets: len([each for each in seen.sent() if each.data]) > 1)
    first, second = [each for each in seen.sent() if each.data][:2]
    same = (first.sequence, first.data) == (second.sequence, second.data)
    see("same-data" if same else "other-data", packets=shown(seen.all))


PATIENT = rule(
    "wire.vanished.patient",
    "A connection whose data nobody acknowledges is not ended within two seconds.",
    level=SHOULD,
    sources=[RFC(9293, "3.8.3", "The value of R2 SHOULD correspond to at least 100 seconds")],
    behaviours={"goes-on": CONFORMS, "ended": ENDED["ended"]},
    needs=["link"],
)


@PATIENT.case(family=INET)
def test_patient(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    vanish()
    ours.send(b"lost")
    see(_end(sockets, ours, 2.0))


QUIET = rule(
    "wire.vanished.unsent",
    "Whether a connection on which nothing is sent outlives its peer is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.8.4", "and they MUST default to off (MUST-25)")],
    behaviours=ENDED,
    needs=["link"],
)


@QUIET.case(family=INET)
def test_unsent(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    vanish()
    see(_end(sockets, ours, 0.3))


AFTER = rule(
    "wire.vanished.error-once",
    "The error of a connection that timed out is reported once.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.10", "Pending Error", "and the pending error is then cleared")
    ],
    behaviours={
        "reported-once": CONFORMS,
        "not-reported": "neither call reports it",
        "reported-twice": "the second call reports it again",
        "goes-on": ENDED["goes-on"],
    },
    needs=["link"],
)


@AFTER.case(first=("error", "recv", "send"), family=INET)
def test_error_once(sockets, see, case):
    ours = _timed_out(sockets)
    if not ours.poll("POLLIN", 4.0):
        see("goes-on")
        return
    calls = {
        "error": lambda: _taken(ours),
        "recv": lambda: outcome(ours.recv, 1),
        "send": lambda: outcome(ours.send_with_flags, b"x", "MSG_NOSIGNAL"),
    }
    first, second = calls[case["first"]](), _taken(ours)
    if first != "ETIMEDOUT":
        how = "not-reported"
    else:
        how = "reported-twice" if second == "ETIMEDOUT" else "reported-once"
    see(how, first=first, second=second)


def _taken(sock):
    error = sock.take_error()
    return "no-error" if error is None else error.symbol


def _timed_out(sockets):
    """A connection of whose data the peer acknowledges nothing, and that ends soon."""
    ours, _theirs, vanish = sockets.vanishing()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 50)
    vanish()
    ours.send(b"x")
    return ours


EVENTS = rule(
    "wire.vanished.events",
    "poll() reports the end of a connection that timed out with POLLIN and POLLOUT.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION", "shall examine the given file descriptor for the event(s)"),
        POSIX.chapter("2.10.10", "Pending Error", "in response to a subsequent send(), recv()"),
    ],
    behaviours={
        "both": CONFORMS,
        "one-only": "one of them is not set",
        "goes-on": ENDED["goes-on"],
    },
    needs=["link"],
)


@EVENTS.case(family=INET)
def test_events(sockets, see, case):
    ours = _timed_out(sockets)
    if not ours.poll("POLLIN", 4.0):
        see("goes-on")
        return
    told = ours.poll(["POLLIN", "POLLOUT"], 0)
    see("both" if told >= {"POLLIN", "POLLOUT"} else "one-only", told=sorted(told))


RST = rule(
    "wire.vanished.rst",
    "Whether a connection that is ended by TCP_USER_TIMEOUT sends RST is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_USER_TIMEOUT", "TCP will forcibly close the corresponding")],
    behaviours=SEEN,
    needs=["link", "packets"],
)


@RST.case(family=INET)
def test_rst(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 50)
    seen = sockets.conversation(ours, theirs)
    vanish()
    ours.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(ending(seen.sent()), packets=shown(seen.all))


IDLE = rule(
    "wire.vanished.user-timeout-idle",
    "Whether TCP_USER_TIMEOUT ends a connection with nothing unacknowledged is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_USER_TIMEOUT", "in milliseconds that transmitted data may remain"),
    ],
    behaviours=ENDED,
    needs=["link"],
)


@IDLE.case(family=INET)
def test_user_timeout_idle(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 50)
    vanish()
    see(_end(sockets, ours, 0.3))


ZERO_WINDOW = rule(
    "wire.vanished.window-zero",
    "Whether TCP_USER_TIMEOUT ends a connection whose peer keeps its window at zero is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_USER_TIMEOUT", "untransmitted (due to zero window size)")],
    behaviours=ENDED,
    needs=["packets"],
)


@ZERO_WINDOW.case(family=INET)
def test_window_zero(sockets, see, case):
    ours, _theirs, _taken_by_them = choked(sockets)
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 100)
    see(_end(sockets, ours, 1.5))


INHERITED = rule(
    "wire.vanished.user-timeout-inherited",
    "Whether an accepted connection inherits TCP_USER_TIMEOUT is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_USER_TIMEOUT", "will be inherited by the socket returned by")],
    behaviours={"inherited": "it does", "not-inherited": "it does not"},
    needs=["link"],
)


@INHERITED.case(family=INET)
def test_user_timeout_inherited(sockets, see, case):
    server, _client = sockets.serving_of(
        lambda listener: sockets.set_option(listener, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 1234)
    )
    told = server.get_int("IPPROTO_TCP", "TCP_USER_TIMEOUT")
    see("inherited" if told == 1234 else "not-inherited", told=told)


BACKS_OFF = rule(
    "wire.vanished.backs-off",
    "The time between two retransmissions grows.",
    level=MUST,
    sources=[RFC(6298, "5", "The host MUST set RTO <- RTO * 2")],
    behaviours={"grows": CONFORMS, "stays-short": "it does not grow"},
    needs=["link", "packets"],
)


@BACKS_OFF.case(family=INET)
def test_backs_off(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    seen = sockets.conversation(ours, theirs)
    vanish()
    ours.send(b"lost")
    # The first may be a probe of the tail that comes early (RFC 8985, 7).
    seen.until(lambda _packets: len(_data(seen)) > 4)
    times = [each.time for each in _data(seen)[1:5]]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    grows = all(after > before for before, after in itertools.pairwise(gaps))
    see("grows" if grows else "stays-short", packets=shown(seen.all))


def _data(seen):
    return [each for each in seen.sent() if each.data]


CLOSED = rule(
    "wire.vanished.closed",
    "What a closed connection has not had acknowledged is sent again.",
    level=MUST,
    sources=[RFC(9293, "3.6", "will reliably deliver all buffers SENT before the connection")],
    behaviours={"again": CONFORMS, "given-up": "it is not"},
    needs=["link", "packets"],
)


@CLOSED.case(linger=("off", "one"), family=INET)
def test_closed(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    ours.set_linger(None if case["linger"] == "off" else 1.0)
    seen = sockets.conversation(ours, theirs)
    vanish()
    ours.send(b"lost")
    outcome(ours.close)
    if not seen.shows(lambda _packets: len(_data(seen)) > 1):
        see("given-up", packets=shown(seen.all))
        return
    see("again", packets=shown(seen.all))


LINGERS = rule(
    "wire.vanished.linger",
    "Closing a connection with a linger time waits no longer than that for a peer that has "
    "vanished.",
    level=MUST,
    sources=[
        POSIX.close("DESCRIPTION", "option is set for the socket with non-zero linger time"),
    ],
    behaviours={
        "waits": CONFORMS,
        "at-once": "it returns at once",
        "longer": "it waits much longer",
    },
    needs=["link"],
)


@LINGERS.case(family=INET)
def test_linger(sockets, see, case):
    ours, _theirs, vanish = sockets.vanishing()
    ours.set_linger(1.0)
    vanish()
    ours.send(b"lost")
    pending = sockets.start("close", ours)
    if pending.wait(0.5):
        see("at-once")
        return
    see("waits" if pending.wait(3.0) else "longer")
