"""SO_ERROR: the pending error, told once."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    GVISOR,
    INET,
    MAN,
    MAY,
    MS,
    MUST,
    POSIX,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    XNU,
    outcome,
    rule,
)

LEVEL, NAME = "SOL_SOCKET", "SO_ERROR"
CAUSES = ("refused-connect", "reset", "refused-datagram")
SYMBOLS = {
    "refused-connect": "ECONNREFUSED",
    "reset": "ECONNRESET",
    "refused-datagram": "ECONNREFUSED",
}
CLEARS = POSIX.chapter("2.10.16", "SO_ERROR", "any pending error on the socket and clear")


def failed(sockets):
    """A socket with a pending error of the case's cause."""
    cause = sockets.case["cause"]
    if cause == "reset":
        return sockets.reset()
    if cause == "refused-datagram":
        sock, peer = sockets.connected(type=DGRAM)
        peer.close()
        sock.send(b"to nobody")
        # For the refusal to come back; that poll() tells it is another rule's
        # (readiness.poll.datagram-refused).
        sock.poll(("POLLIN",), 1.0)
        return sock
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, sockets.dead_address())
    sockets.wait(sock, "POLLOUT")
    return sock


def told(sock):
    """What SO_ERROR tells: an error's symbol, or `none`."""
    error = sock.take_error()
    return "none" if error is None else error.symbol


TOLD = rule(
    "options.error.told",
    "SO_ERROR tells the error that is pending.",
    level=MUST,
    sources=[CLEARS, MAN.socket(7, "SO_ERROR", "Get and clear the pending socket error")],
    behaviours={
        "pending": CONFORMS,
        "other": "another error",
        "none": "no error",
    },
)


@TOLD.case(cause=CAUSES, family=INET)
def test_told(sockets, see, case):
    got = told(failed(sockets))
    wanted = SYMBOLS[case["cause"]]
    see({wanted: "pending", "none": "none"}.get(got, "other"), got=got)


CLEARED = rule(
    "options.error.cleared",
    "Telling the pending error clears it.",
    level=MUST,
    sources=[CLEARS, FREEBSD.getsockopt(2, "SO_ERROR", "clears the error status")],
    behaviours={
        "cleared": CONFORMS,
        "again": "the same error is told again",
        "another": "another error is told then",
        "none": "no error is told in the first place",
    },
)


@CLEARED.case(cause=CAUSES, family=INET)
def test_cleared(sockets, see, case):
    sock = failed(sockets)
    first, second = told(sock), told(sock)
    if first == "none":
        see("none")
    else:
        see({"none": "cleared", first: "again"}.get(second, "another"), got=(first, second))


BLOCKING = rule(
    "options.error.reported-by-connect",
    "An error that a blocking connect reported is not pending any more.",
    level=SHOULD,
    sources=[
        POSIX.connect("ECONNREFUSED"),
        POSIX.chapter("2.10.10", "Pending Error"),
        MS.getsockopt("SO_ERROR"),
    ],
    behaviours={"none": CONFORMS, "pending": "SO_ERROR tells it again"},
)


@BLOCKING.case(family=(*INET, UNIX))
def test_reported_by_connect(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.connect, sockets.dead_address())
    got = told(sock)
    see("none" if got == "none" else "pending", connect=how, got=got)


BY_CALL = rule(
    "options.error.reported-by-call",
    "An error that a call has reported is not pending any more.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.10", "Pending Error"),
        GVISOR("test/syscalls/linux", "SO_ERROR"),
    ],
    behaviours={
        "none": CONFORMS,
        "pending": "SO_ERROR tells it again",
        "unreported": "the call does not report the error",
    },
)


@BY_CALL.case(cause=("reset", "refused-datagram"), by=("recv", "send"), family=INET)
def test_reported_by_call(sockets, see, case):
    sock = failed(sockets)
    sock.set_nonblocking(True)
    call = {"recv": lambda: sock.recv(8), "send": lambda: sock.send(b"x")}[case["by"]]
    how = outcome(call)
    # Sending on a connection that was reset may tell EPIPE for ECONNRESET.
    reported = how in {SYMBOLS[case["cause"]], "EPIPE"}
    got = told(sock)
    see("unreported" if not reported else "none" if got == "none" else "pending", call=how)


PEEKED = rule(
    "options.error.reported-by-peek",
    "An error that MSG_PEEK has reported is pending still, or is not.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("MSG_PEEK"), XNU("bsd/kern/uipc_socket.c", "soreceive")],
    behaviours={
        "none": "it was taken with that",
        "pending": "SO_ERROR tells it again",
        "unreported": "MSG_PEEK does not report it",
    },
)


@PEEKED.case(cause=("reset", "refused-datagram"), family=INET)
def test_reported_by_peek(sockets, see, case):
    sock = failed(sockets)
    sock.set_nonblocking(True)
    if outcome(sock.peek, 8) != SYMBOLS[case["cause"]]:
        see("unreported")
    else:
        see("none" if told(sock) == "none" else "pending")


AFTER = rule(
    "options.error.taken-then-receive",
    "After the error of a reset connection was taken, receiving tells an end or fails.",
    level=MAY,
    sources=[POSIX.recv("ECONNRESET"), POSIX.recv("RETURN VALUE")],
    behaviours={
        "ended": CONFORMS,
        "ECONNRESET": CONFORMS,
        "ENOTCONN": CONFORMS,
        "data": "it receives bytes",
    },
    needs=["reset"],
)


