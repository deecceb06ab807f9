"""A site of some of the kept runs in a browser: what its tests share."""

from __future__ import annotations

import collections
import json
import lzma
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import browsing
import pytest

REPORTS = Path(__file__).resolve().parents[2] / "reports"
RUNS = ("c", "stdlib", "gvisor-debian", "wine-c", "qemu-6.1", "qemu-6.12", "gevent")

pytest_plugins = "browsing"
needed = [
    browsing.needed,
    pytest.mark.skipif(not REPORTS.is_dir(), reason="not run: not in a checkout"),
]

VIEWS = {
    "search": "index.html#q=linger",
    "area": "area/creation.html",
    "rule": "rule/data.peek.offset.html",
    "words": "topics.html",
    "option": "topic/SO_LINGER.html",
    "platforms": "platforms.html",
    "platform": "platform/qemu-6.1.html",
    "documented": "platform/freebsd.html",
    "pair": "pair/qemu-6.1--stdlib.html",
    "compare": "pair.html#a=wine-c&b=windows&q=linger",
    "findings": "findings.html",
    "finding": "finding/*.html",
    "front": "index.html",
    "grid": "platform/gvisor-debian.html#calls-by-state",
    "trend": "trend.html",
    "data": "data.html",
    "view": "view.html",
}


@pytest.fixture(scope="session")
def site(once):
    return once("pages", _make_site) / "site"


def _make_site(out):
    earlier = out / "earlier" / "qemu-6.1.jsonl"
    earlier.parent.mkdir()
    text = lzma.decompress((REPORTS / "qemu-6.1" / "run.jsonl.xz").read_bytes()).decode()
    started = json.loads(text.partition("\n")[0])["started"]
    earlier.write_text(
        text.replace(started, "2001-01-01T00:00:00+00:00").replace(
            '{"moves-on":1}', '{"EOPNOTSUPP":1}'
        )
    )
    runs = [REPORTS / name / "run.jsonl.xz" for name in RUNS]
    ran = subprocess.run(
        [sys.executable, "-m", "sockspec", "site", *runs, earlier, "--out", out / "site"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="session")
def document(site):
    return json.loads((site / "data" / "sockspec.json").read_text())


@pytest.fixture
def page(browser, site):
    """The front page, as somebody sees it who has come for the first time."""
    with browsing.opened(browser, f"{site.as_uri()}/index.html") as page:
        yield page


class Hand:
    """What a person does on a page, counted."""

    def __init__(self, page):
        self.page, self.done = page, 0

    def click(self, name, role="link", within="main, nav"):
        self.page.locator(within).get_by_role(role, name=name, exact=True).first.click()
        self.done += 1

    def press(self, key):
        self.page.keyboard.press(key)
        self.done += 1

    def at_most(self, number):
        assert self.done <= number


@pytest.fixture
def hand(page):
    return Hand(page)


@pytest.fixture
def red(tmp_path):
    """A run file, green otherwise, in which a case does what nobody knows of."""
    lines = lzma.decompress((REPORTS / "c" / "run.jsonl.xz").read_bytes())
    told = [json.loads(line) for line in lines.splitlines()]
    case = next(each for each in told if each.get("case") == "state.accept.empty[v4]")
    case |= {
        "behaviours": {"EPIPE": 1},
        "unexpected": ["EPIPE"],
        "verdict": "new divergence",
        "because": "saw EPIPE; the rule asks for EAGAIN",
    }
    return told, case, tmp_path / "mine.jsonl"


def write(told, path):
    path.write_text("".join(json.dumps(line) + "\n" for line in told))


def place(page):
    """The folder of the page that is open."""
    return Path(unquote(urlsplit(page.url).path)).parent


def found(page):
    page.locator("#results[aria-busy=false]").wait_for()
    return [each.partition("\n")[0] for each in page.locator("a.rule + code").all_inner_texts()]


def disagreement(document, rule):
    """In the case where that is most: how many platforms do otherwise than most."""
    worst = 0
    for case in document["rules"][rule]["cases"]:
        counts = collections.Counter()
        for each in case["answers"]:
            if each["behaviour"]:
                counts[each["behaviour"]] += len(each["platforms"])
        worst = max(worst, counts.total() - max(counts.values(), default=0))
    return worst


def address(site, view):
    """Where a view is; of several pages the first."""
    place, mark, fragment = VIEWS[view].partition("#")
    return f"{min(site.glob(place)).as_uri()}{mark}{fragment}"
