"""Six questions, each answered on the site by at most four clicks and keys."""

from __future__ import annotations

import re

import sited

pytest_plugins = "sited"
pytestmark = sited.needed


def test_the_front_asks_what_three_persons_come_for(page):
    asked = page.locator("#start .persons > li")
    assert asked.count() == 3
    for person in asked.all():
        assert person.bounding_box()["y"] < 900  # seen at once
        assert person.inner_text().count("?") + person.inner_text().count("numbers") >= 2
        for link in person.get_by_role("link").all():
            place = link.get_attribute("href").partition("#")[0]
            assert place == "" or (sited.place(page) / place).is_file()
    page.locator("#q").fill("linger")
    assert page.locator("#start").is_hidden()  # what was found has the room
    page.locator("#q").fill("")
    assert page.locator("#start").is_visible()


def test_what_separates_gvisor_from_linux_in_connect(page, hand):
    # That of its two versions which parts from Linux in more.
    hand.click(re.compile(r"^gvisor-\w+ and Linux \(stdlib\)$"), within="section")
    hand.click("connect", within="tr:has(> th:text-is('state'))")
    hand.at_most(4)
    part = page.locator("tbody:target")
    assert "state.connect" in part.inner_text()  # and so it is not folded
    assert part.get_by_role("cell").count() >= 3
    place = page.evaluate("document.querySelector(':target').getBoundingClientRect().toJSON()")
    assert 0 <= place["top"] < 900


def test_whether_wine_does_so_linger_as_windows_does(page, hand):
    hand.click("SO_LINGER", within="section")
    hand.at_most(4)
    row = page.get_by_role("row").filter(has_text="options.linger.short-buffer")
    assert row.locator("td[data-p='wine-c']").get_attribute("aria-label") == "diverges"
    windows = row.locator("td[data-p='windows']").get_attribute("aria-label")
    assert windows == "documented: diverges"
    assert "not run" in page.get_by_role("columnheader", name="windows").first.inner_text()


def test_who_inherits_nonblocking_through_accept(page, hand):
    hand.click("non-blocking accept", within="section")
    hand.click("Whether an accepted socket is blocking is unspecified.")
    hand.at_most(4)
    table = page.locator(".answers").first
    told = {
        row.locator("code").inner_text(): row.locator("td").last.inner_text()
        for row in table.locator("tbody tr").all()
    }
    assert all(name in told["blocking"] for name in ("c", "stdlib", "gvisor-debian"))
    assert told["nonblocking"] == "gevent"
    wine = page.locator(".chips li").filter(has_text="wine-c")
    assert wine.inner_text().endswith("could not be tried")


def test_a_link_for_a_bug_report(page, hand):
    hand.click("accept", within=".cards li:has(> a[href='area/state.html'])")
    page.locator("section:has(> h2[id='state.accept']) summary").click()  # all do the same
    hand.done += 1
    hand.click("A non-blocking accept() fails with EAGAIN when no connection is pending.")
    hand.click("copy link", role="button")
    hand.at_most(4)
    address = page.url
    assert address.endswith("rule/state.accept.empty.html")
    page.get_by_role("button", name="copied").wait_for()
    page.goto(address.rpartition("/rule/")[0] + "/index.html")
    page.locator("#q").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#q").input_value() == address


def test_since_which_version(page, hand):
    hand.click("Words", within="nav")
    hand.click("SO_PEEK_OFF")
    hand.click(
        "Whether SO_PEEK_OFF sets where a peek begins, and a peek moves it on, is unspecified."
    )
    hand.at_most(4)
    told = page.locator(".since").first.inner_text()
    assert "EOPNOTSUPP up to 6.1" in told
    assert "moves-on since 6.12" in told


def test_my_build_is_red_what_now(page, hand, red):
    told, case, path = red
    sited.write(told, path)
    hand.click("Your run", within="nav")
    with page.expect_file_chooser() as chosen:
        page.locator("#file").click()
        hand.done += 1
    chosen.value.set_files(path)
    page.locator("#red").wait_for()
    assert "1 cause" in page.locator("#red").inner_text()
    assert case["because"] in page.locator("#mine").inner_text()
    page.locator("#mine summary").click()
    hand.done += 1
    hand.at_most(4)
    entry = page.locator("#mine pre").inner_text()
    assert 'rule = "state.accept.empty"' in entry
    assert 'behaviour = "EPIPE"' in entry
    assert page.locator("#mine a[href='rule/state.accept.empty.html']").count() == 1
