"""Quotes are literal: compared with the text, where a machine can have the text.

The man pages of the version that rules cite and the RFCs, as this machine has them, and the doc
comments of the two crates, as cargo brings them. POSIX and the pages of other systems
come in no package; their quotes are only asked to be there (the lint).
"""

from __future__ import annotations

import functools
import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sentences import plain, sentences

from sockspec.api import documents as faces
from sockspec.spec import coverage, load

_VERSION = "6.03"
_CRATES = {
    "socket2::Socket": ("socket2", "0.4.0", ("src/socket.rs", "src/sys/unix.rs")),
    "socket2 0.6.5 Socket": ("socket2", "0.6.5", ("src/socket.rs", "src/sys/unix.rs")),
    "tokio::net::TcpSocket": ("tokio", "1.28.0", ("src/net/tcp/socket.rs",)),
}


def cited(publication: str) -> dict[tuple[str, str, str], list[str]]:
    """Every (publication, clause, quote) that begins so, with the rules that cite it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for rule in load.rules().rules.values():
        for source in rule.sources:
            if source.publication.startswith(publication) and source.quote:
                key = (source.publication, source.clause, source.quote)
                found.setdefault(key, []).append(rule.id)
    return found


# -- man pages ----------------------------------------------------------------------


@functools.cache
def page(section: str, name: str) -> str:
    """A page as text, on one line; empty where it is not here in that version."""
    ran = subprocess.run(
        ["man", "--no-hyphenation", "--no-justification", section, name],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MANWIDTH": "1000", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"},
    )
    text = re.sub(r".\x08", "", ran.stdout)
    return squeezed(text) if f"Linux man-pages {_VERSION}" in text else ""


def squeezed(text: str) -> str:
    for typographic, typed in {
        "\u2018": "'",
        "\u2019": "'",
        "\u2010": "-",
        "\u2212": "-",
    }.items():
        text = text.replace(typographic, typed)
    return re.sub(r"\s+", " ", text)


@pytest.mark.skipif(shutil.which("man") is None, reason="not run: man is not installed")
def test_man_pages_say_what_is_quoted():
    wrong, absent = [], set()
    for (publication, clause, quote), rules in cited("Linux man-pages").items():
        assert publication.startswith(f"Linux man-pages {_VERSION} ")
        name, section = re.fullmatch(r".* (\w+)\((\d)\)", publication).groups()
        text = page(section, name)
        if not text:
            absent.add(f"{name}({section})")
        elif squeezed(quote) not in text:
            wrong.append(f"{rules[0]}: {publication}, {clause}: {quote!r}")
    assert wrong == []
    if absent:
        pytest.skip(f"not run: man-pages {_VERSION} lack here: {', '.join(sorted(absent))}")


# -- the RFCs -------------------------------------------------------------------------

_RFCS = Path("/usr/share/doc/RFC")  # of Debian's doc-rfc, among what is not free
_TURN = re.compile(r"\n[^\n]*\[Page \d+\]\s*\f?\s*RFC \d+[^\n]*\n")
_HEADING = re.compile(r"^(?:(\d+(?:\.\d+)*)\.?| +(\d+(?:\.\d+)+)\.?)(?: +\S.*)?$")
_LISTED = re.compile(r"(?:\. ?){3,}")  # in a table of contents


@functools.cache
def sections(number: str) -> dict[str, str]:
    """The sections of an RFC by number, each on one line; `""` has the whole."""
    packed = next(_RFCS.glob(f"*/rfc{number}.txt.gz"))
    text = _TURN.sub("\n", gzip.decompress(packed.read_bytes()).decode(errors="replace"))
    found, here = {"": text}, ""
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading and not _LISTED.search(line):
            here = heading[1] or heading[2]
        found[here] = f"{found.get(here, '')}\n{line}" if here else found[here]
    return {name: squeezed(re.sub(r"-\n\s+", "-", each)) for name, each in found.items()}


@pytest.mark.skipif(not _RFCS.is_dir(), reason="not run: no RFCs (Debian: doc-rfc, non-free)")
def test_rfcs_say_what_is_quoted_in_that_section():
    wrong = []
    for (publication, clause, quote), rules in cited("RFC ").items():
        told = sections(re.match(r"RFC (\d+)", publication)[1])
        place = re.fullmatch(r"section (\d+(?:\.\d+)*)", clause)
        inside = f"{place[1]}." if place else ""
        text = " ".join(each for name, each in told.items() if f"{name}.".startswith(inside))
        if squeezed(quote) not in text:
            there = [name for name, each in told.items() if name and squeezed(quote) in each]
            wrong.append(f"{rules[0]}: {publication}, {clause}: {quote!r} is in {there}")
    assert not wrong, "\n".join(wrong)


# -- the two documents --------------------------------------------------------------


@pytest.fixture(scope="session")
def documents(tmp_path_factory) -> dict[str, tuple[dict[str, list[str]], str]]:
    """The sentences of both documents by function, and their whole text."""
    if shutil.which("cargo") is None:
        pytest.skip("not run: there is no cargo to bring the documents")
    found = {}
    for title, (crate, version, files) in _CRATES.items():
        folder = tmp_path_factory.mktemp(crate)
        (folder / "lib.rs").touch()
        (folder / "Cargo.toml").write_text(
            '[package]\nname = "reader"\nversion = "0.0.0"\nedition = "2021"\n'
            f'[lib]\npath = "lib.rs"\n[dependencies]\n{crate} = "={version}"\n[workspace]\n'
        )
        ran = subprocess.run(
            ["cargo", "vendor", "--quiet", "vendor"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            pytest.skip(f"not run: cargo brings no {crate} {version}: {ran.stderr[-300:]}")
        texts = [(folder / "vendor" / crate / file).read_text("utf-8") for file in files]
        told = {name: each for text in texts for name, each in sentences(text).items() if each}
        prose = " ".join(
            line.strip().lstrip("/! ") for text in texts for line in text.split("\n")
        )
        found[title] = (told, plain(prose).replace("crate::Socket", "Socket"))
    return found


@pytest.mark.parametrize("title", _CRATES)
def test_a_document_says_what_is_quoted_in_that_sentence(title, documents):
    told, prose = documents[title]
    wrong = []
    for (_, clause, quote), rules in cited(title).items():
        if clause == "Auto Trait Implementations":
            continue  # rustdoc finds these; no line of the source has them
        place = re.fullmatch(r"(\w+), sentence (\d+)", clause)
        text = prose
        if place:
            here = told.get(place[1], [])
            number = int(place[2])
            text = here[number - 1] if number <= len(here) else ""
        if plain(quote) not in text:
            wrong.append(f"{rules[0]}: {clause}: {quote!r} is not in {text[:120]!r}")
    assert wrong == []


@pytest.mark.parametrize(
    ("title", "area"), [("socket2::Socket", "socket2"), ("tokio::net::TcpSocket", "tokio")]
)
def test_every_sentence_of_a_document_is_a_row(title, area, documents):
    told, _prose = documents[title]
    functions = {"socket2": faces.SOCKET2, "tokio": faces.TOKIO}[area]
    wanted = {
        f"{name.replace('_', '-')}-{number}"
        for name in functions
        for number in range(1, len(told[name]) + 1)
    }
    (rows,) = (each.rows for each in coverage.areas() if each.name == area)
    assert {name for name in rows if not name.startswith("type-")} == wanted


def test_sentences_are_counted_as_they_read():
    source = """
    /// Binds a [`Socket`] to `address`. It may fail.
    ///
    /// # Errors
    /// * one
    /// * two, see [bind(2)](https://example.org)
    ///
    /// # Examples
    /// Not counted.
    /// ```
    /// Nor. This.
    /// ```
    #[cfg(any(
        unix,
    ))]
    // https://docs.rs
    pub async fn bind(&self) {}
    """
    assert sentences(source) == {
        "bind": ["Binds a Socket to address.", "It may fail.", "one", "two, see bind(2)"]
    }
