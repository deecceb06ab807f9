"""The faces against the originals: the same programs, the same transcripts.

Ours stand on the primitives of the standard library and of the C backend; the Rust backend
answers with socket2 and tokio themselves. Where a layer is known to differ, the step is left
out of the programs; the rule that owns the difference, and the layer's profile, have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from programs import PROGRAMS, TCP_PROGRAMS, run, run_tcp

from sockspec import backends
from sockspec.errors import UsageError
from sockspec.judge.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = [("stdlib", "c"), ("stdlib", "rust"), ("c", "rust")]


@dataclass(frozen=True)
class Difference:
    """A call that one layer answers in its own way, and the rule that says so."""

    layer: str
    rule: str
    call: Callable[[tuple], bool]


DIFFERENCES = [
    Difference(
        "stdlib",
        "data.empty.receive-unconnected",
        lambda call: call[0] in {"recv", "peek", "recv_out_of_band"} and call[1] == 0,
    ),
    Difference(
        "stdlib",
        "state.listen.negative-backlog",
        lambda call: call[0] == "listen" and call[1] < 0,
    ),
]


def backend(name):
    try:
        return backends.load(name)
    except UsageError as error:
        pytest.skip(f"not run: {error}")


def without_differences(calls, *layers, call_of=lambda call: call):
    """The steps that no layer is known to answer in its own way."""
    return [
        each
        for each in calls
        if not any(
            known.layer in layers and call_of(each) and known.call(call_of(each))
            for known in DIFFERENCES
        )
    ]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.rule)
def test_every_difference_is_in_a_profile(difference):
    entries = [
        recorded.entry
        for layer in Catalogue().load("linux").layers()
        for recorded in layer.entries
        if recorded.entry.rule == difference.rule
    ]
    assert any(difference.layer in entry.when.backend for entry in entries)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_socket(one, other):
    first, second = backend(one), backend(other)

    @settings(max_examples=200, deadline=None)
    @given(program=PROGRAMS)
    def alike(program):
        steps = without_differences(
            program["steps"], one, other, call_of=lambda s: s[2] if s[0] == "call" else ()
        )
        program = {**program, "steps": steps}
        assert run(program, first) == run(program, second)

    alike()


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_tcp_socket(one, other):
    first, second = backend(one), backend(other)

    @settings(max_examples=200, deadline=None)
    @given(program=TCP_PROGRAMS)
    def alike(program):
        program = {**program, "calls": without_differences(program["calls"], one, other)}
        assert run_tcp(program, first) == run_tcp(program, second)

    alike()
