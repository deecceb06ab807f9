"""Findings: what each has to have, that runs show it, and the texts made from those kept."""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess

import pytest

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.judge.catalogue import Catalogue
from sockspec.report import findings, page
from sockspec.spec import load

ROOT = locate.conformance().parent
REPORTS = ROOT / "reports"
TEXTS = ROOT / "docs" / "upstream"

SPEC = """
R = promise("words")
@R.case(word=("good", "bad"))
def test_words(sockets, see, case):
    see(case["word"])

ALIKE = promise("alike")
@ALIKE.case()
def test_alike(sockets, see, case):
    see("good")
"""

FIELDS = {
    "id": '"wrong-word"',
    "system": '"Here"',
    "version": '"1"',
    "run": '"one"',
    "case": '"demo.subject.words[bad]"',
    "behaviour": '"bad"',
    "title": '"It is wrong"',
    "line": '["https://github.com/here/here/blob/v1/words.c#L12"]',
    "tried": '{version = "2", run = "one", newest = "the newest release"}',
    "head": '{commit = "0123456789ab", date = 2026-01-02, read = 2026-02-03, '
    'line = "https://github.com/here/here/blob/0123456789ab/words.c#L13"}',
    "documented": '{state = "no", read = ["https://example.org/manual"]}',
    "upstream": '{state = "unknown", searched = {where = "its issues", words = "bad word", '
    "date = 2026-02-03}}",
    "control": '{run = "right", behaviour = "good"}',
}


def finding(table="finding", **fields):
    """A finding that has everything, but for the `fields` that are given; None: without it."""
    lines = [f"{name} = {value}" for name, value in (FIELDS | fields).items() if value]
    return "\n".join([f"[[{table}]]", *lines, ""])


@pytest.fixture
def kept(spec):
    """A folder of reports with a run that is wrong and one that is right."""
    spec.write(SPEC)
    spec.record(spec.entry("demo.subject.words", '"bad"', 'case = { word = "bad" }'))
    spec.run()
    text = spec.out.read_text()
    right = text.replace('"behaviours":{"bad":1}', '"behaviours":{"good":1}')
    assert right != text
    for name, content in {"one": text, "right": right}.items():
        folder = spec.folder / "reports" / name
        folder.mkdir(parents=True)
        (folder / "run.jsonl.xz").write_bytes(lzma.compress(content.encode()))
    return spec


def listed(kept, *entries, options=()):
    path = kept.folder / "reports" / "findings.toml"
    path.write_text("\n".join(["version = 2", *entries]))
    return kept.command("findings", "reports", *options)


def test_a_finding_with_every_step_is_on_the_page(kept):
    ran = listed(kept, finding())
    assert ran.returncode == 0, ran.stderr
    assert "### It is wrong" in ran.stdout
    assert "it is so Source: [words.c:12](https://github.com/here/here/blob/v1/" in ran.stdout
    assert "Control: `good` in [right](right/report.md)" in ran.stdout
    assert "| [Here](#here) | 1 | 1 | 0 | 0 | 0 |" in ran.stdout
    assert "Candidates" not in ran.stdout


def refused(folder, *entries):
    """What is said of a list before any run is read."""
    (folder / "findings.toml").write_text("\n".join(["version = 2", *entries]))
    with pytest.raises(UsageError) as caught:
        findings.load(folder, load.rules(), Catalogue())
    return str(caught.value)


@pytest.mark.parametrize("field", FIELDS)
def test_a_finding_without_one_of_them_is_refused(tmp_path, field):
    told = refused(tmp_path, finding(), "", finding(**{field: None}))
    assert f": {field}: is missing" in told
    assert "findings.toml:18: " in told
    assert "remedy: see docs/findings.md" in told


STEPS = ("line", "tried", "head", "documented", "upstream", "control")


def test_what_a_candidate_lacks_is_listed(kept):
    lacking = [
        finding("candidate", **{"id": f'"no-{step}"', step: None}) + "\n" for step in STEPS
    ]
    ran = listed(kept, *lacking)
    assert ran.returncode == 0, ran.stderr
    assert "## Candidates, not yet verified" in ran.stdout
    for step in STEPS:
        row = next(each for each in ran.stdout.splitlines() if f"`no-{step}`" in each)
        assert row.endswith(f"`demo.subject.words[bad]`: `bad` | {step} |")
    none = listed(kept, *lacking, options=["--upstream", "no-line"])
    assert none.returncode == 2
    assert "no-line is a candidate, and lacks line" in none.stderr


