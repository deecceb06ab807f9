"""connect() of the socket2 document: called again, and the options around it."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .calls import ending

ALREADY = SOCKET2.connect(3, "if listen or connect has already been called on this builder")

CONNECT_LISTENER = rule(
    "contracts.connect.already-listening",
    "Connecting a listening socket fails.",
    level=MUST,
    judges=ALONE,
    sources=[
        ALREADY,
        POSIX.connect(
            "EOPNOTSUPP (may fail)", "The socket is listening and cannot be connected"
        ),
    ],
    behaviours={"fails": CONFORMS},
    aliases=["state.connect.listening"],
    renamed={
        **dict.fromkeys(("refused", "EOPNOTSUPP", "EISCONN", "EINVAL"), "fails"),
        **dict.fromkeys(("accepted", "connected"), "succeeds"),
    },
)


@CONNECT_LISTENER.case(family=(*INET, UNIX))
def test_connect_listener(sockets, see, case):
    see(ending(sockets.listener().connect, sockets.listener().local_addr()))


def setting(sock, option):
    """Set an option to another value: how that ended, `ignored` if the value stays."""
    name = option.replace("-", "_")
    getter = getattr(sock, name)
    before = getter()
    how = outcome(getattr(sock, f"set_{name}"), True if before is False else 16384)
    return "ignored" if how == "succeeds" and getter() == before else how


OPTIONS_CONNECTING = rule(
    "contracts.connect.options-while-connecting",
    "Whether an option can be set while a non-blocking connect is in progress is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        SOCKET2.connect(4, "socket option can't be set while connecting"),
        SOCKET2.connect(5, "This will cause errors on Windows"),
    ],
    behaviours={
        "succeeds": "the option is set",
        "ignored": "the call succeeds, and the option keeps its value",
    },
    needs=["full-backlog"],
    renamed={"accepted": "succeeds"},
)


@OPTIONS_CONNECTING.case(family=INET, option=("nodelay", "keepalive", "recv-buffer-size"))
def test_options_while_connecting(sockets, see, case):
    see(setting(sockets.connecting(), case["option"]))


OPTIONS_AFTER = rule(
    "contracts.connect.options-after",
    "An option can be set before and after connecting.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.connect(6, "Socket options can be safely set before and after connecting")
    ],
    behaviours={
        "succeeds": CONFORMS,
        "ignored": "the call succeeds, and the option keeps its value",
    },
    renamed={"accepted": "succeeds"},
)


@OPTIONS_AFTER.case(family=INET, when=("before", "after"))
def test_options_after(sockets, see, case):
    sock = sockets.new() if case["when"] == "before" else sockets.connected()[0]
    see(setting(sock, "nodelay"))
