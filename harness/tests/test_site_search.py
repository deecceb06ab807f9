"""The search of the site: what it finds, in which order, its columns, keys and address."""

from __future__ import annotations

import sited

pytest_plugins = "sited"
pytestmark = sited.needed


def test_a_query_narrows_and_its_address_brings_it_back(page, site):
    page.locator("#q").fill("gvisor:diverges is:different area:state accept")
    rules = sited.found(page)
    assert rules
    assert all(each.startswith("state.") for each in rules)
    for row in page.locator("#results tbody tr:has(a.rule)").all():
        cell = row.locator("td[data-p='gvisor-debian']")
        assert cell.get_attribute("aria-label") == "diverges"
    page.reload()
    assert sited.found(page) == rules
    page.locator("#q").fill("-gvisor:diverges area:state accept")
    assert not set(sited.found(page)) & set(rules)


def alike(document, rule):
    """How many platforms but gVisor diverge as it does, counted from the document."""
    names = [each["name"] for each in document["platforms"]]
    found = set()
    for case in document["rules"][rule]["cases"]:
        told = {
            names[at]: each["behaviour"] for each in case["answers"] for at in each["platforms"]
        } | {names[each["platform"]]: each["behaviour"] for each in case.get("documented", [])}
        known = {
            each["behaviour"]
            for each in case["answers"]
            if each["verdict"] == "known divergence"
            and any(names[at].startswith("gvisor") for at in each["platforms"])
        }
        found |= {name for name, did in told.items() if did in known}
    ours = {each["name"] for each in document["platforms"] if each["profile"] == "gvisor"}
    return len(found - ours)


def test_where_platforms_differ_most_comes_first(page, document):
    places = {each["id"]: at for at, each in enumerate(document["rules"])}
    counts = [sited.disagreement(document, places[rule]) for rule in sited.found(page)]
    assert len(set(counts)) > 1
    assert counts == sorted(counts, reverse=True)


def test_what_only_the_platform_does_that_was_asked_for_comes_first(page, document):
    page.locator("#q").fill("gvisor:diverges is:different area:state")
    places = {each["id"]: at for at, each in enumerate(document["rules"])}
    counts = [alike(document, places[rule]) for rule in sited.found(page)]
    assert counts[0] == 0
    assert len(set(counts)) > 1
    assert counts == sorted(counts)


def test_a_query_that_is_widened_shows_more_than_fits(page):
    page.locator("#q").fill("rule:state.accept.empty")
    assert len(sited.found(page)) <= 1
    page.locator("#q").fill("area:state")
    assert len(sited.found(page)) > 20


def test_a_letter_may_be_wrong_and_a_synonym_leads_to_its_page(page):
    page.locator("#q").fill("SO_LINGR")
    assert any("linger" in each for each in sited.found(page))
    page.locator("#q").fill("broken pipe")
    assert page.locator("#words a").all_inner_texts()[:2] == ["broken pipe", "EPIPE"]
    page.locator("#q").fill("differ:wine-c,c level:must linger")
    assert sited.found(page)
    page.locator("#q").fill("gvisor:EAGAIN rule:state.accept.*")
    assert "state.accept.empty" in sited.found(page) or page.locator(".folded").count()


def test_keys_alone_lead_from_search_to_a_rule(page):
    page.keyboard.press("/")
    page.keyboard.type("area:data peek")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    assert page.locator("tr.open").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rule/data.*")
    page.go_back()
    assert page.locator("#q").input_value() == "area:data peek"


def test_columns_are_chosen_and_kept_in_the_address(page):
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("qemu-6.12").check()
    assert page.locator("#results th.turned").filter(has_text="qemu-6.12").count() == 1
    assert "qemu-6.12" in page.url
    page.reload()
    assert page.locator("#results th.turned").filter(has_text="qemu-6.12").count() == 1


def test_columns_and_what_was_unfolded_are_there_on_the_way_back(page):
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="only Kernels").click()
    page.locator("#q").fill("area:creation")
    page.get_by_role("button", name="show them").click()
    before = sited.found(page), page.locator("#results th.turned").all_inner_texts()
    page.locator("a.rule").first.click()
    page.wait_for_url("**/rule/*")
    page.go_back()
    after = sited.found(page), page.locator("#results th.turned").all_inner_texts()
    assert after == before


def test_more_columns_than_the_window_has_room_for_are_all_there(page, document):
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="all", exact=True).click()
    page.set_viewport_size({"width": 500 + 46 * 3, "height": 900})  # no phone
    page.locator("#q").fill("linger")
    assert sited.found(page)
    for row in page.locator("#results tbody tr:has(a.rule)").all():
        names = row.locator("td").evaluate_all("all => all.map((each) => each.dataset.p)")
        assert names == [each["label"] for each in document["platforms"]]


def test_the_columns_of_one_kind_are_one_click(page, document):
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="only Kernels").click()
    kernels = [each["label"] for each in document["platforms"] if each["kind"] == "kernel"]
    assert page.locator("#results th.turned").all_inner_texts() == kernels


def test_an_area_begins_with_what_differs_and_leads_to_columns_to_choose(page, site, document):
    page.goto(f"{site.as_uri()}/area/creation.html")
    places = {each["id"]: each for each in document["rules"]}
    shown, folded = [], 0
    for section in page.locator("main section").all():
        ids = section.locator(":scope > .scroll tbody code").all_inner_texts()
        counts = [
            sited.disagreement(document, document["rules"].index(places[each])) for each in ids
        ]
        assert counts == sorted(counts, reverse=True)
        assert all(places[each].get("differs") for each in ids)
        same = section.locator("details.part tbody code")
        assert not any(places[each].get("differs") for each in same.all_text_contents())
        shown += ids
        folded += same.count()
    assert shown
    assert folded
    page.get_by_role("link", name="choose columns").click()
    page.get_by_label("qemu-6.12").check()
    page.get_by_role("button", name="show them").click()
    assert len(sited.found(page)) == len(shown) + folded


def test_rules_on_which_all_do_the_same_are_folded(page):
    page.locator("#q").fill("area:creation")
    before = len(sited.found(page))
    page.get_by_role("button", name="show them").click()
    assert len(sited.found(page)) > before
