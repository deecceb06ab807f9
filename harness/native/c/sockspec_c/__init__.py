"""The C backend of sockspec: an observer that hides nothing.

Every primitive is one system call, made without the interpreter's lock, never
retried, with guard bytes around each buffer. `C.last` shows what the last call
did beyond its result. Addresses of any bytes go in as `sockspec.address.Raw`,
and come out so where the system wrote something that is no plain address.
"""

from __future__ import annotations

from typing import Any

from sockspec.backend import Backend
from sockspec_c import _core
from sockspec_c.guard import GuardViolated
from sockspec_c.observation import Observation

__version__ = "0.1.0"

__all__ = ["C", "GuardViolated", "Observation", "__version__", "backend"]

_CONSTANTS = _core.constants()


class C(_core.Primitives, Backend):
    """Sockets straight from the C library. A handle holds a descriptor and nothing else.

    The primitives are those of the contract, implemented in C. Beyond them it has
    `last` and `observed`. Host names are not resolved:
    an address that is none raises `ValueError` before any call.
    """

    name = "c"

    @property
    def version(self) -> str:
        """Version of this distribution."""
        return __version__

    @property
    def implementation(self) -> str:
        """Version, and what the core was compiled for and with."""
        return f"sockspec-c {__version__} ({_core.build()})"

    def constant(self, symbol: str) -> int | None:
        """The number of `symbol` in the headers this was compiled with, None without."""
        return _CONSTANTS.get(symbol)

    def errno_symbol(self, number: int) -> str:
        """The symbol of a raw error number; `"E<number>"` if it has none."""
        return _core.errno_symbol(number)

    @property
    def last(self) -> Observation | None:
        """What the last call made *by this thread* did; None before the first."""
        facts = _core.last()
        return None if facts is None else Observation(*facts)

    def observed(self, primitive: str, *arguments: Any) -> tuple[Any, Observation | None]:
        """A primitive's result and what `last` says right after it, from its own thread.

        For `start("observed", "recv", sock, 1)`. A call that fails raises as ever.
        """
        return getattr(self, primitive)(*arguments), self.last


def backend() -> C:
    """The entry point `c`."""
    return C()
