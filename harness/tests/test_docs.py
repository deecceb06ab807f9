"""The documentation: builds without a warning, links to what is there, and its commands run."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import typing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import console
import pytest
import warm

from sockspec.cli import common, main
from sockspec.judge.entry import Entry, When
from sockspec.judge.verdict import Verdict
from sockspec.spec import load
from sockspec.targets.recipe import KINDS
from sockspec.targets.target import Target

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="not run: not in a checkout")

# Blocks that are not run here, each for the reason above it.
NOT_RUN = {
    "add-a-platform.md": 1,
    "data.md": 1,
    "divergence.md": 1,
    "findings.md": 1,
    "gate.md": 1,
    "quick-start.md": 3,
    "site.md": 1,
    "two-ends.md": 3,
    "your-implementation.md": 1,
    "README.md": 2,
    "CONTRIBUTING.md": 1,
}


# -- commands -----------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="not run: the pages show a POSIX shell")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_do_what_it_shows(path, tmp_path):
    page = console.read(path, DOCS / "examples")
    assert page.wrong == []
    wrong = console.run(page, tmp_path) if page.commands else []
    assert not wrong, "\n\n".join(wrong)


def test_only_blocks_that_are_counted_are_not_run():
    left_out = {path.name: console.read(path).left_out for path in PAGES}
    assert all(len(why) > 10 for each in left_out.values() for _, why in each)
    assert {name: len(each) for name, each in left_out.items() if each} == NOT_RUN
    ran = sum(len(console.read(path).commands) for path in PAGES)
    assert ran > 3 * sum(NOT_RUN.values())


@pytest.fixture
def session(tmp_path):
    def session(text):
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        folder = tmp_path / "reader"
        folder.mkdir()
        page = console.read(path, DOCS / "examples")
        return page, console.run(page, folder)

    return session


def test_a_session_keeps_its_files_and_its_shell(session):
    page, wrong = session(
        "```{code-block} text\n:caption: sub/it.txt\n\nit's $HOME\n```\n"
        "```console\n$ cd sub && who=me\n$ cat it.txt\nit's $HOME\n$ echo $who \\\n  again\n"
        "me ...\n```\n<!-- exits 3 -->\n```console\n$ true\n$ (exit 3)\n```\n"
    )
    assert wrong == []
    assert len(page.commands) == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```console\n$ false\n```\n", "page.md:2: false: exit 1, not 0"),
        ("```console\n$ echo one\ntwo\n```\n", "page.md:2: echo one: shows\ntwo\n\nbut prints"),
        ("<!-- exits 1 -->\n```console\n$ true\n```\n", "page.md:3: true: exit 0, not 1"),
        ("```console\n$ exit 4\n```\n", "page.md:2: exit 4: did not end"),
    ],
)
def test_a_page_that_is_not_true_is_told(session, text, told):
    _, (wrong,) = session(text)
    assert wrong.startswith(told)


@pytest.mark.parametrize(
    "text", ["```sh\n$ ls\n```\n", "text\n\n    sockspec run\n", "```console\nls\n```\n"]
)
def test_commands_are_not_hidden_from_the_test(session, text):
    page, _ = session(text)
    assert len(page.wrong) == 1


# -- the site -----------------------------------------------------------------------------


def build(source, out):
    return subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going"),
            *("-d", str(out / "cache"), str(source), str(out / "html")),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def site(once):
    def fill(out):
        built = build(DOCS, out)
        assert built.returncode == 0, built.stderr

    return once("docs", fill) / "html"


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.links = set(), []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.targets.update(given[name] for name in ("id", "name") if given.get(name))
        self.links.extend(given[name] for name in ("href", "src") if given.get(name))


def links(path):
    found = _Links()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def test_every_link_within_the_site_leads_somewhere(site):
    pages = {path: links(path) for path in site.rglob("*.html")}
    assert len(pages) > 20
    dead = []
    for path, found in pages.items():
        for link in found.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[place].targets if place in pages else None
            fragment = unquote(parts.fragment)
            if not place.exists() or (known is not None and fragment and fragment not in known):
                dead.append(f"{path.relative_to(site)}: {link}")
    assert dead == []


def test_the_site_needs_no_network(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(
            r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(http[^"]*)', text
        )
        assert loaded == [], path


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_the_search_works_from_disk(site):
    def results(words: str) -> str:
        ran = subprocess.run(
            [
                *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
                *("--virtual-time-budget=10000", "--dump-dom"),
                f"file://{site}/search.html?q={words}",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.partition('id="search-results"')[2]

    assert "rules/options.html" in results("options.linger.default")
    assert "gate.html" in results("exit+codes")
    assert "rules/options.html" not in results("zyzzyva")


def test_every_rule_is_in_the_reference(site):
    pages = {path.stem: links(path) for path in (site / "rules").glob("*.html")}
    for each in load.rules().rules.values():
        page = pages[each.area]
        assert f"std-rule-{each.id}" in page.targets, each.id


def test_every_verb_and_option_is_in_the_reference(site):
    page = links(site / "cli.html")
    for name, verb in main.commands.items():
        if verb.hidden:
            continue
        for option in verb.params:
            if isinstance(option, click.Option) and not option.hidden:
                longest = max(option.opts, key=len).lstrip("-")
                assert f"cmdoption-sockspec-{name}-{longest}" in page.targets


def test_the_schemas_are_to_be_had(site):
    for name in ("run", "protocol"):
        (made,) = site.rglob(f"{name}.schema.json")
        told = warm.sockspec("schema", name)
        assert json.loads(made.read_text(encoding="utf-8")) == json.loads(told.stdout)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[no](nowhere.md)", "nowhere.md"),
        ("[no](cli.md#no-such-part)", "no-such-part"),
        ("{rule}`options.no.such-rule`", "options.no.such-rule"),
        ("{repo}`no/such/file.py`", "there is no no/such/file.py"),
    ],
)
def test_what_leads_nowhere_fails_the_build(tmp_path, text, told):
    folder = tmp_path / "docs"
    shutil.copytree(DOCS / "_extensions", folder / "_extensions")
    shutil.copy(DOCS / "conf.py", folder)
    config = (folder / "conf.py").read_text(encoding="utf-8").replace('"generated",', "")
    config = config.replace('html_static_path = ["_static"]', "")
    (folder / "conf.py").write_text(config.replace('["sockspec.css"]', "[]"), encoding="utf-8")
    (folder / "cli.md").write_text("# Part\n")
    for each, is_sound in ((text, False), ("[yes](cli.md#part)", True)):
        page = f"# Page\n\n{each}\n\n```{{toctree}}\ncli\n```\n"
        (folder / "index.md").write_text(page, encoding="utf-8")
        built = build(folder, tmp_path)
        assert (built.returncode == 0) is is_sound, built.stderr
        assert (told in built.stderr) is not is_sound


# -- pages of the repository ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "CONTRIBUTING.md", "reports/README.md", "platforms/README.md"),
        *("harness/examples/README.md", "harness/native/c/README.md"),
        "harness/native/rust/README.md",
    ],
)
def test_a_page_of_the_repository_links_to_what_is_there(name):
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", text):
        target = "".join(link)
        if not target.startswith(("https://", "#", "mailto:")):
            assert (path.parent / target.partition("#")[0]).exists(), target


def test_the_readme_fits_one_screen():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 50


def test_each_goal_of_what_things_cost_has_a_figure(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "harness" / "bench"))
    import cost

    figures = cost.kept()
    assert cost.GOALS.keys() <= figures.keys()
    assert all(float(figures[name].replace(",", "")) > 0 for name in cost.GOALS)


def test_every_module_that_is_made_wrong_has_its_row():
    text = (ROOT / "harness" / "mutation" / "mutation.py").read_text(encoding="utf-8")
    made = re.search(r"^MODULES = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    modules = ast.literal_eval(made[1])
    judge = ROOT / "harness" / "sockspec" / "judge"
    parts = {each.stem for each in (judge / "update").glob("*.py")} - {"__init__"}
    assert {f"update.{each}" for each in parts} | {"update"} <= modules.keys()
    page = (DOCS / "measured" / "mutation.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `judge\.([\w.]+)` \| ([\d |]+) \|$", page, re.MULTILINE))
    assert list(rows) == list(modules)
    counts = [list(map(int, row.split(" | "))) for row in rows.values()]
    for mutants, killed, equivalent, left in counts:
        assert (left, mutants) == (0, killed + equivalent)
    (total,) = re.findall(r"^\| \*\*together\*\* \| ([\d |]+) \|$", page, re.MULTILINE)
    assert list(map(int, total.split(" | "))) == list(map(sum, zip(*counts, strict=True)))


# -- tables that people write ---------------------------------------------------------------


def first_column(name, title):
    """The words in code of the first column of a page's table, by its first title."""
    text = (DOCS / name).read_text(encoding="utf-8")
    rows = re.search(rf"^\| {title} \|.*\n\|.*\n((?:\|.*\n)+)", text, re.MULTILINE)[1]
    cells = (row.split("|")[1] for row in rows.splitlines())
    return sorted(word for cell in cells for word in re.findall(r"`([^`]+)`", cell))


