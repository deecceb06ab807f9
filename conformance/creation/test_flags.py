"""Flags at creation: in the type of socket(), and those of accept4()."""

from __future__ import annotations

from sockspec.spec import FREEBSD, INET, MAN, STREAM, UNIX, UNSPECIFIED, V4, V6, outcome, rule

ALL = (*INET, UNIX)
FLAGS = {"none": (), "cloexec": ("SOCK_CLOEXEC",), "nonblock": ("SOCK_NONBLOCK",)}
FLAGS |= {"both": ("SOCK_CLOEXEC", "SOCK_NONBLOCK")}
SET = {
    "as-asked": "close-on-exec and O_NONBLOCK are set as the flags ask for",
    "cloexec-differs": "close-on-exec is set without its flag, or not set with it",
    "mode-differs": "O_NONBLOCK is set without its flag, or not set with it",
    "both-differ": "neither is as the flags ask for",
}


def mask(sockets, flags):
    return sum(sockets.number(each) for each in FLAGS[flags])


def domain_of(sockets, family):
    return sockets.number({V4: "AF_INET", V6: "AF_INET6", UNIX: "AF_UNIX"}[family])


def differing(sock, flags):
    """What of a socket's two flags is not as asked for."""
    cloexec = sock.cloexec() == ("SOCK_CLOEXEC" in FLAGS[flags])
    mode = sock.nonblocking() == ("SOCK_NONBLOCK" in FLAGS[flags])
    names = {
        (True, True): "as-asked",
        (False, True): "cloexec-differs",
        (True, False): "mode-differs",
        (False, False): "both-differ",
    }
    return names[cloexec, mode]


TYPE = rule(
    "creation.flags.in-type",
    "Whether SOCK_CLOEXEC and SOCK_NONBLOCK in the type of socket() set the two flags is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.socket(2, "DESCRIPTION", "it may include the bitwise OR of any of the following"),
        FREEBSD.socket(2, "DESCRIPTION", "SOCK_CLOEXEC"),
    ],
    behaviours=SET,
    needs=["new-raw", "nonblocking-flag"],
)


@TYPE.case(family=ALL, type=STREAM, flags=tuple(FLAGS))
def test_in_type(sockets, see, case):
    type = sockets.number("SOCK_STREAM") | mask(sockets, case["flags"])
    made = sockets.of(sockets.backend.new_raw(domain_of(sockets, case["family"]), type, 0))
    see(differing(made, case["flags"]))


TYPE_KEPT = rule(
    "creation.flags.not-in-so-type",
    "Whether SO_TYPE shows the flags that socket() was given with the type is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.socket(7, "SO_TYPE", "Gets the socket type as an integer")],
    behaviours={
        "type-alone": "reads back as the type without flags",
        "with-flags": "reads back as the type with the flags",
    },
    needs=["new-raw"],
)


@TYPE_KEPT.case(family=ALL, type=STREAM)
def test_not_in_so_type(sockets, see, case):
    type = sockets.number("SOCK_STREAM")
    given = type | sockets.number("SOCK_NONBLOCK")
    made = sockets.of(sockets.backend.new_raw(domain_of(sockets, case["family"]), given, 0))
    got = made.get_int("SOL_SOCKET", "SO_TYPE")
    see("type-alone" if got == type else "with-flags", got=got)


ACCEPT4 = rule(
    "creation.flags.of-accept4",
    "Whether accept4() sets close-on-exec and O_NONBLOCK as its flags say is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.accept(2, "DESCRIPTION", "Set the close-on-exec (FD_CLOEXEC) flag on the new file"),
        FREEBSD.accept(2, "DESCRIPTION", "determined by the SOCK_NONBLOCK flag in the flags"),
    ],
    behaviours=SET,
    needs=["accept4", "nonblocking-flag"],
)


def accepting(sockets, mode="blocking"):
    """A listener with one connection in its queue."""
    listener = sockets.listener()
    sockets.new().connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    listener.set_nonblocking(mode == "nonblocking")
    return listener


@ACCEPT4.case(family=ALL, listener=("blocking", "nonblocking"), flags=tuple(FLAGS))
def test_of_accept4(sockets, see, case):
    listener = accepting(sockets, case["listener"])
    flags = mask(sockets, case["flags"])
    made, _peer = sockets.backend.accept4(listener.handle, flags)
    see(differing(sockets.of(made), case["flags"]))


UNKNOWN = rule(
    "creation.flags.unknown-to-accept4",
    "Whether accept4() refuses flags that it does not know is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.accept(2, "ERRORS, EINVAL", "invalid value in flags"),
        FREEBSD.accept(2, "ERRORS, EINVAL", "The flags argument is invalid"),
    ],
    behaviours={
        "accepts": "accepts the connection",
        "lost": "fails, and the connection is gone",
    },
    needs=["accept4"],
)


@UNKNOWN.case(family=ALL)
def test_unknown_to_accept4(sockets, see, case):
    listener = accepting(sockets)
    made = []
    how = outcome(
        lambda: made.append(sockets.backend.accept4(listener.handle, 1 << 30)), ok="accepts"
    )
    for handle, _peer in made:
        sockets.of(handle)
    is_lost = not made and not listener.poll("POLLIN", 0)
    see("lost" if is_lost else how)
