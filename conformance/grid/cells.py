"""The cells of the grid, chosen from the table of states, and shared out among rules.

A call's file has a rule for each clause that decides cells, and one, unspecified, for the rest.
What a rule of another area already asks is not asked a second time at that rule's level: such a
cell belongs to the rest, so that the table of a platform is whole all the same.
"""

from __future__ import annotations

from itertools import groupby

from sockspec.spec import CONFORMS, MUST, POSIX, UNSPECIFIED, rule

from .states import STATES

GRID = tuple(
    (family, type, state.name)
    for state in STATES
    for type, families in state.families.items()
    for family in families
)
"""Every cell: family, type and state."""


def cells(*states, type=(), family=()):
    """The cells of these states, or of all; of these types and families, or of all."""
    return frozenset(
        cell
        for cell in GRID
        if (not states or cell[2] in states)
        and (not type or cell[1] in type)
        and (not family or cell[0] in family)
    )


def rest(subject, what, *, sources, behaviours=None, needs=(), **more):
    """The rule of a call's cells that no clause decides, or that another rule judges."""
    return rule(
        f"grid.{subject}.answer",
        f"Whether {what} where no rule of the grid judges it is unspecified.",
        level=UNSPECIFIED,
        sources=sources,
        behaviours=behaviours or {"succeeds": "the call succeeds"},
        needs=needs,
        **more,
    )


CLOSED = cells("closed")


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
    left = set(cells() if among is None else among)
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