@AFTER.case(family=INET)
def test_taken_then_receive(sockets, see, case):
    sock = sockets.reset()
    sock.take_error()
    got = []
    how = outcome(lambda: got.append(sock.recv(8)), ok="ended")
    see("data" if got and got[0] else how)


KEPT = rule(
    "options.error.kept",
    "The pending error stays until it is told: other calls do not take it.",
    level=MUST,
    sources=[CLEARS, POSIX.chapter("2.10.10", "Pending Error")],
    behaviours={"pending": CONFORMS, "gone": "there is no error any more", "other": "another"},
)


@KEPT.case(cause=CAUSES, by=("poll", "getsockopt", "setsockopt", "local-addr"), family=INET)
def test_kept(sockets, see, case):
    sock = failed(sockets)
    calls = {
        "poll": lambda: sock.poll(("POLLIN", "POLLOUT"), 0),
        "getsockopt": lambda: sock.get_int(LEVEL, "SO_TYPE"),
        "setsockopt": lambda: sock.set_int(LEVEL, "SO_KEEPALIVE", 1),
        "local-addr": sock.local_addr,
    }
    how = outcome(calls[case["by"]])
    got = told(sock)
    names = {SYMBOLS[case["cause"]]: "pending", "none": "gone"}
    see(names.get(got, "other"), call=how, got=got)


DUPLICATES = rule(
    "options.error.one-for-duplicates",
    "Descriptors of one socket share its pending error: one tells it, for all.",
    level=MUST,
    sources=[POSIX.dup("DESCRIPTION"), CLEARS],
    behaviours={
        "told-once": CONFORMS,
        "told-by-each": "each descriptor tells it",
        "told-by-none": "none does",
    },
)


@DUPLICATES.case(cause=CAUSES, family=INET)
def test_one_for_duplicates(sockets, see, case):
    sock = failed(sockets)
    again = sockets.keep(sock.try_clone())
    count = [told(again), told(sock)].count("none")
    see(("told-by-each", "told-once", "told-by-none")[count])


NOT_OTHERS = rule(
    "options.error.of-this-socket",
    "The error of one socket is not told by another.",
    level=MUST,
    sources=[POSIX.getsockopt("DESCRIPTION"), POSIX.chapter("2.10.10", "Pending Error")],
    behaviours={"none": CONFORMS, "told": "an error is told"},
)


@NOT_OTHERS.case(cause=CAUSES, family=INET)
def test_of_this_socket(sockets, see, case):
    other = sockets.connected(type=DGRAM if "datagram" in case["cause"] else STREAM)[0]
    failed(sockets)
    see("none" if told(other) == "none" else "told")


QUEUED = rule(
    "options.error.listener",
    "A connection that is reset before it is accepted leaves no error on the listener.",
    level=MUST,
    sources=[POSIX.accept("ECONNABORTED"), CLEARS],
    behaviours={"none": CONFORMS, "told": "the listener has an error"},
    needs=["reset"],
)


@QUEUED.case(family=INET)
def test_listener(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    client.set_linger(0.0)
    client.close()
    # The reset of a connection that nobody accepted cannot be waited for; a later
    # connection on the same queue arrives after it.
    later = sockets.new()
    later.connect(listener.local_addr())
    see("none" if told(listener) == "none" else "told")


WRITE_ONLY_LENGTH = rule(
    "options.error.short-buffer",
    "Reading SO_ERROR into a buffer shorter than an int cuts the value off silently.",
    level=MUST,
    sources=[POSIX.getsockopt("DESCRIPTION", "silently truncated")],
    behaviours={
        "cut-off": CONFORMS,
        "longer": "more bytes than there is room for",
        "EFAULT": "it is refused",
        "EINVAL": "it is refused",
    },
)


@WRITE_ONLY_LENGTH.case(length=("1", "2", "3"), family=V4)
def test_short_buffer(sockets, see, case):
    sock = sockets.new()
    room = int(case["length"])
    got = []
    how = outcome(lambda: got.append(sock.get_option(LEVEL, NAME, room)), ok="cut-off")
    see("longer" if got and len(got[0]) > room else how)


RECOVERED = rule(
    "options.error.usable-again",
    "A datagram socket whose error was taken sends and receives as before.",
    level=MUST,
    sources=[MAN.socket(7, "SO_ERROR", "Get and clear the pending socket error"), CLEARS],
    behaviours={
        "works": CONFORMS,
        "lost": "what arrives is not received",
        "ECONNREFUSED": "the error is still told",
    },
)


@RECOVERED.case(cause="refused-datagram", family=INET)
def test_usable_again(sockets, see, case):
    sock = failed(sockets)
    sock.take_error()
    peer = sockets.bound(type=DGRAM)
    sock.connect(peer.local_addr())
    how = outcome(sock.send, b"again", ok="works")
    if how == "works":
        sockets.wait(peer, "POLLIN")
        peer.send_to(b"back", sock.local_addr())
        sockets.wait(sock, ("POLLIN", "POLLERR"))
        got = []
        how = outcome(lambda: got.append(sock.recv(8)), ok="works")
        how = "lost" if got not in ([], [b"back"]) else how
    see(how)
