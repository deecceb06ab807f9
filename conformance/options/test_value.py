"""What options of one system hold: defaults, values in their range and out of it."""

from __future__ import annotations

from sockspec.errors import SocketError, Unsupported
from sockspec.spec import KERNEL, MAN, POSIX, UNSPECIFIED, outcome, rule

from .places import each_place, not_switched_off, own
from .table import OPTIONS
from .test_boolean import LEVELS as BOOLEAN
from .test_integer import RANGES

PER_PROTOCOL = POSIX.chapter(
    "2.10.16", "Use of Options", "defined by the protocol level to which they apply"
)
SETS = POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument")
LINUX = KERNEL("net/core/sock.c", "sk_setsockopt", "case SO_PRIORITY:")
BY_HAND = {
    *{*BOOLEAN, *RANGES, "IP_TOS", "SO_SNDBUF", "SO_RCVBUF", "SO_ERROR"},
    *{"SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ACCEPTCONN"},
}
"""Options whose values rules of their own are about: options.boolean, .read-only, and so on."""

# Options whose default is a setting of the system, or what the machine is like.
SETTINGS = {
    *("IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER", "IPV6_AUTOFLOWLABEL", "TCP_LINGER2"),
    *("SO_BUSY_POLL", "SO_TXREHASH", "TCP_MAXSEG", "TCP_TIMESTAMP", "SO_INCOMING_CPU"),
    *("TCP_QUICKACK", "TCP_NOTSENT_LOWAT", "SO_BPF_EXTENSIONS", "IPV6_ADDR_PREFERENCES"),
}
NUMBERS = [row for row in OPTIONS.values() if row.is_number]
READABLE = [row for row in NUMBERS if "r" in row.use and row.name not in BY_HAND]
BOTH_WAYS = [row for row in READABLE if "w" in row.use and not row.who]

ERROR = "the value is refused"


def read(sock, row):
    """The value as a signed int; `Unsupported` where it cannot be read."""
    try:
        return sock.get_int(row.level, row.name)
    except SocketError as error:
        raise Unsupported(row.name, f"reading it fails with {error.symbol}") from None


DEFAULT = rule(
    "options.value.default",
    "Whether an option that was not set reads as zero is unspecified.",
    level=UNSPECIFIED,
    sources=[PER_PROTOCOL, LINUX],
    behaviours={
        "zero": "it reads as 0",
        "one": "it reads as 1",
        "minus-one": "it reads as -1",
        "another-value": "it reads back as another number",
    },
)


@each_place(DEFAULT, (row for row in READABLE if row.name not in SETTINGS), own)
def test_default(sockets, see, case):
    row = OPTIONS[case["option"]]
    got = read(sockets.new(), row)
    see({0: "zero", 1: "one", -1: "minus-one"}.get(got, "another-value"), got=got)


def steps(row):
    """The ends of a range and powers of two between them; both values of a flag."""
    between = [2**power for power in range(31) if row.least < 2**power < row.most]
    return [row.least, *between, row.most] if row.most > row.least else [row.least]


def compared(got, value):
    """How what was read back compares with what was set."""
    if got == value:
        return "same"
    if got == 2 * value:
        return "doubled"
    return "smaller" if got < value else "larger"


TRIP = rule(
    "options.value.round-trip",
    "Whether an option of one system reads back as it was set, over its whole range, is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SETS, LINUX],
    behaviours={
        "same": "every value reads back as it was set",
        "doubled": "a value reads back as twice as much",
        "smaller": "a value reads back as less",
        "larger": "a value reads back as more",
    },
)


@each_place(TRIP, (row for row in BOTH_WAYS if row.least <= row.most), own)
def test_round_trip(sockets, see, case):
    row = OPTIONS[case["option"]]
    not_switched_off(sockets, row)
    sock = sockets.new()
    for value in [*reversed(steps(row)), *steps(row)]:  # in both directions, to see it change
        how = outcome(sock.set_int, row.level, row.name, value)
        if how == "succeeds":
            got = read(sock, row)
            how = compared(got, value)
        if how != "same":
            see(how, set=value)
            return
    see("same")


FREE = rule(
    "options.value.without-range",
    "Whether an option that is any int reads back as it was set is unspecified.",
    level=UNSPECIFIED,
    sources=[SETS, LINUX],
    behaviours=TRIP.behaviours,
)


@each_place(FREE, (row for row in BOTH_WAYS if row.least > row.most), own, value="one")
@each_place(FREE, (row for row in BOTH_WAYS if row.least > row.most), own, value="thousand")
@each_place(FREE, (row for row in BOTH_WAYS if row.least > row.most), own, value="largest")
@each_place(FREE, (row for row in BOTH_WAYS if row.least > row.most), own, value="negative")
def test_without_range(sockets, see, case):
    row = OPTIONS[case["option"]]
    value = {"one": 1, "thousand": 1000, "largest": 2**31 - 1, "negative": -1}[case["value"]]
    if row.name == "TCP_FASTOPEN" and case["value"] == "thousand":
        sockets.allowed("net.core.somaxconn", value)  # which is the most of it
    sock = sockets.new()
    how = outcome(sock.set_int, row.level, row.name, value)
    see(compared(read(sock, row), value) if how == "succeeds" else how)


KEPT = {
    "accepted": "it reads back as it was set",
    "on": "it reads back as 1",
    "off": "it reads back as 0",
    "unchanged": "it reads back as before",
    "clamped": "it reads back as the end of the range",
    "cut-off": "it reads back as its low byte",
    "another-value": "it reads back as another number",
    "not-alike": "not all such values are treated alike",
}
BEYOND = rule(
    "options.value.beyond",
    "Whether an option of one system refuses a value out of its range is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SETS,
        MAN.getsockopt(2, "DESCRIPTION", "should be nonzero to enable a boolean option"),
        LINUX,
    ],
    behaviours=KEPT,
)
LIMITED = [row for row in BOTH_WAYS if row.least <= row.most]
FLAGS = [row for row in LIMITED if row.kind == "flag"]
# Above its range, SO_PRIORITY takes a privilege.
INTS = [row for row in LIMITED if row.kind == "int" and row.name != "SO_PRIORITY"]
LEAST, MOST = -(2**31), 2**31 - 1


def outside(row, way):
    """Values below a range, above it, or on both sides of it: the nearest and the farthest."""
    below = [row.least - 1, LEAST]
    above = [row.most + 1, row.most + 254, MOST]
    return {"below": below, "above": above}.get(way, [*below, *above])


def kept(sock, row, value, before):
    """What setting a value out of the range does: the error, or what it reads back as."""
    how = outcome(sock.set_int, row.level, row.name, value)
    if how != "succeeds":
        return how
    got = read(sock, row)
    names = {value & 0xFF: "cut-off", row.least: "clamped", row.most: "clamped"}
    names |= {before: "unchanged", value: "accepted"}
    if row.kind == "flag":
        names = {0: "off", 1: "on", value: "accepted"}
    return names.get(got, "another-value")


@each_place(BEYOND, FLAGS, own, way="outside")
@each_place(BEYOND, INTS, own, way="below")
@each_place(BEYOND, INTS, own, way="above")
def test_beyond(sockets, see, case):
    row = OPTIONS[case["option"]]
    if row.name == "SO_RCVLOWAT":  # of which a half of the buffer is the most
        sockets.allowed("net.ipv4.tcp_rmem", 1 << 16)
    sock = sockets.new()
    before = read(sock, row)
    seen = {value: kept(sock, row, value, before) for value in outside(row, case["way"])}
    alike = set(seen.values())
    see(alike.pop() if len(alike) == 1 else "not-alike", seen=str(seen))
