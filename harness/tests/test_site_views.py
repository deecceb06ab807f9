"""Every view of the site: for who cannot see, on a phone, without scripts, and to link to."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import browsing
import pytest
import sited

pytest_plugins = "sited"
pytestmark = sited.needed


@pytest.fixture(scope="module")
def unfolded(request, browser, site):
    """A view with all of its parts open, for what is asked of it at each width."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(sited.address(site, request.param))
    if request.param == "search":
        page.get_by_role("button", name="Columns").click()
        page.locator(".unfold").first.click()
    if request.param != "grid":  # of many tables that are alike one is open
        page.evaluate(
            "for (const each of document.querySelectorAll('details')) each.open = true"
        )
    yield page
    page.close()


@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("unfolded", sited.VIEWS, indirect=True, scope="module")
def test_no_view_shuts_anybody_out(unfolded, width):
    unfolded.set_viewport_size({"width": width, "height": 900})
    for scheme in ("light", "dark"):
        unfolded.emulate_media(color_scheme=scheme)
        assert browsing.violations(unfolded) == [], scheme


@pytest.mark.parametrize("view", sited.VIEWS)
def test_every_view_fits_a_phone(browser, site, view):
    page = browser.new_page(viewport={"width": 420, "height": 900})
    page.goto(sited.address(site, view))
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    wide = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter((each) =>
            each.getBoundingClientRect().right > 421
            && !each.closest('.scroll, pre, .vh, .skip')
        ).slice(0, 3).map((each) => each.outerHTML.slice(0, 200))"""
    )
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide == []
    assert width <= 420


@pytest.mark.parametrize("view", sited.VIEWS)
def test_everything_has_a_link_to_copy(browser, site, view):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(sited.address(site, view))
    if view == "search":
        page.locator(".unfold").first.click()
        assert page.locator("tr.open button.copy").count() == 1
    buttons = page.locator("button.copy:not([data-copy=code]):visible").all()
    assert buttons
    for button in buttons[:3]:
        button.click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(page.url.partition("#")[0].rpartition("/")[0])
        place, _, part = copied.partition("#")
        assert Path(unquote(urlsplit(place).path)).is_file()
        if part and "=" not in part:
            assert page.locator(f"[id='{part}']").count() == 1
    context.close()


ANCHORS = {
    "area": "area/creation.html#creation.pair",
    "folded": "pair/gvisor-debian--stdlib.html#explained-state",
    "subject": "pair/gvisor-debian--stdlib.html#state.connect",
    "history": "platform/qemu-6.1.html#history",
    "why": "rule/options.linger.short-buffer.html#why",
    "kind": "platforms.html#runtime",
    "trend": "trend.html#qemu-6.1",
}


@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("anchor", ANCHORS)
def test_an_anchor_leads_to_what_is_seen(browser, site, anchor, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{site.as_uri()}/{ANCHORS[anchor]}")
    assert page.evaluate(_SEEN)
    page.close()


_SEEN = """() => {
  const target = document.querySelector(":target");
  const box = target.getBoundingClientRect();
  const there = document.elementFromPoint(box.left + 5, box.top + 5);
  return box.top >= 0 && box.top < innerHeight - 20 && target.contains(there);
}"""


@pytest.mark.parametrize("view", ["topic/accept.html", "index.html#q=area:state"])
def test_the_names_of_columns_stay_in_sight(browser, site, view):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{site.as_uri()}/{view}")
    page.locator("table.grid").first.wait_for()
    page.locator("table.grid").first.locator("tbody tr").nth(12).scroll_into_view_if_needed()
    page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY > 300")
    assert page.locator("table.grid tbody th").first.bounding_box()["width"] > 300
    head = page.locator("table.grid").first.locator("th.turned").first
    box = head.bounding_box()
    assert 0 <= box["y"] < 200
    assert head.evaluate(
        "(head, [x, y]) => head.contains(document.elementFromPoint(x, y))",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    page.close()


def test_an_earlier_id_leads_to_todays_page(browser, site):
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/rule/options.linger.zero-aborts.html")
    page.wait_for_url("**/rule/options.linger-close.zero-aborts.html")
    page.close()


def test_pages_are_read_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/index.html")
    page.locator(".cards > li > a", has_text="state").click()
    rule = page.get_by_role(
        "link", name="accept() returns the address of the connecting socket."
    )
    if not rule.is_visible():  # all do the same
        page.locator("section:has(> h2[id='state.accept']) summary").click()
    rule.click()
    assert "conforms" in page.locator(".answers").first.inner_text()
    context.close()


def test_signs_and_words_tell_states_apart_without_colour(browser, site):
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/topic/SO_LINGER.html")
    told = {
        (cell.get_attribute("class").split()[1], cell.get_attribute("aria-label"))
        for cell in page.locator("td.c").all()
    }
    page.close()
    assert {"conforms", "diverges", "open"} <= {state for state, _ in told}
    assert len({words for _, words in told}) >= 3
    signs = {state: set() for state, _ in told}
    page = browser.new_page()
    page.goto(f"{site.as_uri()}/topic/SO_LINGER.html")
    for cell in page.locator("td.c:not(.paper):visible").all():
        signs[cell.get_attribute("class").split()[1]].add(cell.inner_text())
    page.close()
    shown = [sign for each in signs.values() for sign in each]
    assert len(shown) >= 3
    assert len(shown) == len(set(shown))  # each sign stands for one state


def test_the_query_that_the_page_shows_is_quick(site):
    page = html.unescape((site / "data.html").read_text())
    query = re.search(r"-- Where do two platforms part\?.*?;", page, re.DOTALL)[0]
    with closing(sqlite3.connect(site / "data" / "sockspec.sqlite")) as base:
        base.set_progress_handler(lambda: 1, 10_000_000)  # steps of SQLite, then it is over
        assert base.execute(query).fetchall()
