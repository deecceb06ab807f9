"""Errors under `--format json`: JSON too, where the answer would have been."""

from __future__ import annotations

import json
import sys

import pytest

GOOD = """
R = promise("words")
@R.case()
def test_words(sockets, see, case):
    see("good")
"""


@pytest.mark.parametrize("form", [("--format", "json"), ("--format=json",)])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("gate", "nowhere.jsonl"),
            {
                "message": "cannot be read: No such file or directory",
                "file": "nowhere.jsonl",
                "remedy": "name a file that a run wrote",
                "exit": 2,
            },
        ),
        (("run", "--xyzzy"), {"message": "No such option '--xyzzy'.", "exit": 2}),
        (("--nope",), {"message": "No such option '--nope'.", "exit": 2}),
        (("rnu",), {"message": "No such command 'rnu'. Did you mean 'run'?", "exit": 2}),
    ],
)
def test_a_mistake_of_usage(spec, form, words, told):
    ran = spec.command(*words, *form)
    assert json.loads(ran.stdout) == {"error": told}
    assert (ran.returncode, ran.stderr) == (2, "")


def test_file_and_line_of_a_broken_profile(spec):
    spec.write(GOOD)
    spec.record("[[entry\n")
    ran = spec.run("--format", "json")
    told = json.loads(ran.stdout)["error"]
    assert (told["line"], told["exit"], ran.returncode) == (2, 2, 2)
    assert told["file"].endswith("platforms/here/demo.toml")
    assert "\n" not in told["message"]


def test_all_that_is_wrong_with_a_profile(spec):
    spec.write(GOOD)
    spec.record("[[entry]]\nrule = 1\n")
    ran = spec.run("--format", "json")
    told = json.loads(ran.stdout)["error"]
    assert told["message"] == f"the profile 'here' has {len(told['problems'])} problems:"
    first = told["problems"][0]
    assert first["file"].endswith("platforms/here/demo.toml")
    assert {each["line"] for each in told["problems"]} <= {2, 3}
    assert all(each["message"] and each["remedy"] for each in told["problems"])
    assert len(told["problems"]) >= 3


def test_what_the_system_refuses(spec):
    spec.write(GOOD)
    (spec.folder / "file").write_text("")
    ran = spec.run("--out", "file/run.jsonl", "--format", "json")
    told = json.loads(ran.stdout)["error"]
    assert told["exit"] == ran.returncode
    assert told["file"].startswith("file")
    assert told["remedy"]


@pytest.mark.skipif(sys.platform != "linux", reason="a file that nobody can read is Linux's")
@pytest.mark.parametrize("words", [("gate",), ("explain", "demo.subject.words", "--run")])
def test_a_run_file_that_is_there_and_cannot_be_read_is_not_a_mistake(spec, words):
    spec.write(GOOD)
    (spec.folder / "run.jsonl").symlink_to("/proc/self/mem")
    ran = spec.command(*words, "run.jsonl")
    assert ran.returncode == 4
    assert "run.jsonl: Input/output error" in ran.stderr


def test_without_the_option_an_error_is_text(spec):
    ran = spec.command("gate", "nowhere.jsonl")
    assert ran.stdout == ""
    assert ran.stderr.startswith("error: nowhere.jsonl: cannot be read")
