"""Run files: the published schema, and files that are broken in every way."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import pytest
import samples

from sockspec import __version__
from sockspec.errors import UsageError
from sockspec.judge import runfile

SPEC = """
R = promise("plain")
@R.case(word=("one", "two"))
def test_plain(sockets, see, case):
    sock = sockets.listener(family=V4)
    see("good", port=sock.local_addr().port)
"""


@pytest.fixture
def written(spec):
    spec.write(SPEC)
    assert spec.run().returncode == 0
    return spec.out


def test_every_line_fits_the_schema_by_an_independent_validator(written):
    validator = jsonschema.Draft202012Validator(runfile.schema())
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert [line["kind"] for line in lines] == [
        "header",
        "observation",
        "observation",
        "footer",
    ]
    for line in lines:
        validator.validate(line)


def test_the_schema_refuses_what_is_no_line(written):
    validator = jsonschema.Draft202012Validator(runfile.schema())
    line = json.loads(written.read_text().splitlines()[1])
    for broken in (
        {**line, "kind": "rumour"},
        {**line, "verdict": "maybe"},
        {"kind": "footer"},
    ):
        assert not validator.is_valid(broken)


def test_observation_lines_carry_what_tools_rely_on(written):
    line = json.loads(written.read_text().splitlines()[1])
    assert {"case", "rule", "behaviours", "verdict", "witness"} <= line.keys()


def test_without_witnesses_all_else_is_read(written):
    whole, brief = (runfile.read(written, witnesses=each).observations for each in (1, 0))
    assert any(each.witness for each in whole)
    told = [msgspec.structs.asdict(each) for each in brief]
    assert told == [{**msgspec.structs.asdict(each), "witness": {}} for each in whole]


def test_the_header_names_nobody(written):
    import getpass
    import socket

    text = written.read_text().splitlines()[0]
    assert socket.gethostname() not in text
    assert str(written.parent) not in text
    header = json.loads(text)["platform"]
    assert "user" not in header
    assert header.get("privileged") in {True, False}
    assert getpass.getuser() not in json.dumps(
        {k: v for k, v in header.items() if k != "profile"}
    )


def test_without_its_footer_a_file_is_truncated(written, spec):
    whole = written.read_text().splitlines(keepends=True)
    written.write_text("".join(whole[:-1]))
    assert runfile.read(written).truncated
    ran = spec.command("gate", str(written))
    assert ran.returncode == 3
    assert "the run was cut short, 2 of 2 cases" in ran.stdout


def test_half_a_last_line_loses_nothing_before_it(written):
    whole = written.read_text().splitlines(keepends=True)
    written.write_text("".join(whole[:2]) + whole[2][:40])
    run = runfile.read(written)
    assert run.truncated
    assert len(run.observations) == 1


@pytest.mark.parametrize(
    ("mangle", "complaint"),
    [
        (lambda lines: [], "is empty"),
        (lambda lines: lines[1:], ":1: does not begin with a header"),
        (lambda lines: ["<html>\n", *lines], ":1: is not a line of a run file"),
        (lambda lines: [lines[0], "{}\n", *lines[1:]], ":2: is not a line of a run file"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], ":2: has a second header"),
        (lambda lines: [*lines, lines[1]], ":5: goes on after its footer"),
        (
            lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]],
            "is a run file of form 2; this sockspec reads form 1: it cannot be judged here",
        ),
    ],
)
def test_a_broken_file_is_named_with_line_and_remedy(written, mangle, complaint, spec):
    written.write_text("".join(mangle(written.read_text().splitlines(keepends=True))))
    with pytest.raises(UsageError) as caught:
        runfile.read(written)
    assert complaint in str(caught.value)
    ran = spec.command("gate", str(written))
    assert ran.returncode == 2
    assert "remedy:" in ran.stderr


def test_a_missing_file_is_a_mistake_of_usage(spec):
    ran = spec.command("gate", "nowhere.jsonl")
    assert ran.returncode == 2
    assert "nowhere.jsonl: cannot be read" in ran.stderr


def test_a_line_that_only_a_newer_version_writes_is_named_as_such(tmp_path):
    path = samples.written(
        tmp_path / "run.jsonl", samples.observed("a.b.c", "fine", "conforms"), suite="99.1.0"
    )
    assert not runfile.read(path).truncated
    path.write_text(path.read_text().replace('"conforms"', '"praised"', 1))
    with pytest.raises(UsageError) as caught:
        runfile.read(path)
    assert "praised" in str(caught.value)
    assert "sockspec 99.1.0 wrote it, this is" in str(caught.value)
    # The same line as the last one of a file that was cut short.
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(UsageError, match="it cannot be judged here"):
        runfile.read(path)
    # Half a line is what any version leaves behind.
    path.write_text(path.read_text()[:-20])
    assert runfile.read(path).truncated


@pytest.mark.parametrize(
    ("suite", "newer"), [("0.0.1", False), (__version__, False), ("99.0", True), ("x", True)]
)
def test_which_suites_are_newer(suite, newer):
    assert samples.header(suite=suite).is_newer is newer


def test_what_follows_a_run_leaves_an_earlier_one_behind(written, tmp_path):
    text = written.read_bytes()
    follower = runfile.Follower(written)
    assert follower.advance()
    assert (follower.declared, follower.done) == (2, 2)
    # The new run stands in its place, and has come further than the earlier one had.
    header, first, *_rest = text.splitlines(keepends=True)
    begun = tmp_path / "begun.jsonl"
    begun.write_bytes(header + first * len(text))
    begun.replace(written)
    assert follower.advance()
    assert (follower.declared, follower.done) == (2, len(text))
    assert not follower.advance()
