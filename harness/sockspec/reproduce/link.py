"""The link of a case: made by its script, or asked for by it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sockspec.network import veth

if TYPE_CHECKING:
    from sockspec.judge.runfile import Run
    from sockspec.reproduce.plan import Plan
    from sockspec.spec.rules import Rule

__all__ = ["ABSENT", "MADE", "Link", "in_c", "in_python", "of"]

MADE = {"veth", "forwarder"}
"""Links in whose place a script makes one of veth: where nothing is lost they are alike."""

ABSENT = ""
"""In place of an address: no link that somebody makes would do."""

_OURS = re.compile(r"'((?:10\.7[345]\.|fd7[345]:|fe80::7[345]:)[^']*)'")


class Link:
    """What a script does about the link of its run.

    `is_made`: it makes one itself. Otherwise it is not tried, and says `why`, unless this
    system has the `address`.
    """

    def __init__(self, *, is_made: bool = False, address: str = ABSENT, why: str = "") -> None:
        self.is_made = is_made
        self.address = address
        self.why = why


def of(run: Run, plan: Plan, rule: Rule | None, *, can_make: bool) -> Link:
    """What the script of a plan does; `can_make` where it can make a link."""
    kind = run.header.link
    if not kind:
        return Link()
    if rule and "impairment" in rule.needs:
        return Link(why="it takes the forwarder of `sockspec run --link forwarder` in between")
    if can_make and kind in MADE:
        return Link(is_made=True)
    used = _OURS.findall(repr(plan.steps))
    if not used:
        return Link()
    ends = " and ".join(dict.fromkeys(used))
    return Link(address=used[0], why=f"it takes a link ({kind}) with {ends} at its ends")


def in_python() -> list[str]:
    """What makes it, and on which system each end is, for a script of Python."""
    return [f"    {each!r}," for each in veth.commands()]


def in_c() -> list[str]:
    """The same for a program in C."""
    return [f"    {{{int(is_far)}, {json.dumps(words)}}}," for is_far, words in veth.commands()]