HEAD = FIELDS["head"]


def test_the_head_may_be_a_tag_that_was_read_in_a_copy(kept):
    head = HEAD.replace("0123456789ab", "here-1.2")
    copied = finding(head=head.replace("}", ', copy = "https://example.org/copy"}'))
    ran = listed(kept, copied)
    assert ran.returncode == 0, ran.stderr
    assert "on 2026-02-03 in [a copy](https://example.org/copy): still there" in ran.stdout
    text = listed(kept, copied, options=["--upstream", "wrong-word"]).stdout
    assert "here-1.2 of 2026-01-02, in [a copy](https://example.org/copy): still" in text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"behaviour": '"ugly"'}, "of one does not show it: demo.subject.words[bad] did bad"),
        ({"case": '"demo.subject.words[worse]"'}, "does not show it: no such case"),
        (
            {"case": '"demo.subject.words[good]"', "behaviour": '"good"'},
            "no entry of a profile records demo.subject.words[good]",
        ),
        (
            {"tried": '{version = "2", run = "right", newest = "the newest"}'},
            "the run of right does not show it: demo.subject.words[bad] did good",
        ),
        ({"control": '{run = "one", behaviour = "good"}'}, "run of one does not show it"),
        ({"control": '{run = "one", behaviour = "bad"}'}, "control's bad is not right either"),
        (
            {"control": '{run = "one", behaviour = "good", case = "demo.subject.alike"}'},
            "the control's demo.subject.alike is of another rule",
        ),
    ],
)
def test_a_finding_that_its_runs_do_not_show_is_refused(kept, fields, told):
    ran = listed(kept, finding(**fields))
    assert ran.returncode == 2
    assert told in ran.stderr
    assert "findings.toml:2: " in ran.stderr


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"id": '"Wrong Word"'}, "id: "),
        ({"line": '["https://github.com/here/here/blob/main/words.c#L12"]'}, "branch"),
        ({"line": '["https://github.com/here/here/blob/v1/words.c"]'}, "names no line"),
        ({"line": "[]"}, "line: "),
        ({"head": HEAD.replace("0123456789ab", "main", 1)}, "head: "),
        ({"head": HEAD.replace("}", ", still = false}")}, "gone at the head, but unknown"),
        ({"upstream": FIELDS["upstream"].replace("unknown", "reported")}, "but where?"),
        ({"upstream": FIELDS["upstream"].replace("bad word", "")}, "upstream: "),
        ({"documented": '{state = "yes", read = ["https://a.org"]}'}, "documented: "),
        ({"program": '"../run.c"'}, "program: "),
        ({"surprise": "1"}, "surprise: is an unknown field"),
    ],
)
def test_a_finding_of_another_form_is_refused(tmp_path, fields, told):
    message = refused(tmp_path, finding(**fields))
    assert told in message
    assert "findings.toml:2: " in message


def test_what_promises_nothing_needs_the_documentation(kept):
    kept.write(SPEC.replace('promise("words")', 'promise("words", level=UNSPECIFIED)'))
    ran = listed(kept, finding())
    assert ran.returncode == 2
    assert "promises nothing (unspecified): give `against`" in ran.stderr
    ran = listed(kept, finding("candidate"))
    assert ran.returncode == 0, ran.stderr
    assert "`bad` | against |" in ran.stdout
    against = '{publication = "Its manual", quote = "never bad", link = "https://a.org/m"}'
    ran = listed(kept, finding(against=against))
    assert ran.returncode == 0, ran.stderr
    assert '[Its manual](https://a.org/m): "never bad"' in ran.stdout


def test_two_with_one_id_and_a_candidate_that_lacks_nothing_are_refused(kept, tmp_path):
    assert ":18: wrong-word: is at line 2 too" in refused(tmp_path, finding(), "", finding())
    ran = listed(kept, finding("candidate"))
    assert "wrong-word: lacks nothing" in ran.stderr
    ran = listed(kept, finding("candidate", note='"Is it so on purpose?"'))
    assert ran.returncode == 0
    assert "Is it so on purpose? |" in ran.stdout


