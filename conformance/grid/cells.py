"""The cells of the grid, chosen from the table of states, and shared out among rules.

A call's file has a rule for each clause that decides cells, and one, unspecified, for the rest.
What a rule of another area already asks is not asked a second time at that rule's level: such a
cell belongs to the rest, so that the table of a platform is whole all the same.
"""

from __future__ import annotations

from itertools import groupby

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNSPECIFIED,
    rule,
)

from .states import ALL, STATES

GRID = tuple(
    (family, type, state.name)
    for state in STATES
    for type, families in state.families.items()
    for family in families
)
"""Every cell: family, type and state."""


PAGES = (
    MAN.netlink(7, "DESCRIPTION", "Netlink is a datagram-oriented service"),
    MAN.vsock(7, "DESCRIPTION", "SOCK_STREAM provides connection-oriented byte streams"),
    MAN.icmp(7, "ping_group_range", "allowed to create ICMP Echo sockets"),
    MAN.raw(7, "DESCRIPTION", "All packets or errors matching the protocol number specified"),
    MAN.packet(7, "DESCRIPTION", "If protocol is set to zero, no packets are received"),
)
"""The pages of the families and types of which no clause of POSIX decides a cell."""


def cells(*states, type=(), family=()):
    """The cells of these states, or of all; of these types and families, or of all usual ones.

    No clause decides those of families and types that have pages of their own, but `CLOSED`.
    """
    return frozenset(
        cell
        for cell in GRID
        if (not states or cell[2] in states)
        and cell[1] in (type or (STREAM, DGRAM, SEQPACKET))
        and cell[0] in (family or ALL)
    )


def rest(subject, what, *, sources, behaviours=None, needs=(), **more):
    """The rule of a call's cells that no clause decides, or that another rule judges."""
    return rule(
        f"grid.{subject}.answer",
        f"Whether {what} where no rule of the grid judges it is unspecified.",
        level=UNSPECIFIED,
        sources=[*sources, *PAGES],
        behaviours=behaviours or {"succeeds": "the call succeeds"},
        needs=needs,
        **more,
    )


CLOSED = frozenset(cell for cell in GRID if cell[2] == "closed")


def bad_descriptor(subject, call, page="", *, needs=()):
    """The rule of the closed descriptor; `page` is the page of POSIX that has the clause."""
    clause = getattr(POSIX, page or call)
    return rule(
        f"grid.{subject}.closed",
        f"{call}() on a closed descriptor fails with EBADF, on Windows with ENOTSOCK.",
        level=MUST,
        sources=[clause("EBADF", "is not a valid file descriptor")],
        behaviours={"EBADF": CONFORMS, "ENOTSOCK": CONFORMS},
        needs=needs,
    )


def share(others, decided=(), among=None, **parameters):
    """Make each cell a case of the first rule that decides it, or of `others`.

    `decided` are pairs of a rule and its cells, `among` the cells that there are at all;
    `parameters` are parameters of the cases that stand before family, type and state.
    """
    left = set(GRID if among is None else among)
    shares = []
    for each, wanted in decided:
        shares.append((each, left & wanted))
        left -= wanted
    shares.append((others, left))

    def decorate(test):
        for each, wanted in shares:
            ordered = [cell for cell in GRID if cell in wanted]
            for (type, state), group in groupby(ordered, key=lambda cell: cell[1:]):
                families = tuple(family for family, _type, _state in group)
                test = each.case(**parameters, family=families, type=type, state=state)(test)
        return test

    return decorate
