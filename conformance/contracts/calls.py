"""How a call ends, where a document asks for an error without naming it or for a value."""

from __future__ import annotations

from sockspec.spec import outcome


def ending(call, *arguments):
    """`succeeds`, `hang`, or `fails` with whatever error."""
    how = outcome(call, *arguments)
    return how if how in {"succeeds", "hang"} else "fails"


def attempt(call, *arguments):
    """How a call ended, as `outcome` names it, and what it returned: None if it failed."""
    returned = []
    how = outcome(lambda: returned.append(call(*arguments)))
    return how, returned[0] if returned else None