def test_a_program_of_its_own_stands_for_the_one_that_is_written(kept):
    ran = listed(kept, finding(program='"show.c"'))
    assert ran.returncode == 2
    assert "its program cannot be read" in ran.stderr
    folder = kept.folder / "reports" / "programs"
    folder.mkdir()
    (folder / "show.c").write_text("int main(void) { return 1; }\n")
    ran = listed(kept, finding(program='"show.c"'), options=["--upstream", "wrong-word"])
    assert "```c\nint main(void) { return 1; }\n```" in ran.stdout
    assert "demo.subject.words[bad]" not in ran.stdout.partition("## Program")[2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version = 1", "1: has no `version = 2`"),
        ("version = 2\nsurprise = 1", "1: has surprise"),
        ("version = ", "findings.toml: Invalid value"),
    ],
)
def test_another_file_is_refused(tmp_path, text, told):
    (tmp_path / "findings.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        findings.load(tmp_path, load.rules(), Catalogue())
    assert told in str(caught.value)


def test_the_report_for_the_maintainers_has_what_they_want(kept):
    again = finding(id='"other-word"', together='"words"')
    entries = [finding(together='"words"'), "", again]
    ran = listed(kept, *entries, options=["--upstream", "wrong-word"])
    assert ran.returncode == 0, ran.stderr
    parts = ["# Here: It is wrong", "## Versions", "## Steps", "## Expected", "## Actual"]
    parts += ["## Suspected line", "## Control", "## Program"]
    places = [ran.stdout.index(f"{each}\n") for each in parts]
    assert places == sorted(places)
    assert "Newest version tried: 2" in ran.stdout
    assert '(its issues, "bad word", 2026-02-03)' in ran.stdout
    both = listed(kept, *entries, options=["--upstream", "words"])
    assert both.stdout.count("# Here: It is wrong") == 2
    (data,) = json.loads(
        listed(kept, *entries, options=["--upstream", "other-word", "--format", "json"]).stdout
    )
    assert data["id"] == "other-word"
    assert data["rule"]["level"] == "must"
    assert data["script"]
    unknown = listed(kept, *entries, options=["--upstream", "another-word"])
    assert unknown.returncode == 2
    assert "name one of other-word, wrong-word" in unknown.stderr


# -- those that are kept ------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return findings.load(REPORTS, load.rules(), Catalogue(name=locate.portable))


def test_the_page_of_those_kept_is_fresh(found):
    assert page.findings(found) == (REPORTS / "findings.md").read_text("utf-8")


def test_most_are_verified_and_each_system_that_is_open_to_reports_has_some(found):
    whole = [each for each in found if each.is_whole]
    assert len(whole) >= 30
    assert {each.finding.system for each in whole} >= {"Linux", "gVisor", "socket2"}


def test_ten_texts_are_kept_for_the_maintainers():
    assert len(list(TEXTS.glob("*.md"))) >= 10


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.md")), ids=lambda path: path.stem)
def test_a_text_that_is_kept_is_that_of_its_finding(found, path):
    text = page.upstream(findings.choose(found, path.stem))
    assert path.read_text("utf-8") == text, f"sockspec findings reports --upstream {path.stem}"


@pytest.mark.parametrize(
    "path", sorted((REPORTS / "programs").glob("*.c")), ids=lambda path: path.stem
)
def test_a_program_of_its_own_is_compiled_as_it_says(path, tmp_path):
    told = path.read_text("utf-8").splitlines()[1].removeprefix(" * ")
    command, _, rest = told.partition(" && ")
    compiler, *words = command.split()
    assert rest.startswith(("./a.out", "qemu-x86_64 ./a.out", "wine show.exe"))
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    words = [str(path) if each == "THIS_FILE" else each for each in words]
    ran = subprocess.run(
        [compiler, "-Wall", "-Wextra", "-Werror", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    made = tmp_path / ("show.exe" if "wine" in rest else "a.out")
    assert made.exists()
