"""Options that can be read and not set: what a socket is."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

SET = rule(
    "options.read-only.set",
    "Whether setting an option that can only be read fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.setsockopt("DESCRIPTION", "SO_ERROR, or SO_TYPE, the behavior is unspecified"),
        MAN.socket(7, "SO_ACCEPTCONN", "This socket option is read-only"),
    ],
    behaviours={
        "ENOPROTOOPT": "the call fails",
        "EINVAL": "the call fails",
        "accepted": "the call succeeds",
    },
)


@SET.case(
    option=("SO_TYPE", "SO_ERROR", "SO_ACCEPTCONN", "SO_DOMAIN", "SO_PROTOCOL"),
    family=(*INET, UNIX),
)
def test_set(sockets, see, case):
    see(outcome(sockets.new().set_int, "SOL_SOCKET", case["option"], 1, ok="accepted"))


TYPE = rule(
    "options.read-only.type",
    "SO_TYPE returns the type of the socket.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_TYPE", "getsockopt() shall return the type of the socket"),
    ],
    behaviours={"its-type": CONFORMS, "another-type": "it returns another type"},
    renamed={"other": "another-type"},
)


@TYPE.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_type(sockets, see, case):
    wanted = sockets.number("SOCK_STREAM" if case["type"] == STREAM else "SOCK_DGRAM")
    got = sockets.new().type()
    see("its-type" if got == wanted else "another-type", got=got)


DOMAIN = rule(
    "options.read-only.domain",
    "Whether SO_DOMAIN returns the family of the socket is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.socket(7, "SO_DOMAIN", "Retrieves the socket domain as an integer"),
    ],
    behaviours={
        "its-family": "it returns the family",
        "another-family": "it returns another family",
    },
    renamed={"other": "another-family"},
)


@DOMAIN.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_domain(sockets, see, case):
    names = {V4: "AF_INET", V6: "AF_INET6", UNIX: "AF_UNIX"}
    wanted = sockets.number(names[case["family"]])
    got = sockets.new().domain()
    see("its-family" if got == wanted else "another-family", got=got)


PROTOCOL = rule(
    "options.read-only.protocol",
    "SO_PROTOCOL returns TCP or UDP for an Internet socket that was created with protocol 0.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.18",
            "Use of Sockets over Internet Protocols",
            "shall use the protocol listed below for the type of socket created",
        ),
    ],
    behaviours={
        "its-protocol": CONFORMS,
        "zero": "it returns zero",
        "another-protocol": "it returns another protocol",
    },
    renamed={"none": "zero", "other": "another-protocol"},
)


@PROTOCOL.case(family=INET, type=(STREAM, DGRAM))
def test_protocol(sockets, see, case):
    wanted = sockets.number("IPPROTO_TCP" if case["type"] == STREAM else "IPPROTO_UDP")
    got = sockets.new().protocol()
    names = {None: "zero", wanted: "its-protocol"}
    see(names.get(got, "another-protocol"), got=got)


ACCEPTS = rule(
    "options.read-only.accept-connections",
    "SO_ACCEPTCONN reports whether the socket listens.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.16", "SO_ACCEPTCONN", "whether socket listening is enabled for the socket"
        ),
    ],
    behaviours={"reported": CONFORMS, "opposite": "it reports the opposite"},
    renamed={"told": "reported", "wrong": "opposite"},
)


@ACCEPTS.case(
    family=(*INET, UNIX), state=("fresh", "bound", "listening", "connected", "accepted")
)
def test_accept_connections(sockets, see, case):
    state = case["state"]
    if state in {"connected", "accepted"}:
        sock = sockets.connected()[state == "accepted"]
    else:
        make = {"fresh": sockets.new, "bound": sockets.bound, "listening": sockets.listener}
        sock = make[state]()
    see("reported" if sock.is_listener() is (state == "listening") else "opposite")
