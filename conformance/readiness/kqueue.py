"""A kqueue of a case, and the manuals that its rules cite."""

from __future__ import annotations

from typing import NamedTuple

from sockspec.spec import FREEBSD, UNSPECIFIED, XNU, rule

NEEDS = ["kqueue"]
UNREPORTED = {"not-reported": "it is not reported"}
REPORTS = {"reported": "it is reported", **UNREPORTED}


class Event(NamedTuple):
    """What kevent() returned of an event; `key` is its udata."""

    filter: int
    flags: int
    fflags: int
    data: int
    key: int


class Queue:
    """A kqueue that is closed with the sockets of the case."""

    def __init__(self, sockets) -> None:
        self.sockets = sockets
        self.handle = sockets.of(sockets.backend.kqueue()).handle

    def bits(self, kind, symbols):
        """The bits of several flags, `EV` or `NOTE`."""
        return sum(self.sockets.number(f"{kind}_{each}") for each in symbols)

    def change(self, handle, filter, *flags, notes=(), data=0, key=0):
        """A change as kevent() takes it."""
        number = self.sockets.number(f"EVFILT_{filter}")
        return handle, number, self.bits("EV", flags), self.bits("NOTE", notes), data, key

    def kevent(self, changes=(), most=8, within=0.0):
        """Make changes, and return what is reported."""
        came = self.sockets.backend.kevent(self.handle, list(changes), most, within)
        return [Event(*each) for each in came]

    def make(self, sock, filter, *flags, **rest):
        """Make one change, with no room for an event."""
        self.kevent([self.change(sock.handle, filter, *flags, **rest)], most=0)

    def add(self, sock, filter="READ", *flags, **rest):
        """Have events of a socket reported."""
        self.make(sock, filter, "ADD", *flags, **rest)

    def has(self, event, flag):
        """Whether a flag is set in an event."""
        return bool(event.flags & self.sockets.number(f"EV_{flag}"))


def manuals(clause, quote, apple=""):
    """The clause of both manuals, whose words are often the same."""
    return [
        FREEBSD.kqueue(2, clause, quote),
        XNU("bsd/man/man2/kqueue.2", clause, apple or quote),
    ]


def open_rule(id, what, sources, behaviours=REPORTS, needs=()):
    """A rule on what no standard has: only manuals say it."""
    return rule(
        id,
        f"Whether {what} is unspecified.",
        level=UNSPECIFIED,
        sources=sources,
        behaviours=behaviours,
        needs=[*NEEDS, *needs],
    )


def told(events):
    """Name whether anything is reported."""
    return "reported" if events else "not-reported"


def readable(sockets, data=b"x"):
    """A connected socket with data, and its peer."""
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    return ours, theirs
