"""Run files written, read and followed, line by line and without a run."""

from __future__ import annotations

import json
import lzma

import msgspec
import pytest
import samples

from sockspec import __version__, files
from sockspec.errors import Refused, UsageError
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict

GOOD = msgspec.structs.replace(
    samples.observed("a.b.c[x]", "good", "conforms"),
    witness={"good": {"values": {"n": 1}, "calls": ["bind"]}},
    examples=3,
    calls=20,
)
RED = samples.observed("a.b.d", "bad", "new divergence")


@pytest.fixture
def path(tmp_path):
    return samples.written(tmp_path / "run.jsonl", GOOD, RED)


def lines(path):
    return path.read_text("utf-8").splitlines(keepends=True)


# -- writing -----------------------------------------------------------------------------------


def test_a_file_is_header_cases_and_footer(path):
    head, first, second, foot = map(json.loads, lines(path))
    assert [head["kind"], first["kind"], second["kind"], foot["kind"]] == [
        "header",
        "observation",
        "observation",
        "footer",
    ]
    assert head["format"] == 1
    assert foot == {
        "kind": "footer",
        "cases": 2,
        "verdicts": {"conforms": 1, "new divergence": 1},
        "examples": 4,
        "calls": 21,
        "seconds": 1.0,
        "errors": [],
    }
    assert runfile.begins(path.read_bytes())
    assert not runfile.begins(path.read_bytes()[1:])


def test_each_line_is_there_before_the_next_is_made(tmp_path):
    path = tmp_path / "run.jsonl"
    writer = runfile.Writer(path, samples.header())
    assert len(lines(path)) == 1
    writer.add(RED)
    assert len(lines(path)) == 2
    writer.pass_on(runfile.Told.of(GOOD))
    writer.add(RED)
    footer = writer.end(0.12346, ["broke"])
    assert (footer.cases, footer.examples, footer.calls) == (3, 5, 22)
    assert list(footer.verdicts.items()) == [("conforms", 1), ("new divergence", 2)]
    assert (footer.seconds, footer.errors) == (0.123, ["broke"])
    assert writer._file.closed
    assert runfile.read(path).footer == footer


def test_what_the_system_takes_in_pieces_is_whole(tmp_path, monkeypatch):
    class Slow:
        def __init__(self, file):
            self.file = file

        def write(self, told):
            return self.file.write(told[:7])

        def close(self):
            self.file.close()

    beside = files.beside

    def slow(path):
        file, made = beside(path)
        return Slow(file), made

    monkeypatch.setattr(files, "beside", slow)
    path = samples.written(tmp_path / "run.jsonl", GOOD)
    assert runfile.read(path).observations == [GOOD]


def test_an_earlier_run_is_there_until_the_next_has_a_header(path, monkeypatch):
    before = path.read_bytes()
    opened = []

    def refuses(file, made, there):
        assert path.read_bytes() == before
        opened.append(file)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "renamed", refuses)
    with pytest.raises(Refused, match="Permission denied"):
        runfile.Writer(path, samples.header())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert opened[0].closed


def test_what_is_no_run_file_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(UsageError, match="did not write"):
        runfile.Writer(path, samples.header())
    assert path.read_text() == "mine"


# -- reading -----------------------------------------------------------------------------------


def test_what_was_written_is_read(path):
    run = runfile.read(path)
    assert (run.path, run.observations) == (str(path), [GOOD, RED])
    assert run.header == samples.header(declared=2)
    assert (run.truncated, run.complaint) == (False, "")
    assert run.by_case() == {"a.b.c[x]": GOOD, "a.b.d": RED}


@pytest.mark.parametrize("cases", [(), (GOOD,), (GOOD, RED)])
def test_a_whole_file_is_not_read_line_by_line(tmp_path, monkeypatch, cases):
    path = samples.written(tmp_path / "run.jsonl", *cases)
    monkeypatch.setattr(runfile, "_line_by_line", None)  # which takes several times as long
    assert runfile.read(path).observations == list(cases)
    assert len(runfile.read(path, witnesses=False).observations) == len(cases)


def test_what_an_older_header_does_not_have(path):
    told = json.loads(lines(path)[0])
    made = samples.header()
    later = {each.name for each in msgspec.structs.fields(made) if not each.required}
    old = {name: value for name, value in told.items() if name not in later}
    head = msgspec.json.decode(json.dumps(old), type=runfile.Header)
    assert {name: getattr(head, name) for name in later} == {
        "version": "",
        "label": "",
        "stands_in_for": "",
        "disclaimed": [],
        "peer": "",
        "exchanged": False,
        "link": "",
        "deadline": 0,
        "pace": 1.0,
        "selection": [],
        "capture": "",
    }


