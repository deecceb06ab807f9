"""What a property test draws is drawn once, and shared out among its cases."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from sockspec.run.draws import shared, spread
from sockspec.spec import load
from sockspec.spec.rules import Case

WORDS = tuple("abcdef")


@pytest.fixture
def make():
    """Make a property test with a case for each word, its settings as the plugin gives them."""

    def make(strategy, *, words=WORDS, examples=30):
        rule = load.rules().rules["options.linger.round-trip"]

        @hypothesis.given(value=strategy)
        def test(sockets, see, case, value):
            raise AssertionError("it is not run to find out what it draws")

        test.sockspec_cases = [(each, Case(rule, (("word", each),)), None) for each in words]
        hypothesis.settings(max_examples=examples * spread(test), database=None, deadline=None)(
            test
        )
        return test, [case for _, case, _ in test.sockspec_cases]

    return make


def values(test, case, examples=30):
    return [each["value"] for each in shared(test, case, examples)]


def test_each_case_has_its_examples_and_the_simplest_first(make):
    test, cases = make(st.integers(0, 10**9))
    for case in cases:
        seen = values(test, case)
        assert len(seen) == len(set(seen)) == 30
        assert seen[0] == 0


def test_neighbours_have_others(make):
    test, cases = make(st.integers(0, 10**9))
    first, second = (set(values(test, case)) for case in cases[:2])
    assert first & second == {0}
    assert values(test, cases[2]) == values(test, cases[0])


def test_one_case_draws_only_for_itself(make):
    test, cases = make(st.integers(0, 10**9), words=("a",))
    assert spread(test) == 1
    assert len(values(test, cases[0])) == 30


def test_of_a_small_space_each_case_has_all(make):
    test, cases = make(st.integers(0, 19))
    for case in cases[:2]:
        assert sorted(values(test, case)) == list(range(20))


def test_of_one_that_is_a_bit_larger_each_has_as_many_as_asked_for(make):
    test, cases = make(st.integers(0, 39))
    seen = [values(test, case) for case in cases[:2]]
    assert [len(set(each)) for each in seen] == [30, 30]
    assert set().union(*seen) == set(range(40))


def test_a_test_that_changes_what_it_was_given_changes_nobody_elses(make):
    test, cases = make(st.lists(st.integers(), min_size=1))
    before = str(values(test, cases[0]))
    for each in shared(test, cases[0], 30):
        each["value"].clear()
    assert str(values(test, cases[0])) == before


def test_the_test_itself_is_left_as_it_was(make):
    test, cases = make(st.integers())
    inner = test.hypothesis.inner_test
    assert values(test, cases[0])
    assert test.hypothesis.inner_test is inner
