"""How a call went, and how two numbers relate, as names of behaviours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.errors import Hang, SocketError, StillRunning

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["outcome", "relation"]


def outcome(call: Callable[..., Any], *arguments: Any, ok: str = "succeeds") -> str:
    """Make the call that a rule is about, and name how it went.

    `ok` when it returned, the error's symbol when the system refused, `hang` when the time
    has passed that the test itself gave a started call (`result(within)`). A call that the
    deadline of the example ends takes the test with it: the behaviour of the case is `hang`.
    """
    try:
        call(*arguments)
    except SocketError as error:
        return error.symbol
    except StillRunning:
        return "hang"
    except Hang as error:
        error.observed = True
        raise
    return ok


def relation(got: int, wanted: int) -> str:
    """How a number that was read back relates to the one that was set."""
    if got == wanted:
        return "same"
    if got == 2 * wanted:
        return "doubled"
    return "larger" if got > wanted else "smaller"
