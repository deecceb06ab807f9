"""Writes the tables of the native backends from the one list of each kind.

    python harness/native/tables/write.py

`constants.txt` and `errors.txt` beside this file name every symbol of every platform, and
`errors_win.txt` the errors of Winsock; the settings are those of `sockspec.platform`. The C
preprocessor cannot ask whether each name of a list is defined, so its tables have an `#ifdef`
for each. Which symbols the libc crate has, or windows-sys, is asked of the compiler, once per
target whose standard library is installed (`rustup target add`); tables of other targets are
left as they are.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import textwrap
from pathlib import Path

from sockspec import platform

__all__ = ["RUST_TARGETS", "missing", "names", "rust", "source", "texts"]

_TABLES = Path(__file__).resolve().parent
_C = _TABLES.parent / "c"
_RUST = _TABLES.parent / "rust"

_BY = "Written by harness/native/tables/write.py; change the list there, not this file."

RUST_TARGETS = {
    "linux": "x86_64-unknown-linux-gnu",
    "apple": "x86_64-apple-darwin",
    "freebsd": "x86_64-unknown-freebsd",
    "windows": "x86_64-pc-windows-gnu",
}

_C_CONSTANTS = (
    f"""\
// {_BY}
#include "constants.h"

const core_constant core_constants[] = {{
""",
    """\
#ifdef {name}
    {{"{name}", (long long){name}, 1}},
#else
    {{"{name}", 0, 0}},
#endif
""",
    """\
};

const size_t core_constants_count = sizeof core_constants / sizeof core_constants[0];
""",
)

_C_ERRORS = (
    f"""\
// {_BY}
#include "core.h"

static const struct {{
    int number;
    const char *symbol;
}} errors[] = {{
""",
    """\
#ifdef {name}
    {{{name}, "{symbol}"}},
#endif
""",
    """\
};

const char *
core_error_symbol(int number)
{
    for (size_t index = 0; index < sizeof errors / sizeof errors[0]; index++) {
        if (errors[index].number == number) {
            return errors[index].symbol;
        }
    }
    return NULL;
}
""",
)

_C_ERRORS_WIN = f"""\
// {_BY}
#include "core.h"

static const struct {{
    int number;
    const char *symbol;
}} errors[] = {{
"""

_MANIFEST = """[package]
name = "probe"
version = "0.0.0"
edition = "2021"

[lib]
path = "probe.rs"

[dependencies]
{dependency}

[workspace]
"""

# The packages that have numbers, in a lock file.
_NUMBERS = re.compile(r'\nname = "(libc|windows-sys|windows-link)"\n')

# Where the numbers of a target are: the line of the manifest, and the path of the symbols.
_LIBC = ('libc = "0.2"', "libc")
_WINDOWS = (
    'windows-sys = { version = "0.61", features = ["Win32_Networking_WinSock"] }',
    "windows_sys::Win32::Networking::WinSock",
)


def names(file: str) -> list[str]:
    """The entries of a list, in its order: symbols, or `NAME=SYMBOL` where two share one."""
    lines = (_TABLES / file).read_text(encoding="utf-8").splitlines()
    return " ".join(line.partition("#")[0] for line in lines).split()


def texts() -> dict[Path, str]:
    """The files that follow from the lists alone, with what they have to hold."""
    head, entry, tail = _C_CONSTANTS
    constants = "".join(entry.format(name=name) for name in names("constants.txt"))
    return {
        _C / "core/constants.c": head + constants + tail,
        _C / "core/errors_posix.c": _c_errors(),
        _C / "core/errors_win.c": _c_errors_win(),
        _C / "agent/settings.h": f"// {_BY}\n"
        + "".join(f'"{name}",\n' for name in platform.SETTINGS),
        _RUST / "agent/src/settings.txt": "".join(f"{name}\n" for name in platform.SETTINGS),
        _RUST / "core/constants.txt": _copy("constants.txt"),
        _RUST / "core/errors.txt": _copy("errors.txt"),
    }


def _copy(file: str) -> str:
    return f"# {_BY}\n{textwrap.fill(' '.join(names(file)), 96, break_on_hyphens=False)}\n"


def _c_errors() -> str:
    head, entry, tail = _C_ERRORS
    entries = []
    for each in names("errors.txt"):
        name, _, symbol = each.partition("=")
        entries.append(entry.format(name=name, symbol=symbol or name))
    return head + "".join(entries) + tail


def _c_errors_win() -> str:
    entries = []
    for each in names("errors_win.txt"):
        name, _, symbol = each.partition("=")
        entries.append(f'    {{WSA{name}, "{symbol or name}"}},\n')
    return _C_ERRORS_WIN + "".join(entries) + _C_ERRORS[2]


# -- Rust ---------------------------------------------------------------------------


def rust(system: str) -> Path:
    """The table of one system in the Rust core."""
    return _RUST / "core/src/constants" / f"{system}.rs"


def _symbols(system: str) -> tuple[list[str], list[str]]:
    file, prefix = ("errors_win.txt", "WSA") if system == "windows" else ("errors.txt", "")
    errors = [prefix + each.partition("=")[0] for each in names(file)]
    return names("constants.txt"), errors


def missing(system: str) -> set[str] | None:
    """The symbols that its crate lacks on a system; None when it cannot be asked."""
    constants, errors = _symbols(system)
    dependency, path = _WINDOWS if system == "windows" else _LIBC
    with tempfile.TemporaryDirectory() as folder:
        uses = "".join(
            f"pub const _{name}: i64 = {path}::{name} as i64;\n" for name in constants + errors
        )
        Path(folder, "probe.rs").write_text(uses, encoding="utf-8")
        Path(folder, "Cargo.toml").write_text(
            _MANIFEST.format(dependency=dependency), encoding="utf-8"
        )
        lock = (_RUST / "Cargo.lock").read_text(encoding="utf-8")
        kept = [part for part in lock.split("[[package]]") if _NUMBERS.search(part)]
        head = lock.partition("[[package]]")[0]
        Path(folder, "Cargo.lock").write_text(
            head + "".join("[[package]]" + part for part in kept), encoding="utf-8"
        )
        target = ("--target", RUST_TARGETS[system])
        asked = ("cargo", "check", "--quiet", "--message-format=short", *target)
        told = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    if told.returncode and "cannot find value" not in told.stderr:
        return None
    # A structure of that name is no number.
    lacking = r"(?:cannot find value|expected value, found struct) `(?:\w+::)*(\w+)`"
    return set(re.findall(lacking, told.stderr))


def source(system: str, absent: set[str]) -> str:
    """What the table of one system has to hold."""
    constants, errors = (
        [name for name in each if name not in absent] for each in _symbols(system)
    )
    crate = "windows-sys" if system == "windows" else "the libc crate"
    return (
        f"//! What {crate} has on {system}. {_BY}\n"
        + _table("CONSTANTS", "Numbers of the socket API.", constants)
        + _table("ERRORS", "Error numbers, those of socket calls first.", errors)
    )


def _table(name: str, about: str, symbols: list[str]) -> str:
    listed = textwrap.fill(
        " ".join(symbols), 96, initial_indent="    ", subsequent_indent="    "
    )
    return f"\ntable! {{\n    /// {about}\n    {name}:\n{listed}\n}}\n"


def main() -> None:
    """Write what can be written, and say what cannot."""
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    for system, target in RUST_TARGETS.items():
        absent = missing(system)
        if absent is None:
            print(f"{system}.rs is left as it is: nothing compiles for {target} here")  # noqa: T201 - a program
        else:
            rust(system).write_text(source(system, absent), encoding="utf-8")


if __name__ == "__main__":
    main()
