"""A sound rule, to be made unsound in one way at a time."""

from __future__ import annotations

import dataclasses

from sockspec.spec.rules import CONFORMS, MUST, Case, Rule
from sockspec.spec.sources import POSIX

SOURCE = POSIX.bind("EINVAL", "The socket is already bound to an address")


def made(**changes) -> Rule:
    """The rule with other fields."""
    sound = Rule(
        id="state.bind.twice",
        sentence="A second bind fails with EINVAL.",
        level=MUST,
        sources=(SOURCE,),
        behaviours={"EINVAL": CONFORMS},
        conforming=frozenset({"EINVAL"}),
        where="conformance/state/test_bind.py:1",
    )
    sound = dataclasses.replace(sound, **{"cases": [], "tests": {}, **changes})
    if "cases" not in changes:
        sound.cases.append(Case(sound))
    return sound
