"""What is written: never over what is not ours, and one line where it cannot be.

Devices and full disks are those of a mount namespace of the test's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sockspec import files, locate, reproduce
from sockspec.errors import UsageError
from sockspec.explore import session
from sockspec.explore.hunt import Found
from sockspec.explore.play import Coverage, Find
from sockspec.explore.steps import Step
from sockspec.judge import runfile

GOOD = """
R = promise("words")
@R.case(word=("good", "fine"))
def test_words(sockets, see, case):
    see(case["word"])
"""


def alone(command: str) -> list[str]:
    """A shell command in a user and mount namespace of its own."""
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command]


def lacking() -> str:
    if shutil.which("unshare") is None:
        return "not run: there is no unshare"
    ran = subprocess.run(alone("mount -t tmpfs none /mnt"), capture_output=True, check=False)
    return "" if ran.returncode == 0 else f"not run: no mounts of one's own: {ran.stderr!r}"


needs_mounts = pytest.mark.skipif(bool(lacking()), reason=lacking() or "-")


def inside(spec, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script with a small tmpfs at ./small, sockspec being `$SOCKSPEC`."""
    (spec.folder / "small").mkdir()
    return subprocess.run(
        alone(f"mount -t tmpfs -o size=64k none small && {script}"),
        cwd=spec.folder,
        env=spec.environment() | {"SOCKSPEC": f"{sys.executable} -m sockspec"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# -- what is not ours -----------------------------------------------------------------


@pytest.mark.parametrize("verb", ["run", "merge", "agent", "report", "faults", "gate"])
def test_no_verb_writes_over_what_it_did_not_write(spec, verb):
    spec.write(GOOD)
    assert spec.run().returncode == 0
    theirs = spec.folder / "theirs"
    theirs.mkdir()
    victim = theirs / "report.html" if verb == "report" else theirs / "notes"
    victim.write_text("mine")
    words = {
        "run": ("run", "--profile", "here", "--out", str(victim)),
        "merge": ("merge", str(spec.out), "--out", str(victim)),
        "agent": ("agent", "--write", str(victim)),
        "report": ("report", str(spec.out), "--out", str(theirs)),
        "faults": ("faults", "--page", str(victim)),
        "gate": ("gate", str(spec.out), "--sarif", str(victim)),
    }[verb]
    ran = spec.command(*words)
    assert (ran.returncode, victim.read_text()) == (2, "mine")
    assert ran.stderr.startswith(f"error: {victim}: is a file that sockspec did not write\n")
    assert list(theirs.iterdir()) == [victim]


@pytest.mark.parametrize("verb", ["run", "merge", "agent"])
def test_a_folder_where_a_file_is_meant(spec, verb):
    spec.write(GOOD)
    assert spec.run().returncode == 0
    words = {
        "run": ("run", "--profile", "here", "--out", "platforms"),
        "merge": ("merge", str(spec.out), "--out", "platforms"),
        "agent": ("agent", "--write", "platforms"),
    }[verb]
    ran = spec.command(*words)
    assert ran.returncode == 2
    assert ran.stderr == "error: platforms: is a folder\n  remedy: name a file in it\n"


def test_a_file_where_a_folder_is_meant(spec):
    spec.write(GOOD)
    assert spec.run().returncode == 0
    ran = spec.command("report", str(spec.out), "--out", str(spec.out))
    assert ran.returncode == 2
    assert "is a file" in ran.stderr
    assert not runfile.read(spec.out).truncated


def test_a_file_where_the_folder_of_a_matrix_is_meant(spec):
    (spec.folder / "notes").write_text("mine")
    known = ("--platforms", str(locate.platforms()))
    ran = spec.command("matrix", *known, "--only", "stdlib", "--out", "notes")
    assert ran.returncode == 2
    assert ran.stderr == "error: notes: is a file\n  remedy: name a folder, or a new one\n"


class Parted(Find):
    def lines(self):
        yield "They parted."


@pytest.mark.parametrize("name", ["find-1.py", "coverage.json"])
def test_what_was_explored_is_not_written_over_what_is_theirs(tmp_path, name):
    found = Found(Parted(Step("recv", (0,), (1, ())), "v4-stream fresh", "EIO"), [])
    made = session.Session("stdlib", 1, Coverage(), [found])

    def write(found):
        return reproduce.program([], found.find.name, "They parted.", "stdlib")

    for _ in range(2):  # over its own it may
        session._write(made, tmp_path, write)
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match="did not write"):
        session._write(made, tmp_path, write)
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("what", ["pipe", "link-to-pipe"])
def test_only_files_are_written_to(tmp_path, what):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link-to-pipe").symlink_to(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no regular file"):
        files.write(tmp_path / what, "text")
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "far")
    files.write(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far").read_text() == "text"


@needs_mounts
@pytest.mark.parametrize("device", ["null", "full"])
def test_a_device_stays_a_device(spec, device):
    spec.write(GOOD)
    # A bind mount of the device, so that not even a bug of ours harms the machine's.
    ran = inside(
        spec,
        f"touch small/d && mount --bind /dev/{device} small/d && "
        "$SOCKSPEC run --profile here -n 0 --out small/d; echo ended $?; "
        "test -c small/d && echo there",
    )
    assert ran.stdout == "ended 2\nthere\n"
    assert ran.stderr.splitlines()[0] == "error: small/d: is no regular file"


@needs_mounts
def test_no_verb_harms_a_device(spec):
    spec.write(GOOD)
    assert spec.run().returncode == 0
    verbs = (
        f"merge {spec.out} --out small/d",
        f"report {spec.out} --out small/d",
        f"site {spec.out} --out small/d",
        f"gate {spec.out} --sarif small/d",
        "agent --write small/d",
        "faults --page small/d",
        "explore --steps 1 --out small/d",
        "init small/d --extends here",
    )
    each = "; ".join(f"$SOCKSPEC {verb}; echo ended $?; test -c small/d" for verb in verbs)
    ran = inside(
        spec, f"touch small/d && mount --bind /dev/null small/d && {{ {each} && echo there; }}"
    )
    lines = ran.stdout.splitlines()
    ended = [line for line in lines if line.startswith("ended")]
    assert len(ended) == len(verbs)
    assert set(ended) <= {"ended 2", "ended 4"}, ran.stdout + ran.stderr
    assert lines[-1] == "there"
    told = [line for line in ran.stderr.splitlines() if line.startswith("error: small/d")]
    assert len(told) == len(verbs), ran.stderr


# -- what the system refuses ------------------------------------------------------------


@needs_mounts
def test_a_full_disk_before_the_run(spec):
    spec.write(GOOD)
    fill = "cat /dev/zero > small/all 2>/dev/null; "
    ran = inside(
        spec,
        f"{fill} $SOCKSPEC run --profile here -n 0 --out small/run; echo ended $?; ls small",
    )
    assert ran.stdout == "ended 4\nall\n"
    assert ran.stderr == (
        "error: small/run: No space left on device\n"
        "  remedy: make room there, or name another place\n"
    )


@needs_mounts
def test_a_disk_that_becomes_full_keeps_what_was_written(spec):
    spec.write(
        """
R = promise("words")
@R.case(number=tuple(map(str, range(400))))
def test_words(sockets, see, case):
    see("good", text="x" * 4000)
"""
    )
    ran = inside(
        spec,
        "$SOCKSPEC run --profile here -n 0 --out small/run; echo ended $?; "
        "head -c 16 small/run; echo; wc -l < small/run",
    )
    ended, head, lines = ran.stdout.splitlines()
    assert (ended, head) == ("ended 4", '{"kind":"header"')
    assert 2 < int(lines) < 400
    assert ran.stderr.startswith("error: small/run: No space left on device\n  remedy:")


@needs_mounts
def test_a_read_only_place(spec):
    spec.write(GOOD)
    ran = inside(
        spec,
        "mount -o remount,ro small && "
        "$SOCKSPEC run --profile here -n 0 --out small/run; echo ended $?",
    )
    assert ran.stdout == "ended 4\n"
    assert ran.stderr == (
        "error: small/run: Read-only file system\n  remedy: name a place that can be written\n"
    )


def test_an_earlier_run_is_there_until_the_next_has_begun(spec):
    spec.write(GOOD)
    assert spec.run().returncode == 0
    before = spec.out.read_bytes()
    spec.write("nonsense(")
    assert spec.run().returncode == 2
    assert spec.out.read_bytes() == before
    assert sorted(path.name for path in spec.folder.glob(".*")) == []


# -- ends ---------------------------------------------------------------------------------


def test_a_closed_pipe_is_no_divergence(spec):
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "sockspec", "schema", "protocol"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        env=spec.environment(),
    )
    os.close(writing)
    assert ran.returncode == 4
    assert ran.stderr == (
        "error: standard output: Broken pipe\n"
        "  remedy: whoever read the output has gone: write it to a file\n"
    )


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", ["schema protocol", "rules linger --format json", "--help"])
def test_a_full_standard_output_is_no_divergence(spec, words):
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "sockspec", *words.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            env=spec.environment(),
        )
    assert ran.returncode == 4, ran.stderr
    assert ran.stderr == (
        "error: standard output: No space left on device\n"
        "  remedy: make room there, or name another place\n"
    )


