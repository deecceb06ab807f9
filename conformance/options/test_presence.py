"""Which options there are: every option of the tables, on each kind of socket."""

from __future__ import annotations

from sockspec.spec import KERNEL, POSIX, UNSPECIFIED, outcome, rule

from .places import each_place, not_switched_off
from .table import ELSEWHERE, OPTIONS

PER_PROTOCOL = POSIX.chapter(
    "2.10.16", "Use of Options", "defined by the protocol level to which they apply"
)
NUMBERS = KERNEL("include/uapi/asm-generic/socket.h", "SO_DEBUG", "#define SO_DEBUG")
THERE = {"succeeds": "the call succeeds"}

EVERY = {**OPTIONS, **ELSEWHERE}
READ_ONLY = ("SO_TYPE", "SO_ERROR", "SO_ACCEPTCONN", "SO_DOMAIN", "SO_PROTOCOL")
"""Those of which options.read-only.set asks whether they can be set."""

GUARDED = [row for row in OPTIONS.values() if row.who]
"""Those that take a privilege to be set."""


def first(row):
    """The first socket that has an option: one is enough where most systems lack the number."""
    return row.sockets[:1]


READ = rule(
    "options.presence.read",
    "Whether an option can be read on a new socket is unspecified.",
    level=UNSPECIFIED,
    sources=[
        PER_PROTOCOL,
        POSIX.getsockopt("ENOPROTOOPT", "The option is not supported by the protocol"),
        NUMBERS,
    ],
    behaviours=THERE,
)


@each_place(READ, (row for row in OPTIONS.values() if "i" not in row.use))
@each_place(READ, ELSEWHERE.values(), first)
def test_read(sockets, see, case):
    row = EVERY[case["option"]]
    sock = sockets.new()
    see(outcome(sock.get_option, row.level, row.name, row.room))


SOURCES = [
    PER_PROTOCOL,
    POSIX.setsockopt("ENOPROTOOPT", "The option is not supported by the protocol"),
    NUMBERS,
]
SET = rule(
    "options.presence.set",
    "Whether an option can be set on a new socket is unspecified.",
    level=UNSPECIFIED,
    sources=SOURCES,
    behaviours=THERE,
)
SET_PRIVILEGED = rule(
    "options.presence.set-privileged",
    "Whether a privileged process can set an option that takes a privilege is unspecified.",
    level=UNSPECIFIED,
    sources=SOURCES,
    behaviours=THERE,
    needs=["privileged"],
)
SET_UNPRIVILEGED = rule(
    "options.presence.set-unprivileged",
    "Whether an unprivileged process can set an option that takes a privilege is unspecified.",
    level=UNSPECIFIED,
    sources=SOURCES,
    behaviours=THERE,
    needs=["unprivileged"],
)


@each_place(SET, (row for row in OPTIONS.values() if not row.who and row.name not in READ_ONLY))
@each_place(SET, (row for row in ELSEWHERE.values() if "w" in row.use and not row.who), first)
@each_place(SET_PRIVILEGED, GUARDED, who="privileged")
@each_place(SET_UNPRIVILEGED, GUARDED, who="unprivileged")
def test_set(sockets, see, case):
    row = EVERY[case["option"]]
    not_switched_off(sockets, row)
    sock = sockets.new()
    see(outcome(sock.set_option, row.level, row.name, row.value(sockets.backend.byte_order)))
