"""The page that shows a run of one's own beside the others."""

from __future__ import annotations

import base64
import gzip
import json
import lzma
import random

import browsing
import pytest
import sited

pytest_plugins = "sited"
pytestmark = sited.needed


def test_a_packed_run_is_read(page, site, red):
    told, _, path = red
    packed = path.with_suffix(".jsonl.gz")
    packed.write_bytes(
        gzip.compress("".join(json.dumps(each) + "\n" for each in told).encode())
    )
    page.goto(f"{site.as_uri()}/view.html")
    page.set_input_files("#file", packed)
    page.locator("#red").wait_for()
    page.set_input_files("#file", sited.REPORTS / "lwip" / "run.jsonl.xz")  # as it is kept
    page.locator("#told", has_text="lwIP 2.1.3").wait_for()


@pytest.mark.parametrize("width", [1400, 420])
def test_a_red_run_shuts_nobody_out(page, site, red, width):
    told, _, path = red
    sited.write(told, path)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.as_uri()}/view.html")
    page.set_input_files("#file", path)
    page.locator("#red").wait_for()
    page.locator("#mine summary").first.click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert browsing.violations(page) == [], scheme
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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
    sited.write(told, path)
    page.goto(f"{site.as_uri()}/view.html")
    page.set_input_files("#file", path)
    page.locator("#red").wait_for()
    page.locator(".unfold").first.click()
    assert evil in page.locator("#mine").inner_text()
    assert page.locator("img").count() == 0
