"""SO_ERROR: the pending error, reported once."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CLIENT,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .reading import TRUNCATED, TRUNCATES, truncated

LEVEL, NAME = "SOL_SOCKET", "SO_ERROR"
CAUSES = ("refused-connect", "reset", "refused-datagram")
SYMBOLS = {
    "refused-connect": "ECONNREFUSED",
    "reset": "ECONNRESET",
    "refused-datagram": "ECONNREFUSED",
}
RETURNS = POSIX.chapter(
    "2.10.16", NAME, "shall return any pending error on the socket and clear the error status"
)
ZERO = POSIX.chapter("2.10.16", NAME, "shall return a value of 0 if there is no pending error")
BY_CALLS = POSIX.chapter(
    "2.10.10",
    "Pending Error",
    "returned in response to a subsequent send(), recv(), or getsockopt() operation",
)
CLEARED_THEN = POSIX.chapter(
    "2.10.10", "Pending Error", "and the pending error is then cleared"
)
OF_SOCKET = POSIX.chapter("2.10.10", "Pending Error", "The socket stores the pending error")
BECOMES = POSIX.chapter(
    "2.10.15", "Asynchronous Errors", "shall become the pending error for the socket"
)

NO_ERROR = "SO_ERROR is zero"
PENDING = "SO_ERROR is the error"
ANOTHER_ERROR = "SO_ERROR is another error"
UNREPORTED = "the call does not fail with the error"


def failed(sockets):
    """A socket with a pending error of the case's cause."""
    cause = sockets.case["cause"]
    if cause == "reset":
        return sockets.reset()
    if cause == "refused-datagram":
        sock, peer = sockets.connected(type=DGRAM)
        peer.close()
        sock.send(b"to nobody")
        # For the refusal to come back; that poll() reports it is another rule's
        # (readiness.poll.pending-error).
        sock.poll(("POLLIN",), 1.0)
        return sock
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, sockets.dead_address())
    sockets.wait(sock, "POLLOUT")
    return sock


def pending(sock):
    """What SO_ERROR returns: an error's symbol, or `no-error`."""
    error = sock.take_error()
    return "no-error" if error is None else error.symbol


REPORTED = rule(
    "options.error.reported",
    "SO_ERROR returns the pending error.",
    level=MUST,
    sources=[
        RETURNS,
        BECOMES,
        MAN.socket(7, NAME, "Get and clear the pending socket error"),
    ],
    behaviours={"pending": CONFORMS, "another-error": ANOTHER_ERROR, "no-error": NO_ERROR},
    aliases=["options.error.told"],
    renamed={"other": "another-error", "none": "no-error"},
)


@REPORTED.case(cause=CAUSES, family=INET)
def test_reported(sockets, see, case):
    got = pending(failed(sockets))
    names = {SYMBOLS[case["cause"]]: "pending", "no-error": "no-error"}
    see(names.get(got, "another-error"), got=got)


CLEARED = rule(
    "options.error.cleared",
    "Reading SO_ERROR clears the pending error.",
    level=MUST,
    sources=[
        RETURNS,
        SOCKET2.take_error(2, "retrieve the stored error in the underlying socket, clearing"),
        FREEBSD.getsockopt(2, NAME, "clears the error status"),
    ],
    behaviours={
        "cleared": CONFORMS,
        "again": "a second read returns the same error",
        "another": "a second read returns another error",
        "no-error": NO_ERROR,
    },
    aliases=["contracts.take-error.clears"],
    renamed={"none": "no-error", "kept": "again"},
)


@CLEARED.case(cause=CAUSES, family=INET)
def test_cleared(sockets, see, case):
    sock = failed(sockets)
    first, second = pending(sock), pending(sock)
    names = {"no-error": "cleared", first: "again"}
    how = first if first == "no-error" else names.get(second, "another")
    see(how, got=(first, second))


BY_CONNECT = rule(
    "options.error.reported-by-connect",
    "An error that a blocking connect() reports is not pending afterwards.",
    level=MUST,
    judges=CLIENT,
    sources=[
        ZERO,
        POSIX.chapter(
            "2.10.15",
            "ECONNREFUSED",
            "For a connection-mode socket attempting a non-blocking connection",
        ),
    ],
    behaviours={"no-error": CONFORMS, "pending": PENDING, "another-error": ANOTHER_ERROR},
    renamed={"none": "no-error"},
)


@BY_CONNECT.case(family=(*INET, UNIX))
def test_reported_by_connect(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.connect, sockets.dead_address())
    got = pending(sock)
    see(
        {"no-error": "no-error", how: "pending"}.get(got, "another-error"), connect=how, got=got
    )


BY_CALL = rule(
    "options.error.reported-by-call",
    "An error that send() or recv() reports is not pending afterwards.",
    level=MUST,
    sources=[BY_CALLS, CLEARED_THEN],
    behaviours={"no-error": CONFORMS, "pending": PENDING, "unreported": UNREPORTED},
    renamed={"none": "no-error"},
)


