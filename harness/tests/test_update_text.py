"""The files of a profile, rewritten with all else in them kept."""

from __future__ import annotations

import tomllib

import pytest
import samples

from sockspec.judge.entry import When
from sockspec.judge.promise import Feature
from sockspec.judge.update import text
from sockspec.judge.update.head import Promised, features, with_features

ID = "demo.subject.plain"
FILE = """version = 1

# About the first.
# In two lines.
[[entry]]
rule = "a.b.c"
behaviour = "bad"  # as of old
why = "it is so"
source = "https://example.org"
evidence = { kind = "documented" }

[[cannot]]
rule = "a.b.d"
call = "bind"
error = "EIO"
why = ""
source = ""
evidence = { kind = "documented" }

[[entry]]
rule = "a.b.e"
behaviour = "bad"
why = "it is so"
source = "https://example.org"
evidence = { kind = "documented" }
"""
FIRST, BAR, LAST = 5, 12, 20


def entry(behaviour="ugly", rule="a.b.c", **more):
    return samples.entry(rule, behaviour, **more)


def test_nothing_to_do_leaves_all_as_it_is():
    assert text.rewritten(FILE, {}, []) == FILE
    assert text.rewritten("version = 1\n", {}, []) == "version = 1\n"
    assert text.rewritten("# mine\nversion = 1\n\n\n", {}, []) == "# mine\nversion = 1\n"


def test_what_is_replaced_keeps_its_comments_and_its_place():
    made = text.rewritten(FILE, {FIRST: [entry("bad", why="it was so")]}, [])
    assert '# In two lines.\n[[entry]]\nrule = "a.b.c"\nbehaviour = "bad"  # as of old' in made
    assert 'why = "it was so"' in made
    assert 'kind = "observed"' in made
    told = tomllib.loads(made)
    assert [each["rule"] for each in told["entry"]] == ["a.b.c", "a.b.e"]
    assert told["cannot"][0]["rule"] == "a.b.d"


def test_what_makes_way_takes_its_comments_along():
    made = text.rewritten(FILE, {FIRST: [], LAST: []}, [])
    assert made.startswith("version = 1\n\n[[cannot]]\n")
    assert made.endswith('evidence = { kind = "documented" }\n')
    assert "a.b.c" not in made
    assert "About" not in made
    assert text.rewritten(FILE, {FIRST: [], BAR: [], LAST: []}, []) == "version = 1\n"


def test_one_becomes_several():
    made = text.rewritten(
        FILE, {FIRST: [entry(case={"row": "one"}), entry(case={"row": "two"})]}, []
    )
    told = tomllib.loads(made)["entry"]
    assert [each.get("case") for each in told] == [{"row": "one"}, {"row": "two"}, None]
    assert made.count("About the first.") == 2


def test_what_is_added_stands_behind_its_rule_or_at_the_end():
    made = text.rewritten(FILE, {}, [entry("fine"), entry(rule="a.b.f")])
    told = [(each["rule"], each["behaviour"]) for each in tomllib.loads(made)["entry"]]
    assert told == [("a.b.c", "bad"), ("a.b.c", "fine"), ("a.b.e", "bad"), ("a.b.f", "ugly")]
    assert made.index("a.b.d") > made.index('"fine"')
    # Behind the last of its rule, also where that makes way.
    made = text.rewritten(FILE, {FIRST: []}, [entry("fine"), entry("good")])
    told = [(each["rule"], each["behaviour"]) for each in tomllib.loads(made)["entry"]]
    assert told == [("a.b.c", "fine"), ("a.b.c", "good"), ("a.b.e", "bad")]
    assert text.rewritten("version = 1\n", {}, [entry()]) == (
        f"version = 1\n\n{text.written(entry())}"
    )


def test_what_is_added_of_a_new_rule_stands_at_the_end():
    for rule in ("a.b.bb", "a.b.dd"):
        made = text.rewritten(FILE, {}, [entry(rule=rule)])
        rules = [each["rule"] for each in tomllib.loads(made)["entry"]]
        assert rules == ["a.b.c", "a.b.e", rule]


def test_entries_need_no_space_between_them():
    def packed(*rules):
        told = (text.written(entry("bad", rule=each)) for each in rules)
        return "version = 1\n" + "# One of several.\n".join(told)

    first, second = 2, 9
    assert packed("a.b.c", "a.b.d").splitlines()[second - 1] == "[[entry]]"
    made = text.rewritten(packed("a.b.c", "a.b.d"), {first: []}, [])
    assert (
        made == f"version = 1\n\n# One of several.\n{text.written(entry('bad', rule='a.b.d'))}"
    )
    made = text.rewritten(packed("a.b.c", "a.b.d"), {second: []}, [])
    assert made == f"version = 1\n\n{text.written(entry('bad'))}"


def test_an_entry_that_cannot_is_replaced_and_added():
    bar = samples.cannot("a.b.d", "bind", "EACCES")
    made = text.rewritten(FILE, {BAR: [bar]}, [samples.cannot("a.b.g", "listen", "EIO")])
    told = tomllib.loads(made)["cannot"]
    assert [(each["rule"], each["error"]) for each in told] == [
        ("a.b.d", "EACCES"),
        ("a.b.g", "EIO"),
    ]
    assert len(tomllib.loads(made)["entry"]) == 2


