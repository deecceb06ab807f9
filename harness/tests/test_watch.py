"""Watching: the red cases again when the adapter or a rule changes."""

from __future__ import annotations

import itertools
import os
import queue
import signal
import subprocess
import sys
import threading
import time

import pytest

from sockspec.run.watch import Watched, adapter

SPEC = """
R = promise("words")
@R.case(word=("one", "two"))
def test_words(sockets, see, case):
    try:
        sockets.new(V4, STREAM).set_keepalive(True)
    except SocketError as error:
        see("bad" if case["word"] == "two" else "good")
    else:
        see("good")

OTHER = promise("green")
@OTHER.case()
def test_green(sockets, see, case):
    see("good")
"""
ADAPTER = """
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError

class Mine(Stdlib):
    name = "mine"
    def setsockopt(self, sock, level, name, value):
        {0}

def make():
    return Mine()
"""
WRONG = 'raise SocketError("EACCES", 13, "setsockopt")'
RIGHT = "return super().setsockopt(sock, level, name, value)"


def later(path, text):
    """Write a file so that its time differs from before, however coarse the clock."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(max(time.time_ns(), before + 10**9),) * 2)


def test_changes_are_named_once_all_is_at_rest(tmp_path):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("1")
    (tmp_path / "notes.txt").write_text("1")
    steps = iter(
        [
            lambda: later(tmp_path / "notes.txt", "22"),
            lambda: later(one, "22"),
            lambda: later(two, "2"),
            lambda: None,
            one.unlink,
            lambda: None,
        ]
    )
    changes = Watched([tmp_path]).changes(lambda _: next(steps, lambda: None)())
    assert list(itertools.islice(changes, 2)) == [[one, two], [one]]


def test_what_an_adapter_is_made_of(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "adapter_module.py").write_text("")
    (tmp_path / "adapter_package").mkdir()
    (tmp_path / "adapter_package" / "__init__.py").write_text("")
    assert adapter("adapter_module:make") == [tmp_path / "adapter_module.py"]
    assert adapter("adapter_package:make") == [tmp_path / "adapter_package"]
    agent = f"agent:{sys.executable} {tmp_path}/adapter_module.py --fast"
    assert adapter(agent)[-1] == tmp_path / "adapter_module.py"
    assert [path.name for path in adapter("stdlib")] == ["stdlib.py"]
    assert adapter("docker:image") == adapter("no.such.module:make") == []


@pytest.mark.skipif(os.name == "nt", reason="not run: Ctrl-C is another signal there")
def test_red_cases_run_again_when_the_adapter_changes(spec):
    spec.write(SPEC)
    mine = spec.folder / "adapter_watched.py"
    mine.write_text(ADAPTER.format(WRONG))
    found = {"PYTHONPATH": f"{spec.folder}:{os.environ.get('PYTHONPATH', '')}"}
    backend = ("--backend", "adapter_watched:make")
    assert spec.run(*backend, more=found).returncode == 1
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "sockspec", "watch", str(spec.out)),
            *(*backend, "--profile", "here"),
        ],
        cwd=spec.folder,
        env=spec.environment() | found,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(each) for each in process.stdout])
    reader.start()

    def until(text):
        heard = []
        while not heard or text not in heard[-1]:
            heard.append(lines.get(timeout=120))
        return "".join(heard)

    try:
        assert "1 red in" in until("adapter_watched.py, rules and profiles")
        later(mine, ADAPTER.format(RIGHT))
        told = until("gate: ")
        assert "adapter_watched.py changed" in told
        assert "1 case: 1 conforms" in told
        assert "gate: open" in told
        until("watching")
        later(mine, ADAPTER.format(WRONG))
        assert "gate: closed" in until("gate: ")
        until("watching")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
    assert list(spec.seen()) == [
        "demo.subject.words[one]",
        "demo.subject.words[two]",
        "demo.subject.green",
    ]


def test_with_nothing_red_there_is_nothing_to_watch(spec):
    spec.write(SPEC)
    assert spec.run().returncode == 0
    ran = spec.command("watch", str(spec.out))
    assert (ran.returncode, ran.stdout) == (0, f"{spec.out} has no red case\n")
    ran = spec.run("--red-of", str(spec.out))
    assert ran.returncode == 2
    assert "has no red case" in ran.stderr
