"""The report's part about the two documents: what it says of each function."""

from __future__ import annotations

import re

import pytest
from samples import observed, written

SPEC = """
from sockspec.spec.sources import SOCKET2, TOKIO

def cited(name, *sources, level=MUST, **marked):
    made = rule(
        f"demo.subject.{name}", "It does.", level=level, sources=sources,
        behaviours={"good": CONFORMS if level is MUST else "is good", "bad": "is wrong"},
    )
    @made.case(number=("1", "2"))
    def test(sockets, see, case):
        see("good")

cited("listens", SOCKET2.listen(1), TOKIO.listen(1))
cited("lingers", SOCKET2.set_linger(1), SOCKET2.linger(1))
cited("anything", SOCKET2.nodelay(1), level=UNSPECIFIED)
cited("lacks", SOCKET2.only_v6(1))
"""
FUNCTIONS = {
    **{f"Socket.{name}": "" for name in ("listen", "linger", "set_linger", "nodelay")},
    "Socket.only_v6": "",
    "Socket.bind": "",
    "Socket.new_raw": "new_raw is not available: stdlib",
    "TcpSocket.listen": "",
}


@pytest.fixture
def reported(spec):
    spec.write(SPEC)
    did = {
        "listens": ("good", "conforms"),
        "anything": ("bad", "unspecified"),
        "lacks": ("", "unsupported"),
    }
    seen = [
        observed(f"demo.subject.{name}[{number}]", *did[name])
        for name in did
        for number in ("1", "2")
    ]
    seen.append(observed("demo.subject.lingers[1]", "good", "conforms"))
    seen.append(observed("demo.subject.lingers[2]", "bad", "new divergence"))
    path = written(spec.folder / "run.jsonl", *seen, functions=FUNCTIONS)
    ran = spec.command("report", str(path), "--out", "report")
    assert ran.returncode == 0, ran.stderr
    return spec.folder / "report"


def test_the_page_says_of_each_function_what_works(reported):
    html = (reported / "report.html").read_text()
    part = html[html.index('id="functions"') : html.index('aria-labelledby="rules"')]
    rows = re.findall(r"<code>([\w.]+)</code></th>\s*<td>(.*?)</td>", part, re.DOTALL)
    said = {name: re.sub(r"<[^>]*>", "", cell).strip() for name, cell in rows}
    assert said == {
        "Socket.listen": "works: 2 cases",
        "Socket.linger": "diverges in 1 of 2 cases: demo.subject.lingers",
        "Socket.set_linger": "diverges in 1 of 2 cases: demo.subject.lingers",
        "Socket.nodelay": "there; its rules ask for nothing",
        "Socket.only_v6": "there; none of its cases could be tried",
        "Socket.bind": "there; no rule cites it",
        "Socket.new_raw": "missing: new_raw is not available: stdlib",
        "TcpSocket.listen": "works: 2 cases",
    }
    assert '<a href="#demo.subject.lingers">' in part
    assert "<td>2</td><td>2</td><td>1</td><td>1</td><td>2</td>" in part


def test_so_does_the_markdown(reported):
    text = (reported / "report.md").read_text()
    assert "| run | works | diverges | missing | not tried | not judged |" in text
    assert re.search(r"^\| here 6\.1 / stdlib \| 2 \| 2 \| 1 \| 1 \| 2 \|$", text, re.MULTILINE)
    assert "- `Socket.linger` diverges in 1 of 2 cases: demo.subject.lingers\n" in text
    assert "- `Socket.listen`" not in text
