"""The sources compile without a word, run clean, and keep to their own rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core"
COMMON = ("buffer", "core", "constants", "select")
PER_SYSTEM = ("beyond", "errors", "message", "os")
STRICT = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wpedantic", f"-I{CORE}")
PROGRAM = ROOT / "tests" / "core_test.c"
ABI = {
    "limited": ("-DPy_LIMITED_API=0x030b0000",),
    "full": (),
    "free-threaded": ("-DPy_GIL_DISABLED=1",),
}
MINGW = "x86_64-w64-mingw32-gcc"

posix = pytest.mark.skipif(sys.platform == "win32", reason="compiles the POSIX files")


def core_sources(system):
    """The build list of the core for `posix` or `win`."""
    only = ("raw", "waiting") if system == "posix" else ()
    names = [f"{name}.c" for name in COMMON]
    names += [f"{name}_{system}.c" for name in (*PER_SYSTEM, *only)]
    return [str(CORE / name) for name in names]


def tool(name):
    """The path of a program; the test is skipped, with the reason, when there is none."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command, **named):
    """Run a program for two minutes at most; its output, which a failure shows."""
    done = subprocess.run(
        [str(each) for each in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
        **named,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@posix
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_core_compiles_and_runs(compiler, tmp_path):
    program = tmp_path / "core_test"
    run(tool(compiler), *STRICT, *core_sources("posix"), PROGRAM, "-o", program)
    assert compiler in run(program)


@posix
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_core_is_clean_under_sanitizers(compiler, tmp_path):
    program = tmp_path / "core_test"
    sanitize = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    path = tool(compiler)
    (tmp_path / "probe.c").write_text("int main(void) { return 0; }\n", encoding="ascii")
    try:
        run(path, *sanitize, tmp_path / "probe.c", "-o", tmp_path / "probe")
        run(tmp_path / "probe")
    except AssertionError as error:
        pytest.skip(f"{compiler} has no working sanitizers here: {error}".splitlines()[0])
    run(path, *STRICT, *sanitize, *core_sources("posix"), PROGRAM, "-o", program)
    run(program)


@posix
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("abi", ["limited", "full", "free-threaded"])
def test_python_layer_compiles(compiler, abi, tmp_path):
    headers = sysconfig.get_paths()["include"]
    if abi == "free-threaded" and sys.version_info < (3, 13):
        pytest.skip("the headers of CPython before 3.13 have no free-threaded build")
    sources = sorted((ROOT / "python").glob("*.c"))
    strict = [flag for flag in STRICT if flag != "-Wpedantic"]
    command = (tool(compiler), *strict, *ABI[abi], "-fPIC", "-c", "-isystem", headers)
    run(*command, *sources, cwd=tmp_path)
    assert len(list(tmp_path.glob("*.o"))) == len(sources)


@pytest.fixture(scope="module")
def windows_program(tmp_path_factory):
    program = tmp_path_factory.mktemp("windows") / "core_test.exe"
    strict = [flag for flag in STRICT if flag != "-Wpedantic"]
    run(tool(MINGW), *strict, *core_sources("win"), PROGRAM, "-lws2_32", "-o", program)
    return program


def test_core_compiles_for_windows(windows_program):
    assert windows_program.read_bytes()[:2] == b"MZ"


@posix
def test_core_runs_on_wine(windows_program, tmp_path):
    quiet = {**os.environ, "WINEPREFIX": str(tmp_path / "prefix"), "WINEDEBUG": "-all"}
    assert "Windows, gcc" in run(tool("wine"), windows_program, env=quiet)


def test_only_one_file_asks_for_windows():
    asking = {
        path.name
        for folder in ("core", "python")
        for path in (ROOT / folder).glob("*.[ch]")
        if "_WIN32" in path.read_text(encoding="utf-8").replace("_WIN32_WINNT", "")
    }
    assert asking == {"os.h"}


def test_core_knows_nothing_of_python():
    for path in CORE.glob("*.[ch]"):
        text = path.read_text(encoding="utf-8")
        assert "Python.h" not in text, path.name
        assert "Py_" not in text, path.name
