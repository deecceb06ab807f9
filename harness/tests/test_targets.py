"""Targets: recipes, what is missing, and a matrix that survives each of them."""

from __future__ import annotations

import contextvars
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
import warm
from processes import marked, none_is_left, wait_for
from processes import running as alive

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.targets import matrix as running
from sockspec.targets import qemu_user, recipe, tool, wine
from sockspec.targets.budget import Budget
from sockspec.targets.target import Room

RECIPE = """
version = 1
name = "{name}"
title = "A Python of this machine"
group = "host"
kind = "program"
needs = ["{needs}"]
command = [{command}]
cores = {cores}
"""

SLOW = """
version = 1
name = "slow"
title = "A target whose build takes long"
group = "host"
kind = "example"
serves = "agent:{python}"
build = ["sh", "-c", "sleep 600 & wait"]
"""

# Who was started in the background of a shell ignores interrupts, and so do its children.
INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("sockspec", run_name="__main__")
"""


@pytest.fixture
def places(tmp_path):
    """A folder of platforms with the real profiles and recipes of our own."""
    folder = tmp_path / "platforms"
    shutil.copytree(locate.platforms(), folder, ignore=shutil.ignore_patterns("targets"))
    (folder / "targets").mkdir()

    def write(name, command=(sys.executable, "-u", "{agent}"), needs=sys.executable, cores=1):
        words = json.dumps(list(command))[1:-1]
        text = RECIPE.format(name=name, needs=needs, command=words, cores=cores)
        (folder / "targets" / f"{name}.toml").write_text(text, encoding="utf-8")

    return folder, write


def matrix(folder, tmp_path, *words):
    where = ("--platforms", folder, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    ran = warm.sockspec("matrix", "--format", "json", *where, *words)
    told = json.loads(ran.stdout) if ran.stdout else []
    if isinstance(told, dict):
        return ran, told
    return ran, {each["name"]: each for each in told}


def test_every_recipe_is_one():
    recipes = recipe.load_all()
    assert len(recipes) >= 5
    assert [name for name, each in recipes.items() if not each.title] == []


def test_a_broken_recipe_is_named(places):
    folder, write = places
    write("good")
    (folder / "targets" / "bad.toml").write_text("version = 2\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.toml"):
        recipe.load_all(folder)


def test_what_is_missing_is_told(places, tmp_path):
    folder, write = places
    write("absent", needs="no-such-program")
    target = recipe.load_all(folder)["absent"]
    assert target.missing().startswith("there is no no-such-program: install it")


def test_a_matrix_survives_its_targets_and_goes_on_where_it_was(places, tmp_path):
    folder, write = places
    write("good")
    write("dies", command=(sys.executable, "-c", "raise SystemExit(3)"))
    write("absent", needs="no-such-program")
    ran, told = matrix(folder, tmp_path, "--rule", "state.shutdown.again", "--jobs", "2")
    assert set(told) == {"good", "dies", "absent"}
    assert told["good"]["exit"] == 0
    assert told["good"]["told"].startswith("9 cases: ")
    assert told["dies"]["file"] is None
    assert told["dies"]["told"].startswith("not run: ")
    assert "did not say hello" in told["dies"]["told"]
    assert "there is no no-such-program" in told["absent"]["told"]
    assert ran.returncode == 2
    assert (tmp_path / "out" / "report" / "matrix.html").exists()


@contextmanager
def started(*words):
    """A matrix that can be interrupted, and the mark of all that it starts."""
    with marked() as environment:
        process = subprocess.Popen(
            [str(word) for word in (sys.executable, "-c", INTERRUPTIBLE, "matrix", *words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
        )
        assert process.stdout is not None
        yield process, environment


ENDS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])


@ENDS
def test_an_end_of_the_matrix_ends_its_runs_and_begins_no_other(places, tmp_path, number):
    folder, write = places
    for name in ("first", "second", "third"):
        write(name, cores=64)  # one after the other
    where = ("--platforms", folder, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    with started(*where) as (process, environment):
        said = iter(process.stdout.readline, "")
        begun = next(line.partition(":")[0] for line in said if line.endswith("running\n"))
        wait_for((tmp_path / "out" / f"{begun}.jsonl").exists)
        process.send_signal(number)
        after = process.communicate(timeout=30)[0]
        assert none_is_left(environment)
    assert "running" not in after
    assert not (tmp_path / "out" / f"{begun}.jsonl").exists() or number != signal.SIGINT


@ENDS
def test_an_end_of_the_matrix_ends_the_tool_that_prepares_a_target(places, tmp_path, number):
    folder, _write = places
    (folder / "targets" / "slow.toml").write_text(SLOW, encoding="utf-8")
    where = ("--platforms", folder, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    with started(*where) as (process, environment):
        wait_for(lambda: "sleep 600" in alive(environment).values())
        process.send_signal(number)
        process.communicate(timeout=30)
        assert none_is_left(environment)


def test_what_wine_left_is_ended_in_an_interrupted_matrix_too(monkeypatch, tmp_path):
    # A stand-in for Wine's server that tells how it was called.
    stand_in = tmp_path / "wineserver"
    stand_in.write_text(f'#!/bin/sh\necho "$@" "$WINEPREFIX" >{tmp_path}/told\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    interrupted = threading.Event()
    interrupted.set()

    def end():
        tool.heed(interrupted)
        with pytest.raises(UsageError, match="interrupted"):
            tool.call(["true"], seconds=5)
        room = Room(tmp_path / "room", tmp_path / "agent.pyz", print)
        recipe.load_all()["wine-c"].end(room)

    contextvars.copy_context().run(end)
    assert (tmp_path / "told").read_text() == f"-k {tmp_path}/room/prefix\n"


def test_what_wine_has_prepared_is_there_for_the_next_attempt(monkeypatch, tmp_path):
    script = tmp_path / "targets" / "wine" / "prepare.py"
    script.parent.mkdir(parents=True)
    # A stand-in for the script: it gets one step further each time.
    script.write_text(
        "import pathlib, sys\n"
        "done = pathlib.Path(sys.argv[2], 'done')\n"
        "was_there = done.exists()\n"
        "done.touch()\n"
        "sys.exit(0 if was_there else 'the second step took too long')\n"
    )
    monkeypatch.setattr(locate, "platforms", lambda: tmp_path)
    room = Room(tmp_path / "room", tmp_path / "agent.pyz", print)
    wine = recipe.load(locate.examples().parents[1] / "platforms/targets/wine-c.toml")
    with pytest.raises(UsageError, match="the second step"):
        wine.prepare(room)
    wine.prepare(room)


def test_the_wine_of_a_suite_runs_in_a_root_of_its_own(monkeypatch, tmp_path):
    def extract(folder, suite, packages):
        assert (suite, packages[0]) == ("trixie", "wine64")
        for kind, system in wine._ZLIB.items():
            (folder / wine._LIBRARIES / kind).mkdir(parents=True)
            place = folder / "usr" / system / "lib"
            place.mkdir(parents=True)
            (place / "zlib1.dll").write_bytes(bytes(128))

    # Stand-ins for what prepares a prefix, and for what enters the root.
    script = tmp_path / "targets" / "wine" / "prepare.py"
    script.parent.mkdir(parents=True)
    script.write_text("import subprocess\nsubprocess.run(['wine', 'wineboot'], check=True)\n")
    (tmp_path / "path").mkdir()
    enters = tmp_path / "path" / "bwrap"
    enters.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/told\n')
    enters.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"), prepend=os.pathsep)
    monkeypatch.setattr(wine, "extract", extract)
    target = recipe.load_all()["wine-10"]
    monkeypatch.setattr(locate, "platforms", lambda: tmp_path)
    room = Room(tmp_path / "room", tmp_path / "agent.pyz", print)
    target.prepare(room)
    told = (tmp_path / "told").read_text()
    assert f"--bind {tmp_path}/room/debian / " in told
    assert "--unsetenv TMPDIR" in told
    assert told.endswith(" /usr/lib/wine/wine64 wineboot\n")
    assert target.environment(room)["PATH"].startswith(f"{tmp_path}/room/bin{os.pathsep}")
    for kind in wine._ZLIB:
        library = room.folder / "debian" / wine._LIBRARIES / kind / "zlib1.dll"
        assert library.read_bytes()[64:96] == b"Wine builtin DLL" + bytes(16)


def test_the_qemu_of_a_suite_translates(monkeypatch, tmp_path):
    unpacked = []

    def extract(folder, suite, packages, *options):
        unpacked.append((folder.name, suite, packages, options))

    monkeypatch.setattr(qemu_user, "extract", extract)
    target = recipe.load_all()["s390x-qemu-11"]
    room = Room(tmp_path / "room", tmp_path / "agent.pyz", print)
    target.prepare(room)
    assert [each[1:] for each in unpacked] == [
        ("bookworm", target.packages, ("--architectures=s390x",)),
        ("sid", ["qemu-user"], ()),
    ]
    emulator = room.folder / "emulator" / "usr/bin/qemu-s390x"
    assert target.backend(room).startswith(f"agent:{emulator} -L {room.folder} ")


def test_a_budget_lets_wait_who_does_not_fit():
    budget = Budget(cores=2, memory=100)
    began = queue.SimpleQueue()

    def take(name):
        with budget.take(2, 10):
            began.put(name)

    half, later = (
        threading.Thread(target=take, args=(name,), daemon=True) for name in ("half", "second")
    )
    with budget.take(1, 10):
        half.start()  # half of its cores are left
        half.join(30)
        with budget.take(1, 90):  # fits beside the first
            later.start()
            began.put("first")
    later.join(30)
    assert [began.get(timeout=1) for _ in range(3)] == ["half", "first", "second"]
    with budget.take(64, 10_000):  # more than there is: alone
        pass


def test_a_container_has_a_place_in_each_engine():
    targets = recipe.load_all()
    found = running.places([targets["debian-trixie"], targets["stdlib"]], ["default", "far"])
    assert [place.name for place in found] == [
        *("debian-trixie@default", "debian-trixie@far", "stdlib"),
    ]


@pytest.mark.parametrize(
    ("codes", "gravest"),
    [((0, 1, 2, 3), 3), ((0, 2, 1), 2), ((5, 0, 1), 1), ((5, 0), 0), ((5, 5), 5), ((), 5)],
)
def test_a_matrix_ends_with_the_gravest_code_of_its_runs(tmp_path, codes, gravest):
    place = running.Place(recipe.load_all()["stdlib"])
    missing = running.Result(place, None, 0, "not run: it is missing")
    found = [running.Result(place, tmp_path / "run.jsonl", code, "") for code in codes]
    assert running.exit_code([missing, *found]) == gravest


def test_no_target_of_that_name(places, tmp_path):
    folder, write = places
    write("good")
    ran, told = matrix(folder, tmp_path, "--only", "nobody*")
    assert ran.returncode == 2
    assert "no target has such a name" in told["error"]["message"]


def test_gvisor_answers(tmp_path):
    found = recipe.load_all()["gvisor-debian"]
    missing = found.missing()
    if missing:
        pytest.skip(f"not run: {missing}")
    ran, told = matrix(
        locate.platforms(), tmp_path, "--only", "gvisor-debian", "--rule", "data.order.*"
    )
    if (
        told["gvisor-debian"]["file"] is None
        and "apt-get download" in told["gvisor-debian"]["told"]
    ):
        pytest.skip(f"not run: {told['gvisor-debian']['told']}")
    assert told["gvisor-debian"]["file"], ran.stderr
    head = (
        (tmp_path / "out" / "gvisor-debian.jsonl").read_text(encoding="utf-8").splitlines()[0]
    )
    assert json.loads(head)["platform"]["profile"] == "gvisor"
