"""accept() and accept_raw() of the socket2 document: flags and address of what they return."""

from __future__ import annotations

from sockspec.spec import FREEBSD, INET, MAN, MUST, SERVER, SOCKET2, UNIX, UNSPECIFIED, rule

CLOEXEC = {"cloexec": "close-on-exec is set", "inheritable": "close-on-exec is clear"}


def accepting(sockets):
    """A listener with one connection in its queue, and the client of that."""
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    return listener, client


def cloexec(sock):
    return "cloexec" if sock.cloexec() else "inheritable"


ACCEPT_CLOEXEC = rule(
    "contracts.accept.cloexec",
    "accept sets close-on-exec on the accepted socket.",
    level=MUST,
    judges=SERVER,
    sources=[
        SOCKET2.accept(3, "sets the same flags as in done for Socket::new"),
        SOCKET2.new(3, "the close-on-exec flag is set on the new socket"),
    ],
    behaviours=CLOEXEC,
    conforming=["cloexec"],
)


@ACCEPT_CLOEXEC.case(family=(*INET, UNIX))
def test_accept_cloexec(sockets, see, case):
    see(cloexec(sockets.accepted(accepting(sockets)[0])))


ACCEPT_MODE = rule(
    "contracts.accept.mode",
    "Whether an accepted socket is blocking is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        MAN.accept(2, "DESCRIPTION", "does not inherit file status flags such as O_NONBLOCK"),
        FREEBSD.accept(2, "DESCRIPTION", "inherits the state of the O_NONBLOCK and O_ASYNC"),
    ],
    behaviours={"blocking": "O_NONBLOCK is clear", "nonblocking": "O_NONBLOCK is set"},
    needs=["nonblocking-flag"],
    aliases=["contracts.accept.flags"],
    renamed={"as-new": "blocking"},
)


@ACCEPT_MODE.case(family=(*INET, UNIX), listener=("blocking", "nonblocking"))
def test_accept_mode(sockets, see, case):
    listener, _client = accepting(sockets)
    listener.set_nonblocking(case["listener"] == "nonblocking")
    see("nonblocking" if sockets.accepted(listener).nonblocking() else "blocking")


RAW_FLAGS = rule(
    "contracts.accept.raw-inheritable",
    "accept_raw does not set close-on-exec on the accepted socket.",
    level=MUST,
    judges=SERVER,
    sources=[
        SOCKET2.accept(3, "accept_raw can be used if you don't want to set those flags"),
        SOCKET2.accept_raw(2, "directly corresponds to the accept(2) function"),
    ],
    behaviours=CLOEXEC,
    conforming=["inheritable"],
    needs=["accept-raw"],
    aliases=["contracts.accept-raw.flags"],
)


@RAW_FLAGS.case(family=(*INET, UNIX))
def test_raw_flags(sockets, see, case):
    listener, _client = accepting(sockets)
    see(cloexec(sockets.keep(listener.accept_raw()[0])))
