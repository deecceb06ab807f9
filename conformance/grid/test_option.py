"""Options of SOL_SOCKET that are read and set, in every state."""

from __future__ import annotations

from sockspec.spec import CONFORMS, MUST, POSIX, outcome, rule

from .cells import CLOSED, GRID, bad_descriptor, rest, share
from .states import reached

ERRORS = ("ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED")

TYPE = rule(
    "grid.option.type",
    "SO_TYPE returns the type of the socket in every state.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_TYPE", "getsockopt() shall return the type of the socket")
    ],
    behaviours={"its-type": CONFORMS, "another-type": "it returns another type"},
)

BAD = bad_descriptor("option", "getsockopt")

ANSWER = rest(
    "option",
    "an option can be read or set, and what SO_ERROR and SO_ACCEPTCONN return,",
    sources=[
        POSIX.getsockopt("DESCRIPTION", "shall retrieve the value for the option"),
        POSIX.setsockopt("EINVAL", "or the socket has been shut down"),
    ],
    behaviours={
        "succeeds": "the call succeeds",
        "no-error": "SO_ERROR returns 0",
        **{f"pending-{name.lower()}": f"SO_ERROR returns {name}" for name in ERRORS},
        "pending-another": "SO_ERROR returns another error",
        "listens": "SO_ACCEPTCONN returns 1",
        "does-not-listen": "SO_ACCEPTCONN returns 0",
    },
)

TYPES = {"stream": "SOCK_STREAM", "dgram": "SOCK_DGRAM", "seqpacket": "SOCK_SEQPACKET"}
TYPES |= {"raw": "SOCK_RAW"}


@share(ANSWER, [(BAD, CLOSED)], call="get-error")
def test_error(sockets, see, case):
    sock = reached(sockets, case)
    got = []
    how = outcome(lambda: got.append(sock.take_error()))
    if how == "succeeds":
        error = got[0]
        how = "no-error" if error is None else f"pending-{error.symbol.lower()}"
        if error is not None and error.symbol not in ERRORS:
            how = "pending-another"
    see(how)


@share(ANSWER, [(BAD, CLOSED), (TYPE, frozenset(GRID) - CLOSED)], call="get-type")
def test_type(sockets, see, case):
    sock = reached(sockets, case)
    got = []
    how = outcome(lambda: got.append(sock.type()))
    if how == "succeeds":
        wanted = sockets.number(TYPES[case["type"]])
        how = "its-type" if got == [wanted] else "another-type"
    see(how)


@share(ANSWER, [(BAD, CLOSED)], call="get-acceptconn")
def test_listener(sockets, see, case):
    sock = reached(sockets, case)
    got = []
    how = outcome(lambda: got.append(sock.is_listener()))
    if how == "succeeds":
        how = "listens" if got[0] else "does-not-listen"
    see(how)


@share(ANSWER, [(BAD, CLOSED)], call="set-keepalive")
def test_set(sockets, see, case):
    see(outcome(reached(sockets, case).set_keepalive, True))
