"""The Rust backend of sockspec: socket2 and tokio themselves.

The primitives are socket2's calls, or libc's where the bytes must stay raw; nothing is
retried. Functions of the two faces are answered by the originals: `Socket` by
`socket2::Socket`, `TcpSocket` by `tokio::net::TcpSocket`. What an original's types cannot
say is `Unsupported`; an error that is no answer of the system has number 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sockspec.backend import Backend
from sockspec.constants import extra
from sockspec_rust import _core
from sockspec_rust._connecting import Connecting

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Rust", "__version__", "backend"]

_VERSIONS: Final = dict(_core.versions())
_CONSTANTS: Final = _core.constants()

__version__ = _VERSIONS["sockspec-rust"]


_ORIGINALS: Final[dict[tuple[str, str], Callable[..., Any]]] = {
    (face, name): function
    for face, functions in _core.originals().items()
    for name, function in functions.items()
} | {("TcpSocket", "connect"): Connecting}


class Rust(_core.Primitives, Backend):
    """Sockets of the two crates. A handle is a descriptor, closed when it is dropped.

    Host names are not resolved: an address that is none raises `ValueError` before any
    call. A handle that `connect` or `listen` of `TcpSocket` took raises `Consumed`.
    """

    name = "rust"

    @property
    def version(self) -> str:
        """Version of this distribution."""
        return __version__

    @property
    def implementation(self) -> str:
        """Version, and the versions of what is linked into it."""
        linked = "socket2 {socket2}, tokio {tokio}, rustc {rustc}".format(**_VERSIONS)
        return f"sockspec-rust {__version__} ({linked})"

    def constant(self, symbol: str) -> int | None:
        """The number of `symbol` in the libc crate, or else in the harness's own tables."""
        number = _CONSTANTS.get(symbol)
        return extra(symbol) if number is None else number

    def errno_symbol(self, number: int) -> str:
        """The symbol of a raw error number; `"E<number>"` if it has none."""
        return _core.errno_symbol(number)

    def answer(self, face: str, function: str) -> Callable[..., Any] | None:
        """The original of a function, under the name that the face has for it.

        It takes the handle first; `new`, `new_raw`, `pair`, `new_v4`, `new_v6`, and those
        that take a descriptor over (`from_...`), make one. Beyond the faces' functions
        there are `read`, `write`, `flush`, `debug`, and conversions from and to std's types.
        """
        return _ORIGINALS.get((face, function))


def backend() -> Rust:
    """The entry point `rust`."""
    return Rust()
