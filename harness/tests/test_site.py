"""The site: which pages there are, what they say, and that nothing in them is live."""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import jsonschema
import pytest

from sockspec.errors import UsageError
from sockspec.site import data, processes
from sockspec.site import pages as pages_of

SPEC = """
from sockspec.spec.sources import MAN
R = promise("words", aliases=["demo.subject.earlier"])
@R.case(word=("good", "bad", "ugly", "needy"))
def test_words(sockets, see, case):
    if case["word"] == "needy":
        sockets.number("SO_NO_SUCH_OPTION")
    sock = sockets.listener(family=V4)
    see(case["word"], label="<b>&")
O = promise("open", UNSPECIFIED)
@O.case()
def test_open(sockets, see, case):
    sockets.listener(family=V4)
    see("good")
"""
RULE = "demo.subject.words"


class Page(HTMLParser):
    """The links, ids and tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags = [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.add(tag)
        self.links += [told[name] for name in ("href", "src") if name in told]
        if "id" in told:
            assert told["id"] not in self.ids, f"two parts are called {told['id']}"
            self.ids.add(told["id"])
        assert not {name for name in told if name.startswith("on")}, "a page has no handlers"


@pytest.fixture(scope="module")
def made(kept_spec):
    """A site of two runs: that of this machine, and one that answers otherwise."""
    spec = kept_spec
    spec.write(SPEC)
    spec.record(spec.entry(RULE, '"bad"', 'case = { word = "bad" }'))
    papers = spec.profiles / "papers"
    papers.mkdir()
    (papers / "profile.toml").write_text('version = 1\nname = "papers"\ntitle = "Papers"\n')
    (papers / "demo.toml").write_text("version = 1\n" + spec.entry(RULE, '"ugly"'))
    spec.run()
    mine = spec.folder / "mine.jsonl"
    shutil.copy(spec.out, mine)
    other = spec.folder / "other.jsonl"
    other.write_text(spec.out.read_text().replace('{"good":1}', '{"fine":1}'))
    ran = spec.command("site", str(mine), str(other), "--out", "site")
    assert ran.returncode == 0, ran.stderr
    return spec.folder / "site"


def pages(site):
    return {path: Page(path.read_text()) for path in sorted(site.rglob("*.html"))}


def test_every_link_of_every_page_leads_somewhere(made):
    found = pages(made)
    assert len(found) > 8
    for path, page in found.items():
        for link in page.links:
            there, fragment = urldefrag(link)
            if re.match(r"https?:", there):
                continue
            target = (path.parent / unquote(there)).resolve() if there else path
            assert target.is_file(), f"{path}: {link}"
            if fragment and "=" not in fragment:  # with one it is the state of a search
                assert unquote(fragment) in found[target].ids, f"{path}: {link}"


def test_nothing_comes_from_the_network(made):
    for path in made.rglob("*"):
        if path.suffix in {".html", ".css"} and path.is_file():
            text = path.read_text()
            assert not re.search(r'src="http|@import|url\(|rel="stylesheet" href="http', text)
        if path.suffix == ".js":
            assert not re.search(
                r"\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket", path.read_text()
            )
            # What the data brings is never read as anything but text.
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\(",
                path.read_text(),
            )


def test_a_rule_has_its_promise_its_answers_and_its_reasons(made):
    page = (made / "rule" / f"{RULE}.html").read_text()
    for told in (
        "A demonstration does what it does.",
        'href="https://pubs.opengroup.org/onlinepubs/9799919799/functions/bind.html"',
        "it is so",
        "https://example.org/why",
        'href="../platform/other.html"',
        "demo.subject.open.html",
        "See for yourself",
    ):
        assert told in page, told
    assert re.search(r"papers</a></b> <code>ugly</code>, which diverges", page)


def test_an_earlier_id_leads_to_todays(made):
    page = (made / "rule" / "demo.subject.earlier.html").read_text()
    assert f'http-equiv="refresh" content="0; url={RULE}.html"' in page


def test_a_platform_that_was_not_run_says_so_wherever_it_stands(made):
    assert "Not run." in (made / "platform" / "papers.html").read_text()
    for place in ("platforms.html", "area/demo.html", f"rule/{RULE}.html", "topic/EINVAL.html"):
        page = (made / place).read_text()
        assert "papers" in page, place
        assert "not run" in page, place


def test_the_data_keeps_its_schema_and_tells_every_answer(made):
    document = json.loads((made / "data" / "sockspec.json").read_text())
    schema = json.loads((made / "data" / "sockspec.schema.json").read_text())
    jsonschema.validate(document, schema)
    assert document["format"] == data.VERSION
    names = [each["name"] for each in document["platforms"] if each["run"]]
    assert sorted(names) == ["mine", "other"]
    (rule,) = (each for each in document["rules"] if each["id"] == RULE)
    told = {
        (case["id"], answer["behaviour"]): sorted(names[at] for at in answer["platforms"])
        for case in rule["cases"]
        for answer in case["answers"]
    }
    assert told[f"{RULE}[good]", "good"] == ["mine"]
    assert told[f"{RULE}[good]", "fine"] == ["other"]
    assert told[f"{RULE}[ugly]", "ugly"] == ["mine", "other"]
    assert rule["differs"] is True


STRUCTURE = {
    *("kind", "format", "suite", "started", "profile", "stands_in_for"),
    *("case", "rule", "parameters", "verdict", "call", "behaviours", "witness"),
}
"""What of a run file has to be as it is, for the rest of it to be shown."""


def poisoned(value, evil):
    """A value with that in place of every text, but for what gives it structure."""
    if isinstance(value, str):
        return evil
    if isinstance(value, list):
        return [poisoned(each, evil) for each in value]
    if isinstance(value, dict):
        return {k: v if k in STRUCTURE else poisoned(v, evil) for k, v in value.items()}
    return value


def test_what_a_run_file_brings_is_text(kept_spec, made):
    spec = kept_spec
    evil = "<img src=x onerror=alert(1)>\"&'</script>"
    lines = [poisoned(json.loads(line), evil) for line in spec.out.read_text().splitlines()]
    lines[0] |= {"missing": {evil: evil}, "functions": {evil: evil}}
    lines[0]["platform"]["settings"] = {evil: evil}
    for line in lines[1:-1]:
        if line["case"].endswith(("[good]", ".open")):
            line["behaviours"] = {f"crash:{evil}": 1}
            witness = poisoned(next(iter(line["witness"].values())), evil)
            line["witness"] = {f"crash:{evil}": witness}
    name = '<b onclick="x">&.jsonl'
    (spec.folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    ran = spec.command("site", name, "--out", "evil")
    assert ran.returncode == 0, ran.stderr
    for path, page in pages(spec.folder / "evil").items():
        assert "img" not in page.tags, path
        text = path.read_text()
        assert "<b onclick" not in text, path
        assert '</script>"' not in text, path
    for place in ("platform/b-*.html", f"rule/{RULE}.html"):
        (page,) = (spec.folder / "evil").glob(place)
        assert page.read_text().count("&lt;img src=x") > 1, place
    script = (spec.folder / "evil" / "data" / "sockspec.js").read_text()
    assert "<" not in script


FINDING = """version = 2
[[finding]]
id = "wrong-word"
system = {evil}
version = {evil}
run = "one"
case = "demo.subject.words[bad]"
behaviour = "bad"
title = {evil}
line = [{link}]
tried = {{version = {evil}, run = "one", newest = {evil}}}
head = {{commit = "0123456789ab", date = 2026-01-02, read = 2026-02-03, line = {link}}}
documented = {{state = "no", read = ["https://example.org/manual"]}}
upstream = {{state = "unknown", searched = {{where = {evil}, words = "x", date = 2026-02-03}}}}
control = {{run = "right", behaviour = "good"}}
"""


def test_what_profiles_and_findings_say_is_text(spec):
    evil = "<img src=x onerror=alert(1)>\"'</script><b>&"
    quoted = json.dumps(evil)
    link = json.dumps(f"https://github.com/here/here/blob/v1/{evil}words.c#L12")
    spec.write(SPEC)
    entry = spec.entry(RULE, '"bad"', 'case = { word = "bad" }')
    entry = entry.replace('"it is so"', quoted).replace('"https://example.org/why"', link)
    observed = f'kind = "observed", on = {quoted}, date = 2026-01-01'
    spec.record(entry.replace('kind = "documented"', observed))
    head = f'version = 1\nname = "here"\ntitle = {quoted}\nnote = {quoted}\n'
    (spec.profiles / "here" / "profile.toml").write_text(head)
    papers = spec.profiles / "papers"
    papers.mkdir()
    (papers / "profile.toml").write_text(head.replace('"here"', '"papers"'))
    paper = spec.entry(RULE, '"ugly"').replace('"it is so"', quoted)
    (papers / "demo.toml").write_text("version = 1\n" + paper)
    spec.run()
    text = spec.out.read_text()
    right = text.replace('"behaviours":{"bad":1}', '"behaviours":{"good":1}')
    for name, content in {"one": text, "right": right}.items():
        (spec.folder / "reports" / name).mkdir(parents=True)
        packed = lzma.compress(content.encode())
        (spec.folder / "reports" / name / "run.jsonl.xz").write_bytes(packed)
    listed = FINDING.format(evil=quoted, link=link)
    (spec.folder / "reports" / "findings.toml").write_text(listed)
    for verb in ("site", "report"):
        ran = spec.command(verb, "reports/one", "reports/right", "--out", verb)
        assert ran.returncode == 0, ran.stderr
    for folder in ("site", "report"):
        for path, page in pages(spec.folder / folder).items():
            assert not {"img"} & page.tags, path
            assert not [each for each in page.links if "script:" in each], path
            assert evil not in path.read_text(), path
    for place in (
        *("site/rule/demo.subject.words.html", "site/platform/one.html", "report/report.html"),
        *("site/platform/papers.html", "site/pair/*.html", "site/findings.html"),
        *("site/finding/*.html", "site/index.html", "site/platforms.html"),
    ):
        for path in spec.folder.glob(place):
            found = "&lt;img src=x" in path.read_text()
            assert found or path.name == "index.html", path
    assert "<" not in (spec.folder / "site" / "data" / "sockspec.js").read_text()


def test_of_runs_with_one_name_the_newest_speaks(kept_spec, made):
    spec = kept_spec
    (spec.folder / "before").mkdir()
    earlier = spec.out.read_text()
    started = json.loads(earlier.splitlines()[0])["started"]
    kept = spec.folder / "before" / "same.jsonl"
    kept.write_text(earlier.replace(started, "2001-01-01T00:00:00+00:00"))
    (spec.folder / "same.jsonl").write_text(earlier)
    ran = spec.command("site", "same.jsonl", "before/same.jsonl", "--out", "two")
    assert ran.returncode == 0, ran.stderr
    document = json.loads((spec.folder / "two" / "data" / "sockspec.json").read_text())
    dates = [each["date"] for each in document["platforms"] if each["run"]]
    assert dates == [started[:10]]


def test_a_file_that_is_not_the_sites_is_left_alone(kept_spec, made):
    spec = kept_spec
    theirs = spec.folder / "theirs"
    theirs.mkdir()
    (theirs / "index.html").write_text("somebody's")
    ran = spec.command("site", str(spec.out), "--out", "theirs")
    assert ran.returncode == 2
    assert (theirs / "index.html").read_text() == "somebody's"


def test_the_database_tells_what_the_document_tells(made):
    document = json.loads((made / "data" / "sockspec.json").read_text())
    with closing(sqlite3.connect(made / "data" / "sockspec.sqlite")) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (data.VERSION,)
        rows = base.execute('SELECT "case", platform, behaviour FROM answers').fetchall()
        papers = base.execute('SELECT "case", behaviour FROM documented').fetchall()
    names = [each["name"] for each in document["platforms"]]
    cases = [case for rule in document["rules"] for case in rule["cases"]]
    assert sorted(rows) == sorted(
        (case["id"], names[at], answer["behaviour"])
        for case in cases
        for answer in case["answers"]
        for at in answer["platforms"]
    )
    assert (f"{RULE}[good]", "ugly") in papers


def test_what_changed_when_is_told_of_several_runs(kept_spec, made):
    spec = kept_spec
    lines = (spec.folder / "mine.jsonl").read_text()
    started = json.loads(lines.partition("\n")[0])["started"]
    before = spec.folder / "then" / "mine.jsonl"
    before.parent.mkdir()
    older = lines.replace(started, "2001-01-01T00:00:00+00:00")
    before.write_text(older.replace('"behaviours":{"good":1}', '"behaviours":{"fine":1}'))
    ran = spec.command("site", "mine.jsonl", "then/mine.jsonl", "--out", "later")
    assert ran.returncode == 0, ran.stderr
    page = (spec.folder / "later" / "trend.html").read_text()
    assert (
        f'href="rule/{RULE}.html">{RULE}</a>: <code>fine</code> became <code>good</code>'
        in page
    )
    assert "2 cases of 2 rules changed" in page
    assert "trend.html#mine" in (spec.folder / "later" / "platform" / "mine.html").read_text()


def kept(spec, name, *, started="", label="", without="", **changed):
    """A run file beside that of the specification, which differs from it in this."""
    lines = [json.loads(line) for line in spec.out.read_text().splitlines()]
    lines[0] |= {"started": started or lines[0]["started"], "label": label}
    for line in lines[1:-1]:
        behaviours = line["behaviours"]
        line["behaviours"] = {changed.get(name, name): n for name, n in behaviours.items()}
    told = [line for line in lines if not without or line.get("rule") != without]
    (spec.folder / f"{name}.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in told)
    )
    return f"{name}.jsonl"


def parts(page):
    """The text of a page by the parts that it has."""
    told = re.split(r'<h2 id="([\w-]+)">', page.read_text())
    return dict(zip(told[1::2], told[2::2], strict=True))


def test_a_pair_tells_what_is_explained_from_what_is_not_and_what_the_rule_allows(
    kept_spec, made
):
    spec = kept_spec
    assert (
        "They differ in 2 of the 4 cases that both answer, in 2 rules"
        in (made / "pair" / "other--mine.html").read_text()
    )
    assert parts(made / "pair" / "other--mine.html").keys() == {"open"}
    papers = parts(made / "pair" / "papers--mine.html")
    assert papers.keys() == {"explained"}
    assert "it is so" in papers["explained"]
    wrong = kept(spec, "wrong", good="bad")
    assert spec.command("site", "mine.jsonl", wrong, "--out", "pair").returncode == 0
    told = parts(spec.folder / "pair" / "pair" / "wrong--mine.html")
    assert told.keys() == {"unexplained", "open"}
    assert RULE in told["unexplained"]
    assert "demo.subject.open" in told["open"]


def test_a_run_that_is_older_than_a_rule_is_told_from_one_that_left_it_out(kept_spec, made):
    spec, late = kept_spec, "demo.subject.open"
    elder = kept(spec, "elder", started="2001-01-01T00:00:00+00:00", without=late)
    partial = kept(spec, "partial", started="2099-01-01T00:00:00+00:00", without=late)
    ran = spec.command("site", elder, partial, "mine.jsonl", "--out", "ages")
    assert ran.returncode == 0, ran.stderr
    site = spec.folder / "ages"
    rule = (site / "rule" / f"{late}.html").read_text()
    assert re.search(r"run is older than the rule</span>.*1 platform, .*elder\.html", rule)
    assert re.search(r"not run</span> there, though .*partial\.html", rule)
    assert "1 rule came after this run" in (site / "platform" / "elder.html").read_text()
    assert "after this run" not in (site / "platform" / "partial.html").read_text()
    row = re.search(r"<tr>.*elder\.html.*</tr>", (site / "platforms.html").read_text())
    assert row
    assert '<td data-p="newer rules">1</td>' in row[0]
    assert ">2001-01-01</td>" in row[0]


def test_a_change_is_told_by_the_versions_that_were_run(kept_spec, made):
    spec = kept_spec
    runs = [
        kept(spec, "old", label="Stack 0.0~20221219.0"),
        kept(spec, "new", label="Stack 0.0~20240729.0", good="fine"),
        kept(spec, "lone", label="Lone 1.5"),
    ]
    assert spec.command("site", *runs, "--out", "versions").returncode == 0
    rule = (spec.folder / "versions" / "rule" / "demo.subject.open.html").read_text()
    since = re.search(r'<p class="since">.*', rule)
    assert since
    assert "<code>good</code> up to 0.0~20221219.0" in since[0]
    assert "<code>fine</code> since 0.0~20240729.0" in since[0]
    assert "One version run, so that since when is not known: Lone 1.5." in rule


def test_a_rule_that_no_run_has_has_a_page(kept_spec, made):
    spec = kept_spec
    only = kept(spec, "only", without="demo.subject.open")
    assert spec.command("site", only, "--out", "unasked").returncode == 0
    rule = (spec.folder / "unasked" / "rule" / "demo.subject.open.html").read_text()
    assert "not run</span> anywhere yet" in rule


def test_a_site_is_made_again_in_its_place(kept_spec, made):
    ran = kept_spec.command("site", "mine.jsonl", "other.jsonl", "--out", "site")
    assert ran.returncode == 0, ran.stderr


def test_every_file_says_early_whose_it_is(made):
    # However long what comes first: by its beginning a file is known when it is written anew.
    for path in made.rglob("*"):
        if path.is_file():
            assert pages_of.is_ours(path.read_bytes()[:200]), path


# -- the processors --------------------------------------------------------------------


@pytest.mark.parametrize("processors", [1, 3])
def test_spread_work_comes_in_its_order_and_an_error_in_a_part_is_raised(
    monkeypatch, processors
):
    monkeypatch.setattr(processes, "_processors", lambda: processors)
    monkeypatch.setattr(processes, "_can_copy", lambda: True)
    here = os.getpid()
    done = list(processes.spread(lambda part: (part, os.getpid()), 20))
    assert [part for part, _ in done] == list(range(20))
    assert (here in {process for _, process in done}) == (processors == 1)

    def fail(part):
        if part == 7:
            raise UsageError("is no file of ours", file="mine", remedy="name another")
        return part

    with pytest.raises(UsageError, match="mine: is no file of ours") as raised:
        list(processes.spread(fail, 20))
    assert raised.value.remedy == "name another"
