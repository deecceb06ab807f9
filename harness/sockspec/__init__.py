"""An executable specification of the socket API.

`Socket` and `TcpSocket` are the two documented APIs as Python classes, usable
on any backend and without the suite; the `sockspec` command runs the
specification and writes reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["Socket", "TcpSocket", "__version__"]

if TYPE_CHECKING:
    from sockspec.api import Socket, TcpSocket


def __getattr__(name: str) -> Any:
    # The faces are imported on first use, so that the pytest plugin, which every
    # pytest run of an environment loads, costs nothing there.
    if name in {"Socket", "TcpSocket"}:
        from sockspec import api  # noqa: PLC0415 - see above

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
