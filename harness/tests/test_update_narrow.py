"""The narrowest filters that tell what was seen from what was not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sockspec.judge.entry import When
from sockspec.judge.update.narrow import covers, narrow, narrowed, value


@dataclass(frozen=True)
class At:
    attributes: dict


def points(*rows, names="row column"):
    return [At(dict(zip(names.split(), row.split(), strict=True))) for row in rows]


def filters(inside, outside, needed=(), names="row column"):
    made = narrow(points(*inside, names=names), points(*outside, names=names), needed)
    assert all(any(covers(each, at) for each in made) for at in points(*inside, names=names))
    assert not any(covers(each, at) for each in made for at in points(*outside, names=names))
    return made


@pytest.mark.parametrize(
    ("inside", "outside", "made"),
    [
        (["a x", "a y", "b x"], [], [{}]),
        (["a x", "a y"], ["b x", "b y"], [{"row": ["a"]}]),
        (["a y", "b y"], ["a x", "b x"], [{"column": ["y"]}]),
        (["a x"], ["a y", "b x", "b y"], [{"row": ["a"], "column": ["x"]}]),
        (["a x", "b x"], ["c x", "a y"], [{"row": ["a", "b"], "column": ["x"]}]),
        # No one filter does: one for each row.
        (
            ["a x", "b y"],
            ["a y", "b x"],
            [{"row": ["a"], "column": ["x"]}, {"row": ["b"], "column": ["y"]}],
        ),
        # Split by the attribute that makes fewer.
        (
            ["a x", "b x", "c y"],
            ["c x", "a y", "b y"],
            [{"column": ["x"], "row": ["a", "b"]}, {"column": ["y"], "row": ["c"]}],
        ),
    ],
)
def test_parameters_do(inside, outside, made):
    assert filters(inside, outside) == made


def test_a_condition_stands_only_where_parameters_do_not_do():
    names = "row when.libc"
    assert filters(["a g", "a m"], ["b g", "b m"], names=names) == [{"row": ["a"]}]
    assert filters(["a g", "b g"], ["a m", "b m"], names=names) == [{"when.libc": ["g"]}]
    assert filters(["a g"], ["a m", "b g"], names=names) == [{"row": ["a"], "when.libc": ["g"]}]


def test_two_conditions_where_one_does_not_do():
    names = "when.libc when.machine when.backend"
    made = filters(["g x c"], ["g y c", "m x c"], names=names)
    assert made == [{"when.libc": ["g"], "when.machine": ["x"]}]
    # Three are not tried: it is split, and each part needs fewer.
    made = filters(["g x c"], ["g y c", "m x c", "g x s"], names=names)
    assert made == [{"when.libc": ["g"], "when.machine": ["x"], "when.backend": ["c"]}]


def test_pairs_of_conditions_are_tried_before_it_is_split_and_three_are_not():
    names = "when.libc when.machine when.backend"
    made = filters(["g x c", "n x c"], ["h x c", "g y c", "n y c"], names=names)
    assert made == [{"when.libc": ["g", "n"], "when.machine": ["x"]}]
    made = filters(["g x c", "n x c"], ["h x c", "g y c", "g x s"], names=names)
    assert made == [
        {"when.libc": ["g"], "when.machine": ["x"], "when.backend": ["c"]},
        {"when.libc": ["n"]},
    ]


def test_what_parts_nothing_is_left_out_of_each_part():
    # Also a parameter whose name comes behind those of all conditions.
    made = filters(["p a x", "p b y"], ["p a y", "q a y", "p b x"], names="third word column")
    assert made == [{"word": ["a"], "column": ["x"]}, {"word": ["b"], "column": ["y"]}]


def test_what_is_needed_is_always_there():
    names = "row when.backend when.libc"
    assert filters(["a c g"], ["b c g"], ["when.backend"], names) == [
        {"row": ["a"], "when.backend": ["c"]}
    ]
    assert filters(["a c g"], [], ["when.backend"], names) == [{"when.backend": ["c"]}]
    # A condition beside the needed one.
    assert filters(["a c g"], ["a c m"], ["when.backend"], names) == [
        {"when.backend": ["c"], "when.libc": ["g"]}
    ]


def test_one_thing_that_is_both_is_covered():
    inside, outside = points("a x"), points("a x")
    made = narrow(inside, outside)
    assert all(covers(each, inside[0]) for each in made)
    assert len(made) == 1


def test_a_split_over_conditions_where_no_parameter_parts():
    names = "when.libc when.machine"
    made = filters(["g x", "m y"], ["g y", "m x"], names=names)
    assert made == [
        {"when.libc": ["g"], "when.machine": ["x"]},
        {"when.libc": ["m"], "when.machine": ["y"]},
    ]


def test_parameters_are_split_before_conditions():
    names = "row when.libc"
    made = filters(["a g", "b m"], ["a m", "b g"], names=names)
    assert made == [
        {"row": ["a"], "when.libc": ["g"]},
        {"row": ["b"], "when.libc": ["m"]},
    ]


def test_parameters_are_split_although_conditions_would_make_fewer():
    names = "row when.libc"
    made = filters(["a g", "b g", "c m"], ["a m", "b m", "c g"], names=names)
    assert made == [
        {"row": ["a"], "when.libc": ["g"]},
        {"row": ["b"], "when.libc": ["g"]},
        {"row": ["c"], "when.libc": ["m"]},
    ]


# -- versions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "outside", "wanted"),
    [
        (["6.1"], ["6.12"], "<6.12"),
        (["6.12"], ["6.1"], ">=6.12"),
        (["6.1", "5.15"], ["5.10", "6.12", "6.6"], ">=5.15,<6.6"),
        (["6.9"], ["6.10"], "<6.10"),  # numbers, not words
        (["6.1", "6.6"], ["5.4", "5.10"], ">=6.1"),
    ],
)
def test_a_range_of_versions(inside, outside, wanted):
    assert filters(inside, outside, names="when.version") == [{"when.version": [wanted]}]


def test_versions_that_stand_between_are_split():
    made = filters(["5.10", "6.12"], ["6.1"], names="when.version")
    assert made == [{"when.version": ["==5.10"]}, {"when.version": ["==6.12"]}]


def test_a_version_only_has_to_part_what_the_rest_does_not():
    names = "row when.version"
    made = filters(["a 6.6"], ["a 6.12", "b 6.6", "b 6.1"], names=names)
    assert made == [{"row": ["a"], "when.version": ["<6.12"]}]
    made = filters(["a 6.6"], ["a 6.12", "b 6.1"], names=names)
    assert made == [{"when.version": [">=6.6,<6.12"]}]


def test_the_same_version_parts_nothing():
    same = points("6.1", names="when.version")
    (made,) = narrow(same, same)
    assert covers(made, same[0])


def test_where_a_version_is_not_known_it_parts_nothing():
    inside, outside = [At({"when.version": ""})], [At({"when.version": "6.1"})]
    assert narrow(inside, outside) == [{}]
    made = narrow(outside, inside)
    assert covers(made[0], outside[0])
    assert not covers({"when.version": [">=5"]}, inside[0])


# -- what can stand in a profile ---------------------------------------------------------------


def test_a_condition_needs_a_value():
    inside = [At({"when.libc": "", "when.machine": "x"})]
    outside = [At({"when.libc": "g", "when.machine": "y"})]
    assert narrow(inside, outside) == [{"when.machine": ["x"]}]
    inside = [At({"row": "", "when.machine": "x"})]
    assert narrow(inside, [At({"row": "a", "when.machine": "x"})]) == [{"row": [""]}]


@pytest.mark.parametrize("name", ["when.setting.a", "when.privileged"])
def test_some_conditions_have_one_value(name):
    inside = [At({"row": "a", name: "1"}), At({"row": "b", name: "2"})]
    outside = [At({"row": "a", name: "3"}), At({"row": "b", name: "3"})]
    made = narrow(inside, outside)
    assert [each[name] for each in made] == [["1"], ["2"]]
    inside = [At({name: ""}), At({name: ""})]
    assert narrow(inside, [At({name: "1"})]) == [{name: [""]}]


def test_what_not_all_have_is_not_used():
    inside = [At({"row": "a", "more": "x"}), At({"row": "a"})]
    assert narrow(inside, [At({"row": "b", "more": "y"})]) == [{"row": ["a"]}]
    outside = [At({"row": "b"})]
    assert narrow([At({"more": "x", "row": "a"})], outside) == [{"more": ["x"]}]


def test_a_filter_becomes_conditions():
    made = {
        "row": ["a"],
        "when.libc": ["glibc", "musl"],
        "when.machine": ["x86_64"],
        "when.version": [">=6"],
        "when.privileged": ["true"],
        "when.setting.net.a": ["1"],
        "when.setting.net.b": [""],
        "word": ["b"],
    }
    assert narrowed(When(), made) == When(
        version=">=6",
        libc=["glibc", "musl"],
        machine="x86_64",
        privileged=True,
        setting={"net.a": "1", "net.b": ""},
    )
    old = When(version="<7", backend="c", setting={"net.c": "2"}, privileged=True)
    assert narrowed(old, {"when.version": [">=6"], "when.privileged": ["false"]}) == When(
        version="<7,>=6", backend="c", setting={"net.c": "2"}, privileged=False
    )
    assert narrowed(old, {"when.version": ["<7"], "when.setting.net.a": ["1"]}) == When(
        version="<7",
        backend="c",
        privileged=True,
        setting={"net.c": "2", "net.a": "1"},
    )
    assert old.setting == {"net.c": "2"}
    assert value(["a"]) == "a"
    assert value(["a", "b"]) == ["a", "b"]
