"""What Python's modules raise, as the contract has it."""

from __future__ import annotations

import functools
import socket
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sockspec.constants import errno_symbol
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REFUSED", "facts"]

REFUSED = "EPYTHON"
"""Symbol of a refusal of the module itself, which never reached the system."""

_Call = TypeVar("_Call", bound="Callable[..., Any]")

# Names of the resolver's errors, by number (<netdb.h>); the module raises them for
# an address that does not fit the socket's family.
_EAI = {value: name for name, value in vars(socket).items() if name.startswith("EAI_")}

# How an address of another family is refused: "AF_INET address must be tuple", "a
# bytes-like object is required, not 'tuple'" where a path is wanted; by PyPy "expected
# bytes, got tuple object" there, and "too many values to unpack" of a path.
_OTHER_FAMILY = ("address", "not 'tuple'", "got tuple", "values to unpack")


def facts(call: _Call) -> _Call:
    """Turn the module's exceptions into `SocketError`, naming the primitive."""
    name = call.__name__

    @functools.wraps(call)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except SocketError:
            raise
        except socket.gaierror as error:
            code = error.errno or 0
            # Wine hands on numbers of its host's resolver, which are below 0.
            unknown = f"EAI_{code}".replace("-", "MINUS_")
            raise SocketError(_EAI.get(code, unknown), code, name) from None
        except OSError as error:
            number: int | None = getattr(error, "winerror", None) or error.errno
            if number is None:
                raise SocketError(REFUSED, 0, name, str(error)) from None
            raise SocketError(errno_symbol(number), number, name) from None
        except (TypeError, ValueError) as error:
            if not any(each in str(error) for each in _OTHER_FAMILY):
                raise
            raise SocketError(REFUSED, 0, name, str(error)) from None

    return cast("_Call", wrapped)