@BY_CALL.case(cause=("reset", "refused-datagram"), by=("recv", "send"), family=INET)
def test_reported_by_call(sockets, see, case):
    sock = failed(sockets)
    sock.set_nonblocking(True)
    call = {"recv": lambda: sock.recv(8), "send": lambda: sock.send(b"x")}[case["by"]]
    how = outcome(call)
    # A send on a connection that is no more may fail with EPIPE as well.
    reported = how in {SYMBOLS[case["cause"]], "EPIPE"}
    got = pending(sock)
    see(
        "unreported" if not reported else "no-error" if got == "no-error" else "pending",
        call=how,
    )


PEEKED = rule(
    "options.error.reported-by-peek",
    "Whether an error that MSG_PEEK reports is still pending afterwards is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("MSG_PEEK", "The data is treated as unread"),
        CLEARED_THEN,
    ],
    behaviours={"no-error": NO_ERROR, "pending": PENDING, "unreported": UNREPORTED},
    renamed={"none": "no-error"},
)


@PEEKED.case(cause=("reset", "refused-datagram"), family=INET)
def test_reported_by_peek(sockets, see, case):
    sock = failed(sockets)
    sock.set_nonblocking(True)
    if outcome(sock.peek, 8) != SYMBOLS[case["cause"]]:
        see("unreported")
    else:
        see("no-error" if pending(sock) == "no-error" else "pending")


AFTER = rule(
    "options.error.then-receive",
    "Whether receiving fails after SO_ERROR returned the error of a reset connection is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer"),
        POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected"),
        CLEARED_THEN,
    ],
    behaviours={
        "ECONNRESET": "the call fails",
        "ENOTCONN": "the call fails",
        "ended": "it returns 0, as after an orderly shutdown",
        "data": "it returns bytes",
    },
    needs=["reset"],
    aliases=["options.error.taken-then-receive"],
)


@AFTER.case(family=INET)
def test_then_receive(sockets, see, case):
    sock = sockets.reset()
    sock.take_error()
    got = []
    how = outcome(lambda: got.append(sock.recv(8)), ok="ended")
    see("data" if got and got[0] else how)


KEPT = rule(
    "options.error.kept",
    "Calls other than send(), recv() and reading SO_ERROR do not clear the pending error.",
    level=MUST,
    sources=[RETURNS, BY_CALLS],
    behaviours={"pending": CONFORMS, "no-error": NO_ERROR, "another-error": ANOTHER_ERROR},
    renamed={"gone": "no-error", "other": "another-error"},
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
    got = pending(sock)
    names = {SYMBOLS[case["cause"]]: "pending", "no-error": "no-error"}
    see(names.get(got, "another-error"), call=how, got=got)


DUPLICATES = rule(
    "options.error.one-for-duplicates",
    "Two descriptors of a socket share its pending error: SO_ERROR returns it once.",
    level=MUST,
    sources=[
        POSIX.fcntl("F_DUPFD", "shall refer to the same open file description as the original"),
        RETURNS,
    ],
    behaviours={
        "reported-once": CONFORMS,
        "reported-by-each": "SO_ERROR returns it through each descriptor",
        "no-error": NO_ERROR,
    },
    renamed={
        "told-once": "reported-once",
        "told-by-each": "reported-by-each",
        "told-by-none": "no-error",
    },
)


@DUPLICATES.case(cause=CAUSES, family=INET)
def test_one_for_duplicates(sockets, see, case):
    sock = failed(sockets)
    again = sockets.keep(sock.try_clone())
    zeros = [pending(again), pending(sock)].count("no-error")
    see(("reported-by-each", "reported-once", "no-error")[zeros])


NOT_OTHERS = rule(
    "options.error.of-this-socket",
    "The pending error of one socket is not reported by another.",
    level=MUST,
    sources=[OF_SOCKET, ZERO],
    behaviours={"no-error": CONFORMS, "pending": PENDING},
    renamed={"none": "no-error", "told": "pending"},
)


@NOT_OTHERS.case(cause=CAUSES, family=INET)
def test_of_this_socket(sockets, see, case):
    other = sockets.connected(type=DGRAM if "datagram" in case["cause"] else STREAM)[0]
    failed(sockets)
    got = pending(other)
    see("no-error" if got == "no-error" else "pending", got=got)


QUEUED = rule(
    "options.error.listener",
    "Whether a connection that is reset before it is accepted leaves an error on the "
    "listener is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[POSIX.accept("ECONNABORTED", "A connection has been aborted"), OF_SOCKET],
    behaviours={"no-error": NO_ERROR, "on-listener": "SO_ERROR of the listener is an error"},
    needs=["reset"],
    renamed={"none": "no-error", "told": "on-listener"},
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
    got = pending(listener)
    see("no-error" if got == "no-error" else "on-listener", got=got)


SHORT_BUFFER = rule(
    "options.error.short-buffer",
    "Reading SO_ERROR into a buffer shorter than an int truncates the value silently.",
    level=MUST,
    sources=[TRUNCATES],
    behaviours=TRUNCATED,
)


@SHORT_BUFFER.case(length=("1", "2", "3"), family=V4)
def test_short_buffer(sockets, see, case):
    see(truncated(sockets.new(), LEVEL, NAME, int(case["length"])))


RECOVERED = rule(
    "options.error.usable-again",
    "A datagram socket whose pending error was read sends and receives as before.",
    level=MUST,
    sources=[RETURNS, MAN.socket(7, NAME, "Get and clear the pending socket error")],
    behaviours={"works": CONFORMS, "lost": "what arrives is not received"},
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
