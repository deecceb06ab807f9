"""What things cost, as ratios measured in one run.

    python harness/bench/cost.py

First the cost of one call (getsockopt, 4 bytes) through each layer as a ratio to the bare
`socket` method; then of one call through an agent, in microseconds; then the suite: cases,
examples, calls, seconds. Seconds depend on the machine; the ratios are what is compared from
one version to the next.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import backends
from sockspec.api import Socket
from sockspec.backends.trace import Traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend

CALLS = 20_000
ROUNDS = 7


def seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(CALLS):
        call()
    return time.perf_counter() - begun


def layers() -> dict[str, Callable[[], object]]:
    bare = socket.socket()
    level, name = socket.SOL_SOCKET, socket.SO_RCVBUF
    found: dict[str, Callable[[], object]] = {
        "bare socket": lambda: bare.getsockopt(level, name, 4)
    }
    for each in backends.discover():
        if each.backend is None:
            continue
        backend = each.backend
        handle = backend.new(socket.AF_INET, socket.SOCK_STREAM, 0)
        found[each.name] = lambda b=backend, h=handle: b.getsockopt(h, level, name, 4)
        traced = Traced(backend)
        again = traced.new(socket.AF_INET, socket.SOCK_STREAM, 0)

        def through(b: Traced = traced, h: object = again) -> object:
            b.calls.clear()
            return b.getsockopt(h, level, name, 4)

        found[f"{each.name}, traced"] = through
        face = Socket("AF_INET", "SOCK_STREAM", backend=backend)
        found[f"{each.name}, face"] = face.recv_buffer_size
    return found


def calls() -> None:
    measured: dict[str, list[float]] = {}
    chosen = layers()
    for _ in range(ROUNDS):
        # In turns, so that a slow moment of the machine hits every layer.
        for name, call in chosen.items():
            measured.setdefault(name, []).append(seconds(call))
    base = statistics.median(measured["bare socket"])
    print(f"one getsockopt: {base / CALLS * 1e9:.0f} ns through the bare socket module")
    for name, times in measured.items():
        print(f"  {name:22} {statistics.median(times) / base:5.2f}")


def agents() -> None:
    print(f"one getsockopt through an agent, of {CALLS} (at most 30 us are wanted):")
    for each in backends.discover():
        if each.backend is None:
            continue
        ours, theirs = (
            times(each.backend),
            times(isolated := backends.load(each.name, isolate=True)),
        )
        isolated.shut_down()
        direct, median, tenth = (
            statistics.median(ours),
            statistics.median(theirs),
            theirs[-CALLS // 10],
        )
        print(
            f"  {each.name:8} direct {direct * 1e6:5.2f} us, isolated {median * 1e6:5.1f} us, "
            f"a tenth takes more than {tenth * 1e6:.1f} us"
        )


def times(backend: Backend) -> list[float]:
    """How long each call took, in seconds, shortest first."""
    level, name = socket.SOL_SOCKET, socket.SO_RCVBUF
    handle = backend.new(socket.AF_INET, socket.SOCK_STREAM, 0)
    taken = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        backend.getsockopt(handle, level, name, 4)
        taken.append(time.perf_counter() - begun)
    backend.close(handle)
    return sorted(taken)


def suite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for how in (("-n", "0"), ("-n", "2"), ("-n", "2", "--isolate")):
            ran = subprocess.run(
                [
                    *(sys.executable, "-m", "sockspec", "run", *how),
                    *("--out", str(Path(folder, "run.jsonl")), "--format", "json"),
                ],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            told = json.loads(ran.stdout)
            print(
                f"suite with {' '.join(how)}: {told['cases']} cases, "
                f"{told['examples']} examples, "
                f"{told['calls']} calls in {told['seconds']:.1f} s: "
                f"{told['calls'] / told['seconds']:.0f} calls a second, "
                f"{told['seconds'] / told['cases'] * 1000:.1f} ms a case"
            )


if __name__ == "__main__":
    calls()
    agents()
    suite()
