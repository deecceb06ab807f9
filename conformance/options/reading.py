"""Reading an option back, and into a buffer that is too short for it."""

from __future__ import annotations

from sockspec.errors import SocketError, Unsupported
from sockspec.spec import CONFORMS, POSIX, outcome

TRUNCATES = POSIX.getsockopt("DESCRIPTION", "option_value argument shall be silently truncated")
TRUNCATED = {
    "cut-off": CONFORMS,
    "altered": "other bytes than the first of the value",
    "longer": "more bytes than there is room for",
    "shorter": "fewer bytes than there is room for",
    "empty": "no bytes",
}


def value_of(sock, level, option):
    """The value of an option, in a rule that is about the value.

    Without the option such a rule does not apply; that an option exists is what the rules of
    its default ask.
    """
    try:
        return sock.get_int(level, option)
    except SocketError as error:
        if error.symbol != "ENOPROTOOPT":
            raise
        raise Unsupported(option, "reading it fails with ENOPROTOOPT") from None


def truncated(sock, level, option, room):
    """Read an option into `room` bytes, fewer than it has, and name what came: `TRUNCATED`."""
    got = []
    how = outcome(lambda: got.append(sock.get_option(level, option, room)))
    if not got:
        return how
    if len(got[0]) == room:
        whole = sock.get_option(level, option, 64)
        return "cut-off" if got[0] == whole[:room] else "altered"
    if not got[0]:
        return "empty"
    return "longer" if len(got[0]) > room else "shorter"


def set_or_skip(sock, level, option, value):
    """Set an option before what the rule is about; `Unsupported` where a system refuses it."""
    how = outcome(sock.set_int, level, option, value)
    if how != "succeeds":
        raise Unsupported(option, f"setting it to {value} fails with {how}")
