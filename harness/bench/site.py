"""The site of many platforms: how long it takes to make, in how much memory, and to answer.

A specification of its own is run by nobody: its run files are written here, one case a rule.
The last lines say whether the limits are kept: made in 10 s and 500 MB by all its processes
together, the first answer 100 ms after a key.

    python harness/bench/site.py [PLATFORMS [RULES]]
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS, MEGABYTES, ANSWER = 10.0, 500, 100.0
SUBJECTS = 60

RULES = """
from sockspec.spec.rules import *
from sockspec.spec.sources import POSIX
for at in range({first}, {last}):
    made = rule(
        f"area{area}.{subject}.rule-{{at}}",
        f"Call number {{at}} of connect() does what it does.",
        level=list(Level)[at % 4], sources=[POSIX.bind("EINVAL", "not a quote")],
        behaviours={{"good": CONFORMS, "bad": "is wrong", "ugly": "is worse"}},
    )
    made.cases.append(Case(made, (("family", "v4"),)))
"""

PROFILE = 'version = 1\nname = "{0}"\ntitle = "{0}"\n'

ENTRY = """
[[entry]]
rule = "{}"
behaviour = ["bad", "ugly"]
sometimes = true
because = "it is made up"
why = "It is made up, for measuring."
source = "https://example.org/why"
evidence = {{ kind = "observed", on = "nothing", date = 2026-01-01 }}
"""


def ids(rules: int) -> list[tuple[int, str, int]]:
    per = -(-rules // SUBJECTS)
    return [(at // per % 7, f"subject-{at // per}", at) for at in range(rules)]


def specify(folder: Path, rules: int) -> list[str]:
    grouped: dict[tuple[int, str], list[int]] = {}
    for area, subject, at in ids(rules):
        grouped.setdefault((area, subject), []).append(at)
    for (area, subject), members in grouped.items():
        place = folder / "conformance" / f"area{area}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"test_{subject.replace('-', '_')}.py").write_text(
            RULES.format(first=members[0], last=members[-1] + 1, area=area, subject=subject)
        )
    (folder / "conformance" / "ids.txt").write_text("")
    return [f"area{area}.{subject}.rule-{at}" for area, subject, at in ids(rules)]


def record(folder: Path, rules: list[str]) -> None:
    for profile in range(10):
        place = folder / "platforms" / f"profile{profile}"
        place.mkdir(parents=True)
        (place / "profile.toml").write_text(PROFILE.format(place.name))
        entries = "".join(map(ENTRY.format, rules[profile::10]))
        (place / "entries.toml").write_text("version = 1\n" + entries)


def run(folder: Path, rules: list[str], platform: int) -> None:
    profile = platform % 10
    header = {
        "kind": "header", "format": 1, "suite": "0.1.0",
        "started": f"2026-01-{platform % 28 + 1:02d}T00:00:00+00:00",
        "platform": {
            "profile": f"profile{profile}", "system": "System", "version": f"{platform}.0",
            "machine": "x86_64", "settings": {},
        },
        "backend": "stdlib", "implementation": "made up", "features": [], "missing": {},
        "functions": {}, "profile": f"profile{profile}", "seed": "", "examples": 1,
        "declared": len(rules),
    }  # fmt: skip
    lines = [json.dumps(header)]
    for at, rule in enumerate(rules):
        did = ("bad", "ugly")[platform // 10 % 2] if at % 10 == profile else "good"
        seen = {
            "kind": "observation", "case": f"{rule}[v4]", "rule": rule,
            "parameters": {"family": "v4"}, "behaviours": {did: 1}, "verdict": "conforms",
            "because": "", "expected": [], "origin": "", "unexpected": [],
            "witness": {did: {"values": {}, "calls": [
                {"call": "new", "arguments": [2, 1, 0], "answer": {"socket": 0}},
                {"call": "listen", "arguments": [{"socket": 0}, 4], "answer": None},
            ]}},
            "examples": 1, "calls": 2, "seconds": 0.1, "test": "made up",
        }  # fmt: skip
        lines.append(json.dumps(seen, separators=(",", ":")))
    footer = {
        "kind": "footer", "cases": len(rules), "verdicts": {}, "examples": 1, "calls": 1,
        "seconds": 1.0,
    }  # fmt: skip
    lines.append(json.dumps(footer))
    (folder / "runs" / f"platform-{platform}.jsonl").write_text("\n".join(lines) + "\n")


def memory(process: int) -> int:
    """What a process and its children take, in kilobytes; what they share counts once."""
    total = 0
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += memory(int(child))
    return total


def make(folder: Path) -> tuple[float, float, float]:
    """Seconds on the clock, of CPU, and the most megabytes that were seen."""
    environment = os.environ | {
        "SOCKSPEC_CONFORMANCE": str(folder / "conformance"),
        "SOCKSPEC_PLATFORMS": str(folder / "platforms"),
    }
    began = time.monotonic()
    command = [sys.executable, "-m", "sockspec", "site", "runs", "--out", "site"]
    most = 0
    with subprocess.Popen(command, cwd=folder, env=environment) as making:
        while making.poll() is None:
            most = max(most, memory(making.pid))
            time.sleep(0.2)  # between two looks at how much it takes
        if making.returncode:
            raise subprocess.CalledProcessError(making.returncode, command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = time.monotonic() - began
    return took, used.ru_utime + used.ru_stime, max(most, used.ru_maxrss) / 1024


def answers(folder: Path) -> tuple[float, float] | None:
    """The slowest of some answers, on the clock and of CPU, in ms; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may not be there
    except ImportError:
        return None
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    with sync_playwright() as driver:
        page = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        ).new_page()
        told = page.context.new_cdp_session(page)
        told.send("Performance.enable", {"timeDomain": "threadTicks"})

        def used() -> float:
            metrics = told.send("Performance.getMetrics")["metrics"]
            seconds: float = next(e["value"] for e in metrics if e["name"] == "ThreadTime")
            return seconds * 1000

        columns = ",".join(f"platform-{at}" for at in range(100))
        page.goto(f"{(folder / 'site' / 'index.html').as_uri()}#columns={columns}")
        took = []
        for text in _TEXTS:
            page.locator("#results[aria-busy=false]").wait_for()
            before = used()
            clock = page.evaluate(_KEY, text)
            took.append((clock, used() - before))
        return max(clock for clock, _ in took), max(cpu for _, cpu in took)


