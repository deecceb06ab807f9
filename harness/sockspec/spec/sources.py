"""Where rules come from: each publication a constant, each source a clause and a link.

A source is made from a page of a publication: `POSIX.bind("EINVAL")`,
`MAN.tcp(7, "TCP_NODELAY")`, `RFC(9293, "3.8.5")`, `SOCKET2.listen(2)` (the second
sentence of that function's documentation). The quote, where given, is short and
literal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FREEBSD",
    "GVISOR",
    "KERNEL",
    "MAN",
    "MS",
    "POSIX",
    "PYTHON",
    "RFC",
    "SOCKET2",
    "SOCKET2_NEWER",
    "TOKIO",
    "WINE",
    "XNU",
    "Source",
    "unpinned",
]

_MOVING = re.compile(
    r"/(blob|tree|raw)/(main|master|trunk|HEAD|develop)/|[?&]h=(main|master)\b"
    r"|/cgit/[^?]*\Z|//man7\.org/|//docs\.python\.org/3/|/cgi/man\.cgi\?(?!.*manpath=)"
)
"""Links to what changes under them: branches, and the newest manual."""

_UPSTREAM = {
    "cpython": "python",
    "freebsd-src": "freebsd",
    "gvisor": "google",
    "linux": "torvalds",
    "lwip": "lwip-tcpip",
    "pypy": "pypy",
    "qemu": "qemu",
    "wine": "wine-mirror",
    "xnu": "apple-oss-distributions",
}
"""Repositories of which there are forks, and whose is the one to link."""


def unpinned(link: str) -> str:
    """What makes a link unfit as a source, with the remedy; empty when nothing does."""
    if _MOVING.search(link):
        return "its link follows a branch or the newest version; name a tag or a commit"
    github = re.match(r"https://github\.com/([^/]+)/([^/]+)/", link)
    if github and github[1] != _UPSTREAM.get(github[2], github[1]):
        return f"its link is a fork's; link {_UPSTREAM[github[2]]}/{github[2]}"
    return ""


@dataclass(frozen=True, slots=True)
class Source:
    """A clause of a publication, with the link at which it can be read.

    `normative`: it can promise something (POSIX, an RFC, one of the two API documents);
    the others say what one system does.
    """

    publication: str
    clause: str
    link: str
    quote: str = ""
    normative: bool = False

    def __str__(self) -> str:
        return f"{self.publication}, {self.clause}"


class _Posix:
    """POSIX.1-2024 (The Open Group Base Specifications, Issue 8)."""

    _BASE = "https://pubs.opengroup.org/onlinepubs/9799919799"

    def __getattr__(self, page: str) -> Callable[..., Source]:
        if page.startswith("_"):
            raise AttributeError(page)

        def cite(clause: str, quote: str = "") -> Source:
            link = f"{self._BASE}/functions/{page}.html"
            return Source(f"POSIX.1-2024 {page}()", clause, link, quote, normative=True)

        return cite

    def chapter(self, section: str, clause: str = "", quote: str = "") -> Source:
        """A section of System Interfaces, chapter 2 (`"2.10.16"`: use of options)."""
        below = section.removeprefix("2.").split(".")  # the anchors leave the chapter out
        anchor = "_".join(["tag_16", *(f"{int(part):02d}" for part in below)])
        link = f"{self._BASE}/functions/V2_chap02.html#{anchor}"
        title = f"POSIX.1-2024 XSH {section}"
        return Source(title, clause or section, link, quote, normative=True)

    def header(self, name: str, clause: str, quote: str = "") -> Source:
        """A header page: `header("sys/socket.h", "SO_LINGER")`."""
        link = f"{self._BASE}/basedefs/{name.replace('/', '_')}.html"
        return Source(f"POSIX.1-2024 <{name}>", clause, link, quote, normative=True)


class _Man:
    """Linux man-pages 6.03, as Debian 12 has them: `MAN.socket(7, "SO_RCVBUF")`."""

    _BASE = "https://manpages.debian.org/bookworm"

    def __getattr__(self, page: str) -> Callable[..., Source]:
        if page.startswith("__"):
            raise AttributeError(page)

        def cite(section: int, clause: str, quote: str = "") -> Source:
            package = "manpages" if section == 7 else "manpages-dev"
            link = f"{self._BASE}/{package}/{page}.{section}.en.html"
            return Source(f"Linux man-pages 6.03 {page}({section})", clause, link, quote)

        return cite


class _FreeBsd:
    """Manual pages of FreeBSD 14.3: `FREEBSD.getsockopt(2, "SO_LINGER")`."""

    def __getattr__(self, page: str) -> Callable[..., Source]:
        if page.startswith("__"):
            raise AttributeError(page)

        def cite(section: int, clause: str, quote: str = "") -> Source:
            link = (
                f"https://man.freebsd.org/cgi/man.cgi?query={page}&sektion={section}"
                "&manpath=FreeBSD+14.3-RELEASE"
            )
            return Source(f"FreeBSD 14.3 {page}({section})", clause, link, quote)

        return cite


class _Learn:
    """Microsoft Learn, Winsock function pages: `MS.bind("Remarks")`."""

    _OLD = frozenset({"setsockopt", "getsockopt"})  # documented under both headers

    def __getattr__(self, page: str) -> Callable[..., Source]:
        if page.startswith("_"):
            raise AttributeError(page)

        def cite(clause: str, quote: str = "") -> Source:
            header = "winsock" if page in self._OLD else "winsock2"
            link = (
                "https://learn.microsoft.com/en-us/windows/win32/api/"
                f"{header}/nf-{header}-{page.lower()}"
            )
            return Source(f"Microsoft Learn {page}", clause, link, quote)

        return cite

    def article(self, slug: str, clause: str, quote: str = "") -> Source:
        """An article of the Winsock guide, by its slug."""
        link = f"https://learn.microsoft.com/en-us/windows/win32/winsock/{slug}"
        return Source("Microsoft Learn, Windows Sockets 2", clause, link, quote)


class _Document:
    """One of the two API documents: `SOCKET2.listen(2)` cites its second sentence."""

    def __init__(self, title: str, page: str, functions: str) -> None:
        self._title, self._page, self._functions = title, page, functions

    def __getattr__(self, function: str) -> Callable[..., Source]:
        if function.startswith("_"):
            raise AttributeError(function)
        if function not in self.functions():
            raise AttributeError(f"{self._title} documents no function {function!r}")

        def cite(sentence: int | str = 1, quote: str = "") -> Source:
            clause = (
                f"{function}, sentence {sentence}" if isinstance(sentence, int) else sentence
            )
            name = "type" if function == "type" else function
            link = f"{self._page}#method.{name}"
            return Source(self._title, clause, link, quote, normative=True)

        return cite

    def page(self, clause: str, quote: str = "") -> Source:
        """The document's text on the type as a whole."""
        return Source(self._title, clause, self._page, quote, normative=True)

    def functions(self) -> tuple[str, ...]:
        """The functions that the document has."""
        from sockspec.api import documents  # noqa: PLC0415 - the faces cite nothing

        names: tuple[str, ...] = getattr(documents, self._functions)
        return names


