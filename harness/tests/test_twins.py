"""Twins: rules that made the same calls, and at which levels."""

from __future__ import annotations

from samples import made

from sockspec.judge import runfile
from sockspec.judge.twins import twins
from sockspec.judge.verdict import Verdict
from sockspec.spec.rules import MUST, SHOULD, UNSPECIFIED, Registry


def observed(id: str, *calls, behaviour="EINVAL") -> runfile.Observation:
    made_calls = [{"call": call, "arguments": arguments} for call, arguments in calls]
    return runfile.Observation(
        case=id,
        rule=id,
        parameters={},
        behaviours={behaviour: 1},
        verdict=Verdict.CONFORMS,
        because="",
        expected=[],
        origin="",
        unexpected=[],
        witness={behaviour: {"values": {}, "calls": made_calls}} if calls else {},
        examples=1,
        calls=1,
        seconds=0.0,
        test="",
    )


def pairs(*seen: runfile.Observation, **levels):
    rules = Registry()
    for each in seen:
        level = levels.get(each.rule.rpartition(".")[2], MUST)
        left_open = {"conforming": frozenset()} if level is UNSPECIFIED else {}
        rules.add(made(id=each.rule, level=level, **left_open))
    run = runfile.Run("", None, list(seen))
    return [(each.one.id, each.other.id, each.contradict) for each in twins(run, rules)]


def bind(port, path="/tmp/a"):
    return (
        "bind",
        [{"socket": 0}, {"inet": ["127.0.0.1", port]}, {"unix": path.encode().hex()}],
    )


def test_the_same_calls_at_two_levels_contradict():
    one, two = observed("state.bind.one", bind(4711)), observed("state.bind.two", bind(815))
    assert pairs(one, two) == [("state.bind.one", "state.bind.two", False)]
    assert pairs(one, two, two=SHOULD) == [("state.bind.one", "state.bind.two", True)]
    assert pairs(one, two, one=UNSPECIFIED) == [("state.bind.one", "state.bind.two", True)]


def test_other_arguments_are_another_question():
    one = observed("state.bind.one", bind(4711))
    assert pairs(one, observed("state.bind.two", bind(0))) == []
    assert pairs(one, observed("state.bind.two", bind(815), bind(815))) == []
    assert pairs(one, observed("state.bind.two", bind(815, "/tmp/longer"))) == []
    assert pairs(observed("state.bind.one"), observed("state.bind.two")) == []


def test_which_port_is_which_is_part_of_the_question():
    twice = observed("state.bind.one", bind(1), bind(1))
    other = observed("state.bind.two", bind(1), bind(2))
    assert pairs(twice, other) == []


def test_what_a_face_makes_of_its_arguments_is_another_question():
    face = observed("contracts.bind.one", bind(1))
    assert pairs(face, observed("state.bind.two", bind(1))) == []
    assert pairs(face, observed("contracts.bind.two", bind(1))) == []
