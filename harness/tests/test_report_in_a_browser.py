"""The report of one run as people use it: why it is red, a link, the way back, a phone."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import browsing
import pytest

from sockspec import locate, report
from sockspec.judge import gate, runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.spec import load

KEPT = Path(__file__).resolve().parents[2] / "reports" / "gvisor-debian" / "run.jsonl.xz"
EVIL = "<img src=x onerror=alert(1)>\"'</script><b>&"
CASE = "state.accept.empty[v4]"
WHOLE = ("state.accept", "state.listen", "options.linger", "options.effect")
PCAPNG = b"\x0a\x0d\x0d\x0a" + b"\0" * 28
NEAR, FAR = "10.73.0.1:40000", "10.73.0.2:5000"

pytest_plugins = "browsing"
pytestmark = [
    browsing.needed,
    pytest.mark.skipif(not KEPT.is_file(), reason="not run: not in a checkout"),
]


def lines():
    """A part of a kept run: some subjects, and of the grid what streams over IPv4 do."""
    for line in lzma.decompress(KEPT.read_bytes()).splitlines():
        told = json.loads(line)
        rule = told.get("rule", "")
        in_grid = rule.startswith("grid.") and ",v4,stream," in told["case"]
        if told["kind"] != "observation" or rule.startswith(WHOLE) or in_grid:
            yield told


def call(name, *arguments, **more):
    return {"call": name, "arguments": list(arguments), **more}


def witness():
    """A connection that one end opens and the other resets, calls and packets."""
    return {
        "values": {"seen": EVIL},
        "calls": [
            call("new", 2, 1, 0, answer={"socket": 0}, at=0.0, theirs=True),
            call("connect", {"socket": 1}, EVIL, answer=None, at=0.001),
            call("close", {"socket": 0}, error=EVIL, at=0.002, theirs=True),
        ],
        "packets": [
            {"after": 2, "at": 0.0011, "frame": 4, "packet": f"{NEAR} > {FAR} TCP, SYN"},
            {"after": 3, "at": 0.0021, "frame": 5, "packet": f"{FAR} RST", "theirs": True},
        ],
    }


def written(folder, told, profile):
    """The report of such lines, in a folder of its own."""
    folder.mkdir()
    path = folder / "run.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in told))
    (folder / "wire.pcapng").write_bytes(PCAPNG)
    run = runfile.read(path)
    catalogue = Catalogue([], profile, name=locate.portable)
    made = [each.name for each in report.write([run], folder / "made", catalogue)]
    assert "capture.pcapng" in made
    return folder / "made" / "report.html", gate.judge(run, load.rules(), catalogue)


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    """The page of a red run that brings markup wherever it can; and what the gate says."""
    told = list(lines())
    told[0] |= {
        "label": f"Stack 7 {EVIL}",
        "implementation": f"mine {EVIL}",
        "version": EVIL,
        "peer": EVIL,
        "selection": ["state.accept", "options"],
        "capture": "wire.pcapng",
    }
    told[0]["platform"] |= {"settings": {EVIL: EVIL}, "interpreter": EVIL}
    told[0]["missing"] |= {"batches": EVIL}
    told[0]["functions"] |= {EVIL: EVIL}
    told[-1]["errors"] = [EVIL]
    case = next(each for each in told if each.get("case") == CASE)
    case |= {
        "behaviours": {"EPIPE": 1, f"crash:{EVIL}": 1},
        "witness": {"EPIPE": witness(), f"crash:{EVIL}": witness()},
        "verdict": "new divergence",
    }
    untried = next(each for each in told if each.get("verdict") == "unsupported")
    untried["because"] = EVIL
    return written(tmp_path_factory.mktemp("red") / "of", told, "linux")


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    told = [each for each in lines() if each.get("verdict") in {None, "conforms"}]
    told[0] |= {"capture": "wire.pcapng"}
    return written(tmp_path_factory.mktemp("green") / "of", told, "gvisor")


def unfold(page, selector):
    """Open what is folded, all at once."""
    page.locator(selector).evaluate_all("all => all.forEach(each => { each.open = true; })")


@pytest.fixture
def page(browser, red):
    """The page of the red run, which does nothing that it should not."""
    with browsing.opened(browser, red[0].as_uri()) as page:
        yield page


def test_heading_and_title_say_what_was_tested(page):
    heading = page.locator("header").inner_text()
    for told in (
        f"Stack 7 {EVIL}",
        f"through mine {EVIL}",
        "backend stdlib",
        "2026-",
        "sockspec 0.",
        "--rule state.accept --rule options",
        f" of {next(lines())['declared']} cases",
    ):
        assert told in heading
        assert told in page.title()
    assert page.title().startswith("Red: ")
    assert page.locator("h1").count() == 1
    facts = page.locator("article dl").first.inner_text()
    for name in ("label", "implementation", "version", "system", "date", "profile", "peer"):
        assert f"{name}\n" in facts


def test_the_banner_has_the_causes_with_what_to_do(page, red):
    judged = red[1]
    banner = page.locator(".banner")
    assert f"Red: {len(judged.causes)} causes" in banner.locator("h2").inner_text()
    causes = banner.locator(".causes > li")
    assert causes.count() == len(judged.causes) < len(judged.problems)
    for shown, cause in zip(
        causes.all(), sorted(judged.causes, key=lambda each: each.rank), strict=True
    ):
        text = shown.text_content()
        assert cause.told in text
        told = shown.locator(".remedy").text_content()
        assert told == cause.remedy.replace("`", "")  # what to type is set as code
        assert cause.entry in text
        assert all(each in text for each in cause.commands)
        assert not cause.link or shown.locator(f"a[href='{cause.link}']").count() == 1
    mine = causes.filter(has_text=CASE)
    assert "EPIPE" in mine.inner_text()
    mine.locator("summary").click()
    assert "SENTENCE = " in mine.locator("pre").last.inner_text()
    assert judged.untried
    assert page.get_by_text("could not be tried, for").count() == 1


def test_a_green_run_says_so_first(browser, green):
    page = browser.new_page()
    page.goto(green[0].as_uri())
    assert page.title().startswith("Green: nothing is red")
    assert "✓ Green: nothing is red" in page.locator(".banner h2").inner_text()
    assert page.locator(".causes").count() == 0
    page.close()


def is_below_the_bar(page, id):
    """Whether what has an id is on the screen, and no bar covers it."""
    return page.evaluate(
        """(id) => {
            const box = document.getElementById(id).getBoundingClientRect();
            const seen = document.elementFromPoint(box.left + 5, box.top + 5);
            return box.top >= 0 && box.top < innerHeight
                && document.getElementById(id).contains(seen);
        }""",
        id,
    )


@pytest.mark.parametrize("width", [1400, 700, 420])
def test_an_anchor_leads_to_what_is_seen(page, red, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.locator(".banner").get_by_role("link", name=CASE).click()
    page.wait_for_url("**#state.accept.empty*")
    assert is_below_the_bar(page, CASE)
    # Something below it, so that it is the bar that is at the top.
    later = page.locator("details.rule:visible").nth(2).get_attribute("id")
    page.goto(f"{red[0].as_uri()}#{later}")
    assert is_below_the_bar(page, later)
    assert page.evaluate("(id) => document.getElementById(id).open", later)


def test_the_filter_stays_on_reload_and_on_the_way_back(page):
    page.locator("select[name=v]").select_option("red")
    page.locator("select[name=a]").select_option("state")
    page.locator("input[name=q]").fill("accept")
    shown = page.locator("#shown").inner_text()
    assert not shown.startswith(("0 ", page.locator("details.rule").count().__str__()))
    page.reload()
    assert page.locator("#shown").inner_text() == shown
    page.locator("details.rule:visible summary").first.click()
    opened = page.locator("details.rule[open]").get_attribute("id")
    page.wait_for_url(f"**#{opened}")
    page.goto("about:blank")
    page.go_back()
    assert page.locator("#shown").inner_text() == shown
    assert page.locator("input[name=q]").input_value() == "accept"
    assert page.locator("details.rule[open]").get_attribute("id") == opened
    page.locator(".banner .causes a[href^='#']").first.click()
    page.go_back()
    assert page.locator("#shown").inner_text() == shown


def test_an_address_of_before_leads_where_it_led(page, red):
    page.goto(f"{red[0].as_uri()}?x#q=accept&v=&rule=state.accept.empty")
    page.reload()
    assert page.locator("input[name=q]").input_value() == "accept"
    assert page.locator("details.rule[open]").get_attribute("id") == "state.accept.empty"


def test_every_heading_rule_and_case_can_be_linked_to(page):
    page.goto(page.url.partition("#")[0] + "#state.accept.empty")
    row = page.locator(f"tr[id='{CASE}']")
    row.get_by_role("button", name=f"copy link: {CASE}").click()
    page.get_by_role("button", name="copied", exact=True).wait_for()
    page.locator("input[name=q]").focus()
    page.keyboard.press("Control+V")
    address = page.locator("input[name=q]").input_value()
    assert address.endswith("report.html#state.accept.empty%5Bv4%5D")
    page.goto("about:blank")
    page.goto(address)
    assert is_below_the_bar(page, CASE)
    headings = page.locator("h2[id], h3[id]")
    linked = page.locator("h2[id] + .copy, h3[id] + .copy")
    assert headings.count() == linked.count() >= 5


def test_the_grid_is_drawn(page):
    grid = page.locator("details.grid").first
    assert "stream: v4" in grid.locator("summary").inner_text()
    states = grid.get_by_role("columnheader").all_inner_texts()
    assert {"fresh", "listening", "connected", "closed"} <= set(states)
    row = grid.get_by_role("row").filter(
        has=page.get_by_role("rowheader", name="connect", exact=True)
    )
    cells = row.get_by_role("cell").all_inner_texts()
    assert cells[states.index("listening") - 1] == "✗EINVAL"
    assert grid.locator("td", has_text="✓").count() > 0


def test_calls_and_packets_are_on_one_time_line(browser, red):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{red[0].as_uri()}#{CASE}")
    page.locator(f"tr[id='{CASE}'] summary").click()
    table = page.locator(f"tr[id='{CASE}'] table.sequence").first
    assert table.get_by_role("columnheader").all_inner_texts() == [
        *("time", "ours", "on the wire", "theirs")
    ]
    rows = [
        each.get_by_role("cell").all_inner_texts() for each in table.get_by_role("row").all()
    ][1:]
    assert [(time, ours[:7], wire[:1], theirs[:5]) for time, ours, wire, theirs in rows] == [
        ("0.000 ms", "", "", "new(A"),
        ("1.000 ms", "connect", "", ""),
        ("1.100 ms", "", "→", ""),
        ("2.000 ms", "", "", "close"),
        ("2.100 ms", "", "←", ""),
    ]
    assert rows[0][3] == "new(AF_INET, SOCK_STREAM, 0) = socket 0"
    caption = table.locator("caption")
    assert "frame.number in {4..5}" in caption.inner_text()
    capture = red[0].parent / caption.locator("a").get_attribute("href")
    assert capture.read_bytes() == PCAPNG
    context.close()


def test_what_a_run_brings_does_not_act(page):
    unfold(page, "details")
    assert page.locator("img, main b b, h1 b, dd b, header b, li b b").count() == 0
    assert page.content().count("&lt;img src=x") >= 12
    assert EVIL in page.locator(f"tr[id='{CASE}']").inner_text()


def test_an_entry_is_a_reason_only_for_what_it_is_about(page):
    remarks = page.locator("p", has_text="Recorded is another behaviour")
    assert remarks.count() > 0
    for each in remarks.all()[:20]:
        cell = each.locator("xpath=ancestor::td[1]/span").text_content()
        assert any(word in cell for word in ("NEW", "CHANGED", "FIXED"))


def test_it_is_read_without_scripts(browser, red):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(red[0].as_uri())
    assert page.locator("#filter").is_hidden()
    page.locator("details.rule summary").first.click()
    assert page.locator("details.rule table").first.is_visible()
    page.locator(".banner").get_by_role("link", name=CASE).click()
    assert page.locator(f"tr[id='{CASE}']").is_visible()
    context.close()


def test_keys_are_enough(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#rules")
    page.locator("input[name=q]").focus()
    page.keyboard.type("state.accept.empty")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("details.rule[open]").get_attribute("id") == "state.accept.empty"


def test_signs_and_words_tell_verdicts_apart_without_colour(page):
    told = {}
    for each in page.locator("details.rule > summary .cell").all():
        name = each.get_attribute("class").split()[1]
        told.setdefault(name, set()).add(each.inner_text()[0])
    assert told["v-conforms"] == {"✓"}
    assert told["v-new-divergence"] == told["v-changed"] == {"✗"}
    assert told["v-unspecified"] == {"○"}
    assert told["v-unsupported"] == {"\u2013"}


@pytest.fixture(scope="module")
def accepting(browser, red):
    """A part of the page with what is folded in it open, for each width and scheme."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{red[0].as_uri()}?v=&q=accept#{CASE}")
    unfold(page, ".banner details, details.grid, [open] details")
    yield page
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_it_shuts_nobody_out(accepting, scheme, width):
    accepting.set_viewport_size({"width": width, "height": 900})
    accepting.emulate_media(color_scheme=scheme)
    assert browsing.violations(accepting) == []
    assert accepting.evaluate("document.documentElement.scrollWidth") <= width