def test_an_interruption_is_no_divergence(spec):
    import signal
    import time

    spec.write(
        """
R = promise("words")
@R.case(number=("1", "2"))
def test_words(sockets, see, case):
    if case["number"] == "2":
        time.sleep(60)
    see("good")
"""
    )
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "sockspec", "run", "--profile", "here", "-n", "0"),
            *("--out", str(spec.out), "--deadline", "90"),
        ],
        cwd=spec.folder,
        env=spec.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while not (spec.out.exists() and spec.out.read_bytes().count(b"\n") == 2):
        assert time.monotonic() < until
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _out, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told == "interrupted: what was written so far is there\n"
    assert len(runfile.read(spec.out).observations) == 1


def test_a_run_file_gets_its_name_while_it_is_closed_where_no_other_way_is(
    monkeypatch, spec, tmp_path
):
    spec.write(GOOD)
    assert spec.run().returncode == 0
    header = runfile.read(spec.out).header
    rename, there = type(tmp_path).replace, tmp_path / "there.jsonl"

    def replace(made, place):
        held = [str(each.resolve()) for each in Path("/proc/self/fd").iterdir()]
        assert str(made) not in held
        return rename(made, place)

    # Windows renames no file that is open: there the rest is written after it was opened anew.
    monkeypatch.setattr(files, "_RENAMES_OPEN", False)
    monkeypatch.setattr(type(tmp_path), "replace", replace)
    writer = runfile.Writer(there, header)
    writer.end(1.0)
    assert runfile.read(there).footer.seconds == 1.0
