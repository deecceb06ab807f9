"""Writes the tables of constants: which symbols the libc crate has for which target.

    python core/constants.py

The lists beside this file name every symbol of every platform. Which of them the libc
crate has is asked of the compiler, once per target whose standard library is installed
(`rustup target add`); tables of other targets are left as they are.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGETS = {
    "linux": "x86_64-unknown-linux-gnu",
    "apple": "x86_64-apple-darwin",
    "freebsd": "x86_64-unknown-freebsd",
}
_MANIFEST = """[package]
name = "probe"
version = "0.0.0"
edition = "2021"

[lib]
path = "probe.rs"

[dependencies]
libc = "0.2"

[workspace]
"""


def names(file: str) -> list[str]:
    """The symbols of a list, in its order; of `NAME=SYMBOL` the name."""
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    words = " ".join(line.partition("#")[0] for line in lines).split()
    return [word.partition("=")[0] for word in words]


def missing(target: str, symbols: list[str]) -> set[str] | None:
    """Those that the libc crate lacks there; None when it cannot be asked."""
    with tempfile.TemporaryDirectory() as folder:
        uses = "".join(f"pub const _{name}: i64 = libc::{name} as i64;\n" for name in symbols)
        Path(folder, "probe.rs").write_text(uses, encoding="utf-8")
        Path(folder, "Cargo.toml").write_text(_MANIFEST, encoding="utf-8")
        lock = (HERE.parent / "Cargo.lock").read_text(encoding="utf-8")
        kept = [part for part in lock.split("[[package]]") if '\nname = "libc"\n' in part]
        head = lock.partition("[[package]]")[0]
        Path(folder, "Cargo.lock").write_text(
            head + "".join("[[package]]" + part for part in kept), encoding="utf-8"
        )
        asked = ("cargo", "check", "--quiet", "--message-format=short", "--target", target)
        told = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    if told.returncode and "cannot find value" not in told.stderr:
        return None
    return set(re.findall(r"cannot find value `(\w+)`", told.stderr))


def table(name: str, about: str, symbols: list[str]) -> str:
    """One `table!` of symbols."""
    listed = textwrap.fill(
        " ".join(symbols), 96, initial_indent="    ", subsequent_indent="    "
    )
    return f"\ntable! {{\n    /// {about}\n    {name}:\n{listed}\n}}\n"


def source(system: str, absent: set[str]) -> str:
    """The file of one system."""
    constants = [name for name in names("constants.txt") if name not in absent]
    errors = [name for name in names("errors.txt") if name not in absent]
    return (
        f"//! What the libc crate has on {system}; written by constants.py.\n"
        + table("CONSTANTS", "Numbers of the socket API.", constants)
        + table("ERRORS", "Error numbers, those of socket calls first.", errors)
    )


def main() -> None:
    """Write what can be written, and say what cannot."""
    for system, target in TARGETS.items():
        absent = missing(target, names("constants.txt") + names("errors.txt"))
        file = HERE / "src" / "constants" / f"{system}.rs"
        if absent is None:
            print(f"{file.name}: left as it is: there is no compiling for {target} here")  # noqa: T201 - a program
            continue
        file.write_text(source(system, absent), encoding="utf-8")


if __name__ == "__main__":
    main()
