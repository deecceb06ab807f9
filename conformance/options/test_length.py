"""How long the value of an option may be: every shorter and longer one, set and read."""

from __future__ import annotations

from sockspec.errors import Overrun, SocketError, Unsupported
from sockspec.spec import KERNEL, MAN, POSIX, UNSPECIFIED, outcome, rule

from .places import each_place, not_switched_off, own
from .table import OPTIONS

USUAL = (0, 1, 2, 3, 4, 5, 8, 16)
BYTES = (*USUAL, 7, 9, 11, 12, 13, 15, 17, 19, 20, 21, 24, 28, 32, 39, 40, 41)
"""Lengths with which a structure of the tables begins to be accepted, or ends."""


def lengths(row):
    """The usual lengths, and those about the length of the value."""
    about = {row.size - 1, row.size, row.size + 1} if row.size < 42 else {row.size}
    return sorted({*USUAL, *about})


SETTABLE = [
    row for row in OPTIONS.values() if "w" in row.use and row.kind != "text" and not row.who
]
SET = rule(
    "options.length.set",
    "Whether a value of another length than the option's is accepted is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument"),
        MAN.getsockopt(2, "EINVAL", "optlen invalid in setsockopt()"),
        KERNEL("net/core/sock.c", "sk_setsockopt", "if (optlen < sizeof(int))"),
    ],
    behaviours={
        **{f"from-{n}": f"lengths of {n} bytes and more are accepted" for n in sorted(BYTES)},
        **{f"only-{n}": f"a length of {n} bytes alone is accepted" for n in sorted(BYTES)},
        **{f"up-to-{n}": f"lengths of up to {n} bytes are accepted" for n in sorted(BYTES)},
        "scattered": "lengths are accepted that have others between them",
        "refused-variously": "no length is accepted, and not for the same reason",
    },
)


def accepted(tried):
    """Which lengths were accepted, in a word: `tried` holds how each one ended."""
    taken = [length for length, how in tried.items() if how == "succeeds"]
    if not taken:
        reasons = set(tried.values())
        return reasons.pop() if len(reasons) == 1 else "refused-variously"
    if taken == [length for length in tried if length >= taken[0]]:
        return f"from-{taken[0]}"
    if len(taken) == 1:
        return f"only-{taken[0]}"
    whole = taken == [length for length in tried if length <= taken[-1]]
    return f"up-to-{taken[-1]}" if whole else "scattered"


@each_place(SET, SETTABLE, own)
def test_set(sockets, see, case):
    row = OPTIONS[case["option"]]
    not_switched_off(sockets, row)
    sock = sockets.new()
    value = row.value(sockets.backend.byte_order)
    tried = {
        length: outcome(
            sock.set_option, row.level, row.name, value[:length].ljust(length, b"\0")
        )
        for length in lengths(row)
    }
    see(accepted(tried), tried=str(tried))


READABLE = [
    row
    for row in OPTIONS.values()
    if "r" in row.use and row.name != "TCP_CC_INFO"  # as long as the algorithm has it
]
ROOM = 512
SHORT = rule(
    "options.length.read-short",
    "Whether an option of one system is cut off to a buffer that is too short is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.getsockopt("DESCRIPTION", "option_value argument shall be silently truncated"),
        KERNEL(
            "net/ipv4/ip_sockglue.c", "do_ip_getsockopt", "if (len < sizeof(int) && len > 0"
        ),
    ],
    behaviours={
        "cut-off": "as many bytes come as there is room for",
        "one-byte": "one byte comes, however many there is room for",
        "no-bytes": "no bytes come",
        "too-many": "more bytes are reported than there is room for",
        "overrun": "it writes past the end of the buffer",
        "not-alike": "not all short buffers are treated alike",
    },
)


def short(sock, row, length):
    """What comes into a buffer that is too short for the value."""
    got = []
    try:
        how = outcome(lambda: got.append(len(sock.get_option(row.level, row.name, length))))
    except Overrun:
        return "overrun"
    if not got:
        return how
    if got == [length]:
        return "cut-off"
    return {0: "no-bytes", 1: "one-byte"}.get(got[0], "too-many")


def whole(sock, row):
    """How many bytes the value has; `Unsupported` where it cannot be read."""
    try:
        return len(sock.get_option(row.level, row.name, ROOM))
    except SocketError as error:
        raise Unsupported(row.name, f"reading it fails with {error.symbol}") from None


@each_place(SHORT, READABLE, own)
def test_read_short(sockets, see, case):
    row = OPTIONS[case["option"]]
    sock = sockets.new()
    size = whole(sock, row)
    if size < 2:
        raise Unsupported(row.name, "its value is not longer than the shortest buffer")
    # One byte of room is left to itself: there, cut off and one byte are the same.
    seen = {length: short(sock, row, length) for length in (2, 3, 7, 15) if length < size}
    alike = set(seen.values())
    see(alike.pop() if len(alike) == 1 else "not-alike", seen=str(seen))


EMPTY = rule(
    "options.length.read-zero",
    "Whether an option can be read into a buffer without room is unspecified.",
    level=UNSPECIFIED,
    sources=[SHORT.sources[0]],
    behaviours={
        "no-bytes": "no bytes come",
        **{name: SHORT.behaviours[name] for name in ("too-many", "overrun")},
    },
)


# One of each level: Python's own module cannot ask for no bytes.
FIRST = ("SO_KEEPALIVE", "SO_LINGER", "IP_TTL", "IPV6_UNICAST_HOPS", "TCP_NODELAY", "TCP_INFO")


@each_place(EMPTY, [OPTIONS[name] for name in (*FIRST, "UDP_CORK")], own)
def test_read_zero(sockets, see, case):
    row = OPTIONS[case["option"]]
    sock = sockets.new()
    whole(sock, row)
    how = short(sock, row, 0)
    see("no-bytes" if how == "cut-off" else how)


LONG = rule(
    "options.length.read-long",
    "Whether an option that is read into a longer buffer has the length of its type is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.getsockopt("DESCRIPTION", "modified to indicate the actual length of the value"),
    ],
    behaviours={
        "its-length": "the value has the length of its type",
        "no-bytes": "no bytes come",
        "twice-its-length": "the value is twice as long",
        "shorter": "the value is shorter",
        "longer": "the value is longer",
    },
)


@each_place(LONG, READABLE, own)
def test_read_long(sockets, see, case):
    row = OPTIONS[case["option"]]
    got = whole(sockets.new(), row)
    names = {row.size: "its-length", 0: "no-bytes", 2 * row.size: "twice-its-length"}
    see(names.get(got, "shorter" if got < row.size else "longer"), got=got)
