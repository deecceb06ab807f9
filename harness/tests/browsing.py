"""Pages in a real browser: Debian's chromium, and axe for who cannot see."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

pytest.importorskip("playwright", reason="not run: playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="not run: axe is not installed"
)
from playwright.sync_api import sync_playwright  # noqa: E402 - it may not be there

# Of what is fine it names one element: to describe all of a large page is a third of its work.
_ASKED = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}

CHROMIUM = shutil.which("chromium")

needed = pytest.mark.skipif(CHROMIUM is None, reason="not run: chromium is not installed")


@pytest.fixture(scope="module")
def browser():
    """The browser of a file. While its driver is there, no other event loop can start."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, address):
    """A page, which does nothing that it should not: no error, no dialog, no network."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda each: wrong.append(str(each)))
    page.on("dialog", lambda each: (wrong.append(each.message), each.dismiss()))
    page.on("request", lambda each: each.url.startswith("file:") or wrong.append(each.url))
    page.goto(address)
    yield page
    context.close()
    assert wrong == []


def violations(page):
    """What axe finds on a page against WCAG 2.2, A and AA."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.Axe().axe_script)
    told = page.evaluate("asked => axe.run(asked)", _ASKED)
    assert told["passes"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in told["violations"]]