def test_the_fields_of_an_entry_are_described():
    assert first_column("record.md", "field") == sorted(Entry.__struct_fields__)
    assert first_column("record.md", "condition") == sorted(When.__struct_fields__)


def test_the_kinds_of_targets_are_described():
    text = (DOCS / "add-a-platform.md").read_text(encoding="utf-8")
    kinds = {kind.__struct_config__.tag: kind for kind in typing.get_args(KINDS)}
    assert first_column("add-a-platform.md", "kind") == sorted(kinds)
    for tag, kind in kinds.items():
        (row,) = re.findall(rf"^\| `{tag}` \|.*$", text, re.MULTILINE)
        own = set(kind.__struct_fields__) - set(Target.__struct_fields__)
        assert {f"`{name}`" for name in own} <= set(re.findall(r"`\w+`", row)), tag
    for name in Target.__struct_fields__:
        assert f"`{name}`" in text, name


def test_the_verdicts_and_exit_codes_are_described():
    text = (DOCS / "divergence.md").read_text(encoding="utf-8")
    for verdict in Verdict:
        shown = f"**{verdict}**" if verdict.is_red else str(verdict)
        (row,) = re.findall(rf"^\| {re.escape(shown)} \|.*$", text, re.MULTILINE)
        assert row.endswith("| yes |") is verdict.is_red
    codes = {vars(common)[name] for name in common.__all__ if type(vars(common)[name]) is int}
    rows = re.findall(
        r"^\| (\d+) \|", (DOCS / "gate.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {int(row) for row in rows} == codes
