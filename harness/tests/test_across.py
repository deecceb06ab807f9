"""What goes across platforms: the matrix, and what is kept in `reports/`."""

from __future__ import annotations

import json
import lzma
import re
from xml.etree import ElementTree

import pytest

from sockspec import locate, report
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.targets import recipe

REPORTS = locate.conformance().parent / "reports"

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


@pytest.fixture
def two(spec):
    """Two platforms' runs that differ in one case."""
    spec.write(SPEC)
    spec.record(spec.entry("demo.subject.words", '"bad"', 'case = { word = "bad" }'))
    spec.run()
    text = spec.out.read_text()
    (spec.folder / "one.jsonl").write_text(text)
    other = text.replace('"behaviours":{"bad":1}', '"behaviours":{"ugly":1}')
    (spec.folder / "other.jsonl").write_text(other)
    return spec


def test_the_matrix_shows_who_does_what(two):
    runs = (str(two.folder / "one.jsonl"), str(two.folder / "other.jsonl"))
    (two.folder / "expected").write_text("one.jsonl far-away\n")
    ran = two.command("report", "--across", *runs, "--out", "all", "--expect", "expected")
    assert ran.returncode == 0, ran.stderr
    made = two.folder / "all"
    assert (made / "one" / "report.html").exists()
    text = (made / "matrix.md").read_text()
    assert "| far-away | not run | | nobody ran it |" in text
    assert "- bad: `bad` one; `ugly` other" in text
    assert "demo.subject.alike" not in text
    html = (made / "matrix.html").read_text()
    assert '<a href="other/report.html">other</a>' in html
    assert 'class="v-new-divergence" title="other: 1 new divergence, 1 conforms"' in html
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])
    assert data["columns"] == ["one", "other"]
    (_good, bad) = data["cases"]["demo.subject.words"]
    assert [data["behaviours"][behaviour] for behaviour, _ in bad[1:]] == ["bad", "ugly"]


def test_the_picture_has_a_square_for_each_platform_and_area(two):
    runs = (str(two.folder / "one.jsonl"), str(two.folder / "other.jsonl"))
    ran = two.command("report", "--keep", *runs, "--out", "kept")
    assert ran.returncode == 0, ran.stderr
    drawn = ElementTree.parse(two.folder / "kept" / "overview.svg").getroot()
    said = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    # The other platform's divergence is new, which is no known one: its square is empty.
    assert said == ["one", "other", "demo", "1", "Others"]
    kinds = [each.get("class") for each in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert kinds == ["square", "base"]
    assert "![" in (two.folder / "kept" / "README.md").read_text()


def test_a_packed_run_file_is_one(two):
    plain = two.folder / "one.jsonl"
    packed = two.folder / "one.jsonl.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert runfile.read(packed).observations == runfile.read(plain).observations
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(UsageError, match=r"one\.jsonl\.xz: cannot be read"):
        runfile.read(packed)


# -- what is kept -------------------------------------------------------------------------


def kept():
    return sorted(REPORTS.glob("*/run.jsonl.xz"), key=str)  # as a shell sorts them


def test_at_least_twenty_platforms_are_kept():
    assert len(kept()) >= 20


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.parent.name)
def test_a_kept_run_came_to_its_end_and_has_its_report(path):
    run = runfile.read(path, witnesses=False)
    assert not run.truncated
    # One of a part says which part it is.
    assert len(run.observations) == run.header.declared or run.header.selection
    assert (path.parent / "report.md").exists()


def test_the_pages_of_what_is_kept_are_fresh(tmp_path, monkeypatch):
    # Commands on the pages name a run as `.ci/publish` does.
    monkeypatch.chdir(REPORTS.parent)
    runs = [path.relative_to(REPORTS.parent) for path in kept()]
    catalogue = Catalogue(name=locate.portable)
    written = report.write_kept(runs, tmp_path, catalogue, recipe.places())
    stale = [
        str(path.relative_to(tmp_path))
        for path in written
        if path.read_bytes() != (REPORTS / path.relative_to(tmp_path)).read_bytes()
    ]
    assert stale == [], "run `make reports`"
    # Of each platform the run file and a report that can be read in one sitting.
    assert max(path.stat().st_size for path in tmp_path.rglob("*.md")) < 150_000
    names = {path.name for path in REPORTS.iterdir() if path.is_file()}
    assert names == {"README.md", "overview.svg", "findings.md", "findings.toml"}
