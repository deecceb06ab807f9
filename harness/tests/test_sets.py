"""Sets of run files: how they are named, paired, compared."""

from __future__ import annotations

import json

import pytest
from samples import header, observed, written

from sockspec.errors import UsageError
from sockspec.judge import runfile, sets

SPEC = """
R = promise("words")
@R.case(word=("one", "two", "three"))
def test_words(sockets, see, case):
    see("good")

OTHER = promise("more")
@OTHER.case()
def test_more(sockets, see, case):
    see("good")
"""
VERDICTS = {"good": "conforms", "bad": "new divergence", "": "unsupported"}


@pytest.fixture
def kept(spec):
    """Keep a run file in which the cases did this; None for a case that was not run."""
    spec.write(SPEC)
    names = {"one": "words[one]", "two": "words[two]", "three": "words[three]", "more": "more"}

    def keep(name, **did):
        return written(
            spec.folder / name,
            *(
                observed(f"demo.subject.{id}", behaviour, VERDICTS[behaviour])
                for key, id in names.items()
                if (behaviour := did.get(key, "good")) is not None
            ),
        )

    return keep


def told(spec, *words):
    ran = spec.command(*words, "--format", "json")
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def changed(data):
    return [
        [(each["case"].partition("subject.")[2], each["direction"]) for each in pair["changes"]]
        for pair in data["pairs"]
    ]


# -- naming and pairing ----------------------------------------------------------------


def test_files_folders_and_globs_name_run_files(tmp_path):
    (tmp_path / "below").mkdir()
    for name in ("a.jsonl", "b.jsonl.xz", "below/c.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    a, b, c = (tmp_path / name for name in ("a.jsonl", "b.jsonl.xz", "below/c.jsonl"))
    assert sets.files([tmp_path]) == [a, b, c]
    assert sets.files([f"{tmp_path}/*.jsonl", a]) == [a]
    assert sets.files([f"{tmp_path}/**/*.jsonl"]) == [a, c]
    assert sets.files(["gone.jsonl"]) == [tmp_path.__class__("gone.jsonl")]
    (tmp_path / "[1].jsonl").touch()
    assert sets.files([tmp_path / "[1].jsonl"]) == [tmp_path / "[1].jsonl"]
    for nothing in (f"{tmp_path}/*.toml", tmp_path / "none"):
        (tmp_path / "none").mkdir(exist_ok=True)
        with pytest.raises(UsageError, match="no such run file"):
            sets.files([nothing])


@pytest.mark.parametrize(
    ("before", "after", "pairs", "alone"),
    [
        (["x.jsonl"], ["y.jsonl"], [("x.jsonl", "y.jsonl")], []),
        (
            ["old/a.jsonl", "old/b.jsonl"],
            ["new/b.jsonl", "new/c.jsonl"],
            [("old/b.jsonl", "new/b.jsonl")],
            ["old/a.jsonl", "new/c.jsonl"],
        ),
        (
            ["old/a/run.jsonl", "old/b/run.jsonl"],
            ["new/a/run.jsonl", "new/b/run.jsonl"],
            [("old/a/run.jsonl", "new/a/run.jsonl"), ("old/b/run.jsonl", "new/b/run.jsonl")],
            [],
        ),
    ],
)
def test_runs_are_paired_by_the_names_of_files_or_folders(kept, before, after, pairs, alone):
    def runs(names):
        return [runfile.Run(name, header()) for name in names]

    found = sets.pair(runs(before), runs(after))
    assert [(one.path, other.path) for one, other in found.pairs] == pairs
    assert [run.path for run in (*found.before, *found.after)] == alone


def test_runs_are_paired_by_platform_and_backend():
    def run(name, backend="stdlib"):
        return runfile.Run(name, header(backend=backend))

    found = sets.pair(
        [run("1.jsonl"), run("2.jsonl", "c")],
        [run("4.jsonl", "c"), run("3.jsonl")],
    )
    assert [(a.path, b.path) for a, b in found.pairs] == [
        ("1.jsonl", "3.jsonl"),
        ("2.jsonl", "4.jsonl"),
    ]
    with pytest.raises(UsageError, match="no run of one set answers to one of the other"):
        sets.pair([run("1.jsonl"), run("1.jsonl")], [run("2.jsonl", "c")])


# -- diff ------------------------------------------------------------------------------


def test_sets_are_compared_one_by_one(spec, kept):
    kept("old/a.jsonl")
    kept("old/b.jsonl", two="bad")
    kept("new/a.jsonl", one="bad")
    kept("new/b.jsonl")
    code, data = told(spec, "diff", "old", "new/*.jsonl")
    assert code == data["exit"] == 1
    assert changed(data) == [[("words[one]", "regressed")], [("words[two]", "improved")]]
    ran = spec.command("diff", "old", "new")
    assert "old/a.jsonl -> new/a.jsonl\nchanged (regressed)" in ran.stdout


def test_a_run_without_a_counterpart_is_a_difference(spec, kept):
    for name in ("old/a.jsonl", "old/b.jsonl", "new/a.jsonl"):
        kept(name)
    code, data = told(spec, "diff", "old", "new")
    assert (code, data["alone"], changed(data)) == (1, ["old/b.jsonl"], [[]])
    assert told(spec, "diff", "old", "new", "--fail-on", "added,changed")[0] == 0


def test_a_diff_is_of_the_chosen_and_of_common_cases(spec, kept):
    kept("old.jsonl", more=None, two="")
    kept("new.jsonl", one="bad", two="bad")
    both = ("diff", "old.jsonl", "new.jsonl")
    everything = [
        ("more", "improved"),
        ("words[one]", "regressed"),
        ("words[two]", "regressed"),
    ]
    assert changed(told(spec, *both)[1]) == [everything]
    assert changed(told(spec, *both, "--common")[1]) == [everything[1:2]]
    assert changed(told(spec, *both, "--rule", "words", "--rule", "![one]")[1]) == [
        everything[2:]
    ]
    assert spec.command(*both, "--rule", "wrods").returncode == 2


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ("any", 1),
        ("none", 0),
        ("regressed", 1),
        ("improved", 0),
        ("added,deleted", 0),
        ("added,changed", 1),
        ("regresed", 2),
    ],
)
def test_a_diff_fails_on_what_it_is_told(spec, kept, kinds, code):
    kept("old.jsonl")
    kept("new.jsonl", one="bad")
    ran = spec.command("diff", "old.jsonl", "new.jsonl", "--fail-on", kinds)
    assert ran.returncode == code, ran.stderr
    if code == 2:
        assert "'regresed' is none of added, changed" in ran.stderr
