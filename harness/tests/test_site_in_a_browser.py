"""The site as people use it: six questions, the search, keys, a phone, and who cannot see."""

from __future__ import annotations

import base64
import collections
import gzip
import json
import lzma
import random
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import browsing
import pytest

REPORTS = Path(__file__).resolve().parents[2] / "reports"
RUNS = ("c", "stdlib", "gvisor-debian", "wine-c", "qemu-6.1", "qemu-6.12", "gevent")

pytestmark = [
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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("pages")
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
    return out / "site"


@pytest.fixture(scope="module")
def document(site):
    return json.loads((site / "data" / "sockspec.json").read_text())


@pytest.fixture(scope="module")
def browser():
    with browsing.started() as browser:
        yield browser


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
    """A run file of gVisor in which a case does what nobody knows of."""
    lines = lzma.decompress((REPORTS / "gvisor-debian" / "run.jsonl.xz").read_bytes())
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


# -- six questions ---------------------------------------------------------------------


def test_what_separates_gvisor_from_linux_in_connect(page, hand):
    hand.click("Platforms", within="nav")
    hand.click("gvisor-debian")
    hand.click("Linux (stdlib)")
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
    assert row.locator("td[data-p='wine-c']").inner_text().strip().endswith("diverges")
    windows = row.locator("td[data-p='windows']").inner_text()
    assert "documented: diverges" in windows
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
    write(told, path)
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


# -- the search ------------------------------------------------------------------------


def found(page):
    page.locator("#results[aria-busy=false]").wait_for()
    return [each.partition("\n")[0] for each in page.locator("a.rule + code").all_inner_texts()]


def test_a_query_narrows_and_its_address_brings_it_back(page, site):
    page.locator("#q").fill("gvisor:diverges is:different area:state accept")
    rules = found(page)
    assert rules
    assert all(each.startswith("state.") for each in rules)
    for row in page.locator("#results tbody tr:has(a.rule)").all():
        assert "diverges" in row.locator("td[data-p='gvisor-debian']").inner_text()
    page.reload()
    assert found(page) == rules
    page.locator("#q").fill("-gvisor:diverges area:state accept")
    assert not set(found(page)) & set(rules)


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
    counts = [disagreement(document, places[rule]) for rule in found(page)]
    assert len(set(counts)) > 1
    assert counts == sorted(counts, reverse=True)


def test_what_only_the_platform_does_that_was_asked_for_comes_first(page, document):
    page.locator("#q").fill("gvisor:diverges is:different area:state")
    places = {each["id"]: at for at, each in enumerate(document["rules"])}
    counts = [alike(document, places[rule]) for rule in found(page)]
    assert counts[0] == 0
    assert len(set(counts)) > 1
    assert counts == sorted(counts)


def test_a_query_that_is_widened_shows_more_than_fits(page):
    page.locator("#q").fill("rule:state.accept.empty")
    assert len(found(page)) <= 1
    page.locator("#q").fill("area:state")
    assert len(found(page)) > 20


def test_a_letter_may_be_wrong_and_a_synonym_leads_to_its_page(page):
    page.locator("#q").fill("SO_LINGR")
    assert any("linger" in each for each in found(page))
    page.locator("#q").fill("broken pipe")
    assert page.locator("#words a").all_inner_texts()[:2] == ["broken pipe", "EPIPE"]
    page.locator("#q").fill("differ:wine-c,c level:must linger")
    assert found(page)
    page.locator("#q").fill("gvisor:EAGAIN rule:state.accept.*")
    assert "state.accept.empty" in found(page) or page.locator(".folded").count()


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
        counts = [disagreement(document, document["rules"].index(places[each])) for each in ids]
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
    assert len(found(page)) == len(shown) + folded


def test_rules_on_which_all_do_the_same_are_folded(page):
    page.locator("#q").fill("area:creation")
    before = len(found(page))
    page.get_by_role("button", name="show them").click()
    assert len(found(page)) > before


# -- a run of one's own ----------------------------------------------------------------


def test_a_packed_run_is_read(page, site, red):
    told, _, path = red
    packed = path.with_suffix(".jsonl.gz")
    packed.write_bytes(
        gzip.compress("".join(json.dumps(each) + "\n" for each in told).encode())
    )
    page.goto(f"{site.as_uri()}/view.html")
    page.set_input_files("#file", packed)
    page.locator("#red").wait_for()
    page.set_input_files("#file", REPORTS / "lwip" / "run.jsonl.xz")  # as it is kept
    page.locator("#told", has_text="lwIP 2.1.3").wait_for()


def test_what_xz_packs_is_unpacked_and_what_is_broken_is_refused(page, site):
    page.goto(f"{site.as_uri()}/view.html")
    lines = b"".join(b'{"case":"a%d","n":%d}\n' % (at, at * 7919 % 977) for at in range(2000))
    noise = random.Random(1).randbytes(70_000)
    mixed = lines + noise + bytes(9000) + lines[::-1]
    small = {"id": lzma.FILTER_LZMA2, "dict_size": 4096}
    forms = {
        "text": (lzma.compress(lines), lines),
        "nothing": (lzma.compress(b""), b""),
        "mixed": (lzma.compress(mixed), mixed),
        "crc32": (lzma.compress(mixed, check=lzma.CHECK_CRC32), mixed),
        "unchecked": (lzma.compress(mixed, check=lzma.CHECK_NONE), mixed),
        "lp": (lzma.compress(mixed, filters=[{**small, "lc": 0, "lp": 2, "pb": 0}]), mixed),
        "pb": (lzma.compress(mixed, filters=[{**small, "lc": 1, "lp": 3, "pb": 4}]), mixed),
        "two": (lzma.compress(lines) + bytes(8) + lzma.compress(mixed), lines + mixed),
    }

    def unpacked(packed):
        return base64.b64decode(
            page.evaluate(_UNPACK, base64.b64encode(packed).decode()).encode()
        )

    for name, (packed, content) in forms.items():
        assert unpacked(packed) == content, name
    whole = forms["mixed"][0]
    for at in (3, 9, 14, len(whole) // 2, len(whole) - 40, len(whole) - 1):
        with pytest.raises(Exception, match="broken"):
            unpacked(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    for at in (1, 11, 13, 3000, len(whole) - 13):
        with pytest.raises(Exception, match="cut short"):
            unpacked(whole[:at])
    with pytest.raises(Exception, match=r"neither CRC32 nor CRC64.*xz -d"):
        unpacked(lzma.compress(lines, check=lzma.CHECK_SHA256))
    delta = [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
    with pytest.raises(Exception, match=r"other filters.*xz -d"):
        unpacked(lzma.compress(lines, filters=delta))


_UNPACK = """(packed) => {
  const made = globalThis.unxz(Uint8Array.from(atob(packed), (each) => each.charCodeAt(0)));
  const parts = [];
  for (let at = 0; at < made.length; at += 8192) {
    parts.push(String.fromCharCode(...made.subarray(at, at + 8192)));
  }
  return btoa(parts.join(""));
}"""


def test_what_is_no_run_file_is_refused_in_one_line_that_says_what_to_do(page, site, red):
    told, case, path = red
    head, good = json.dumps(told[0]), json.dumps(case)
    page.goto(f"{site.as_uri()}/view.html")
    for content, problem in (
        ("", "it is empty"),
        ("hello", "line 1 is not JSON"),
        ("null", "it does not begin with a header"),
        ("[1]", "it does not begin with a header"),
        (good, "it does not begin with a header"),
        (json.dumps(told[0] | {"format": 9}), "its format is 9"),
        (json.dumps(told[0] | {"platform": None}), "its header does not say what was run"),
        (f"{head}\n{{\n{good}", "line 2 is not JSON"),
        (f"{head}\nnull", "line 2 is no observation"),
        (f"{head}\n{good}\n\n{good}", "line 3 is not JSON"),
        (f"{head}\n{json.dumps(case | {'behaviours': None})}", "line 2 is no observation"),
        (f"{head}\n{json.dumps(case | {'case': 7})}", "line 2 is no observation"),
        (f"{head}\n{json.dumps(case | {'because': {}})}", "line 2 is no observation"),
        (f"{head}\n{json.dumps(case | {'verdict': 'toString'})}", 'has the verdict "toString"'),
        (b"\x1f\x8b\x08broken", "broken or cut short"),
    ):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        page.set_input_files("#file", path)
        line = page.get_by_text(f"{path.name} cannot be read: ").and_(page.get_by_text(problem))
        line.wait_for()
        assert line.count() == 1
        assert ": " in line.inner_text().partition(problem)[2]
        assert "\n" not in line.inner_text()
    path.write_text(f"{head}\n{good}\n{good[:30]}")
    page.set_input_files("#file", path)
    page.get_by_text("The run was cut short.").wait_for()


def test_what_a_run_file_brings_does_not_act(page, site, red):
    told, case, path = red
    evil = "<img src=x onerror=alert(1)>"
    told[0] |= {"label": evil, "implementation": evil}
    told[0]["platform"]["system"] = evil
    case |= {"because": evil, "unexpected": [evil], "behaviours": {f"crash:{evil}": 1}}
    write(told, path)
    page.goto(f"{site.as_uri()}/view.html")
    page.set_input_files("#file", path)
    page.locator("#red").wait_for()
    page.locator(".unfold").first.click()
    assert evil in page.locator("#mine").inner_text()
    assert page.locator("img").count() == 0


# -- everybody -------------------------------------------------------------------------


def address(site, view):
    """Where a view is; of several pages the first."""
    place, mark, fragment = VIEWS[view].partition("#")
    return f"{min(site.glob(place)).as_uri()}{mark}{fragment}"


@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_shuts_anybody_out(browser, site, view, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address(site, view))
    if view == "search":
        page.get_by_role("button", name="Columns").click()
        page.locator(".unfold").first.click()
    if view != "grid":  # of many tables that are alike one is open
        page.evaluate(
            "for (const each of document.querySelectorAll('details')) each.open = true"
        )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert browsing.violations(page) == [], scheme
    page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_a_phone(browser, site, view):
    page = browser.new_page(viewport={"width": 420, "height": 900})
    page.goto(address(site, view))
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


@pytest.mark.parametrize("view", VIEWS)
def test_everything_has_a_link_to_copy(browser, site, view):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address(site, view))
    if view == "search":
        page.locator(".unfold").first.click()
        assert page.locator("tr.open button.copy").count() == 1
    buttons = page.locator("button.copy:not([data-copy=code])").all()
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
        (cell.get_attribute("class").split()[1], cell.locator(".vh").inner_text())
        for cell in page.locator("td.c").all()
    }
    page.close()
    assert {"conforms", "diverges", "open"} <= {state for state, _ in told}
    assert len({words for _, words in told}) >= 3