class _Repository:
    """A file of a public repository, at a commit or tag."""

    def __init__(self, title: str, base: str) -> None:
        self._title, self._base = title, base

    def __call__(self, path: str, clause: str, quote: str = "", *, line: int = 0) -> Source:
        anchor = f"#L{line}" if line else ""
        return Source(f"{self._title} {path}", clause, f"{self._base}/{path}{anchor}", quote)


def RFC(number: int, section: str, quote: str = "") -> Source:  # noqa: N802 - its name
    """A section of an RFC, by its number; by its heading where the RFC numbers none."""
    anchor = f"#section-{section}" if section[0].isdigit() else ""
    link = f"https://www.rfc-editor.org/rfc/rfc{number}{anchor}"
    return Source(f"RFC {number}", f"section {section}", link, quote, normative=True)


def SOCKET2_NEWER(function: str, quote: str = "") -> Source:  # noqa: N802 - as RFC
    """A function of socket2 as the Rust backend has it, newer than the document."""
    link = f"https://docs.rs/socket2/0.6.5/socket2/struct.Socket.html#method.{function}"
    return Source("socket2 0.6.5 Socket", function, link, quote, normative=True)


POSIX = _Posix()
MAN = _Man()
FREEBSD = _FreeBsd()
MS = _Learn()
SOCKET2 = _Document(
    "socket2::Socket", "https://docs.rs/socket2/0.4.0/socket2/struct.Socket.html", "SOCKET2"
)
TOKIO = _Document(
    "tokio::net::TcpSocket",
    "https://docs.rs/tokio/1.28.0/tokio/net/struct.TcpSocket.html",
    "TOKIO",
)
KERNEL = _Repository("Linux", "https://github.com/torvalds/linux/blob/v6.18")
XNU = _Repository("XNU", "https://github.com/apple-oss-distributions/xnu/blob/e3723e1f1")
WINE = _Repository("Wine", "https://github.com/wine-mirror/wine/blob/3379ee2e")
GVISOR = _Repository("gVisor", "https://github.com/google/gvisor/blob/3c5eee17d")
PYTHON = _Repository("CPython", "https://github.com/python/cpython/blob/v3.13.0")