def test_what_an_entry_no_longer_has_is_taken_out():
    there = FILE.replace('why = "it is so"', 'case = { row = "one" }\nbecause = "a race"')
    made = text.rewritten(there, {FIRST: [entry("bad")]}, [])
    first = tomllib.loads(made)["entry"][0]
    assert "case" not in first
    assert "because" not in first
    assert first["why"] == "it is so"


def test_an_entry_is_written_in_its_order():
    made = entry(
        ["bad", "ugly"],
        when={"libc": "musl", "setting": {"net.a": "1"}},
        case={"row": ["one", "two"]},
        sometimes=True,
    )
    assert text.written(made) == (
        "[[entry]]\n"
        'rule = "a.b.c"\n'
        'case = {row = ["one", "two"]}\n'
        'when = {libc = "musl", setting = {"net.a" = "1"}}\n'
        'behaviour = ["bad", "ugly"]\n'
        "sometimes = true\n"
        'because = ""\n'
        'why = "it is so"\n'
        'source = "https://example.org"\n'
        'evidence = {kind = "observed", on = "Here 6.1", date = 2026-11-01}\n'
    )
    made = samples.cannot("a.b.d", "bind", ["EIO", "EACCES"], why="", source="", cases="a.b")
    assert text.written(made) == (
        "[[cannot]]\n"
        'rule = "a.b.d"\n'
        'call = "bind"\n'
        'error = ["EIO", "EACCES"]\n'
        'cases = "a.b"\n'
        'why = ""\n'
        'source = ""\n'
        'evidence = {kind = "observed", on = "Here 6.1", date = 2026-11-01}\n'
    )


def test_a_reason_for_one_behaviour_is_not_asked_for():
    assert "because" not in text.written(entry())
    assert 'because = "a race"' in text.written(entry(["bad", "ugly"], because="a race"))


# -- the head ----------------------------------------------------------------------------------


def promised(told, *runs, below=None, missing=((),)):
    """What is due to a profile of these features, of runs that have those."""
    made = samples.profile(features=tuple(map(Feature, told)))
    if below is not None:
        base = samples.profile(name="base", features=tuple(map(Feature, below)))
        made = samples.profile(features=made.features, extends=base)
    runs = [samples.run(features=each.split()) for each in runs]
    judged = [
        [samples.observed("a.b.c", "", "missing feature", f"needs {each}: no") for each in some]
        for some in missing
    ]
    due = features(made, runs, judged)
    return due.more, due.wrong


def test_a_profile_without_promises_gets_what_all_its_runs_have():
    told = promised((), "oob ipv4 link raw odd", "ipv4 oob link raw ipv6")
    assert told == (["ipv4", "oob"], [])  # a link and raw sockets are the run's
    assert promised((), "ipv4", below=["raw"]) == ([], [])
    assert promised((), "ipv4", below=[]) == (["ipv4"], [])
    assert promised(["raw"], "ipv4") == ([], [])


def test_what_is_denied_and_there_is_corrected():
    assert promised(["-raw", "-vsock"], "raw", "raw vsock") == ([], ["-raw"])
    assert promised((), "raw", below=["-raw"]) == (["raw"], [])
    assert promised((), "raw", "ipv4", below=["-raw"]) == ([], [])
    conditional = samples.profile(features=(Feature("-raw", When(libc="glibc")),))
    due = features(conditional, [samples.run(features=["raw"])], [[]])
    assert (due.more, due.wrong) == ([], [])


def test_what_is_inherited_and_missing_is_denied():
    assert promised((), "", below=["raw"], missing=[["raw"]]) == (["-raw"], [])
    assert promised((), "", "", below=["raw"], missing=[["raw"], []]) == ([], [])
    assert promised(["raw"], "", missing=[["raw"]]) == ([], [])
    told = samples.profile(extends=samples.profile(name="base", features=(Feature("raw"),)))
    seen = samples.observed("a.b.c", "", "unsupported", "needs raw: no")
    assert not features(told, [samples.run(features=[])], [[seen]])


@pytest.mark.parametrize(
    ("more", "wrong", "due"),
    [([], [], False), (["raw"], [], True), ([], ["-raw"], True), (["raw"], ["-x"], True)],
)
def test_whether_anything_is_due(more, wrong, due):
    assert bool(Promised(more, wrong)) is due


HEAD = 'version = 1\nname = "here"  # mine\nfeatures = ["-raw", "oob"]\n'


def test_the_head_gets_its_features():
    made = with_features(HEAD, Promised(["ipv4"], ["-raw"]))
    assert made == 'version = 1\nname = "here"  # mine\nfeatures = ["oob", "ipv4"]\n'
    made = with_features("version = 1\n", Promised(["ipv4"], []))
    assert made == 'version = 1\nfeatures = ["ipv4"]\n'


def test_many_features_stand_in_lines_of_their_own():
    def lines(count, length):
        names = [str(number) * length for number in range(count)]
        return len(with_features("version = 1\n", Promised(names, [])).splitlines())

    assert lines(2, 36) == 2  # a list of 80 characters
    assert lines(1, 77) == 4  # and one of 81