@pytest.mark.parametrize("cut", [False, True])
def test_without_witnesses_nothing_else_is_missing(tmp_path, cut):
    path = samples.written(tmp_path / "run.jsonl", GOOD, RED, cut=cut)
    run = runfile.read(path, witnesses=False)
    assert [each.witness for each in run.observations] == [{}, {}]
    assert [each.case for each in run.observations] == ["a.b.c[x]", "a.b.d"]
    assert run.truncated is cut
    whole = runfile.read(path)
    assert whole.observations == [GOOD, RED]
    assert [each.witness for each in whole.brief().observations] == [{}, {}]
    assert whole.brief().footer == whole.footer
    assert whole.observations == [GOOD, RED]


def test_a_packed_file_is_read(path):
    packed = path.with_suffix(".jsonl.xz")
    packed.write_bytes(lzma.compress(path.read_bytes()))
    assert runfile.read(packed).observations == [GOOD, RED]
    packed.write_bytes(b"no such thing")
    with pytest.raises(UsageError, match=r"cannot be read: Input format not supported"):
        runfile.read(packed)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file") as caught:
        runfile.read(tmp_path / "none.jsonl")
    assert caught.value.file == tmp_path / "none.jsonl"


def test_a_file_that_the_system_does_not_read_is_refused(path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(Refused, match="Permission denied"):
        runfile.read(path)


HEAD, FIRST, SECOND, FOOT = range(4)


def mangled(path, *parts):
    """The file of these parts: lines by number, or text."""
    there = lines(path)
    path.write_text("".join(there[e] if isinstance(e, int) else e for e in parts), "utf-8")
    return path


@pytest.mark.parametrize(
    ("parts", "line", "complaint"),
    [
        ((), 1, "is empty"),
        ((FOOT,), 1, "does not begin with a header"),
        ((FIRST, FOOT), 1, "does not begin with a header"),
        ((FIRST, SECOND, FOOT), 1, "does not begin with a header"),
        (("<html>\n", HEAD, FOOT), 1, "is not a line of a run file of version 1"),
        ((HEAD, "{}\n", FIRST, FOOT), 2, "is not a line of a run file of version 1"),
        ((HEAD, FIRST, HEAD, FOOT), 3, "has a second header"),
        ((HEAD, HEAD), 2, "has a second header"),
        ((HEAD, FIRST, FOOT, SECOND), 4, "goes on after its footer"),
        ((HEAD, FOOT, FOOT), 3, "goes on after its footer"),
        ((HEAD, FOOT, "rubbish"), 3, "goes on after its footer"),
    ],
)
@pytest.mark.parametrize("witnesses", [False, True])
def test_what_is_broken_is_named_with_its_line(path, parts, line, complaint, witnesses):
    with pytest.raises(UsageError, match=complaint) as caught:
        runfile.read(mangled(path, *parts), witnesses=witnesses)
    assert (caught.value.file, caught.value.line) == (path, line)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("parts", "cases", "complaint"),
    [
        ((HEAD,), [], False),
        ((HEAD, FIRST), [GOOD], False),
        ((HEAD, FIRST, SECOND), [GOOD, RED], False),
        ((HEAD, FIRST, '{"kind":"obs'), [GOOD], True),
        ((HEAD, '{"kind":"footer"}'), [], True),
    ],
)
def test_what_is_whole_of_a_file_that_was_cut_is_kept(path, parts, cases, complaint):
    run = runfile.read(mangled(path, *parts))
    assert run.truncated
    assert run.observations == cases
    assert bool(run.complaint) is complaint
    if complaint:
        assert f"{path}:{len(parts)}: is not a line of a run file" in run.complaint


def test_a_form_of_the_future_is_not_read(path):
    head = lines(path)[HEAD].replace('"format":1', '"format":2')
    with pytest.raises(UsageError) as caught:
        runfile.read(mangled(path, head.replace(__version__, "99.1.0"), FIRST, FOOT))
    told = "is a run file of form 2; this sockspec reads form 1: it cannot be judged here"
    assert told in str(caught.value)
    assert f"sockspec 99.1.0 wrote it, this is {__version__}" in caught.value.remedy


def test_a_form_of_the_past_is_no_form(path):
    head = lines(path)[HEAD].replace('"format":1', '"format":0')
    with pytest.raises(UsageError, match="is not a line of a run file of version 1"):
        runfile.read(mangled(path, head, FOOT))