_TEXTS = ("c", "co", "connect", "connect 12", "conect", "is:different", "profile3:diverges", "")
_KEY = """(text) => {
  const field = document.getElementById('q');
  field.value = text;
  const began = performance.now();
  field.dispatchEvent(new Event('input'));
  document.body.getBoundingClientRect();  // lays out what was made
  return performance.now() - began;
}"""


def main() -> int:
    platforms, rules = (int(each) for each in (*sys.argv[1:], "100", "3000")[:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "runs").mkdir()
        made = specify(folder, rules)
        record(folder, made)
        for platform in range(platforms):
            run(folder, made, platform)
        clock, cpu, most = make(folder)
        print(f"{platforms} platforms, {rules} rules")
        print(f"made in {clock:.1f} s (limit {SECONDS:.0f}), {cpu:.1f} s of CPU")
        print(f"in {most:.0f} MB (limit {MEGABYTES})")
        answer = answers(folder)
    slow, cpu = answer or (0, 0)
    told = (
        f"{slow:.0f} ms (limit {ANSWER:.0f}), {cpu:.0f} ms of CPU" if answer else "no browser"
    )
    print(f"slowest answer after a key, with 100 columns: {told}")
    return int(clock > SECONDS or most > MEGABYTES or slow > ANSWER)


if __name__ == "__main__":
    sys.exit(main())