def test_a_line_of_a_newer_version_is_not_taken_for_half_a_line(path):
    head = lines(path)[HEAD].replace(__version__, "99.1.0")
    odd = lines(path)[FIRST].replace('"conforms"', '"praised"')
    for parts in ((head, odd, FOOT), (head, odd)):
        with pytest.raises(UsageError, match="cannot be judged here") as caught:
            runfile.read(mangled(path, *parts))
        assert "sockspec 99.1.0 wrote it" in caught.value.remedy
        samples.written(path, GOOD, RED)
    half = runfile.read(mangled(path, head, odd[:-20]))
    assert half.truncated
    samples.written(path, GOOD, RED)
    # From this version it is broken, and half a line when it is the last.
    with pytest.raises(UsageError, match="is not a line") as caught:
        runfile.read(mangled(path, HEAD, odd, FOOT))
    assert "wrote it" not in str(caught.value)
    samples.written(path, GOOD, RED)
    assert runfile.read(mangled(path, HEAD, odd)).truncated


@pytest.mark.parametrize(
    ("suite", "newer"),
    [
        (__version__, False),
        ("0.0.1", False),
        ("99.0", True),
        ("x", True),
        ("", True),
        (f"{__version__}.0", False),
    ],
)
def test_which_suite_is_newer(suite, newer):
    assert samples.header(suite=suite).is_newer is newer


def test_the_schema_is_of_a_line():
    made = runfile.schema()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"] == "sockspec run file, version 1: one line"
    assert made["$defs"]["Header"]["properties"]["format"] == {"enum": [1]}
    assert made["$defs"]["Header"]["properties"]["suite"]["description"] == (
        "Version of sockspec."
    )


# -- what a run says of itself -----------------------------------------------------------------


def test_how_a_run_is_called():
    run = samples.run()
    assert run.label == "here 6.1 / stdlib"
    assert run.title == "Linux 6.1 x86_64"
    assert run.heading == "Linux 6.1 x86_64 through CPython 3.11 socket"
    run = samples.run(label="Mine 3", peer="the kernel")
    assert run.label == "Mine 3 / stdlib"
    assert run.title == "Mine 3 (Linux 6.1 x86_64)"
    through = "through CPython 3.11 socket, with the kernel at the other end"
    assert run.heading == f"Mine 3 (Linux 6.1 x86_64) {through}"


def test_verdicts_are_counted_in_their_order():
    kinds = ("unsupported", "conforms", "missing feature", "conforms")
    seen = [samples.observed(f"a.b.c{n}", "did", kind) for n, kind in enumerate(kinds)]
    assert list(samples.run(*seen).verdicts().items()) == [
        ("conforms", 2),
        ("missing feature", 1),
        ("unsupported", 1),
    ]
    assert [each.is_tried for each in seen] == [False, True, False, True]
    assert not samples.run().truncated
    assert samples.run(cut=True).truncated


def test_lines_stay_as_they_are(path):
    run = runfile.read(path, witnesses=False)
    for line in (run.header, GOOD, run.observations[0], run.footer):
        with pytest.raises(AttributeError):
            setattr(line, line.__struct_fields__[0], None)


# -- following ---------------------------------------------------------------------------------


def counted(follower):
    return follower.declared, follower.done, follower.red


def test_a_run_is_followed_by_whole_lines(tmp_path):
    path = tmp_path / "run.jsonl"
    follower = runfile.Follower(path)
    assert not follower.advance()
    assert counted(follower) == (0, 0, 0)
    writer = runfile.Writer(path, samples.header(declared=7))
    assert follower.advance()
    assert counted(follower) == (7, 0, 0)
    assert not follower.advance()
    writer.add(GOOD)
    writer.add(RED)
    line = runfile.Told.of(RED).line
    with path.open("ab") as file:
        file.write(line[:30])
    assert follower.advance()
    assert counted(follower) == (7, 2, 1)
    assert not follower.advance()
    with path.open("ab") as file:
        file.write(line[30:] + b"\n")
    assert follower.advance()
    assert counted(follower) == (7, 3, 2)
    writer.end(1.0)  # over what was appended here


def test_a_missing_feature_is_red_once(tmp_path):
    def lacks(case, why):
        return samples.observed(case, "", Verdict.MISSING, why)

    seen = [
        lacks("a.b.c", "needs raw"),
        lacks("a.b.d", "needs raw"),
        lacks("a.b.e", "needs v6"),
    ]
    path = samples.written(tmp_path / "run.jsonl", *seen, RED)
    follower = runfile.Follower(path)
    follower.advance()
    assert counted(follower) == (4, 4, 3)


def test_the_run_that_takes_the_place_of_another_is_counted_anew(path):
    follower = runfile.Follower(path)
    follower.advance()
    assert counted(follower) == (2, 2, 1)
    lacks = samples.observed("a.b.c", "", Verdict.MISSING, "needs raw")
    for _ in range(2):
        samples.written(path, lacks, lacks, lacks)
        assert follower.advance()
        assert counted(follower) == (3, 3, 1)
